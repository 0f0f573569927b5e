# benchmark: numeric
# about: dot product of two vectors (kernel with a twin in C)
# features: lists of floats, indexing
# argument: 700000
# iterations: 12
# checksum: 38205f64e29c61cb
# quick: 1000
# quick checksum: f50f128f9afc55b0
"""The dot product of two vectors of floats, ten times.

python dot_product.py [N]
"""

import sys


def dot(xs: list[float], ys: list[float]) -> float:
    """The sum of products, from left to right."""
    result = 0.0
    for i in range(len(xs)):
        result += xs[i] * ys[i]
    return result


def main(argv: list[str]) -> None:
    """Print the sum of ten products, changing one element in between."""
    size = int(argv[0]) if argv else 400000
    xs = [(i % 17) * 0.25 for i in range(size)]
    ys = [(i % 13) * 0.5 - 3.0 for i in range(size)]
    result = 0.0
    for step in range(10):
        xs[step] = step * 1.5
        result += dot(xs, ys)
    print(f"{result:.6f}")


if __name__ == "__main__":
    main(sys.argv[1:])
