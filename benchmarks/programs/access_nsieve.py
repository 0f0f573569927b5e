# benchmark: numeric
# about: three sieves of different sizes (after SunSpider)
# features: lists of booleans, while loops
# argument: 8
# iterations: 12
# checksum: 1b8bf859d7cba156
# quick: 2
# quick checksum: 596132d94a73d764
"""Sieves of Eratosthenes of three sizes: prints how many primes are below each.

python access_nsieve.py [M]
"""

import sys


def nsieve(limit: int, is_prime: list[bool]) -> int:
    """How many primes are below `limit`; the list is work space."""
    count = 0
    for index in range(2, limit):
        is_prime[index] = True
    for index in range(2, limit):
        if is_prime[index]:
            multiple = index + index
            while multiple < limit:
                is_prime[multiple] = False
                multiple += index
            count += 1
    return count


def main(argv: list[str]) -> None:
    """Print a line for each of three sizes."""
    largest = int(argv[0]) if argv else 9
    for step in range(3):
        limit = (1 << (largest - step)) * 5000
        print(f"primes up to {limit:8d} {nsieve(limit, [True] * (limit + 1)):8d}")


if __name__ == "__main__":
    main(sys.argv[1:])
