"""The twin of programs/sieve.py for Numba, with an array in the place of the list."""

import numpy
from numba import njit
from numpy.typing import NDArray


@njit
def primes_below(limit: int) -> NDArray[numpy.int64]:
    """All primes smaller than `limit`, in order."""
    is_prime = numpy.ones(limit, dtype=numpy.bool_)
    is_prime[0:2] = False
    candidate = 2
    while candidate * candidate < limit:
        if is_prime[candidate]:
            multiple = candidate * candidate
            while multiple < limit:
                is_prime[multiple] = False
                multiple += candidate
        candidate += 1
    primes = numpy.empty(limit, dtype=numpy.int64)
    count = 0
    for number in range(limit):
        if is_prime[number]:
            primes[count] = number
            count += 1
    return primes[:count]


def main(argv: list[str]) -> None:
    """Print one line about the primes below the number in `argv`."""
    limit = int(argv[0])
    primes = primes_below(limit)
    last, total = int(primes[-1]), int(primes.sum())
    print(f"{len(primes)} primes below {limit}, the last is {last}, their sum is {total}")
