"""Loops over calls and objects whose shapes are checked."""

from __future__ import annotations

from dataclasses import dataclass

from shapes import ROUNDS, loop


def add(a: int, b: int) -> int:
    return a + b


@loop(
    ops=8,
    guards=3,
    pattern="""
    b0 = int_lt(i1, i2)
    guard_true(b0)
    ...
    i5 = int_add_ovf(i6, i7)
    guard_no_interrupt()
    ...
    """,
)
def call_inlined() -> int:
    total = 0
    for i in range(ROUNDS):
        total = add(total, i)
    return total


def scaled(a: int, *, by: int = 2) -> int:
    return a * by


@loop(ops=9, guards=4)
def call_keyword() -> int:
    total = 0
    for i in range(ROUNDS):
        total += scaled(i, by=3)
    return total


def summed(*values: int) -> int:
    return values[0] + values[1]


@loop(ops=9, guards=4)
def call_varargs() -> int:
    total = 0
    for i in range(ROUNDS):
        total += summed(i, 2)
    return total


@loop(ops=13, guards=6)
def closure() -> int:
    step = 3

    def plus(value: int) -> int:
        return value + step

    total = 0
    for _ in range(ROUNDS):
        total = plus(total)
    return total


class Point:
    """Two fields."""

    def __init__(self, x: float, y: float) -> None:
        self.x = x
        self.y = y

    def plus(self, other: Point) -> Point:
        return Point(self.x + other.x, self.y + other.y)

    def __mul__(self, factor: float) -> Point:
        return Point(self.x * factor, self.y * factor)

    @property
    def norm(self) -> float:
        return self.x * self.x + self.y * self.y


class Slotted:
    """A field in a slot."""

    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value = value


class Counter:
    """Counts."""

    def __init__(self) -> None:
        self.count = 0

    def up(self, step: int) -> None:
        self.count += step


class Doubling(Counter):
    """Counts twice."""

    def up(self, step: int) -> None:
        super().up(step * 2)


@dataclass
class Pair:
    """Made by a decorator."""

    a: int
    b: int


@loop(
    ops=8,
    guards=2,
    pattern="""
    ...
    f0 = float_add(f1, f2)
    guard_no_interrupt()
    ...
    """,
)
def attribute_read() -> float:
    point = Point(1.5, 2.5)
    x = 0.0
    for _ in range(ROUNDS):
        x += point.x + point.y  # mark: read
    return x


@loop(
    ops=13,
    guards=3,
    allocations=1,
    add="""
    i2 = int_add_ovf(i0, i1)
    r1 = box_int(i2)
    r2 = setfield(r0, r1, values[0])
    ...
    """,
)
def attribute_write() -> int:
    counter = Counter()
    for i in range(ROUNDS):
        counter.count += i  # mark: add
    return counter.count


@loop(
    ops=24,
    guards=10,
    calls=2,
    allocations=1,
    add="""
    ...
    r2 = call dict_get_hinted(r0, 'count', 0)
    guard_nonnull(r2)
    ...
    i4 = call_may_raise dict_set_safe(r0, 'count', r5)
    ...
    """,
)
def attribute_in_dict() -> int:
    counter = Counter()
    vars(counter)["other"] = 0
    for i in range(ROUNDS):
        counter.count += i  # mark: add
    return counter.count


@loop(ops=15, guards=4, allocations=1)
def method_call() -> int:
    counter = Counter()
    for i in range(ROUNDS):
        counter.up(i)
    return counter.count


@loop(ops=16, guards=5, allocations=1)
def super_call() -> int:
    counter = Doubling()
    for i in range(ROUNDS):
        counter.up(i)
    return counter.count


@loop(
    ops=13,
    guards=3,
    allocations=1,
    add="""
    i2 = int_add_ovf(i0, i1)
    r1 = box_int(i2)
    r2 = setfield(r0, r1, slot[16])
    ...
    """,
)
def slot() -> int:
    one = Slotted(0)
    for i in range(ROUNDS):
        one.value += i  # mark: add
    return one.value


@loop(
    ops=12,
    guards=2,
    use="""
    ...
    f1 = float_mul(f0, 2.0)
    f3 = float_add(f2, f1)
    """,
)
def object_never_made() -> float:
    x = 0.0
    for i in range(ROUNDS):
        point = Point(float(i), 2.0)
        x += point.x * point.y  # mark: use
    return x


@loop(
    ops=17,
    guards=3,
    pattern="""
    ...
    f0 = int_to_float(i1)
    f2 = float_mul(2.0, f0)
    ...
    f3 = float_add(f0, 0.5)
    f4 = float_add(f2, 0.5)
    f5 = float_mul(f3, f3)
    f6 = float_mul(f4, f4)
    f7 = float_add(f5, f6)
    f8 = float_add(f9, f7)
    guard_no_interrupt()
    ...
    """,
)
def operators() -> float:
    x = 0.0
    for i in range(ROUNDS):
        x += (Point(1.0, 2.0) * i).plus(Point(0.5, 0.5)).norm
    return x


@loop(ops=11, guards=3)
def object_kept() -> float:
    point = Point(0.0, 0.0)
    step = Point(0.5, 0.25)
    for _ in range(ROUNDS):
        point = point.plus(step)
    return point.x + point.y


@loop(
    ops=11,
    guards=4,
    use="""
    ...
    i1 = int_mul_ovf(i0, 2)
    i3 = int_add_ovf(i2, i1)
    """,
)
def dataclass_fields() -> int:
    total = 0
    for i in range(ROUNDS):
        pair = Pair(i, 2)
        total += pair.a * pair.b  # mark: use
    return total


@loop(
    ops=8,
    guards=3,
    add="i0 = int_add_ovf(i1, 1)",
)
def isinstance_check() -> int:
    count = 0
    counter = Doubling()
    for _ in range(ROUNDS):
        if isinstance(counter, Counter):
            count += 1  # mark: add
    return count


@loop(
    ops=11,
    guards=4,
    allocations=1,
    add="i0 = int_add_ovf(i1, i2)",
)
def linked_list() -> int:
    node = Pair(1, 0)
    total = 0
    for _ in range(ROUNDS):
        total += node.a  # mark: add
        node = Pair(node.b + 1, node.a)
    return total
