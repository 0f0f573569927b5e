"""The twin of programs/planets.py for Numba, with an array in the place of objects."""

from math import sqrt

import numpy
from numba import njit
from numpy.typing import NDArray
from planets import Body, energy, solar_system


@njit
def advance(bodies: NDArray[numpy.float64], steps: int, step: float) -> None:
    """Move everything by so many steps: x, y, z, vx, vy, vz, mass in each line."""
    count = len(bodies)
    for _ in range(steps):
        for i in range(count):
            for j in range(i + 1, count):
                dx = bodies[i, 0] - bodies[j, 0]
                dy = bodies[i, 1] - bodies[j, 1]
                dz = bodies[i, 2] - bodies[j, 2]
                square = dx * dx + dy * dy + dz * dz
                magnitude = step / (square * sqrt(square))
                bodies[i, 3] -= dx * bodies[j, 6] * magnitude
                bodies[i, 4] -= dy * bodies[j, 6] * magnitude
                bodies[i, 5] -= dz * bodies[j, 6] * magnitude
                bodies[j, 3] += dx * bodies[i, 6] * magnitude
                bodies[j, 4] += dy * bodies[i, 6] * magnitude
                bodies[j, 5] += dz * bodies[i, 6] * magnitude
        for i in range(count):
            bodies[i, 0] += step * bodies[i, 3]
            bodies[i, 1] += step * bodies[i, 4]
            bodies[i, 2] += step * bodies[i, 5]


def as_body(line: NDArray[numpy.float64]) -> Body:
    """A line of the array as an object."""
    body = Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    body.x, body.y, body.z = (float(line[0]), float(line[1]), float(line[2]))
    body.vx, body.vy, body.vz = (float(line[3]), float(line[4]), float(line[5]))
    body.mass = float(line[6])
    return body


def main(argv: list[str]) -> None:
    """Print the energy at the beginning and after N steps."""
    system = solar_system()
    print(f"{energy(system):.9f}")
    lines = [[b.x, b.y, b.z, b.vx, b.vy, b.vz, b.mass] for b in system]
    bodies = numpy.array(lines)
    advance(bodies, int(argv[0]), 0.01)
    print(f"{energy([as_body(line) for line in bodies]):.9f}")
