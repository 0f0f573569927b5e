# benchmark: objects
# about: eight queens by backtracking (after Are We Fast Yet)
# features: lists of booleans, recursion, early return
# argument: 4500
# iterations: 12
# checksum: faf3711971183b7b
# quick: 2
# quick checksum: c15d1fc81e6de50f
"""Finds a place for eight queens on a board, again and again.

python awfy_queens.py [ROUNDS]
"""

import sys


class Board:
    """Which lines are free, and where the queens are."""

    def __init__(self) -> None:
        self.free_rows = [True] * 8
        self.free_rising = [True] * 16
        self.free_falling = [True] * 16
        self.queen_rows = [-1] * 8

    def place(self, column: int) -> bool:
        """Put queens in this column and all after it; False if there is no way."""
        for row in range(8):
            if self.is_free(row, column):
                self.queen_rows[row] = column
                self.set_free(row, column, False)
                if column == 7:
                    return True
                if self.place(column + 1):
                    return True
                self.set_free(row, column, True)
        return False

    def is_free(self, row: int, column: int) -> bool:
        """Does no queen reach this field?"""
        return (
            self.free_rows[row]
            and self.free_rising[column + row]
            and self.free_falling[column - row + 7]
        )

    def set_free(self, row: int, column: int, value: bool) -> None:
        """Mark the lines of a field."""
        self.free_rows[row] = value
        self.free_rising[column + row] = value
        self.free_falling[column - row + 7] = value


def main(argv: list[str]) -> None:
    """Print the last solution."""
    rounds = int(argv[0]) if argv else 550
    solved = 0
    board = Board()
    for _ in range(rounds):
        board = Board()
        solved += board.place(0)
    print(rounds, solved, board.queen_rows)


if __name__ == "__main__":
    main(sys.argv[1:])
