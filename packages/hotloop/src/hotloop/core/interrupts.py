"""Signals and collections while hotloop is at work: held back until the program is running again.

What a handler raises in the middle of compiling would lose the state the program is to go on from,
and whatever it runs would find frames of ours. Only the recorder, which runs the program, can be
interrupted. A collection runs finalisers of the program, which must not happen where CPython would
not allocate anything. Must not call functions of the standard library that are Python: they may
have merge points themselves.
"""

from __future__ import annotations

import ctypes
from _thread import get_ident
from typing import Final

from hotloop.core.quiet import Quiet
from hotloop.frames.memory import symbol
from hotloop.frames.runtime import Runtime

_NOBODY: Final = 0


class HeldBack:
    """Between ``hold`` and ``release`` neither handlers of signals nor collections nor hooks run.

    CPython runs handlers in the main thread only; meanwhile it finds that no thread is that one,
    and signals stay pending (``_Py_ThreadCanHandleSignals``). Implements
    ``hotloop_tracer.options.Holding``. Native code holds signals back, too, and releases them
    where no frame of ours is left (``hl_hold``, ``hl_release``): here it is done where our own code
    is ready for whatever a handler raises.
    """

    def __init__(self, runtime: Runtime, quiet: Quiet) -> None:
        self.quiet = quiet
        layout, at = runtime.layout, symbol("_PyRuntime")
        word, flag = ctypes.c_int64.from_address, ctypes.c_int32.from_address
        self._main_thread = word(at + layout["_PyRuntimeState.main_thread"])
        self._pending = flag(at + layout["_PyRuntimeState.ceval.signals_pending"])
        get = ctypes.pythonapi.PyInterpreterState_Get
        get.restype = ctypes.c_void_p
        self._breaker = flag(int(get()) + layout["PyInterpreterState.ceval.eval_breaker"])
        self._held = word(runtime.word_address("held"))

    def hold(self) -> None:
        """Hold both back from here on. (A with statement allocates first.)"""
        self.quiet.hold()
        if self._main_thread.value == get_ident():
            self._held.value = get_ident()
            self._main_thread.value = _NOBODY

    def release(self) -> None:
        """As before; what has come in the meantime is handled at once."""
        self.quiet.release()
        if self._held.value == get_ident():
            self._main_thread.value = get_ident()
            self._held.value = _NOBODY
            if self._pending.value:
                self._breaker.value = 1
