"""Inputs for the applications: made here, always the same, so that no file can change them."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path


def folder_of(package: str) -> Path:
    """Where an installed package lies. Raises ImportError."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ImportError(f"No module named {package!r}")
    return Path(spec.origin).parent


def words(count: int = 400, seed: int = 1) -> list[str]:
    """Made-up words in alphabetical order."""
    numbers = random.Random(seed)

    def syllable() -> str:
        return numbers.choice("bcdfghklmnprstvz") + numbers.choice("aeiou")

    made = {"".join(syllable() for _ in range(numbers.randrange(1, 4))) for _ in range(count)}
    return sorted(made)


def rst_text(sections: int, seed: int = 8) -> str:
    """A document in reStructuredText with most of what that has."""
    numbers, known, out = random.Random(seed), words(), []

    def some(count: int) -> str:
        return " ".join(numbers.choice(known) for _ in range(count))

    for i in range(sections):
        title = some(4).title()
        line = "=" if i % 4 == 0 else "-" if i % 2 else "~"
        out += [title, line * len(title), ""]
        marked = f"{some(9)} *{some(2)}* and **{some(2)}** ``{some(1)}``"
        linked = f"`{some(2)} <http://ex.org/{i}>`_ {some(14)} [#f{i}]_ |sub|."
        out += [f"{marked} {linked}", ""]
        for _ in range(3):
            out += [f"- {some(6)}\n\n  - {some(4)}\n  - {some(3)}\n"]
        rule, double = "+-------+-------+\n", "+=======+=======+\n"
        first = f"| {some(1)[:5]:5} | {some(1)[:5]:5} |\n"
        out += [rule + first + double + f"| {some(1)[:5]:5} | {some(1)[:5]:5} |\n" + rule]
        out += [f".. note:: {some(5)}\n\n   {some(12)}\n", f"term {some(1)}\n    {some(10)}\n"]
        out += [f":field {some(1)}: {some(5)}\n", f"::\n\n    {some(6)}\n    {some(5)}\n"]
        out += [f".. [#f{i}] {some(7)}\n", f"1. {some(4)}\n2. {some(4)}\n"]
    return "\n".join([*out, "", ".. |sub| replace:: substituted *text*", ""])


class CSource:
    """Writes a C file of functions with loops, branches, tables and deep expressions."""

    def __init__(self, seed: int) -> None:
        self.numbers = random.Random(seed)
        self.variables = ["a", "b", "c", "d"]

    def text(self, functions: int) -> str:
        """The file."""
        r = self.numbers
        out = ["typedef unsigned long size_t;", "extern int printf(const char *fmt, ...);"]
        for k in range(8):
            fields = (
                f"int x; int y; struct rec_{k} *next; union {{ float f; unsigned char b[4]; }} u;"
            )
            out.append(f"struct rec_{k} {{ {fields} }};")
            table = ", ".join(str(r.randrange(1000)) for _ in range(8))
            out.append(f"static const int tab_{k}[8] = {{{table}}};")
            out.append(f"typedef int (*cb_{k})(struct rec_{k} *, const char *, size_t);")
        for index in range(functions):
            out += self.function(index)
        return "\n".join(out) + "\n"

    def function(self, index: int) -> list[str]:
        """One function, line by line."""
        r = self.numbers
        out = [f"static int fn_{index}(int a, int b)", "{", f"    int c = a + {r.randrange(99)};"]
        out += ["    int d = 0;", f"    struct rec_{index % 8} s;"]
        out += ["    s.x = a; s.y = b; s.next = 0;"]
        for _ in range(r.randrange(4, 9)):
            out += self.statement(index)
        out += [f"    c += s.x * s.y + tab_{index % 8}[d & 7];", "    return c ^ d;", "}"]
        return out

    def statement(self, index: int) -> list[str]:
        """A loop, a branch, a call or an assignment."""
        r, expression = self.numbers, self.expression
        kind = r.randrange(5)
        if kind == 0:
            head = f"    for (d = 0; d < {r.randrange(3, 30)}; d++) {{"
            body = f"        c += {expression(3)};"
            test = f"        if (c > {expression(2)}) {{ b = b - 1; continue; }}"
            return [head, body, test, "    }"]
        if kind == 1:
            head = f"    if ({expression(2)} > {expression(2)}) {{"
            yes = f"        a = {expression(4)};"
            return [head, yes, "    } else {", f"        b = {expression(4)};", "    }"]
        if kind == 2:
            return [f"    while (d < 10) {{ d = d + 1; c = {expression(3)}; }}"]
        if kind == 3 and index:
            return [f"    c = fn_{r.randrange(index)}({expression(2)}, {expression(2)});"]
        return [f"    d = {expression(5)};"]

    def expression(self, depth: int) -> str:
        """An expression of variables and numbers."""
        r, variables = self.numbers, self.variables
        if depth <= 0 or r.random() < 0.25:
            return r.choice(variables) if r.random() < 0.7 else str(r.randrange(1, 1000))
        kind = r.randrange(6)
        if kind < 3:
            left, operator = self.expression(depth - 1), r.choice("+-*&|^")
            return f"({left} {operator} {self.expression(depth - 1)})"
        if kind == 3:
            return f"({self.expression(depth - 1)} << {r.randrange(1, 5)})"
        if kind == 4:
            test, limit = r.choice(variables), self.expression(depth - 2)
            yes = self.expression(depth - 1)
            return f"({test} < {limit} ? {yes} : {r.choice(variables)})"
        return f"(-{self.expression(depth - 1)})"


PYX_CLASS = """
cdef class K{i}:
    cdef int a
    cdef double b
    cdef public list xs
    def __init__(self, int a, double b=1.5):
        self.a = a; self.b = b; self.xs = [x * a for x in range(a)]
    cpdef double f(self, int n):
        cdef int i
        cdef double s = 0
        for i in range(n):
            if i % 3 == 0: s += self.b * i
            elif i % 5 == 1: s -= self.a
            else: s *= 1.0001
        return s
    def g(self, *args, **kw):
        try:
            return sum(len(str(a)) for a in args) + len(kw)
        except (TypeError, ValueError) as e:
            return repr(e)
        finally:
            self.a += 1
def h{i}(x, y=None, *, z=3):
    d = dict((k, v) for k, v in zip(x, range(10)))
    with open(y) as fh:
        for line in fh:
            yield line.strip().split(',')[z], d
"""


def pyx_text() -> str:
    """A Cython file of ten classes and generators."""
    return "\n".join(PYX_CLASS.format(i=i) for i in range(10))
