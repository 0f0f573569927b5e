# benchmark: objects
# about: collision detector for aircraft (after Are We Fast Yet)
# features: red-black tree, vectors, floats, recursion
# argument: 250
# iterations: 12
# checksum: 2d57448e00bdd183
# quick: 2
# quick checksum: 710d5a2f1876c3ef
"""Finds collisions between aircraft that fly on known curves, frame by frame.

python awfy_cd.py [FRAMES]

As in the real-time benchmark of that name: motions are sorted into squares of the plane, which a
red-black tree keeps; within a square every pair is looked at exactly.
"""

from __future__ import annotations

import sys
from math import cos, sin, sqrt

from red_black_tree import Node, RedBlackTree

MIN_X, MIN_Y, MAX_X, MAX_Y = 0.0, 0.0, 1000.0, 1000.0
SQUARE = 2.0
RADIUS = 1.0
ROOM = RADIUS / 2.0
AIRCRAFT = 40


class Vector2:
    """A point of the plane, ordered by x, then y."""

    def __init__(self, x: float, y: float) -> None:
        self.x = x
        self.y = y

    def plus(self, other: Vector2) -> Vector2:
        """The sum."""
        return Vector2(self.x + other.x, self.y + other.y)

    def minus(self, other: Vector2) -> Vector2:
        """The difference."""
        return Vector2(self.x - other.x, self.y - other.y)

    def compare(self, other: Vector2) -> int:
        """-1, 0 or 1."""
        result = compare_numbers(self.x, other.x)
        return result if result != 0 else compare_numbers(self.y, other.y)


class Vector3:
    """A point in space."""

    def __init__(self, x: float, y: float, z: float) -> None:
        self.x = x
        self.y = y
        self.z = z

    def plus(self, other: Vector3) -> Vector3:
        """The sum."""
        return Vector3(self.x + other.x, self.y + other.y, self.z + other.z)

    def minus(self, other: Vector3) -> Vector3:
        """The difference."""
        return Vector3(self.x - other.x, self.y - other.y, self.z - other.z)

    def dot(self, other: Vector3) -> float:
        """The inner product."""
        return self.x * other.x + self.y * other.y + self.z * other.z

    def times(self, factor: float) -> Vector3:
        """The same direction, another length."""
        return Vector3(self.x * factor, self.y * factor, self.z * factor)

    def magnitude(self) -> float:
        """The length."""
        return sqrt(self.dot(self))


class CallSign:
    """The name of an aircraft."""

    def __init__(self, value: int) -> None:
        self.value = value

    def compare(self, other: CallSign) -> int:
        """-1, 0 or 1."""
        if self.value == other.value:
            return 0
        return -1 if self.value < other.value else 1


def compare_numbers(a: float, b: float) -> int:
    """-1, 0 or 1."""
    if a == b:
        return 0
    return -1 if a < b else 1


class Motion:
    """Where an aircraft was and where it is."""

    def __init__(self, call_sign: CallSign, before: Vector3, now: Vector3) -> None:
        self.call_sign = call_sign
        self.before = before
        self.now = now

    def find_intersection(self, other: Motion) -> Vector3 | None:
        """Where the two come closer than the radius, if they do."""
        start = self.before
        other_start = other.before
        move = self.now.minus(start)
        other_move = other.now.minus(other_start)
        relative = move.minus(other_move)
        a = relative.dot(relative)
        if a != 0.0:
            distance = start.minus(other_start)
            b = 2.0 * distance.dot(relative)
            c = distance.dot(distance) - RADIUS * RADIUS
            root = b * b - 4.0 * a * c
            if root < 0.0:
                return None
            first = (-b - sqrt(root)) / (2.0 * a)
            last = (-b + sqrt(root)) / (2.0 * a)
            if first <= last and last >= 0.0 and first <= 1.0:
                time = max(first, 0.0)
                result = start.plus(move.times(time))
                if inside(result):
                    return result
            return None
        if start.minus(other_start).magnitude() <= RADIUS:
            return start.plus(other_start).times(0.5)
        return None


def inside(point: Vector3) -> bool:
    """Is it above the plane that is watched?"""
    return MIN_X <= point.x <= MAX_X and MIN_Y <= point.y <= MAX_Y


class Collision:
    """Two aircraft and a place."""

    def __init__(self, a: CallSign, b: CallSign, place: Vector3) -> None:
        self.a = a
        self.b = b
        self.place = place


HORIZONTAL = Vector2(SQUARE, 0.0)
VERTICAL = Vector2(0.0, SQUARE)


class Detector:
    """Remembers where everyone was in the last frame."""

    def __init__(self) -> None:
        self.state = RedBlackTree()

    def frame(self, aircraft: list[tuple[CallSign, Vector3]]) -> list[Collision]:
        """The collisions on the way to these places."""
        motions = []
        for call_sign, place in aircraft:
            before = self.state.put(call_sign, place)
            motions.append(Motion(call_sign, before if before is not None else place, place))
        found: list[Collision] = []
        for group in self.groups(motions):
            for i in range(len(group)):
                for j in range(i + 1, len(group)):
                    place = group[i].find_intersection(group[j])
                    if place is not None:
                        found.append(Collision(group[i].call_sign, group[j].call_sign, place))
        return found

    def groups(self, motions: list[Motion]) -> list[list[Motion]]:
        """Motions that share a square."""
        squares = RedBlackTree()
        for motion in motions:
            self.draw(squares, motion)
        groups: list[list[Motion]] = []

        def keep(node: Node) -> None:
            if len(node.value) > 1:
                groups.append(node.value)

        squares.for_each(keep)
        return groups

    def draw(self, squares: RedBlackTree, motion: Motion) -> None:
        """Put a motion into all squares that it touches."""
        seen = RedBlackTree()
        self.visit(square_of(motion.before), motion, squares, seen)

    def visit(
        self, square: Vector2, motion: Motion, squares: RedBlackTree, seen: RedBlackTree
    ) -> None:
        """This square and all around it that are touched."""
        if not touches(square, motion) or seen.put(square, True) is not None:
            return
        group = squares.get(square)
        if group is None:
            group = []
            squares.put(square, group)
        group.append(motion)
        for step in (HORIZONTAL, VERTICAL):
            self.visit(square.plus(step), motion, squares, seen)
            self.visit(square.minus(step), motion, squares, seen)
            other = VERTICAL if step is HORIZONTAL else HORIZONTAL
            self.visit(square.plus(step).plus(other), motion, squares, seen)
            self.visit(square.minus(step).plus(other), motion, squares, seen)


def square_of(place: Vector3) -> Vector2:
    """The corner of the square below a place."""
    x, y = int(place.x / SQUARE) * SQUARE, int(place.y / SQUARE) * SQUARE
    return Vector2(x - SQUARE if place.x < 0 else x, y - SQUARE if place.y < 0 else y)


def touches(square: Vector2, motion: Motion) -> bool:
    """Does the motion, with room around it, cross the square?"""
    if not (MIN_X <= square.x <= MAX_X and MIN_Y <= square.y <= MAX_Y):
        return False
    low_x, high_x = crossing(
        motion.before.x, motion.now.x, square.x - ROOM, square.x + SQUARE + ROOM
    )
    low_y, high_y = crossing(
        motion.before.y, motion.now.y, square.y - ROOM, square.y + SQUARE + ROOM
    )
    low, high = max(low_x, low_y), min(high_x, high_y)
    return low <= high and low <= 1.0 and high >= 0.0


def crossing(start: float, end: float, low: float, high: float) -> tuple[float, float]:
    """The times at which a way from start to end enters and leaves an interval."""
    way = end - start
    if way == 0.0:
        return (0.0, 1.0) if low <= start <= high else (2.0, -2.0)
    enters, leaves = (low - start) / way, (high - start) / way
    return (enters, leaves) if enters <= leaves else (leaves, enters)


def simulate(time: float, signs: list[CallSign]) -> list[tuple[CallSign, Vector3]]:
    """Where everyone is: pairs on curves that cross now and then."""
    aircraft = []
    for i in range(0, len(signs), 2):
        first = Vector3(time, cos(time) * 2.0 + i * 3.0, 10.0)
        second = Vector3(time, sin(time) * 2.0 + i * 3.0, 10.0)
        aircraft.append((signs[i], first))
        aircraft.append((signs[i + 1], second))
    return aircraft


def main(argv: list[str]) -> None:
    """Print the number of collisions and a sum over their places."""
    frames = int(argv[0]) if argv else 30
    signs = [CallSign(i) for i in range(AIRCRAFT)]
    detector = Detector()
    count = 0
    places = 0.0
    for index in range(frames):
        for collision in detector.frame(simulate(index / 10.0, signs)):
            count += 1
            places += collision.place.magnitude() * (collision.a.value + 2 * collision.b.value)
    print(frames, count, f"{places:.6f}")


if __name__ == "__main__":
    main(sys.argv[1:])
