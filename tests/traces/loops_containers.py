"""Loops over lists, tuples and dicts whose shapes are checked."""

from __future__ import annotations

from shapes import ROUNDS, loop

INTS = list(range(ROUNDS))
FLOATS = [i * 0.5 for i in range(ROUNDS)]
WORDS = ["alpha", "beta", "gamma"] * (ROUNDS // 3)
TABLE = {"alpha": 1, "beta": 2, "gamma": 3}


@loop(
    ops=12,
    guards=5,
    add="""
    ...
    guard_type(r0, int)
    i0 = unbox_int(r0)
    i2 = int_add_ovf(i1, i0)
    """,
)
def list_iteration() -> int:
    total = 0
    for value in INTS:
        total += value  # mark: add
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


@loop(
    ops=15,
    guards=5,
    allocations=1,
    store="""
    i1 = int_add_ovf(i0, 1)
    ...
    r1 = box_int(i1)
    r2 = setitem(r0, i0, r1, PyListObject.ob_item)
    ...
    """,
)
def list_store() -> int:
    values = [0] * ROUNDS
    for i in range(ROUNDS):
        values[i] = i + 1  # mark: store
    return sum(values)


@loop(
    ops=11,
    guards=2,
    allocations=1,
    calls=1,
    append="""
    ...
    r1 = box_int(i0)
    ...
    i1 = call_may_raise list_append(r0, r1)
    """,
)
def list_append() -> int:
    values = []
    for i in range(ROUNDS):
        values.append(i)  # mark: append
    return len(values)


@loop(
    ops=8,
    guards=3,
    add="i0 = int_add_ovf(i1, i2)",
)
def list_length() -> int:
    total = 0
    for _ in range(ROUNDS):
        total += len(INTS)  # mark: add
    return total


@loop(ops=20, guards=5, allocations=2, calls=1)
def comprehension() -> int:
    total = 0
    for i in range(ROUNDS):
        total += len([j + i for j in (1, 2)])
    return total


@loop(
    ops=11,
    guards=3,
    allocations=1,
    turn="""
    i2 = int_add_ovf(i0, i1)
    i3 = int_and(i2, 1023)
    ...
    """,
)
def tuple_unpacked() -> int:
    a, b = 0, 1
    for _ in range(ROUNDS):
        a, b = b, (a + b) & 1023  # mark: turn
    return a


@loop(
    ops=10,
    guards=5,
    add="""
    i2 = int_add_ovf(i0, i1)
    i4 = int_add_ovf(i3, i2)
    """,
)
def pair_never_made() -> int:
    total = 0
    for i in range(ROUNDS):
        pair = (i, i + 1)
        total += pair[0] + pair[1]  # mark: add
    return total


@loop(
    ops=15,
    guards=6,
    add="""
    ...
    guard_type(r0, int)
    i0 = unbox_int(r0)
    i2 = int_mul_ovf(i1, i0)
    i4 = int_add_ovf(i3, i2)
    """,
)
def enumerated() -> int:
    total = 0
    for i, value in enumerate(INTS):
        total += i * value  # mark: add
    return total


@loop(
    ops=20,
    guards=7,
    calls=1,
    add="""
    ...
    guard_type(r0, int)
    i0 = unbox_int(r0)
    f0 = int_to_float(i0)
    guard_type(r1, float)
    f1 = unbox_float(r1)
    f2 = float_mul(f0, f1)
    f4 = float_add(f3, f2)
    """,
)
def zipped() -> float:
    x = 0.0
    for i, f in zip(INTS, FLOATS, strict=True):
        x += i * f  # mark: add
    return x


@loop(
    ops=15,
    guards=7,
    calls=1,
    get="""
    ...
    r1 = call dict_get_safe(r2, r0)
    guard_nonnull(r1)
    guard_type(r1, int)
    i0 = unbox_int(r1)
    i2 = int_add_ovf(i1, i0)
    """,
)
def dict_get() -> int:
    total = 0
    for word in WORDS:
        total += TABLE[word]  # mark: get
    return total


@loop(ops=21, guards=7, allocations=1, calls=2)
def dict_count() -> int:
    counts: dict[str, int] = {}
    for word in WORDS:
        counts[word] = counts.get(word, 0) + 1
    return len(counts)


@loop(
    ops=14,
    guards=5,
    calls=1,
    test="""
    ...
    i0 = call dict_contains_safe(r1, r0)
    guard_int(i0, 1)
    """,
)
def dict_membership() -> int:
    count = 0
    for word in WORDS:
        if word in TABLE:  # mark: test
            count += 1
    return count


@loop(
    ops=16,
    guards=6,
    calls=1,
    cut="""
    i1 = int_add_ovf(i0, 2)
    r1 = call_may_raise list_slice_step(r0, i0, i1, 1)
    i2 = getfield(r1, PyListObject.ob_size)
    ...
    """,
)
def slice_of_list() -> int:
    total = 0
    for i in range(ROUNDS):
        total += len(INTS[i : i + 2])  # mark: cut
    return total
