# benchmark: objects
# about: tree of arrays (after Are We Fast Yet)
# features: list allocation, recursion
# argument: 240
# iterations: 12
# checksum: 12da2c9ec4c3e173
# quick: 1
# quick checksum: 8552f714cd83d9f1
"""Builds trees of arrays with random numbers of empty places, for the allocator's sake.

python awfy_storage.py [ROUNDS]
"""

from __future__ import annotations

import sys


class Random:
    """The random numbers that all programs of this family share."""

    def __init__(self) -> None:
        self.seed = 74755

    def next(self) -> int:
        """The next of them, below 65536."""
        self.seed = ((self.seed * 1309) + 13849) & 65535
        return self.seed


class Storage:
    """Counts the arrays it makes."""

    def __init__(self) -> None:
        self.count = 0

    def build(self, depth: int, random: Random) -> list[object]:
        """A tree of that depth with four branches; the leaves have random lengths."""
        self.count += 1
        if depth == 1:
            return [None] * (random.next() % 10 + 1)
        branches: list[object] = [None] * 4
        for index in range(4):
            branches[index] = self.build(depth - 1, random)
        return branches


def main(argv: list[str]) -> None:
    """Print how many arrays were made."""
    rounds = int(argv[0]) if argv else 240
    total = 0
    for _ in range(rounds):
        storage = Storage()
        storage.build(7, Random())
        total += storage.count
    print(rounds, total)


if __name__ == "__main__":
    main(sys.argv[1:])
