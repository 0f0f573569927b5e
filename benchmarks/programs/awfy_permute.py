# benchmark: objects
# about: all orders of six elements (after Are We Fast Yet)
# features: recursion, list swaps, instance fields
# argument: 300
# iterations: 12
# checksum: 5d54b2861c8093c1
# quick: 1
# quick checksum: 2b69bdaaab6cdae6
"""Makes all permutations of six elements by swaps, and counts its own calls.

python awfy_permute.py [ROUNDS]
"""

import sys


class Permuter:
    """A list in work, and how often `permute` was called."""

    def __init__(self) -> None:
        self.count = 0
        self.values = list(range(6))

    def permute(self, n: int) -> None:
        """All orders of the first n elements."""
        self.count += 1
        if n != 0:
            before = n - 1
            self.permute(before)
            for i in range(before, -1, -1):
                self.swap(before, i)
                self.permute(before)
                self.swap(before, i)

    def swap(self, i: int, j: int) -> None:
        """Exchange two elements."""
        value = self.values[i]
        self.values[i] = self.values[j]
        self.values[j] = value


def main(argv: list[str]) -> None:
    """Print the number of calls."""
    rounds = int(argv[0]) if argv else 300
    calls = 0
    for _ in range(rounds):
        permuter = Permuter()
        permuter.permute(6)
        calls += permuter.count
    print(rounds, calls)


if __name__ == "__main__":
    main(sys.argv[1:])
