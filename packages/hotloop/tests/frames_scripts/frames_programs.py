"""Programs whose frames the tests move about: every kind of bytecode, deep operand stacks.

``run`` writes what a program does, exceptions with their tracebacks included.
"""

# mypy: ignore-errors

import asyncio
import sys
import traceback


class Point:
    """Attributes, a property, operators."""

    def __init__(self, x, y=2):
        self.x = x
        self.y = y

    @property
    def total(self):
        return self.x + self.y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __enter__(self):
        return self

    def __exit__(self, *info):
        return info[0] is KeyError


def deep(a, b, c, d):
    return (
        [a, (b, [c, (d, {a: b, c: [d, a + (b * (c - (d or a)))]})])],
        f"{a}{b!r}{c:>4}",
        a < b < c < d,
    )


def calls(*args, **kwargs):
    def inner(p, /, q=3, *rest, key=None, **more):
        return p, q, rest, key, sorted(more.items())

    return inner(1), inner(1, 2, 3, key=4), inner(*args, **kwargs), inner(5, key=6, other=args)


def loops(n):
    total = 0
    for i in range(n):
        for j in [i, i + 1, i + 2]:
            if j % 3 == 0:
                continue
            total += j if j % 2 else -j
        else:
            total += 1000
        k = 0
        while k < i:
            k += 1
            if k == 5:
                break
    return total, [x * y for x in range(3) for y in (x, 2) if x != y], {x: -x for x in range(3)}


def handled(items):
    out = []
    for item in items:
        try:
            try:
                out.append(10 // item)
            except TypeError as error:
                out.append((type(error).__name__, str(error)))
            else:
                out.append("else")
            finally:
                out.append("finally")
        except ZeroDivisionError:
            out.append(sys.exc_info()[0].__name__)
            try:
                raise ValueError("inner")
            except ValueError as again:
                out.append(repr(again.__context__))
    return out


def raising(n):
    values = [1, 2, 3]
    with Point(1) as p:
        p.x += len(values)
        raise KeyError(p.x)
    for i in range(n):
        try:
            values[i] = i / (n - 1 - i)
        finally:
            values.append(i)
    return values


def closures(n):
    held = n

    def step(by):
        nonlocal held
        held += by
        return lambda: held * by

    a, b = step(2), step(3)
    del n
    return a(), b(), held


def generating(n):
    def count(limit):
        got = 0
        for i in range(limit):
            sent = yield i + got
            got += sent or 0
        return "done"

    def outer():
        result = yield from count(n)
        yield result

    machine = outer()
    out = [next(machine)]
    out += [machine.send(i) for i in range(n)]
    try:
        next(machine)
    except StopIteration:
        out.append("stop")
    closing = count(5)
    next(closing)
    closing.close()
    throwing = count(5)
    next(throwing)
    try:
        throwing.throw(ValueError("thrown"))
    except ValueError as error:
        out.append(str(error))
    return out


def matching(value):
    match value:
        case {"a": x, **rest}:
            return "map", x, rest
        case [first, *others] if first:
            return "seq", first, others
        case Point(x=1, y=y):
            return "point", y
        case int() | float() as number:
            return "number", number
        case _:
            return "other"


def unbound(flag):
    if flag:
        name = 1
    del flag
    return name


def slices(items):
    items[1:3] = "xyz"
    del items[0]
    a, *b, c = items
    (d, e), f = (a, b), c
    items[-1] += "!"
    return items[::-1], d, e, f, items[1:], not items, -len(items), ~3, +True


def awaiting(n):
    async def wait(i):
        await asyncio.sleep(0)
        return i

    async def produce():
        for i in range(n):
            yield await wait(i)

    async def consume():
        async with asyncio.Lock() as nothing:
            return [x async for x in produce() if x != 1], nothing

    return asyncio.run(consume())


def classes():
    class Base:
        def name(self):
            return "base"

    class Derived(Base):
        kinds = tuple([k * 2 for k in "ab"])

        def name(self):
            return super().name() + __class__.__name__

    return Derived().name(), Derived.kinds, Point(1).total, (Point(1) + Point(2)).y


def groups():
    out = []
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2), KeyError(3)])
    except* ValueError as e:
        out.append([str(x) for x in e.exceptions])
    except* (TypeError, KeyError) as e:
        out.append(len(e.exceptions))
    return out


PROGRAMS = [
    (deep, (1, 2, 3, 4)),
    (deep, (1, 2, 3, 0)),
    (calls, (7, 8)),
    (loops, (7,)),
    (handled, ([1, 0, "a", 5],)),
    (raising, (3,)),
    (closures, (4,)),
    (generating, (3,)),
    (matching, ({"a": 1, "b": 2},)),
    (matching, ([3, 4],)),
    (matching, (Point(1, 9),)),
    (matching, (2.5,)),
    (matching, ("no",)),
    (unbound, (True,)),
    (unbound, (False,)),
    (slices, (list("abcdef"),)),
    (awaiting, (3,)),
    (classes, ()),
    (groups, ()),
]


def shown(function, args):
    """What a call does, as text."""
    import copy

    try:
        return f"{function.__name__}: {function(*copy.deepcopy(args))}"
    except Exception:
        return f"{function.__name__}: {traceback.format_exc()}"


def run():
    """Run every program and return what they did."""
    return "\n".join(shown(function, args) for function, args in PROGRAMS)


def functions():
    """The functions whose code tests may replace."""
    found = {function for function, _ in PROGRAMS}
    found |= {f for f in vars(Point).values() if hasattr(f, "__code__")}
    return sorted(found, key=lambda f: f.__qualname__)
