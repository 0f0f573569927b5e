"""How many levels of recursion the running thread has left, and what of that is the program's.

While hotloop is at work its own frames count too, so native code lends it some levels. Code of the
program that the recorder runs must find as many as it would under CPython.
"""

from __future__ import annotations

from hotloop.frames.memory import peek, peek32, poke32, symbol
from hotloop_ir.layout import Layout


class ThreadLevels:
    """``PyThreadState.recursion_remaining``; implements ``hotloop_tracer.options.Levels``."""

    def __init__(self, layout: Layout) -> None:
        self._running = symbol("_PyRuntime") + layout["_PyRuntimeState.gilstate.tstate_current"]
        self._remaining = layout["PyThreadState.recursion_remaining"]
        self._left = 0
        self._given = 0

    @property
    def now(self) -> int:
        """What is left right here."""
        return peek32(peek(self._running) + self._remaining)

    def change(self, by: int) -> None:
        """Lend or take back some."""
        place = peek(self._running) + self._remaining
        poke32(place, peek32(place) + by)

    def note(self, own: int) -> None:
        """A recording begins; ``own``: levels that were lent and are not used up by our frames."""
        self._left = self.now - own

    def left(self) -> int:
        """Levels left to the frame the recording began in."""
        return self._left

    def enter(self, depth: int) -> int:
        """Code of the program runs, so many levels below that frame; what ``leave`` takes."""
        more = self.now - self._left + depth
        self.change(-more)
        self._given = self.now
        return more

    def leave(self, more: int) -> None:
        """It has returned. It may have changed the recursion limit."""
        self._left += self.now - self._given
        self.change(more)
