"""When a merge point or exit whose recording came to nothing asks again, and when never.

Everything here only sets the counters and thresholds that native code counts with. Must not
record or compile.
"""

from __future__ import annotations

from typing import Final

from hotloop.config import Config
from hotloop.core.codes import Codes, Point
from hotloop.core.side_exit import SideExit
from hotloop.statistics import Counters
from hotloop_ir.ops.control import Leave
from hotloop_tracer.abort import AT_INSTRUCTION, AbortReason

RETRY_FACTOR: Final = 4
"""What failed waits so many times longer each time."""
SOON: Final = 7
"""Passes after which a recording that only came at a bad moment is tried again."""
WAIT: Final = 20
"""Rounds until a recording that waits for others is tried again, longer each time."""
MOST_POSTPONED: Final = 6
"""Times that it waits."""
_WAITING: Final = (AbortReason.LOOP_IN_INLINED, AbortReason.INNER_LOOP_NOT_COMPILED)
MOMENTS: Final = 8
"""Recordings at bad moments before they count as failures."""
EARLY: Final = 3
"""Bad moments after which a loop may be recorded that ends before it has come round."""
BAD_MOMENTS: Final = frozenset(
    {
        AbortReason.RETURNED_EARLY,
        AbortReason.LOOP_IN_INLINED,
        AbortReason.STOPPED,
        AbortReason.TOO_DEEP,
        AbortReason.TRACE_TOO_LONG,
    }
)
"""Reasons that need not come up again: the recorder has learned, or another round differs."""
_FOR_EVER: Final = AT_INSTRUCTION - {AbortReason.RAISED}
"""Reasons of instructions that do not go away."""


class Patience:
    """The policy. One per driver."""

    def __init__(self, config: Config, counters: Counters, codes: Codes) -> None:
        self.config = config
        self.codes = codes
        self.counters = counters

    def wait(self, point: Point) -> None:
        """There is no time to compile anything now: a merge point asks later."""
        point.record.counter = self.codes.usual(point)

    def put_off(self, side: SideExit) -> None:
        """There is no time to compile anything now: an exit asks later."""
        side.record.threshold = side.record.counter + self.config.bridge_threshold

    def postpone(self, side: SideExit, factor: int = 1) -> None:
        """An exit asks again after some more times (``factor`` 2: after as many again)."""
        count = side.record.counter
        side.record.threshold = max(count * factor, count + SOON)

    @staticmethod
    def must_wait(point: Point, reason: AbortReason | None, *, missing: bool) -> bool:
        """Whether other code is to be compiled first: loops inside, functions called.

        ``reason``: why the recording failed, ``missing``: it called what is about to be compiled.
        """
        waits = missing if reason is None else reason in _WAITING
        if not waits or point.postponed >= MOST_POSTPONED:
            return False
        point.postponed += 1
        point.record.counter = WAIT * point.postponed
        return True

    @staticmethod
    def takes_early(point: Point) -> bool:
        """Whether a loop has been left too often before it came round to wait for another."""
        return point.bad_moments >= EARLY

    def point_failed(self, point: Point, reason: AbortReason | None = None) -> None:
        """A recording came to nothing: try again soon, wait longer, or give up."""
        moments = MOMENTS if reason in BAD_MOMENTS else EARLY if reason in AT_INSTRUCTION else 0
        if point.bad_moments < moments:
            point.bad_moments += 1
            point.record.counter = SOON * point.bad_moments
            return
        point.failures += 1
        if point.failures >= self.config.retries:
            self.counters.given_up += 1
            point.never()
            return
        point.record.counter = self.codes.usual(point) * RETRY_FACTOR**point.failures

    @staticmethod
    def may_wait(side: SideExit, reason: AbortReason | None = None) -> bool:
        """Whether an exit may wait again for functions and loops that are about to be compiled.

        ``reason``: why a recording failed, None if it succeeded but calls such a function.
        """
        if reason not in (None, AbortReason.INNER_LOOP_NOT_COMPILED, *BAD_MOMENTS):
            return False
        side.bad_moments += 1
        return side.bad_moments <= MOMENTS

    def exit_failed(self, side: SideExit, reason: AbortReason, recorded: int) -> None:
        """A bridge came to nothing: try again soon, wait longer, or give up.

        ``recorded`` instructions before that: where the trace before had to leave because of an
        instruction that is never recorded, there are none.
        """
        if not recorded and isinstance(side.guard, Leave) and reason in _FOR_EVER:
            self.refuse(side, reason.name)
            return
        side.reason = reason.name
        waiting = reason is AbortReason.INNER_LOOP_NOT_COMPILED
        if (waiting or reason in BAD_MOMENTS) and side.bad_moments < MOMENTS:
            side.bad_moments += 1
            self.postpone(side, 2 if waiting else 1)
            return
        side.failures += 1
        if side.failures < self.config.retries:
            self.postpone(side, RETRY_FACTOR)

    def refuse(self, side: SideExit, reason: str) -> None:
        """An exit never asks again."""
        side.failures, side.reason = self.config.retries, reason
