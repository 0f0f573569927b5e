# benchmark: numeric
# about: Mandelbrot set as bits (after Are We Fast Yet)
# features: float loops, bit operations, while loops
# argument: 280
# iterations: 12
# checksum: 05ce86a991e4a8cf
# quick: 10
# quick checksum: 33eb7e49cdbe7904
"""The Mandelbrot set as bits that are combined to one byte.

python awfy_mandelbrot.py [N]
"""

import sys


def mandelbrot(size: int) -> int:
    """The exclusive or of all bytes of the picture."""
    total = 0
    bits = 0
    bit_number = 0
    y = 0
    while y < size:
        ci = (2.0 * y / size) - 1.0
        x = 0
        while x < size:
            zr = zrzr = 0.0
            zi = zizi = 0.0
            cr = (2.0 * x / size) - 1.5
            z = 0
            escape = 0
            while z < 50:
                zr = zrzr - zizi + cr
                zi = 2.0 * zr * zi + ci
                zrzr = zr * zr
                zizi = zi * zi
                if zrzr + zizi > 4.0:
                    escape = 1
                    z = 50
                z += 1
            bits = (bits << 1) + escape
            bit_number += 1
            if bit_number == 8:
                total ^= bits
                bits = 0
                bit_number = 0
            elif x == size - 1:
                bits <<= 8 - bit_number
                total ^= bits
                bits = 0
                bit_number = 0
            x += 1
        y += 1
    return total


def main(argv: list[str]) -> None:
    """Print the byte."""
    size = int(argv[0]) if argv else 220
    print(size, mandelbrot(size))


if __name__ == "__main__":
    main(sys.argv[1:])
