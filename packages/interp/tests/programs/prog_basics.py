# mypy: ignore-errors
# Programs are data: as untyped as the programs that are run.
# ruff: noqa
"""Expressions, operators, containers, jumps, names."""

import collections
import sys


def program_arithmetic():
    a, b = 17, 5
    out = [a + b, a - b, a * b, a / b, a // b, a % b, a**b, a << b, a >> b, a & b, a | b, a ^ b]
    x = 1.5
    out += [x + a, -x, +x, ~a, not a, 2**200, (-7) // 2, -7 % 3, 1e308 * 10, divmod(-7, 2)]
    c = a
    c += 1
    c -= 2
    c *= 3
    c //= 2
    c %= 11
    c **= 2
    c <<= 3
    c >>= 1
    c &= 255
    c |= 3
    c ^= 5
    d = 7.0
    d /= 2
    l = [1]
    l += [2]
    l *= 2
    return out, c, d, l, "a" * 3 + "b", "%s-%d" % ("x", 3)


class Matrix:
    def __init__(self, *v):
        self.v = v

    def __matmul__(self, other):
        return [a * b for a, b in zip(self.v, other.v)]

    def __imatmul__(self, other):
        return Matrix(*(self @ other))


def program_matmul():
    m = Matrix(1, 2)
    m @= Matrix(3, 4)
    return m.v, Matrix(5, 6) @ m


def program_type_errors():
    out = []
    for l, r in [(1, "a"), ("a", 1), ([], 1), (None, None), (1, [])]:
        for op in ["+", "-", "*", "/", "<", "@", "**", "<<", "|"]:
            try:
                out.append(eval(f"l {op} r"))
            except TypeError as e:
                out.append(str(e))
    try:
        -"a"
    except TypeError as e:
        out.append(str(e))
    return out


def program_compare():
    out = []
    for a in (1, 2.0, "a", (1, 2), None, [1], float("nan")):
        for b in (1, 2.0, "a", (1, 2), None, [1]):
            out += [a == b, a != b, a is b, a is not b]
            try:
                out += [a < b, a <= b, a > b, a >= b]
            except TypeError as e:
                out.append(str(e))
    return out, 1 < 2 < 3, 1 < 3 < 2, 3 in [1, 2, 3], 3 not in {1, 2}, "b" in "abc"


def program_short_circuit():
    log = []

    def f(x):
        log.append(x)
        return x

    r = [f(0) and f(1), f(1) and f(2), f(0) or f(3), f(4) or f(5), not f(6), f(7) if f(0) else f(8)]
    r.append(f(0) or f(None) or f([]))
    return r, log


def program_none_tests():
    out = []
    for v in (None, 0, 1):
        if v is None:
            out.append("none")
        if v is not None:
            out.append("some")
        i = 0
        w = v
        while w is None:
            w = 1
        while w is not None and i < 2:
            i += 1
            if i == 2:
                w = None
    return out


def program_loops():
    total = 0
    for i in range(10):
        if i == 3:
            continue
        if i == 8:
            break
        for j in [1, 2]:
            total += i * j
    else:
        total = -1
    n = 10
    while n:
        n -= 3
        if n < 0:
            break
    else:
        n = 100
    while True:
        n += 1
        if n > 3:
            break
    i = 5
    while not i < 0:
        i -= 1
    k = None
    m = 0
    while k is None:
        m += 1
        if m > 3:
            k = m
    while k is not None:
        k = None
    return total, n, i, m


def program_containers():
    t = (1, 2, *[3, 4])
    l = [*t, *"ab"]
    s = {1, 2, *t}
    d = {"a": 1, **{"b": 2}, "c": 3}
    e = {1: 2, 3: 4}
    l[0] = 9
    l[1:3] = [7]
    del l[-1]
    d["z"] = d.pop("a")
    del d["b"]
    return (
        t,
        l,
        s,
        d,
        e,
        l[1:],
        l[::2],
        l[-2:],
        t[1],
        {**e, 1: 5},
        [x for x in t],
        {x: x for x in t},
        {x % 2 for x in t},
    )


def program_const_keys():
    def f(a, b):
        return {"x": a, "y": b, "z": 3}

    return (
        f(1, 2),
        {"x", "y", "z"} == {"x", "y", "z"},
        [1, 2, 3, 4, 5],
        frozenset({1, 2, 3}) == {1, 2, 3},
    )


def program_unpack():
    a, b = 1, 2
    a, b = b, a
    a, b, c = b, a, 3
    (d, e), *f = [(1, 2), 3, 4]
    *g, h = "xyz"
    i, *j, k = range(5)
    return a, b, c, d, e, f, g, h, i, j, k


def program_unpack_errors():
    out = []
    for value in (1, [1], [1, 2, 3], "ab", iter([1]), {1: 2}, None):
        for source in (
            "a, b = value",
            "a, *b, c = value",
            "(a, b), c = value",
            "[*value]",
            "{*value}",
            "{**value}",
        ):
            try:
                exec(source, {"value": value})
                out.append("fine")
            except Exception as e:
                out.append((type(e).__name__, str(e)))
    return out


def program_bad_iterators():
    class Iter:
        def __iter__(self):
            return 5

    class Raises:
        def __iter__(self):
            raise KeyError(1)

    out = []
    for v in (Iter(), Raises()):
        for f in (
            lambda: [*v],
            lambda: list(v),
            lambda: [x for x in v],
            lambda: tuple(v),
            lambda: print(*v),
        ):
            try:
                f()
            except Exception as e:
                out.append((type(e).__name__, str(e)))
    return out


def program_format():
    x, w = 3.14159, 10
    return (
        f"{x}",
        f"{x!r:>{w}}",
        f"{x:.2f}",
        f"{'a'!a}{'ü'!s}{'ü'!a}",
        f"a{x}b{w}c",
        f"{w=}",
        f"{'s'}",
        f"{None}",
    )


class Formatted:
    def __format__(self, spec):
        return "<" + spec + ">"

    def __str__(self):
        return "str"

    def __repr__(self):
        return "repr"


def program_format_protocol():
    v = Formatted()
    return f"{v}", f"{v:abc}", f"{v!s:>5}", f"{v!r}"


def program_subscripts():
    class S:
        def __getitem__(self, k):
            return k

        def __setitem__(self, k, v):
            log.append((k, v))

        def __delitem__(self, k):
            log.append(k)

    log = []
    s = S()
    s[1] = 2
    s[1:2, ...] = 3
    s["a"] += "b"
    del s[::2]
    return log, s[1, 2], s[:], s[1:], s[:2], s[1:2:3]


def program_index_errors():
    out = []
    for source in (
        "[][0]",
        "{}['a']",
        "()[1]",
        "'a'[5]",
        "1[0]",
        "[1]['a']",
        "x = (); x[0] = 1",
        "x=(); del x[0]",
        "x = 5; x.y = 3",
        "x = 5; del x.real",
        "None.foo",
        "(1).foo()",
    ):
        try:
            exec(source)
            out.append("fine")
        except Exception as e:
            out.append((type(e).__name__, str(e), getattr(e, "name", None)))
    return out


counter = 0


def program_globals():
    global counter, temporary
    counter += 1
    temporary = 5
    value = temporary
    del temporary
    try:
        temporary
    except NameError as e:
        message = str(e), e.name
    try:
        del temporary
    except NameError as e:
        second = str(e), e.name
    counter = 0
    return value, message, second, len, __name__


def program_unbound():
    out = []
    try:
        x
    except UnboundLocalError as e:
        out.append((str(e), e.name))
    x = 1
    del x
    try:
        del x
    except UnboundLocalError as e:
        out.append(str(e))

    def inner():
        return y

    try:
        inner()
    except NameError as e:
        out.append((type(e).__name__, str(e), e.name))
    y = 1
    out.append(inner())
    del y
    try:
        del y
    except NameError as e:
        out.append((type(e).__name__, str(e)))
    try:
        print(y)
    except NameError as e:
        out.append((type(e).__name__, str(e)))
    return out


def program_closures():
    def counter(start):
        n = start

        def bump(by=1):
            nonlocal n
            n += by
            return n

        def reset():
            nonlocal n
            del n

        return bump, reset

    bump, reset = counter(5)
    out = [bump(), bump(3)]
    reset()
    try:
        bump()
    except NameError as e:
        out.append(str(e))
    fs = [lambda: i for i in range(3)]
    return out, [f() for f in fs], [(lambda x=i: x)() for i in range(3)]


def program_cell_argument():
    def f(a, *args, b=2, **kw):
        def g():
            nonlocal a
            a += 1
            return a, args, b, kw

        return g

    g = f(1, 2, 3, c=4)
    return g(), g()


def program_walrus_and_star():
    if (n := 10) > 5:
        m = n
    out = [y := 1, y**2]
    print_args = lambda *a, **k: (a, sorted(k.items()))
    return m, out, print_args(*[1, 2], *(3,), x=1, **{"y": 2}), [last := i for i in range(4)], last


def program_exec_code():
    space = {}
    exec("a = 1\ndef f(x: int = 3) -> str: return x + a\nb = f()\nclass C:\n  y: int = 5\n", space)
    value = eval("a + b", space)
    out = []
    exec("for i in range(3): out.append(i)")
    exec(compile("x: int = 4\ny: str", "<t>", "exec"), space)
    return (
        value,
        space["C"].__annotations__,
        space["__annotations__"],
        out,
        eval("1 + 1"),
        eval("  value"),
        space["f"].__annotations__,
    )


def program_single_mode():
    import io

    old = sys.stdout
    sys.stdout = io.StringIO()
    try:
        for source in ("1 + 1", "None", "'a'"):
            exec(compile(source, "<t>", "single"), {})
        return sys.stdout.getvalue()
    finally:
        sys.stdout = old


def program_imports():
    import os.path
    import json as j
    from collections import OrderedDict, deque as dq

    space = {}
    exec("from math import *\nfrom string import *", space)
    out = []
    for source in (
        "from math import nothing",
        "import nothing_here",
        "from math import pi as p; p",
        "from os import path; path",
    ):
        try:
            exec(source)
            out.append("fine")
        except ImportError as e:
            out.append((type(e).__name__, str(e), e.name))
    return (
        os.path.join("a", "b"),
        j.dumps([1]),
        OrderedDict,
        dq,
        space["pi"],
        space["ascii_letters"],
        "__name__" in space,
        out,
    )


def program_assertions():
    assert 1
    try:
        assert 0, "why"
    except AssertionError as e:
        text = str(e)
    assert []


def program_long_jumps():
    # EXTENDED_ARG jumps and many constants.
    source = "def f(x):\n    r = 0\n    while x:\n        x -= 1\n"
    source += "".join(f"        if x == {i + 1000}: r += {i}\n" for i in range(300))
    source += "        r += 1\n    return r\n"
    space = {}
    exec(source, space)
    return space["f"](5)


def program_namedtuple():
    P = collections.namedtuple("P", "x y")
    p = P(1, y=2)
    return p, p.x, p._replace(x=5), P.__module__ == __name__


def program_introspection():
    a, b = 1, [2]

    def inner(x):
        y = x
        f = sys._getframe()
        g = sys._getframe(1)
        return (
            f.f_code.co_name,
            f.f_locals["y"],
            g.f_code.co_name,
            g.f_locals["b"],
            f.f_back is g,
            f.f_lineno,
            g.f_lineno,
            sorted(locals()),
            sorted(vars()),
        )

    return inner(3), sorted(dir()), [locals() is locals()], globals() is inner.__globals__


def program_locals_dict():
    x = 1
    first = locals()
    x = 2
    second = locals()
    return first is second, second["x"]


def program_stack_walk():
    def names(depth):
        if depth:
            return names(depth - 1)
        out, frame = [], sys._getframe()
        while frame.f_code.co_name != "program_stack_walk":
            out.append((frame.f_code.co_name, frame.f_lineno, frame.f_locals["depth"]))
            frame = frame.f_back
        return out

    return names(3), [*map(lambda i: sys._getframe(1).f_code.co_name, [1, 2])]


def program_recursion_limit():
    def f(n):
        return f(n + 1)

    try:
        f(0)
    except RecursionError as e:
        return str(e)
