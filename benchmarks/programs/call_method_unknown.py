# benchmark: objects
# about: calls of methods of one of three classes (after Unladen Swallow)
# features: polymorphic methods, class changes at every call
# argument: 270000
# iterations: 12
# checksum: 3d46b2a56e0b9838
# quick: 20
# quick checksum: 863c1ac50e263fa2
"""Methods of the same names in three classes that have nothing to do with each other.

python call_method_unknown.py [ROUNDS]
"""

from __future__ import annotations

import sys


class First:
    """Adds one."""

    def none(self) -> int:
        """The end of the chain."""
        return 1

    def two(self, a: int, b: int) -> int:
        """Calls the one above twice."""
        return self.none() + self.none() + a + b


class Second:
    """Adds two, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def none(self) -> int:
        """The end of the chain."""
        self.count += 1
        return 2

    def two(self, a: int, b: int) -> int:
        """Calls the one above twice."""
        return self.none() + a + self.none() + b


class Third:
    """Adds three."""

    def __init__(self) -> None:
        self.step = 3

    def none(self) -> int:
        """The end of the chain."""
        return self.step

    def two(self, a: int, b: int) -> int:
        """Calls the one above twice."""
        return a + b + self.none() + self.none()


def main(argv: list[str]) -> None:
    """Print the sum of all results."""
    rounds = int(argv[0]) if argv else 100000
    objects: list[First | Second | Third] = [
        First(),
        Second(),
        Third(),
        Second(),
        First(),
        Third(),
        Third(),
    ]
    total = 0
    for index in range(rounds):
        for one in objects:
            total += one.two(index, 1)
    print(rounds, total)


if __name__ == "__main__":
    main(sys.argv[1:])
