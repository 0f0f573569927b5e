"""Loops over numbers, containers and strings whose shapes are checked."""

from __future__ import annotations

import math

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
