# benchmark: numeric
# about: float loop nest without objects
# features: floats, nested loops, calls
# argument: 440
# iterations: 12
# checksum: 0054d1f8957e3068
# quick: 24
# quick checksum: a07c18fa2f585721
"""The Mandelbrot set: prints it as a small picture and a checksum of the full one.

    python mandelbrot.py [N]

N is the side of the picture in points. Arithmetic is on floats (not complex numbers), as in the
Computer Language Benchmarks Game, with at most 50 steps a point.
"""

import sys

STEPS = 50
SHADES = " .:-=+*#%@"


def escape_time(cr: float, ci: float) -> int:
    """Steps of z = z*z + c until |z| > 2, at most STEPS."""
    zr = 0.0
    zi = 0.0
    for step in range(STEPS):
        zr2 = zr * zr
        zi2 = zi * zi
        if zr2 + zi2 > 4.0:
            return step
        zi = 2.0 * zr * zi + ci
        zr = zr2 - zi2 + cr
    return STEPS


def render(size: int) -> list[list[int]]:
    """Escape times of size x size points of [-1.5, 0.5] x [-1, 1]."""
    rows = []
    for y in range(size):
        ci = 2.0 * y / size - 1.0
        row = []
        for x in range(size):
            row.append(escape_time(2.0 * x / size - 1.5, ci))
        rows.append(row)
    return rows


def thumbnail(rows: list[list[int]]) -> list[str]:
    """At most 24 lines of characters, darker where the point stays longer."""
    step = max(1, len(rows) // 24)
    lines = []
    for row in rows[::step]:
        shades = [SHADES[(times * (len(SHADES) - 1)) // STEPS] for times in row[::step]]
        lines.append("".join(shade * 2 for shade in shades).rstrip())
    return lines


def checksum(rows: list[list[int]]) -> int:
    """A number that depends on every point and its place."""
    total = 0
    for row in rows:
        for times in row:
            total = (total * 31 + times) % 1_000_000_007
    return total


def main(argv: list[str]) -> None:
    """Print the picture whose side is in `argv`."""
    size = int(argv[0]) if argv else 500
    rows = render(size)
    for line in thumbnail(rows):
        print(line)
    print(f"{size} x {size} points, checksum {checksum(rows)}")


if __name__ == "__main__":
    main(sys.argv[1:])
