"""The loops whose shapes are checked: one for each feature of the language that compiles well."""

from __future__ import annotations

import math
from dataclasses import dataclass

from shapes import ROUNDS, loop

INTS = list(range(ROUNDS))
FLOATS = [i * 0.5 for i in range(ROUNDS)]
WORDS = ["alpha", "beta", "gamma"] * (ROUNDS // 3)
TABLE = {"alpha": 1, "beta": 2, "gamma": 3}
FACTOR = 3


@loop(
    ops=8,
    guards=3,
    pattern="""
    b0 = int_lt(i1, i2)
    guard_true(b0)
    ...
    setfield_int(r3, i4, _PyRangeIterObject.index)
    i5 = int_add_ovf(i6, i7)
    guard_no_interrupt()
    ...
    """,
    add="i0 = int_add_ovf(i1, i2)",
)
def int_sum() -> int:
    total = 0
    for i in range(ROUNDS):
        total += i  # mark: add
    return total


@loop(ops=5, guards=4)
def int_while() -> int:
    i = total = 0
    while i < ROUNDS:
        total += i
        i += 1
    return total


@loop(ops=15, guards=6)
def int_mixed() -> int:
    total = 0
    for i in range(ROUNDS):
        total = (total + (i * 7) % 11 - (i >> 1) + (i & 3)) ^ 1
    return total


@loop(ops=11, guards=4)
def int_floor_division() -> int:
    total = 0
    for i in range(1, ROUNDS):
        total += 1000 // i
    return total


@loop(
    ops=9,
    guards=2,
    pattern="""
    ...
    f0 = float_mul(f1, 0.5)
    f2 = float_add(f0, 1.25)
    guard_no_interrupt()
    ...
    """,
)
def float_sum() -> float:
    x = 0.0
    for _ in range(ROUNDS):
        x = x * 0.5 + 1.25  # mark: step
    return x


@loop(ops=16, guards=4)
def float_of_int() -> float:
    x = 0.0
    for i in range(ROUNDS):
        x += i / 4 + i * 0.5
    return x


@loop(ops=19, guards=6, calls=1)
def float_power() -> float:
    x = 0.0
    for i in range(ROUNDS):
        x += (i + 0.5) ** 2
    return x


@loop(ops=12, guards=3)
def math_sqrt() -> float:
    x = 0.0
    for i in range(ROUNDS):
        x += math.sqrt(i)
    return x


@loop(ops=14, guards=6)
def comparisons() -> int:
    count = 0
    for i in range(ROUNDS):
        if 10 <= i < 10000 and i != 5000:
            count += 1
    return count


@loop(ops=10, guards=4)
def bool_and_not() -> int:
    count = 0
    flag = False
    for i in range(ROUNDS):
        if not flag and i >= 0:
            count += 1
    return count


@loop(ops=12, guards=5)
def list_iteration() -> int:
    total = 0
    for value in INTS:
        total += value
    return total


@loop(
    ops=15,
    guards=5,
    index="""
    guard_true(b0)
    b1 = int_lt(i2, i3)
    guard_true(b1)
    r4 = getitem(r5, i2, PyListObject.ob_item)
    guard_type(r4, float)
    f6 = unbox_float(r4)
    f7 = float_add(f8, f6)
    """,
)
def list_index() -> float:
    x = 0.0
    for i in range(ROUNDS):
        x += FLOATS[i]  # mark: index
    return x


@loop(ops=15, guards=5, allocations=1)
def list_store() -> int:
    values = [0] * ROUNDS
    for i in range(ROUNDS):
        values[i] = i + 1
    return sum(values)


@loop(ops=11, guards=2, allocations=1, calls=1)
def list_append() -> int:
    values = []
    for i in range(ROUNDS):
        values.append(i)
    return len(values)


@loop(ops=8, guards=3)
def list_length() -> int:
    total = 0
    for _ in range(ROUNDS):
        total += len(INTS)
    return total


@loop(ops=20, guards=5, allocations=2, calls=1)
def comprehension() -> int:
    total = 0
    for i in range(ROUNDS):
        total += len([j + i for j in (1, 2)])
    return total


@loop(ops=11, guards=3, allocations=1)
def tuple_unpacked() -> int:
    a, b = 0, 1
    for _ in range(ROUNDS):
        a, b = b, (a + b) & 1023
    return a


@loop(ops=10, guards=5)
def pair_never_made() -> int:
    total = 0
    for i in range(ROUNDS):
        pair = (i, i + 1)
        total += pair[0] + pair[1]
    return total


@loop(ops=15, guards=6)
def enumerated() -> int:
    total = 0
    for i, value in enumerate(INTS):
        total += i * value
    return total


@loop(ops=20, guards=7, calls=1)
def zipped() -> float:
    x = 0.0
    for i, f in zip(INTS, FLOATS, strict=True):
        x += i * f
    return x


@loop(ops=15, guards=7, calls=1)
def dict_get() -> int:
    total = 0
    for word in WORDS:
        total += TABLE[word]
    return total


@loop(ops=21, guards=7, allocations=1, calls=2)
def dict_count() -> int:
    counts: dict[str, int] = {}
    for word in WORDS:
        counts[word] = counts.get(word, 0) + 1
    return len(counts)


@loop(ops=14, guards=5, calls=1)
def dict_membership() -> int:
    count = 0
    for word in WORDS:
        if word in TABLE:
            count += 1
    return count


@loop(ops=14, guards=5, calls=1)
def string_equal() -> int:
    count = 0
    for word in WORDS:
        if word == "beta":
            count += 1
        elif word == "delta":
            count += 2
    return count


@loop(ops=15, guards=4, calls=2)
def string_index() -> int:
    count = 0
    text = "abcdefghij"
    for i in range(ROUNDS):
        if text[i % 10] == "c":
            count += 1
    return count


@loop(ops=14, guards=4, calls=1)
def string_concatenation() -> int:
    length = 0
    for word in WORDS:
        length += len(word + "!")
    return length


@loop(ops=13, guards=3, calls=2)
def f_string() -> int:
    length = 0
    for i in range(ROUNDS):
        length += len(f"{i}:")
    return length


@loop(ops=9, guards=4)
def global_read() -> int:
    total = 0
    for i in range(ROUNDS):
        total += i * FACTOR
    return total


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


@loop(ops=13, guards=3, allocations=1)
def attribute_write() -> int:
    counter = Counter()
    for i in range(ROUNDS):
        counter.count += i
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


@loop(ops=13, guards=3, allocations=1)
def slot() -> int:
    one = Slotted(0)
    for i in range(ROUNDS):
        one.value += i
    return one.value


@loop(ops=12, guards=2)
def object_never_made() -> float:
    x = 0.0
    for i in range(ROUNDS):
        point = Point(float(i), 2.0)
        x += point.x * point.y
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


@loop(ops=11, guards=4)
def dataclass_fields() -> int:
    total = 0
    for i in range(ROUNDS):
        pair = Pair(i, 2)
        total += pair.a * pair.b
    return total


@loop(ops=8, guards=3)
def isinstance_check() -> int:
    count = 0
    counter = Doubling()
    for _ in range(ROUNDS):
        if isinstance(counter, Counter):
            count += 1
    return count


@loop(ops=8, guards=3)
def try_without_exception() -> int:
    total = 0
    for i in range(ROUNDS):
        try:
            total += i
        except ValueError:
            total = -1
    return total


@loop(ops=10, guards=4)
def conditional_expression() -> int:
    total = 0
    for i in range(ROUNDS):
        total += i if i >= 0 else -i
    return total


@loop(ops=18, guards=10)
def absolute_min_max() -> int:
    total = 0
    for i in range(ROUNDS):
        total += abs(i - 150) + min(i, 100) + max(i, 10)
    return total


@loop(ops=16, guards=6, calls=1)
def slice_of_list() -> int:
    total = 0
    for i in range(ROUNDS):
        total += len(INTS[i : i + 2])
    return total


@loop(ops=11, guards=4, allocations=1)
def linked_list() -> int:
    node = Pair(1, 0)
    total = 0
    for _ in range(ROUNDS):
        total += node.a
        node = Pair(node.b + 1, node.a)
    return total
