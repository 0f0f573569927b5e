"""Hotloop at work: nothing of the program runs by itself, and the program is told of nothing."""

from __future__ import annotations

from hotloop.core.collecting import Collections
from hotloop.frames.runtime import Runtime


class Quiet:
    """From ``hold`` to ``release`` no collection and no audit hook runs. May be nested."""

    def __init__(self, runtime: Runtime) -> None:
        self._collections = Collections(runtime.layout)
        self._auditing = runtime.auditing

    def hold(self) -> None:
        """Our own work begins, or goes on."""
        self._collections.hold()
        self._auditing.hold()

    def release(self) -> None:
        """The program goes on."""
        self._auditing.release()
        self._collections.release()
