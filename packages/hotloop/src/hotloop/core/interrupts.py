"""Ctrl-C and collections while hotloop is at work: held back until the program is running again.

A KeyboardInterrupt in the middle of compiling would lose the state the program is to go on from.
Only the recorder, which runs the program, can be interrupted. A collection runs finalisers of the
program, which must not happen where CPython would not allocate anything. Must not call functions of
the standard library that are Python: they may have merge points themselves.
"""

from __future__ import annotations

import gc
import importlib
from _thread import get_ident
from collections.abc import Callable
from threading import main_thread
from types import FrameType
from typing import Any, Final

_signal: Final[Any] = importlib.import_module("_signal")
"""What is behind `signal`, which makes enums of all it returns, slowly."""


class HeldBack:
    """From ``begin`` to ``end`` SIGINT and collections are kept out.

    Handlers of other signals are code of the program that may come in between and begin again:
    only the outermost ``end`` of a thread counts. ``later`` is called when there was a SIGINT: it
    must see to it that the program is interrupted.
    """

    def __init__(self, later: Callable[[], None]) -> None:
        self.later = later
        self._handler: Any = None
        self._held = False
        self._depth: dict[int, int] = {}
        self._collecting: set[int] = set()  # threads that turned collections off
        self._main = main_thread().ident

    def begin(self) -> None:
        """Hold SIGINT and collections back from here on. (A with statement allocates first.)"""
        ident = get_ident()
        depth = self._depth.get(ident, 0)
        self._depth[ident] = depth + 1
        if not depth:
            self._hold(ident)

    def end(self) -> None:
        """Handle SIGINT and collect as before; if there was a SIGINT, see to it now."""
        ident = get_ident()
        depth = self._depth.pop(ident, 1) - 1
        if depth:
            self._depth[ident] = depth
        else:
            self._release(ident)

    def _hold(self, ident: int) -> None:
        if gc.isenabled():
            gc.disable()
            self._collecting.add(ident)
        if ident != self._main:
            return  # signals are handled by the main thread only
        handler = _signal.getsignal(_signal.SIGINT)
        if callable(handler) and self._handler is None:
            self._handler = handler
            _signal.signal(_signal.SIGINT, self._note)

    def _release(self, ident: int) -> None:
        if ident == self._main:
            if self._handler is not None:
                _signal.signal(_signal.SIGINT, self._handler)
                self._handler = None
            if self._held:
                self._held = False
                self.later()
        if ident in self._collecting:
            self._collecting.discard(ident)
            gc.enable()

    def let_through(self) -> LetThrough:
        """Interrupts come through inside this block."""
        return LetThrough(self)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._held = True


class LetThrough:
    """``with`` this block, interrupts come through as if they were not held back."""

    def __init__(self, held: HeldBack) -> None:
        self.held = held

    def __enter__(self) -> None:
        """Stop holding back."""
        self.held.end()

    def __exit__(self, *error: object) -> None:
        """Hold back again."""
        self.held.begin()
