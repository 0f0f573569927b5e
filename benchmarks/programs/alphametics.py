# benchmark: generators
# about: letters for digits, by permutations (after Unladen Swallow)
# features: generators, permutations, dicts, strings
# argument: 2
# iterations: 12
# checksum: d2b1fe65285dcc99
# quick: 0
# quick checksum: cf0868dbcee853df
"""Solves sums of words in which every letter is a digit.

python alphametics.py [PUZZLES]

Permutations come from a generator, and each is tried by adding column by column.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

PUZZLES = (("SEND", "MORE", "MONEY"), ("FORTY", "TEN", "TEN", "SIXTY"))
SMALL = ("TO", "GO", "OUT")


def permutations(values: list[int], count: int) -> Iterator[list[int]]:
    """All ordered choices of `count` of the values."""
    if count == 0:
        yield []
        return
    for index, value in enumerate(values):
        rest = values[:index] + values[index + 1 :]
        for others in permutations(rest, count - 1):
            yield [value, *others]


def adds_up(words: tuple[str, ...], digits: dict[str, int]) -> bool:
    """Is the last word the sum of the others?"""
    carry = 0
    result = words[-1]
    for column in range(1, len(result) + 1):
        total = carry
        for word in words[:-1]:
            if column <= len(word):
                total += digits[word[-column]]
        if total % 10 != digits[result[-column]]:
            return False
        carry = total // 10
    return carry == 0


def letters_of(words: tuple[str, ...]) -> list[str]:
    """Each letter once, in the order in which they appear."""
    letters: list[str] = []
    for word in words:
        for letter in word:
            if letter not in letters:
                letters.append(letter)
    return letters


def solve(words: tuple[str, ...], limit: int) -> tuple[dict[str, int] | None, int]:
    """The first solution, or None after so many tries, and the number of tries."""
    letters = letters_of(words)
    first = {word[0] for word in words}
    tries = 0
    for choice in permutations(list(range(9, -1, -1)), len(letters)):
        tries += 1
        digits = dict(zip(letters, choice))
        if any(digits[letter] == 0 for letter in first):
            continue
        if adds_up(words, digits):
            return digits, tries
        if tries >= limit:
            break
    return None, tries


def main(argv: list[str]) -> None:
    """Print digits and tries."""
    count = int(argv[0]) if argv else 2
    print(solve(SMALL, 1000000))
    for words in PUZZLES[:count]:
        print(solve(words, 120000))


if __name__ == "__main__":
    main(sys.argv[1:])
