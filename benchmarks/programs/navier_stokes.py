# benchmark: numeric
# about: fluid on a grid (after Octane)
# features: flat lists of floats, index arithmetic, nested loops
# argument: 48
# iterations: 12
# checksum: 0a124e1bbf86c879
# quick: 1
# quick checksum: 170466818397a0c7
"""Density and speed of a fluid in a box, by Gauss-Seidel relaxation and backward advection.

python navier_stokes.py [STEPS]
"""

import sys

SIZE = 32
ROW = SIZE + 2
ITERATIONS = 8
Field = list[float]


def set_bounds(kind: int, field: Field) -> None:
    """Walls: the speed across a wall is mirrored, all else is continued."""
    across = -1.0 if kind == 1 else 1.0
    along = -1.0 if kind == 2 else 1.0
    for i in range(1, SIZE + 1):
        field[i * ROW] = across * field[1 + i * ROW]
        field[SIZE + 1 + i * ROW] = across * field[SIZE + i * ROW]
        field[i] = along * field[i + ROW]
        field[i + (SIZE + 1) * ROW] = along * field[i + SIZE * ROW]
    last = (SIZE + 1) * ROW
    field[0] = 0.5 * (field[1] + field[ROW])
    field[last] = 0.5 * (field[1 + last] + field[last - ROW])
    field[SIZE + 1] = 0.5 * (field[SIZE] + field[SIZE + 1 + ROW])
    field[SIZE + 1 + last] = 0.5 * (field[SIZE + last] + field[SIZE + 1 + last - ROW])


def relax(kind: int, field: Field, source: Field, a: float, c: float) -> None:
    """Solve the diffusion equation step by step."""
    for _ in range(ITERATIONS):
        for j in range(1, SIZE + 1):
            here = j * ROW
            previous = field[here]
            for i in range(1, SIZE + 1):
                at = here + i
                around = previous + field[at + 1] + field[at - ROW] + field[at + ROW]
                previous = field[at] = (source[at] + a * around) / c
        set_bounds(kind, field)


def advect(kind: int, field: Field, source: Field, u: Field, v: Field, step: float) -> None:
    """Carry a field along with the speed."""
    scaled = step * SIZE
    limit = SIZE + 0.5
    for j in range(1, SIZE + 1):
        for i in range(1, SIZE + 1):
            at = i + j * ROW
            x = i - scaled * u[at]
            y = j - scaled * v[at]
            x = 0.5 if x < 0.5 else limit if x > limit else x
            y = 0.5 if y < 0.5 else limit if y > limit else y
            column, line = int(x), int(y)
            right, down = x - column, y - line
            corner = column + line * ROW
            upper = (1 - right) * source[corner] + right * source[corner + 1]
            lower = (1 - right) * source[corner + ROW] + right * source[corner + ROW + 1]
            field[at] = (1 - down) * upper + down * lower
    set_bounds(kind, field)


def project(u: Field, v: Field, pressure: Field, divergence: Field) -> None:
    """Make the speed free of divergence."""
    for j in range(1, SIZE + 1):
        for i in range(1, SIZE + 1):
            at = i + j * ROW
            change = u[at + 1] - u[at - 1] + v[at + ROW] - v[at - ROW]
            divergence[at] = -0.5 * change / SIZE
            pressure[at] = 0.0
    set_bounds(0, divergence)
    set_bounds(0, pressure)
    relax(0, pressure, divergence, 1.0, 4.0)
    for j in range(1, SIZE + 1):
        for i in range(1, SIZE + 1):
            at = i + j * ROW
            u[at] -= 0.5 * SIZE * (pressure[at + 1] - pressure[at - 1])
            v[at] -= 0.5 * SIZE * (pressure[at + ROW] - pressure[at - ROW])
    set_bounds(1, u)
    set_bounds(2, v)


def blank() -> Field:
    """A field of zeros."""
    return [0.0] * (ROW * ROW)


class Fluid:
    """Speed and density, and the work space of a step."""

    def __init__(self) -> None:
        self.u, self.v, self.density = blank(), blank(), blank()
        self.u_before, self.v_before, self.density_before = blank(), blank(), blank()

    def stir(self, step: int) -> None:
        """Push from one side and add density in the middle."""
        middle = ROW * (ROW // 2) + ROW // 2
        for offset in range(-3, 4):
            self.u[middle + offset * ROW - 8] += 0.8
            self.v[middle + offset] -= 0.3 if step % 3 else -0.9
            self.density[middle + offset] += 5.0

    def step(self, time: float) -> None:
        """Advance speed and density."""
        self.u, self.u_before = self.u_before, self.u
        self.v, self.v_before = self.v_before, self.v
        relax(1, self.u, self.u_before, time * 0.01, 1 + 4 * time * 0.01)
        relax(2, self.v, self.v_before, time * 0.01, 1 + 4 * time * 0.01)
        project(self.u, self.v, self.u_before, self.v_before)
        self.u, self.u_before = self.u_before, self.u
        self.v, self.v_before = self.v_before, self.v
        advect(1, self.u, self.u_before, self.u_before, self.v_before, time)
        advect(2, self.v, self.v_before, self.u_before, self.v_before, time)
        project(self.u, self.v, self.u_before, self.v_before)
        self.density, self.density_before = self.density_before, self.density
        advect(0, self.density, self.density_before, self.u, self.v, time)


def main(argv: list[str]) -> None:
    """Print the total density and speeds after some steps."""
    steps = int(argv[0]) if argv else 24
    fluid = Fluid()
    for step in range(steps):
        if step < 12:
            fluid.stir(step)
        fluid.step(0.1)
    speeds = sum(abs(x) + abs(y) for x, y in zip(fluid.u, fluid.v))
    print(f"{sum(fluid.density):.10e} {speeds:.10e}")


if __name__ == "__main__":
    main(sys.argv[1:])
