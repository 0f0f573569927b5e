"""No child is made while another thread of ours holds locks that the child would find taken.

In a child only the thread that forked goes on. What another one was doing, importing a module or
compiling, is never finished there, and its locks are never given back. So whoever forks takes them
first, always in the same order. Must not import anything: every program that is
looked at has it.
"""

from __future__ import annotations

import os
from _thread import RLock, get_ident

Lock = RLock


class ForkLocks:
    """The locks to take, outermost first. One per process."""

    def __init__(self) -> None:
        self.locks: list[Lock] = []
        self._held: dict[int, list[Lock]] = {}
        os.register_at_fork(
            before=self._before, after_in_parent=self._after, after_in_child=self._after
        )

    def _before(self) -> None:
        held = self._held[get_ident()] = list(self.locks)
        for lock in held:
            lock.acquire()

    def _after(self) -> None:
        for lock in reversed(self._held.pop(get_ident(), [])):
            lock.release()
