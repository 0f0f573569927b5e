# benchmark: objects
# about: balls in a box (after Are We Fast Yet)
# features: objects, method calls, int fields
# argument: 400
# iterations: 12
# checksum: 510d5b74a2810442
# quick: 2
# quick checksum: b5b6c034939fff36
"""A hundred balls bounce between walls: prints how often.

python awfy_bounce.py [ROUNDS]
"""

import sys

LIMIT = 500


class Random:
    """The random numbers that all programs of this family share."""

    def __init__(self) -> None:
        self.seed = 74755

    def next(self) -> int:
        """The next of them, below 65536."""
        self.seed = ((self.seed * 1309) + 13849) & 65535
        return self.seed


class Ball:
    """A place and a speed."""

    def __init__(self, random: Random) -> None:
        self.x = random.next() % LIMIT
        self.y = random.next() % LIMIT
        self.x_speed = (random.next() % 300) - 150
        self.y_speed = (random.next() % 300) - 150

    def bounce(self) -> bool:
        """Move by one step; did it hit a wall?"""
        bounced = False
        self.x += self.x_speed
        self.y += self.y_speed
        if self.x > LIMIT:
            self.x = LIMIT
            self.x_speed = -abs(self.x_speed)
            bounced = True
        if self.x < 0:
            self.x = 0
            self.x_speed = abs(self.x_speed)
            bounced = True
        if self.y > LIMIT:
            self.y = LIMIT
            self.y_speed = -abs(self.y_speed)
            bounced = True
        if self.y < 0:
            self.y = 0
            self.y_speed = abs(self.y_speed)
            bounced = True
        return bounced


def bounces() -> int:
    """How often a hundred balls hit a wall in fifty steps."""
    random = Random()
    balls = [Ball(random) for _ in range(100)]
    count = 0
    for _ in range(50):
        for ball in balls:
            if ball.bounce():
                count += 1
    return count


def main(argv: list[str]) -> None:
    """Print the sum over all rounds."""
    rounds = int(argv[0]) if argv else 400
    total = 0
    for _ in range(rounds):
        total += bounces()
    print(rounds, total)


if __name__ == "__main__":
    main(sys.argv[1:])
