"""Loops over numbers and strings whose shapes are checked."""

from __future__ import annotations

import math

from shapes import ROUNDS, loop

WORDS = ["alpha", "beta", "gamma"] * (ROUNDS // 3)
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


@loop(
    ops=5,
    guards=4,
    add="""
    i0 = int_add_ovf(i1, i2)
    ...
    """,
)
def int_while() -> int:
    i = total = 0
    while i < ROUNDS:
        total += i  # mark: add
        i += 1
    return total


@loop(
    ops=15,
    guards=6,
    mixed="""
    i0 = int_mul_ovf(i1, 7)
    i2 = int_mod(i0, 11)
    i4 = int_add_ovf(i3, i2)
    i5 = int_rshift(i1, 1)
    i6 = int_sub_ovf(i4, i5)
    i7 = int_and(i1, 3)
    i8 = int_add_ovf(i6, i7)
    i9 = int_xor(i8, 1)
    """,
)
def int_mixed() -> int:
    total = 0
    for i in range(ROUNDS):
        total = (total + (i * 7) % 11 - (i >> 1) + (i & 3)) ^ 1  # mark: mixed
    return total


@loop(
    ops=11,
    guards=4,
    divide="""
    guard_true(b0)
    i1 = int_floordiv(1000, i0)
    i3 = int_add_ovf(i2, i1)
    """,
)
def int_floor_division() -> int:
    total = 0
    for i in range(1, ROUNDS):
        total += 1000 // i  # mark: divide
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


@loop(
    ops=16,
    guards=4,
    sum="""
    ...
    f0 = int_to_float(i0)
    f1 = float_mul(f0, 0.25)
    f2 = float_mul(f0, 0.5)
    f3 = float_add(f1, f2)
    f5 = float_add(f4, f3)
    """,
)
def float_of_int() -> float:
    x = 0.0
    for i in range(ROUNDS):
        x += i / 4 + i * 0.5  # mark: sum
    return x


@loop(ops=19, guards=6, calls=1)
def float_power() -> float:
    x = 0.0
    for i in range(ROUNDS):
        x += (i + 0.5) ** 2
    return x


@loop(
    ops=12,
    guards=3,
    root="""
    ...
    f1 = float_sqrt(f0)
    f3 = float_add(f2, f1)
    """,
)
def math_sqrt() -> float:
    x = 0.0
    for i in range(ROUNDS):
        x += math.sqrt(i)  # mark: root
    return x


@loop(
    ops=14,
    guards=6,
    test="""
    guard_true(b0)
    b1 = int_lt(i0, 10000)
    guard_true(b1)
    b2 = int_ne(i0, 5000)
    guard_true(b2)
    """,
)
def comparisons() -> int:
    count = 0
    for i in range(ROUNDS):
        if 10 <= i < 10000 and i != 5000:  # mark: test
            count += 1
    return count


@loop(
    ops=10,
    guards=4,
    test="guard_true(b0)",
)
def bool_and_not() -> int:
    count = 0
    flag = False
    for i in range(ROUNDS):
        if not flag and i >= 0:  # mark: test
            count += 1
    return count


@loop(
    ops=14,
    guards=5,
    calls=1,
    test="""
    ...
    guard_type(r0, str)
    i0 = call str_eq(r0, 'beta')
    b0 = int_ne(i0, 0)
    guard_true(b0)
    """,
)
def string_equal() -> int:
    count = 0
    for word in WORDS:
        if word == "beta":  # mark: test
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


@loop(
    ops=14,
    guards=4,
    calls=1,
    join="""
    ...
    r1 = call_may_raise str_concat(r0, '!')
    i0 = getfield(r1, PyASCIIObject.length)
    ...
    i2 = int_add_ovf(i1, i0)
    """,
)
def string_concatenation() -> int:
    length = 0
    for word in WORDS:
        length += len(word + "!")  # mark: join
    return length


@loop(
    ops=13,
    guards=3,
    calls=2,
    build="""
    r0 = call_may_raise str_from_int(i0)
    r1 = call_may_raise str_build(r0, ':')
    ...
    i1 = getfield(r1, PyASCIIObject.length)
    ...
    """,
)
def f_string() -> int:
    length = 0
    for i in range(ROUNDS):
        length += len(f"{i}:")  # mark: build
    return length


@loop(
    ops=9,
    guards=4,
    add="""
    i2 = int_mul_ovf(i0, i1)
    i4 = int_add_ovf(i3, i2)
    """,
)
def global_read() -> int:
    total = 0
    for i in range(ROUNDS):
        total += i * FACTOR  # mark: add
    return total


@loop(
    ops=8,
    guards=3,
    add="i0 = int_add_ovf(i1, i2)",
)
def try_without_exception() -> int:
    total = 0
    for i in range(ROUNDS):
        try:
            total += i  # mark: add
        except ValueError:
            total = -1
    return total


@loop(
    ops=10,
    guards=4,
    choose="""
    guard_true(b0)
    i2 = int_add_ovf(i1, i0)
    """,
)
def conditional_expression() -> int:
    total = 0
    for i in range(ROUNDS):
        total += i if i >= 0 else -i  # mark: choose
    return total


@loop(
    ops=18,
    guards=10,
    add="""
    i1 = int_sub_ovf(i0, 150)
    b0 = int_ge(i1, 0)
    guard_false(b0)
    i2 = int_sub_ovf(0, i1)
    b1 = int_lt(100, i0)
    guard_false(b1)
    i3 = int_add_ovf(i2, i0)
    b2 = int_gt(10, i0)
    guard_false(b2)
    i4 = int_add_ovf(i3, i0)
    i6 = int_add_ovf(i5, i4)
    """,
)
def absolute_min_max() -> int:
    total = 0
    for i in range(ROUNDS):
        total += abs(i - 150) + min(i, 100) + max(i, 10)  # mark: add
    return total
