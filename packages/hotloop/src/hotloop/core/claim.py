"""Who is recording: one thread at a time, and nobody waits for it.

Between asking whether somebody records and beginning to, another thread may have begun; a lock
that is taken without waiting asks and begins in one step.
"""

from __future__ import annotations

import os
from _thread import allocate_lock, get_ident


class Claim:
    """The right to record: whoever has taken it gives it back."""

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._owner = 0
        os.register_at_fork(after_in_child=self._after_fork)

    @property
    def taken(self) -> bool:
        """Whether some thread has it."""
        return self._lock.locked()

    def take(self) -> bool:
        """Try to get it; says whether the running thread has it now, and had it not before."""
        if not self._lock.acquire(False):
            return False
        self._owner = get_ident()
        return True

    def give_back(self) -> None:
        """Let others have it."""
        self._lock.release()

    def _after_fork(self) -> None:
        """Of another thread's recording nothing is left in a child."""
        if self._lock.locked() and self._owner != get_ident():
            self._lock = allocate_lock()
