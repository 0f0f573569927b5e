# benchmark: numeric
# about: five bodies under gravitation (kernel with a twin in C)
# features: float fields of objects, sqrt, nested loops
# argument: 80000
# iterations: 12
# checksum: 4badf64381b3e6cf
# quick: 50
# quick checksum: d873a89030c29ee1
"""The sun and four planets: prints their energy before and after N steps.

python planets.py [N]
"""

import sys
from math import pi, sqrt

SOLAR_MASS = 4 * pi * pi
YEAR = 365.24


class Body:
    """A point mass: place, speed, mass."""

    def __init__(
        self, x: float, y: float, z: float, vx: float, vy: float, vz: float, mass: float
    ) -> None:
        self.x, self.y, self.z = x, y, z
        self.vx, self.vy, self.vz = vx * YEAR, vy * YEAR, vz * YEAR
        self.mass = mass * SOLAR_MASS


def solar_system() -> list[Body]:
    """The sun, Jupiter, Saturn, Uranus, Neptune, with no momentum together."""
    bodies = [
        Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
        Body(4.84143144246472090, -1.16032004402742839, -0.103622044471123109,
             0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023,
             0.000954791938424326609),
        Body(8.34336671824457987, 4.12479856412430479, -0.403523417114321381,
             -0.00276742510726411008, 0.00499852801234917238, 0.0000230417297573763929,
             0.000285885980666130812),
        Body(12.8943695621391310, -15.1111514016986312, -0.223307578892655734,
             0.00296460137564761618, 0.00237847173959480950, -0.0000296589568540237556,
             0.0000436624404335156298),
        Body(15.3796971148509165, -25.9193146099879641, 0.179258772950371181,
             0.00268067772490389322, 0.00162824170038242295, -0.0000951592254519715870,
             0.0000515138902046611451),
    ]  # fmt: skip
    px = py = pz = 0.0
    for body in bodies:
        px += body.vx * body.mass
        py += body.vy * body.mass
        pz += body.vz * body.mass
    sun = bodies[0]
    sun.vx, sun.vy, sun.vz = -px / SOLAR_MASS, -py / SOLAR_MASS, -pz / SOLAR_MASS
    return bodies


def advance(bodies: list[Body], step: float) -> None:
    """Move everything by one step of time."""
    count = len(bodies)
    for i in range(count):
        one = bodies[i]
        for j in range(i + 1, count):
            other = bodies[j]
            dx = one.x - other.x
            dy = one.y - other.y
            dz = one.z - other.z
            square = dx * dx + dy * dy + dz * dz
            magnitude = step / (square * sqrt(square))
            one.vx -= dx * other.mass * magnitude
            one.vy -= dy * other.mass * magnitude
            one.vz -= dz * other.mass * magnitude
            other.vx += dx * one.mass * magnitude
            other.vy += dy * one.mass * magnitude
            other.vz += dz * one.mass * magnitude
    for body in bodies:
        body.x += step * body.vx
        body.y += step * body.vy
        body.z += step * body.vz


def energy(bodies: list[Body]) -> float:
    """Kinetic and potential energy."""
    result = 0.0
    for i, body in enumerate(bodies):
        square = body.vx * body.vx + body.vy * body.vy + body.vz * body.vz
        result += 0.5 * body.mass * square
        for other in bodies[i + 1 :]:
            dx, dy, dz = body.x - other.x, body.y - other.y, body.z - other.z
            result -= body.mass * other.mass / sqrt(dx * dx + dy * dy + dz * dz)
    return result


def main(argv: list[str]) -> None:
    """Print the energy at the beginning and after N steps."""
    steps = int(argv[0]) if argv else 13000
    bodies = solar_system()
    print(f"{energy(bodies):.9f}")
    for _ in range(steps):
        advance(bodies, 0.01)
    print(f"{energy(bodies):.9f}")


if __name__ == "__main__":
    main(sys.argv[1:])
