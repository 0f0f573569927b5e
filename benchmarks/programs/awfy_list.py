# benchmark: objects
# about: Takeuchi's function on linked lists (after Are We Fast Yet)
# features: linked lists, recursion, None tests
# argument: 900
# iterations: 12
# checksum: e4b773e090177e24
# quick: 1
# quick checksum: a93f1571782f8417
"""Takeuchi's function with lists of different lengths in the place of numbers.

python awfy_list.py [ROUNDS]
"""

from __future__ import annotations

import sys


class Element:
    """A link of a list."""

    def __init__(self, value: int) -> None:
        self.value = value
        self.next: Element | None = None

    def length(self) -> int:
        """From here to the end."""
        if self.next is None:
            return 1
        return 1 + self.next.length()


def make_list(length: int) -> Element | None:
    """A list of that length, the numbers falling."""
    if length == 0:
        return None
    element = Element(length)
    element.next = make_list(length - 1)
    return element


def is_shorter(x: Element | None, y: Element | None) -> bool:
    """Does y go on where x has ended?"""
    while y is not None:
        if x is None:
            return True
        x = x.next
        y = y.next
    return False


def tail(x: Element, y: Element, z: Element) -> Element:
    """Takeuchi's recursion."""
    if is_shorter(y, x):
        assert x.next is not None and y.next is not None and z.next is not None
        return tail(tail(x.next, y, z), tail(y.next, z, x), tail(z.next, x, y))
    return z


def main(argv: list[str]) -> None:
    """Print the sum of the lengths that come out."""
    rounds = int(argv[0]) if argv else 900
    total = 0
    for _ in range(rounds):
        x, y, z = make_list(15), make_list(10), make_list(6)
        assert x is not None and y is not None and z is not None
        total += tail(x, y, z).length()
    print(rounds, total)


if __name__ == "__main__":
    main(sys.argv[1:])
