"""Ctrl-C while hotloop is at work: held back until the program is running again.

A KeyboardInterrupt in the middle of compiling would lose the state the program is to go on from.
Only the recorder, which runs the program, can be interrupted. Must not be used off the main thread.
"""

from __future__ import annotations

import importlib
from _thread import get_ident
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import main_thread
from types import FrameType
from typing import Any, Final

_signal: Final[Any] = importlib.import_module("_signal")
"""What is behind `signal`, which makes enums of all it returns, slowly."""


class HeldBack:
    """``with held_back: ...`` keeps SIGINT from interrupting the block. Blocks do not nest.

    ``later`` is called when there was one: it must see to it that the program is interrupted.
    """

    def __init__(self, later: Callable[[], None]) -> None:
        self.later = later
        self._handler: Any = None
        self._held = False
        self._main = main_thread().ident

    def __enter__(self) -> None:
        """Hold SIGINT back from here on."""
        if get_ident() != self._main:
            return  # signals are handled by the main thread only
        handler = _signal.getsignal(_signal.SIGINT)
        if callable(handler) and self._handler is None:
            self._handler = handler
            _signal.signal(_signal.SIGINT, self._note)

    def __exit__(self, *error: object) -> None:
        """Handle SIGINT as before; if there was one, see to it now."""
        if get_ident() != self._main:
            return
        if self._handler is not None:
            _signal.signal(_signal.SIGINT, self._handler)
            self._handler = None
        if self._held:
            self._held = False
            self.later()

    @contextmanager
    def let_through(self) -> Iterator[None]:
        """Interrupts come through inside this block."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._held = True
