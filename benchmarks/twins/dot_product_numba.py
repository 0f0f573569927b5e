"""The twin of programs/dot_product.py for Numba, with arrays in the place of lists."""

import numpy
from numba import njit
from numpy.typing import NDArray


@njit
def dot(xs: NDArray[numpy.float64], ys: NDArray[numpy.float64]) -> float:
    """The sum of products, from left to right."""
    result = 0.0
    for i in range(len(xs)):
        result += xs[i] * ys[i]
    return result


def main(argv: list[str]) -> None:
    """Print the sum of ten products, changing one element in between."""
    size = int(argv[0])
    xs = numpy.array([(i % 17) * 0.25 for i in range(size)])
    ys = numpy.array([(i % 13) * 0.5 - 3.0 for i in range(size)])
    result = 0.0
    for step in range(10):
        xs[step] = step * 1.5
        result += dot(xs, ys)
    print(f"{result:.6f}")
