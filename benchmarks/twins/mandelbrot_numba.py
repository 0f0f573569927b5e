"""The twin of programs/mandelbrot.py for Numba: the same functions, compiled."""

from mandelbrot import STEPS, thumbnail
from numba import njit


@njit
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


@njit
def row_of(y: int, size: int) -> list[int]:
    """A line of the picture."""
    ci = 2.0 * y / size - 1.0
    return [escape_time(2.0 * x / size - 1.5, ci) for x in range(size)]


@njit
def add_row(total: int, row: list[int]) -> int:
    """The checksum with one more line."""
    for times in row:
        total = (total * 31 + times) % 1_000_000_007
    return total


def main(argv: list[str]) -> None:
    """Print the picture whose side is in `argv`."""
    size = int(argv[0])
    rows = [list(row_of(y, size)) for y in range(size)]
    total = 0
    for y in range(size):
        total = add_row(total, row_of(y, size))
    for line in thumbnail(rows):
        print(line)
    print(f"{size} x {size} points, checksum {total}")
