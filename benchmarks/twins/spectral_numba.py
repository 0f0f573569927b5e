"""The twin of programs/spectral.py for Numba, with arrays in the place of lists."""

from math import sqrt

import numpy
from numba import njit
from numpy.typing import NDArray

Vector = NDArray[numpy.float64]


@njit
def element(i: int, j: int) -> float:
    """The matrix: 1, 1/2, 1/3; 1/4, ..."""
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


@njit
def times(vector: Vector, result: Vector, transposed: bool) -> None:
    """result = A vector, or A' vector."""
    size = len(vector)
    for i in range(size):
        total = 0.0
        for j in range(size):
            total += (element(j, i) if transposed else element(i, j)) * vector[j]
        result[i] = total


def main(argv: list[str]) -> None:
    """Print the norm after ten steps of the power method."""
    size = int(argv[0])
    u, v, between = numpy.ones(size), numpy.zeros(size), numpy.zeros(size)
    for _ in range(10):
        times(u, between, False)
        times(between, v, True)
        times(v, between, False)
        times(between, u, True)
    above = below = 0.0
    for i in range(size):
        above += u[i] * v[i]
        below += v[i] * v[i]
    print(f"{sqrt(above / below):.9f}")
