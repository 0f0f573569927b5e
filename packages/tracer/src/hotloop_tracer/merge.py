"""Merge points: where a trace begins, comes round, or goes over into a compiled loop.

It must not know how anything but the end of a trace is recorded.
"""

from __future__ import annotations

from operator import length_hint
from typing import Any, Final

from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame
from hotloop_ir.ops.control import Jump, Leave
from hotloop_ir.ops.guard import GuardNoInterrupt
from hotloop_ir.trace import Target
from hotloop_tracer.abort import Abort, AbortReason, Finished
from hotloop_tracer.options import Header
from hotloop_tracer.recording_exceptions import Exceptions
from hotloop_tracer.recording_stepping import LEAVES, RANGE_ITERATOR, TUPLE_ITERATOR
from hotloop_tracer.snapshots import shadow_of
from hotloop_tracer.traced import Traced


def header_of(frame: Frame[Traced]) -> Header:
    """The merge point a frame is at."""
    slots = [*frame.localsplus, *frame.stack]
    bound = tuple([slot is not NULL for slot in slots])
    return Header(frame.code, frame.instr.start, len(frame.stack), bound)


_FIXED: Final = frozenset({RANGE_ITERATOR, TUPLE_ITERATOR})


def has_more(iterator: Any) -> bool:
    """Whether an iterator may have another item; unless it is known not to."""
    return type(iterator) not in LEAVES or bool(length_hint(iterator))


_NO_LIMIT: Final = 1 << 30


class Merging(Exceptions):
    """Arrivals at loop headers.

    ``own`` is the header of the loop being recorded (None for entries and bridges), ``finishes``
    says that returning from the root frame ends the trace with the value, ``is_bridge`` that the
    recording began at a side exit, ``started`` that the first instruction is past.
    """

    own: Header | None = None
    finishes = False
    is_bridge = False
    started = False
    outcome: Abort | None = None
    pending: BaseException | None = None

    def at_header(self, frame: Frame[Traced]) -> None:
        """A loop header is reached. Raises Finished if the trace ends here."""
        if not self.started:
            self._check_not_ended(frame)
            return
        if frame.parent is None:
            self._at_root_header(frame)
        rounds = shadow_of(frame).rounds
        count = rounds[frame.index] = rounds.get(frame.index, 0) + 1
        if count <= self._rounds_allowed(frame):
            return
        if frame.parent is None:
            self.give_up(AbortReason.INNER_LOOP_NOT_COMPILED)
        self.services.give_up(frame.code, AbortReason.LOOP_IN_INLINED)
        if self.is_bridge and self.ops:  # the loop goes on by itself
            self.emit(Leave(self.snap()))
            raise Finished
        self.give_up(AbortReason.LOOP_IN_INLINED)

    def _rounds_allowed(self, frame: Frame[Traced]) -> int:
        """Arrivals at a header before it is one too many.

        In inlined functions only ``while`` loops and loops over tuples and ranges, which tend to
        be of one length, are unrolled; of other loops no more than one round is recorded. A loop
        that has nothing more to give ends here.
        """
        limit = self.options.unroll_limit
        if frame.parent is None or self.options.unroll_inlined:
            return limit
        if frame.instr.op == "FOR_ITER":
            iterator = frame.peek(1).obj
            if not has_more(iterator):
                return _NO_LIMIT
            if type(iterator) not in _FIXED:
                return 0 if self.is_bridge else 1
        return limit

    def _at_root_header(self, frame: Frame[Traced]) -> None:
        header = header_of(frame)
        own = self.own
        own_place = own is not None and own.pc == header.pc
        if own is not None and own_place and own.bound == header.bound:
            self._jump(frame, None)
        target = self.services.target_for(header)
        if target is not None:
            self._jump(frame, target)
        if own_place:
            self.give_up(AbortReason.UNBOUND_CHANGED)
        if self.services.compile_first(header, frame.index in shadow_of(frame).rounds):
            if not self.ops:
                self.give_up(AbortReason.INNER_LOOP_NOT_COMPILED)
            self.emit(Leave(self.snap()))
            raise Finished

    def _jump(self, frame: Frame[Traced], target: Target | None) -> None:
        slots = [*frame.localsplus, *frame.stack]
        operands = tuple([slot.ref for slot in slots if slot is not NULL])
        self.emit(GuardNoInterrupt(self.snap()))
        self.emit(Jump(operands, target))
        raise Finished

    def _check_not_ended(self, frame: Frame[Traced]) -> None:
        """A loop recorded when its iterator has nothing more to give would only leave."""
        if self.own is not None and frame.instr.op == "FOR_ITER":
            iterator = frame.peek(1).obj
            if not has_more(iterator):
                self.give_up(AbortReason.RETURNED_EARLY)

    def leaves_own_loop(self, frame: Frame[Traced], instr: Instr) -> bool:
        """Whether a FOR_ITER that has ended is the one the recorded loop turns on."""
        own = self.own
        return own is not None and frame.parent is None and own.pc == instr.start
