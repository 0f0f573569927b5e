"""Functions whose branches make what follows their calls be compiled again and again.

A bridge from inside an inlined function records the rest of its caller, too. Where that adds up
the function is compiled by itself: then all its ways join where it returns. Must not record.
"""

from __future__ import annotations

from typing import Final

from hotloop.core.codes import Codes
from hotloop.core.renewal import renew
from hotloop.core.services import DriverServices
from hotloop.core.side_exit import SideExit
from hotloop_tracer.abort import AbortReason

TOO_MUCH: Final = 2_000
"""Operations recorded behind the calls of one function, over all bridges from inside it."""


class Tails:
    """Keeps the sums. One per driver."""

    def __init__(self, codes: Codes, services: DriverServices) -> None:
        self.codes = codes
        self.services = services

    def note(self, side: SideExit, tail: int) -> None:
        """A bridge from an exit has so many operations behind the return of its function."""
        assert side.guard.snapshot is not None
        frame = side.guard.snapshot.frame
        if frame.parent is None or not tail:
            return
        state = self.codes.prepare(frame.code)
        state.tails += tail
        if state.tails > TOO_MUCH and state.inlinable:
            self.services.give_up(frame.code, AbortReason.TRACE_TOO_LONG)
            renew(side.owner)
