"""Small programs in the test VM: recorded, run as traces, resumed: the results are CPython's."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from tracer_vm import MiniJit, fail_every, fail_nth

SCALE = 3
TOTAL = 0


class Point:
    step = 2

    def __init__(self, x: Any, y: Any) -> None:
        self.x = x
        self.y = y

    def plus(self, other: Point) -> Point:
        return Point(self.x + other.x, self.y + other.y)

    def __add__(self, other: Point) -> Point:
        return Point(self.x + other.x, self.y + other.y)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and self.x == other.x and self.y == other.y

    def __lt__(self, other: Point) -> bool:
        return bool(self.x < other.x)

    def __bool__(self) -> bool:
        return bool(self.x % 3)

    @property
    def size(self) -> Any:
        return self.x * self.y

    @staticmethod
    def twice(value: int) -> int:
        return value * 2

    @classmethod
    def stride(cls) -> int:
        return cls.step


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a: int) -> None:
        self.a = a
        self.b = a + 1


class Base:
    def __init__(self, value: int) -> None:
        self.value = value

    def cost(self) -> int:
        return self.value


class Derived(Base):
    def __init__(self, value: int) -> None:
        super().__init__(value)
        self.extra = 1

    def cost(self) -> int:
        return super().cost() + self.extra


class Older(Base):
    def __init__(self, value: int) -> None:
        super(Older, self).__init__(value)  # noqa: UP008
        self.later = value


def add(a: int, b: int = 5, *, c: int = 1) -> int:
    return a + b * c


def sum_range(n: int) -> int:
    total = 0
    for i in range(n):
        total += i * 2
    return total


def sum_floats(n: int) -> float:
    total = 0.0
    for i in range(n):
        total += i * 0.5 - total / 3 + i**2
    return total


def overflow(n: int) -> int:
    value = 1
    for i in range(n):
        value = value * 3 + i
    return value


def division(n: int) -> tuple[int, int, float]:
    a = b = 0
    c = 0.0
    for i in range(1, n):
        a += (i * 7) // 3 - (-i) // 4
        b += (i * 7) % 5 + (-i) % 3
        c += i / (i + 1)
    return a, b, c


def bits(n: int) -> int:
    value = 0
    for i in range(n):
        value = (value << 1 ^ i) & 0xFFFF | i >> 1
        value += ~i
    return value


def attributes(n: int) -> tuple[Any, Any, Any]:
    point, unit = Point(0, 1.5), Point(1, 0.5)
    while point.x < n:
        point = point.plus(unit)
    return point.x, point.y, point.size


def operators(n: int) -> tuple[Any, ...]:
    point, unit = Point(0, 1), Point(1, 1)
    equal = less = true = 0
    for _ in range(n):
        point = point + unit
        if point == unit:
            equal += 1
        if unit < point:
            less += 1
        if point:
            true += 1
        if not point:
            true += 100
    return point.x, equal, less, true


def properties(n: int) -> int:
    point = Point(2, 3)
    total = 0
    for i in range(n):
        point.x = i
        total += point.size + Point.twice(i) + point.stride() + Point.stride()
    return total


def slots(n: int) -> int:
    total = 0
    for i in range(n):
        item = Slotted(i)
        item.a += 2
        total += item.a * item.b
    return total


def inheritance(n: int) -> int:
    total = 0
    for i in range(n):
        total += Derived(i).cost() + Older(i).later
        item = Base(i) if i % 2 else Derived(i)
        total += item.cost()
    return total


def keywords(n: int) -> int:
    total = 0
    for i in range(n):
        total += add(i) + add(i, 2) + add(i, c=i) + add(a=i, b=2, c=3)
    return total


def variadic(n: int) -> int:
    def take(first: int, *rest: int) -> int:
        return first + len(rest) + sum(rest)

    total = 0
    for i in range(n):
        total += take(i) + take(i, 1, 2)
        total += take(*(i, 3))
    return total


def closures(n: int) -> tuple[int, list[int]]:
    count = 0
    seen = []

    def bump(by: int) -> int:
        nonlocal count
        count += by
        return count

    for i in range(n):
        seen.append(bump(i))
    return count, seen


def lists(n: int) -> list[Any]:
    items = [float(i) for i in range(10)]
    for i in range(n):
        items[i % 10] = items[i % 7] + items[-1]
        items.append(float(i))
        items.pop(0)
        items[-2] = items.pop()
        items.append(1.0)
        head = items[:3]
        items.extend(head)
        del items[10:]
    return items


def slices(n: int) -> list[Any]:
    items = list(range(12))
    seen: list[Any] = []
    loud: list[Any] = [[i] for i in range(6)]
    text, pair = "abcdefgh", tuple(items)
    for i in range(n):
        k = i % 7 - 3
        items[: k + 1] = items[k::-1]
        seen.append((items[:: k or 1], items[k:], items[-1:-3], pair[::-1], pair[k::2], text[::-1]))
        items[k:True] = items
        del items[9:]
        del items[0], items[k % 3]
        items[len(items) :] = (i, i + 1, i + 2, i + 3, i + 4)
        loud[1:3] = [[k], [i]] if i % 5 else [[k], [i], [0]]
        del loud[5:]
        seen.append((items[:], loud[::-2], text[k : 100 : 1 + i % 2]))
    return seen


def tuples(n: int) -> int:
    pairs = [(i, i + 1) for i in range(5)]
    total = 0
    for i in range(n):
        for a, b in pairs:
            total += a * b
        c, (d, e) = i, (i, 2)
        c, d = d, c
        total += c - d + e + (i, 7)[1]
    return total


def dicts(n: int) -> tuple[int, dict[Any, int]]:
    counts: dict[Any, int] = {"a": 0}
    total = 0
    for i in range(n):
        key = i % 5
        counts[key] = counts.get(key, 0) + 1
        counts["a"] += 1
        if key in counts and "zz" not in counts:
            total += counts[key]
    return total, counts


def strings(n: int) -> tuple[str, int]:
    text, total = "", 0
    for i in range(n):
        text = text + chr(97 + i % 26)
        total += ord(text[-1]) + len(text)
        if text[i] == "c" or "xyz" in text:
            total += 1000
        text += f"{i}"[0]
    return text[-20:], total


def comprehensions(n: int) -> int:
    total = 0
    for i in range(n):
        total += len([j for j in range(4) if j != i]) + sum([j * i for j in (1, 2)])
    return total


def generic_iteration(n: int) -> int:
    total = 0
    for i in range(n):
        for key, value in {"a": i, "b": 2}.items():
            total += value + len(key)
        for a, b in zip((1, 2), [i, i]):  # noqa: B905
            total += a * b
        for at, value in enumerate([i, 3]):
            total += at * value
    return total


def builtins_(n: int) -> tuple[Any, ...]:
    low, high, total = 10, -10, 0.0
    for i in range(-n, n):
        low = min(low, i)
        high = max(high, i, 3)
        total += abs(i) + int(i * 0.7) + float(i) + bool(i)
        total += math.sqrt(i * i) + math.sin(i) + math.floor(i / 3) + isinstance(i, int)
    return low, high, total, type(total) is float


def globals_(n: int) -> int:
    global TOTAL
    TOTAL = 0
    for i in range(n):
        TOTAL += i * SCALE
    return TOTAL


def branches(n: int) -> int:
    total = 0
    for i in range(n):
        if i % 3 == 0:
            total += 1
        elif (i % 3 == 1 and i % 2) or i == 7:
            total += 10
        else:
            total -= 1
            if total < 0:
                continue
        if i == n - 2:
            break
    return total


def nested(n: int) -> int:
    total = 0
    for i in range(n):
        for j in range(i):
            if j % 2:
                total += j
            else:
                total -= i
    return total


def while_true(n: int) -> int:
    i = 0
    while True:
        i += 1
        if i > n:
            return i
        if i % 2:
            continue
        i += 1


def changing_types(n: int) -> list[Any]:
    seen: list[Any] = []
    value: Any = 0
    for i in range(n):
        if i == n // 2:
            value = 0.5
        value = value + 1
        if i > n - 3:
            value = value * 10**18
        seen.append(value)
    return seen


def none_checks(n: int) -> int:
    previous: Any = None
    total = 0
    for i in range(n):
        if previous is None:
            total += 1
        if previous is not None and previous == i - 1:
            total += 2
        previous = None if i % 4 == 0 else i
    return total


def recursive(n: int) -> int:
    return n if n < 2 else recursive(n - 1) + recursive(n - 2)


def calls_recursive(n: int) -> int:
    total = 0
    for i in range(n):
        total += recursive(i % 9)
    return total


PROGRAMS: list[tuple[Callable[..., Any], int]] = [
    (sum_range, 30), (sum_floats, 30), (overflow, 80), (division, 30), (bits, 30),
    (attributes, 30), (operators, 30), (properties, 30), (slots, 30), (inheritance, 30),
    (keywords, 30), (variadic, 30), (closures, 30), (lists, 40), (tuples, 20), (dicts, 40),
    (slices, 40),
    (strings, 60), (comprehensions, 20), (generic_iteration, 20), (builtins_, 20),
    (globals_, 30), (branches, 60), (nested, 15), (while_true, 30), (changing_types, 30),
    (none_checks, 40), (calls_recursive, 30),
]  # fmt: skip
IDS = [function.__name__ for function, _ in PROGRAMS]


def same(found: Any, expected: Any) -> bool:
    """Equal, floats bit by bit."""
    return repr(found) == repr(expected)


@pytest.mark.parametrize(("function", "size"), PROGRAMS, ids=IDS)
def test_a_program_gives_what_cpython_gives(function: Callable[..., Any], size: int) -> None:
    jit = MiniJit()
    assert same(jit.call(function, size), function(size))
    assert jit.traces


@pytest.mark.parametrize(("function", "size"), PROGRAMS, ids=IDS)
def test_entries_are_recorded_too(function: Callable[..., Any], size: int) -> None:
    jit = MiniJit(entries=True)
    assert same(jit.call(function, size), function(size))


@pytest.mark.parametrize("number", [1, 2, 3, 5, 11, 17])
@pytest.mark.parametrize(("function", "size"), PROGRAMS, ids=IDS)
def test_failing_guards_change_nothing(
    function: Callable[..., Any], size: int, number: int
) -> None:
    jit = MiniJit(fail=fail_every(number), entries=number % 2 == 0)
    assert same(jit.call(function, size), function(size))


@pytest.mark.parametrize(("function", "size"), PROGRAMS, ids=IDS)
def test_each_guard_may_fail_once(function: Callable[..., Any], size: int) -> None:
    expected = function(size)
    for number in range(1, 120, 4):
        jit = MiniJit(fail=fail_nth(number))
        assert same(jit.call(function, size), expected), number
