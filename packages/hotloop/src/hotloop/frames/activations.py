"""The activations of compiled code that are running, in whatever thread.

An activation is found while it is in a call that lets other code run: otherwise nobody could
ask. Must not know what its exit records mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hotloop.frames.memory import peek, poke
from hotloop_backend_x86.symbols import NEXT, PREVIOUS, RING

_THREAD, _RECORD = -2, -4  # words of an activation record


def activations() -> Iterator[tuple[int, int]]:
    """The buffer of each, and the address of the exit record of the call it is in (0: unknown)."""
    buf = peek(RING + 8 * NEXT)
    while buf != RING:
        yield buf, peek(buf + 8 * _RECORD)
        buf = peek(buf + 8 * NEXT)


def forget_others(thread: int) -> None:
    """In a child process: only one thread (the address of its PyThreadState) is left."""
    last: Final = RING
    kept = [buf for buf, _ in activations() if peek(buf + 8 * _THREAD) == thread]
    for newer, older in zip([last, *kept], [*kept, last], strict=True):
        poke(newer + 8 * NEXT, older)
        poke(older + 8 * PREVIOUS, newer)
