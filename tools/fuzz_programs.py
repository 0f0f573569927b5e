"""Random Python programs with hot loops over the whole language, for ``fuzz.py``.

``make(seed)`` is the program of a seed, the same everywhere. A program is ``fuzz_prelude.txt`` (of
which what shows values is run by CPython alone: a line ``"hot from here"`` ends it) and one or two
functions; a function is one or two loops; a loop's body is made of the forms in
``fuzz_grammar.txt``, drawn at random and mixed: numbers, containers, user operators, generators,
closures, exceptions of every kind, recursion, coroutines, threads, and changes of types, functions
and globals in the middle of it.

A placeholder in a form is a variable (``{I}`` an int, ``{R}`` a float, ``{O}`` an object ...) or an
expression (``{i}``, ``{r}``, ``{o}`` ...; ``{b}`` a condition, ``{c}`` a constant, ``{e}`` an
exception, ``{odd}`` a value of a type that was not there before); ``{n}`` is a fresh number,
``{when}`` holds in one round, and a line ``{block}`` is one or two statements.

What a program shows goes to the list ``OUT`` as text that depends neither on addresses nor on hash
seeds nor on how far CPython has specialised its bytecode.
"""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import Final

VARIABLES: Final = {
    "I": ("i0", "i1", "i2"), "R": ("f0", "f1"), "S": ("s0", "s1"), "L": ("l0", "l1"),
    "D": ("d0",), "O": ("o0", "o1"), "T": ("t0",),
}  # fmt: skip

FOLDER: Final = Path(__file__).parent
PRELUDE: Final = (FOLDER / "fuzz_prelude.txt").read_text("utf-8")


def grammar() -> dict[str, list[str]]:
    """The forms of each section of ``fuzz_grammar.txt``."""
    found: dict[str, list[str]] = {}
    for part in (FOLDER / "fuzz_grammar.txt").read_text("utf-8").split("\n== ")[1:]:
        name, _, body = part.partition("\n")
        apart = "\n\n" if name.startswith("statements") else "\n"
        found[name] = [form for form in body.strip("\n").split(apart) if form]
    return found


FORMS: Final = grammar()
STATEMENTS: Final = {
    name[11:]: forms for name, forms in FORMS.items() if name[:11] == "statements "
}
HEADS: Final = STATEMENTS.pop("heads")

_PLACE: Final = re.compile(r"\{\{|\}\}|\{(\w+)\}")


class Program:
    """One program being made."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.numbers = 0
        self.deep = 0
        self.rounds = 30
        self.groups: list[str] = []

    def text(self) -> str:
        """The whole program."""
        names = [f"hot{number}" for number in range(1 + self.random.randrange(2))]
        parts = [PRELUDE, *[self.function(name) for name in names]]
        for name in names:
            for _ in range(self.random.randint(1, 3)):
                first, second = self.random.choices(("3", "1", "2 ** 62", "True", "300"), k=2)
                third = self.random.choice(("1.5", "-0.0", "2"))
                parts.append(f"CALL({name}, {first}, {second}, {third})\n")
        return "".join([*parts, "END()\n"])

    def function(self, name: str) -> str:
        """A function with one or two hot loops."""
        own = self.random.sample(sorted(STATEMENTS), 3)
        self.groups = ["values", *own, *own]
        lines = [
            f"def {name}(i0, i1, f0):",
            "    i2, f1, s0, s1, t0 = 2, 0.25, 'ab', 'c', (1, 2)",
            "    l0, l1, d0, o0, o1 = [3, 1], [4, 5, 6], {1: 2, 'a': 3}, Vec(3), Sub(4)",
            "    more, back = counter(3)",
            "    gen, fs, dies = count(50), [lambda: 1], None",
        ]
        for _ in range(1 + self.random.randrange(2)):
            lines += ["    " + line for line in self.loop()]
        shown = "i0, i1, i2, f0, f1, s0, s1, l0, l1, d0, o0, o1, t0, o0 is o1, f0 is f1"
        lines.append(f"    P({self.number()}, {shown})")
        lines.append("    return i0, f0, s0, l0\n")
        return "\n".join(lines)

    def loop(self) -> list[str]:
        """A hot loop that goes on after whatever its body raises."""
        self.rounds = self.random.choice((25, 35, 50))
        head = self.random.choice(HEADS).replace("{rounds}", str(self.rounds)).split("\n")
        body = [line for _ in range(self.random.randint(3, 6)) for line in self.statement()]
        lines = [*head, "    try:", *["        " + line for line in body]]
        return [
            *lines,
            "    except Exception as err:",
            f"        X({self.number()}, err)",
            "        i0 = i1 = i2 = 3; f0 = f1 = 1.5; s0 = s1 = 'r'; l0, l1 = [4, 5], [6]",
            "        d0 = {1: 2}; t0 = (1, 2); o0, o1 = Vec(5), Sub(6)",
        ]

    def statement(self) -> list[str]:
        """One statement, as lines."""
        group = self.random.choice(self.groups)
        choices = [one for one in STATEMENTS[group] if self.deep < 2 or "{block}" not in one]
        lines: list[str] = []
        for line in self.random.choice(choices).split("\n"):
            indent = line[: len(line) - len(line.lstrip())]
            if line.strip() == "{block}":
                self.deep += 1
                inner = [one for _ in range(self.random.randint(1, 2)) for one in self.statement()]
                self.deep -= 1
                lines += [indent + one for one in inner]
            else:
                lines.append(line)
        number = str(self.number())
        return [self.fill(line.replace("{n}", number), 3) for line in lines]

    def fill(self, template: str, depth: int) -> str:
        """A template with its placeholders filled."""

        def one(match: re.Match[str]) -> str:
            name = match[1]
            if name is None:
                return match[0][0]
            if name in VARIABLES:
                return self.random.choice(VARIABLES[name])
            if name == "when":
                return f"it == {self.random.randrange(self.rounds)}"
            forms = FORMS[name]
            form = self.random.choice(forms if depth > 0 else forms[:3])
            return self.fill(form, depth - 1)

        return _PLACE.sub(one, template)

    def number(self) -> int:
        """A number not used before."""
        self.numbers += 1
        return self.numbers


def make(seed: int) -> str:
    """The source of the program of a seed."""
    return Program(seed).text()
