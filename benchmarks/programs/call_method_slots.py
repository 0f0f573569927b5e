# benchmark: objects
# about: calls of methods of a class with slots (after Unladen Swallow)
# features: slots, methods
# argument: 550000
# iterations: 12
# checksum: 58c71eccfa015b9c
# quick: 20
# quick checksum: cf631079d8fbb9da
"""The same with a class that has slots.

python call_method_slots.py [ROUNDS]
"""

import sys


class Caller:
    """Counts what is called."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0

    def none(self) -> int:
        """The end of the chain."""
        self.count += 1
        return 1

    def one(self, a: int) -> int:
        """Calls the one above twice."""
        return self.none() + self.none() + a

    def two(self, a: int, b: int) -> int:
        """Calls the one above twice."""
        return self.one(a) + self.one(b)

    def four(self, a: int, b: int, c: int, d: int) -> int:
        """Calls the one above twice."""
        return self.two(a, b) + self.two(c, d)


def main(argv: list[str]) -> None:
    """Print the sum of all results and the count."""
    rounds = int(argv[0]) if argv else 110000
    caller = Caller()
    total = 0
    for index in range(rounds):
        total += caller.four(index, 2, 3, 4)
    print(rounds, total, caller.count)


if __name__ == "__main__":
    main(sys.argv[1:])
