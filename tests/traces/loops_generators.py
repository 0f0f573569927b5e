"""Loops over generators whose shapes are checked: the generators are part of them."""

from __future__ import annotations

from collections.abc import Iterator

from shapes import ROUNDS, loop


def counting(limit: int) -> Iterator[int]:
    i = 0
    while i < limit:
        yield i
        i += 1


def odd(limit: int) -> Iterator[int]:
    for i in range(limit):
        if i & 1:
            yield i


@loop(ops=20, guards=6, allocations=1, calls=0)
def generator_function() -> int:
    total = 0
    for _ in range(3):
        for value in counting(ROUNDS):
            total += value
    return total


@loop(ops=23, guards=4, allocations=1, calls=0)
def generator_expression() -> float:
    total = 0.0
    for _ in range(3):
        for value in (i * 0.5 for i in range(ROUNDS)):
            total += value
    return total


@loop(ops=23, guards=5, allocations=1, calls=0)
def generator_filter() -> int:
    total = 0
    for _ in range(3):
        for value in odd(ROUNDS):
            total ^= value
    return total
