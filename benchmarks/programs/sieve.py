# benchmark: numeric
# about: sieve of Eratosthenes
# features: list of booleans, integer loops
# argument: 3500000
# iterations: 12
# checksum: 46ea3a30d54714ab
# quick: 1000
# quick checksum: dbdc3b57134e4492
"""Sieve of Eratosthenes: counts the primes below N and prints the count, the last and their sum.

python sieve.py [N]
"""

import sys


def primes_below(limit: int) -> list[int]:
    """All primes smaller than `limit`, in order."""
    is_prime = [True] * limit
    is_prime[0:2] = [False] * min(2, limit)
    candidate = 2
    while candidate * candidate < limit:
        if is_prime[candidate]:
            multiple = candidate * candidate
            while multiple < limit:
                is_prime[multiple] = False
                multiple += candidate
        candidate += 1
    primes = []
    for number in range(limit):
        if is_prime[number]:
            primes.append(number)
    return primes


def main(argv: list[str]) -> None:
    """Print one line about the primes below the number in `argv`."""
    limit = int(argv[0]) if argv else 2_000_000
    primes = primes_below(limit)
    total = 0
    for prime in primes:
        total += prime
    last = primes[-1] if primes else None
    print(f"{len(primes)} primes below {limit}, the last is {last}, their sum is {total}")


if __name__ == "__main__":
    main(sys.argv[1:])
