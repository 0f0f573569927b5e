# benchmark: numeric
# about: spectral norm of a matrix (kernel with a twin in C)
# features: float division of ints, calls, lists
# argument: 250
# iterations: 12
# checksum: 3cf3d42951b08770
# quick: 10
# quick checksum: 6020d6749f99e095
"""The spectral norm of an infinite matrix, from its first N rows and columns.

python spectral.py [N]
"""

import sys
from math import sqrt


def element(i: int, j: int) -> float:
    """The matrix: 1, 1/2, 1/3; 1/4, ..."""
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(vector: list[float], result: list[float]) -> None:
    """result = A vector."""
    size = len(vector)
    for i in range(size):
        total = 0.0
        for j in range(size):
            total += element(i, j) * vector[j]
        result[i] = total


def transposed_times(vector: list[float], result: list[float]) -> None:
    """result = A' vector."""
    size = len(vector)
    for i in range(size):
        total = 0.0
        for j in range(size):
            total += element(j, i) * vector[j]
        result[i] = total


def main(argv: list[str]) -> None:
    """Print the norm after ten steps of the power method."""
    size = int(argv[0]) if argv else 170
    u, v, between = [1.0] * size, [0.0] * size, [0.0] * size
    for _ in range(10):
        times(u, between)
        transposed_times(between, v)
        times(v, between)
        transposed_times(between, u)
    above = below = 0.0
    for i in range(size):
        above += u[i] * v[i]
        below += v[i] * v[i]
    print(f"{sqrt(above / below):.9f}")


if __name__ == "__main__":
    main(sys.argv[1:])
