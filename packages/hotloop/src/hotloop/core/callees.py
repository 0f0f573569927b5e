"""Compiled code called by compiled code that leaves in its middle: it is run to its end.

Mostly by a resume program made once for the exit, with the launcher's frame as the caller; when
the exit has become hot, from the frames that recording a bridge has left. Must not compile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hotloop.core.generators import empty_generators
from hotloop.core.handover import drop_owned
from hotloop.core.resume_data import FUNCTION_SLOT, UnsupportedSnapshot
from hotloop.core.side_exit import SideExit
from hotloop.frames.memory import object_at, peek, poke
from hotloop.frames.native_launch import LENT_TO_CALLS, SLOW_EXIT
from hotloop_backend_x86.stores import FUNCTION_WORD
from hotloop_interp.frame import Frame

if TYPE_CHECKING:
    from hotloop.core.driver import Driver


class Callees:
    """Runs callees that have left to their end. One per driver."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def finish_call(self, buf: int, record: int, raised: BaseException | None) -> object:
        """A compiled callee left in its middle: run it to its end (``hl_finish``)."""
        self.driver.quiet.hold()
        claimed = self.driver.claim.take()
        if claimed:
            self.driver.levels.note(LENT_TO_CALLS - 1)  # this frame
            self.driver.stage.root = 0  # no frame of it is there
        try:
            request = self.callee_request(buf, record, raised, claimed)
        finally:
            if claimed:
                self.driver.claim.give_back()
            self.driver.quiet.release()
        return self.driver.launcher.obey(request)

    def callee_request(
        self, buf: int, record: int, raised: BaseException | None, claimed: bool
    ) -> Callable[[], object]:
        """What makes the frames a callee goes on from; recorded first if its exit is hot."""
        side = self.driver.compiler.exit_of(record)
        before = peek(record)
        count = before + SLOW_EXIT
        poke(record, count)
        if before < side.record.threshold <= count and self.driver.may_extend(side, claimed):
            chain = self.callee_frames(side, buf)
            with self.driver.budget:
                result = self.driver.record_exit(side, chain)
            return lambda: self.driver.launcher.request_for(result.frames, result.pending)
        try:
            called = self.driver.compiler.called_record(side, self.driver.launcher.frame)
        except UnsupportedSnapshot:
            chain = self.callee_frames(side, buf)
            return lambda: self.driver.launcher.request_for(chain, raised)
        poke(buf + 8 * FUNCTION_SLOT, peek(buf + 8 * FUNCTION_WORD))
        return lambda: (called.address, buf, raised, called)

    def callee_frames(self, side: SideExit, buf: int) -> list[Frame[object]]:
        """The frames of a callee that has left, with plain objects."""
        function: Any = object_at(peek(buf + 8 * FUNCTION_WORD))
        try:
            chain = self.driver.rebuild(side, buf, function, {})
        except Exception as error:
            self.driver.mishaps.note_error("leaving a call", error, side.owner.place)
            chain = self.driver.rebuild(side, buf, function, {})
        drop_owned(side.guard.snapshot, side.values, buf)
        empty_generators(chain)
        return chain
