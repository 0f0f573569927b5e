"""Holding back, before there is native code, what would raise in the middle of hotloop's own work.

The same as ``hl_hold`` and ``hl_release`` (``native_asking``), in Python: for as long as the
compiler is being brought in. Must not cause audit events.
"""

from __future__ import annotations

import ctypes
from _thread import get_ident
from typing import Final

from hotloop.frames.memory import WORDS, peek, peek32, poke, symbol
from hotloop_ir.layout import Layout

_NOBODY: Final = 0
_STANDS_IN: Final = -1


class StandIns:
    """Makes thread states that stand in front of a thread's own. One per process."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        runtime, one = symbol("_PyRuntime"), ctypes.c_void_p
        self.running = runtime + layout["_PyRuntimeState.gilstate.tstate_current"]
        self.main_thread = runtime + layout["_PyRuntimeState.main_thread"]
        self.signals = runtime + layout["_PyRuntimeState.ceval.signals_pending"]
        self.async_exc = layout["PyThreadState.async_exc"]
        self.make = ctypes.PYFUNCTYPE(one, one)(symbol("PyThreadState_New"))
        self.delete = ctypes.PYFUNCTYPE(None, one)(symbol("PyThreadState_Delete"))
        self.tell = ctypes.PYFUNCTYPE(None, one)(symbol("_PyEval_SignalAsyncExc"))


class StandIn:
    """From its making to ``leave`` neither signals nor exceptions of other threads come.

    If signals are held back already it leaves them alone.
    """

    def __init__(self, makes: StandIns) -> None:
        self._makes = makes
        self._thread = peek(makes.running)
        self._interpreter = peek(self._thread + makes.layout["PyThreadState.interp"])
        self._made: int = makes.make(self._interpreter) or self._thread  # there was no memory
        if self._made != self._thread:
            poke(self._made + makes.layout["PyThreadState.id"], _STANDS_IN)
        self._ident = get_ident()
        self._main = peek(makes.main_thread) == self._ident
        if self._main:
            poke(makes.main_thread, _NOBODY)

    def leave(self) -> None:
        """What has come meanwhile is raised or handled at once, but not before all is done."""
        makes = self._makes
        exception = peek(self._made + makes.async_exc)
        if self._made != self._thread:
            poke(self._made + makes.async_exc, 0)
            makes.delete(self._made)
        if exception or peek32(makes.signals):
            makes.tell(self._interpreter)
        WORDS[(self._thread + makes.async_exc) >> 3] = exception  # from here on there is no call
        if self._main:
            WORDS[makes.main_thread >> 3] = self._ident
