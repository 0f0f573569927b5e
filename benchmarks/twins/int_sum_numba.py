"""The twin of programs/int_sum.py for Numba."""

from numba import njit


@njit
def total(limit: int) -> int:
    """The sum for all i below the limit."""
    result = 0
    for i in range(limit):
        result += (i * 7) % 11 - (i & 3)
    return result


def main(argv: list[str]) -> None:
    """Print the sum."""
    print(total(int(argv[0])))
