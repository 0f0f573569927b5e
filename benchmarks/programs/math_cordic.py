# benchmark: numeric
# about: sine and cosine by shifts (after SunSpider)
# features: integer shifts, comparisons, tuple of constants
# argument: 250000
# iterations: 12
# checksum: 2adc70db57dfae02
# quick: 100
# quick checksum: 32d2d4569c1950a7
"""CORDIC: sine and cosine from integer additions and shifts.

python math_cordic.py [ROUNDS]
"""

import sys

FRACTION = 65536
GAIN = 0.6072529350088812561694
ANGLES = tuple(
    int(degrees * FRACTION)
    for degrees in (
        *(45.0, 26.565, 14.0362, 7.12502, 3.57633, 1.78991),
        *(0.895174, 0.447614, 0.223811, 0.111906, 0.055953, 0.027977),
    )
)


def cordic(target_degrees: float) -> tuple[int, int]:
    """Cosine and sine of an angle, as fixed-point numbers."""
    x = int(GAIN * FRACTION)
    y = 0
    target = int(target_degrees * FRACTION)
    current = 0
    for step in range(12):
        if target > current:
            new_x = x - (y >> step)
            y = (x >> step) + y
            x = new_x
            current += ANGLES[step]
        else:
            new_x = x + (y >> step)
            y = -(x >> step) + y
            x = new_x
            current -= ANGLES[step]
    return x, y


def main(argv: list[str]) -> None:
    """Print the sums of cosines and sines of many angles."""
    rounds = int(argv[0]) if argv else 25000
    cosines = sines = 0
    for index in range(rounds):
        x, y = cordic(index % 90)
        cosines += x
        sines += y
    print(rounds, cosines, sines)


if __name__ == "__main__":
    main(sys.argv[1:])
