# benchmark: numeric
# about: sieve up to 5000 (after Are We Fast Yet)
# features: list of booleans, while loop
# argument: 900
# iterations: 12
# checksum: 4b66a0c1baa4123e
# quick: 2
# quick checksum: da8421b10ef67219
"""Counts the primes up to 5000, again and again.

python awfy_sieve.py [ROUNDS]
"""

import sys


def sieve(flags: list[bool], size: int) -> int:
    """How many primes are below `size`."""
    count = 0
    for i in range(2, size + 1):
        if flags[i - 1]:
            count += 1
            k = i + i
            while k <= size:
                flags[k - 1] = False
                k += i
    return count


def main(argv: list[str]) -> None:
    """Print the sum over all rounds."""
    rounds = int(argv[0]) if argv else 900
    total = 0
    for _ in range(rounds):
        total += sieve([True] * 5000, 5000)
    print(rounds, total)


if __name__ == "__main__":
    main(sys.argv[1:])
