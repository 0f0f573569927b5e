"""How much of the program's time compiling may take, and when a refused place asks again.

Recording, optimising and compiling may take a share of the processor time since the compiler
started, and a little more at the beginning. Most of that share must be earned: by the time that
compiled code has saved (``profit``). Must not decide what is worth compiling.
"""

from __future__ import annotations

from time import process_time_ns, thread_time_ns
from typing import Final

ADVANCE: Final = 500_000_000
"""Nanoseconds of processor time that may be spent before any share has been earned."""
UNEARNED: Final = 0.5
"""Part of the share that may be spent though nothing has been saved."""
RESERVE: Final = 100_000_000
"""Nanoseconds that must be left for what is new before something is compiled a second time."""
REINVESTED: Final = 0.5
"""Part of the time saved that may be spent."""


class Budget:
    """The account. ``share`` is that of the processor time used."""

    def __init__(self, share: float, advance: int = ADVANCE) -> None:
        self.share = share
        self.advance = advance
        self.began = process_time_ns()
        self.spent = 0
        #: Nanoseconds that compiled code has saved so far.
        self.earned = 0.0
        self._opened = 0

    def allows(self, reserve: int = 0) -> bool:
        """Whether there is time left to compile something now, and ``reserve`` after that."""
        if self.share >= 1:
            return True  # no limit
        most = self.share * (process_time_ns() - self.began)
        earned = UNEARNED * most + REINVESTED * max(self.earned, 0)
        return self.spent + reserve <= self.advance + min(most, earned)

    def __enter__(self) -> None:
        """Recording begins."""
        self._opened = thread_time_ns()

    def __exit__(self, *error: object) -> None:
        """What was begun is done."""
        self.spent += thread_time_ns() - self._opened
