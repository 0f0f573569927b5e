# benchmark: objects
# about: towers of Hanoi with thirteen disks (after Are We Fast Yet)
# features: linked lists, recursion, instance fields
# argument: 200
# iterations: 12
# checksum: 8b2745ab5f734a5d
# quick: 1
# quick checksum: b39e7f6adc87e321
"""Moves a pile of thirteen disks to another pile, one at a time.

python awfy_towers.py [ROUNDS]
"""

from __future__ import annotations

import sys


class Disk:
    """A disk on top of another."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.next: Disk | None = None


class Towers:
    """Three piles."""

    def __init__(self) -> None:
        self.piles: list[Disk | None] = [None, None, None]
        self.moves = 0

    def push(self, disk: Disk, pile: int) -> None:
        """Put a disk on a pile."""
        top = self.piles[pile]
        if top is not None and disk.size >= top.size:
            raise ValueError("a big disk on a smaller one")
        disk.next = top
        self.piles[pile] = disk

    def pop(self, pile: int) -> Disk:
        """Take the disk on top of a pile."""
        top = self.piles[pile]
        if top is None:
            raise ValueError("nothing on the pile")
        self.piles[pile] = top.next
        top.next = None
        return top

    def build(self, pile: int, disks: int) -> None:
        """Put disks on a pile, the biggest first."""
        for size in range(disks, -1, -1):
            self.push(Disk(size), pile)

    def move(self, disks: int, source: int, target: int) -> None:
        """Move so many disks."""
        if disks == 1:
            self.push(self.pop(source), target)
            self.moves += 1
        else:
            other = 3 - source - target
            self.move(disks - 1, source, other)
            self.move(1, source, target)
            self.move(disks - 1, other, target)


def main(argv: list[str]) -> None:
    """Print the number of moves."""
    rounds = int(argv[0]) if argv else 40
    total = 0
    for _ in range(rounds):
        towers = Towers()
        towers.build(0, 13)
        towers.move(13, 0, 1)
        total += towers.moves
    print(rounds, total)


if __name__ == "__main__":
    main(sys.argv[1:])
