# benchmark: objects
# about: calls of empty functions (after Unladen Swallow)
# features: calls of global functions with positional arguments
# argument: 700000
# iterations: 12
# checksum: 9747bf9d337b47b4
# quick: 20
# quick checksum: 4573302b587ba687
"""Functions that call each other with more and more arguments.

python call_simple.py [ROUNDS]
"""

import sys


def none() -> int:
    """The end of the chain."""
    return 1


def one(a: int) -> int:
    """Calls the one above twice."""
    return none() + none() + a


def two(a: int, b: int) -> int:
    """Calls the one above twice."""
    return one(a) + one(b)


def four(a: int, b: int, c: int, d: int) -> int:
    """Calls the one above twice."""
    return two(a, b) + two(c, d)


def main(argv: list[str]) -> None:
    """Print the sum of all results."""
    rounds = int(argv[0]) if argv else 130000
    total = 0
    for index in range(rounds):
        total += four(index, 2, 3, 4)
    print(rounds, total)


if __name__ == "__main__":
    main(sys.argv[1:])
