"""What is held back while hotloop is at work, until the program is running again.

What a handler of a signal raises in the middle of compiling, or what another thread has this one
raise (``PyThreadState_SetAsyncExc``), would lose the state the program is to go on from, and
whatever a handler runs would find frames of ours. Only the recorder, which runs the program, can be
interrupted. A collection runs finalisers of the program, which must not happen where CPython would
not allocate anything. Must not call functions of the standard library that are Python: they may
have merge points themselves.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotloop.core.quiet import Quiet
    from hotloop.frames.runtime import Runtime


class HeldBack:
    """Neither signals nor exceptions of other threads, collections nor hooks interrupt.

    Implements ``hotloop_tracer.options.Holding``. Native code holds signals and exceptions back,
    too, and releases them where no frame of ours is left (``hl_hold``, ``hl_release``): here it is
    done where our own code is ready for whatever is raised.
    """

    def __init__(self, runtime: Runtime, quiet: Quiet) -> None:
        self.quiet = quiet
        function = ctypes.PYFUNCTYPE(None)
        self.stop: Callable[[], None] = function(runtime.natives["hl_hold_here"])
        self._go_on = function(runtime.natives["hl_release_here"])

    def hold(self) -> None:
        """Hold collections and hooks back, too. (A with statement allocates first.)"""
        self.quiet.hold()

    def release(self) -> None:
        """As before; what has come in the meantime is raised or handled at once."""
        self.quiet.release()
        self._go_on()
