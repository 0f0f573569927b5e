"""Merge points: where a trace begins, comes round, or goes over into a compiled loop.

It must not know how anything but the end of a trace is recorded.
"""

from __future__ import annotations

from operator import length_hint
from typing import Any, Final

from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame, ReturnKind
from hotloop_ir.ops.call import CallEntry
from hotloop_ir.ops.control import Jump, Leave
from hotloop_ir.ops.guard import GuardNoInterrupt, GuardRoom
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.trace import Target
from hotloop_ir.type_set import TypeSet
from hotloop_tracer.abort import Abort, AbortReason, Finished
from hotloop_tracer.handover import clear_slots, concrete_frame
from hotloop_tracer.inlining import is_callable_compiled, returning
from hotloop_tracer.options import Header
from hotloop_tracer.promote import levels_of
from hotloop_tracer.recording_generators import Generators, generator_shadow, yield_before
from hotloop_tracer.recording_stepping import LEAVES, RANGE_ITERATOR, TUPLE_ITERATOR
from hotloop_tracer.snapshots import shadow_of, state_at
from hotloop_tracer.traced import Traced


def header_of(frame: Frame[Traced]) -> Header:
    """The merge point a frame is at."""
    slots = [*frame.localsplus, *frame.stack]
    bound = tuple([slot is not NULL for slot in slots])
    return Header(frame.code, frame.instr.start, len(frame.stack), bound)


_FIXED: Final = TypeSet(RANGE_ITERATOR, TUPLE_ITERATOR)


def has_more(iterator: Any) -> bool:
    """Whether an iterator may have another item; unless it is known not to."""
    return type(iterator) not in LEAVES or bool(length_hint(iterator))


_NO_LIMIT: Final = 1 << 30


class Merging(Generators):
    """Arrivals at loop headers.

    ``own`` is the header of the loop being recorded (None for entries and bridges), ``finishes``
    says that returning from the root frame ends the trace with the value, ``is_bridge`` that the
    recording began at a side exit, ``started`` that the first instruction is past (or that the
    trace before ended at this header, and no round of it is to be recorded), ``bytecodes`` is how
    many have been recorded, ``early`` that the own loop may end before it has come round.
    """

    own: Header | None = None
    finishes = False
    is_bridge = False
    started = False
    bytecodes = 0
    early = False
    outcome: Abort | None = None
    pending: BaseException | None = None

    def at_header(self, frame: Frame[Traced]) -> bool:
        """A loop header is reached; False if the rest of the frame is to be called (`run_loop`).

        Raises Finished if the trace ends here.
        """
        if self.handling is not None:
            self.give_up(AbortReason.EXCEPTION_STATE)
        if not self.started:
            self._check_not_ended(frame)
            return True
        if frame.parent is None:
            self._at_root_header(frame)
        rounds = shadow_of(frame).rounds
        count = rounds[frame.index] = rounds.get(frame.index, 0) + 1
        if self.bytecodes and count <= self._rounds_allowed(frame):
            return True
        reason = AbortReason.INNER_LOOP_NOT_COMPILED
        if frame.parent is not None:
            if self.loop_start(frame) is not None:
                return False
            reason = AbortReason.LOOP_IN_INLINED
            if is_callable_compiled(frame.code):
                self.services.give_up(frame.code, reason)
            else:
                self.services.compile_loops(frame.code)
        if not self.is_bridge or not self.bytecodes:
            self.give_up(reason)
        self.emit(Leave(self.snap()))  # the loop goes on by itself
        raise Finished

    def goes_round(self, frame: Frame[Traced]) -> Frame[Traced] | None:
        """A generator is at a loop header: the frame to go on with, None if it is the same.

        A round without a ``yield`` (a filter that lets nothing through) ends as if it had yielded:
        the generator is suspended, and its caller asks for the next item again. So all ways
        through the generator meet where its caller's loop begins.
        """
        shadow = generator_shadow(frame)
        fresh, shadow.fresh = shadow.fresh, False
        if fresh or not self.started:
            return None
        place = yield_before(frame)
        if place is None:
            rounds = shadow.rounds
            count = rounds[frame.index] = rounds.get(frame.index, 0) + 1
            if count <= self.options.unroll_limit:
                return None
            self.services.give_up(frame.code, AbortReason.LOOP_IN_INLINED)
            self.give_up(AbortReason.LOOP_IN_INLINED)
        caller = frame.parent
        assert caller is not None and self.generators is not None
        self.suspend(frame, self.generators.yield_address(frame.code, place))
        self._frame, self._snapshot = caller, None
        return caller

    def loop_start(self, frame: Frame[Traced]) -> Target | None:
        """The compiled loop at whose header an inlined frame is, if it can be called."""
        function = shadow_of(frame).function
        if function is None:
            return None
        return self.services.start_for(header_of(frame))

    def run_loop(self, frame: Frame[Traced]) -> Frame[Traced]:
        """Call the compiled loop an inlined frame has come to; its value is the frame's.

        (What PyPy does: ``do_recursive_call`` at a ``jit_merge_point`` in an inlined portal.)
        The frame has nothing more to do but to return the value.
        """
        target, caller = self.loop_start(frame), frame.parent
        function = shadow_of(frame).function
        assert target is not None and caller is not None and function is not None
        held = [*frame.localsplus, *frame.stack]
        operands = tuple([slot.ref for slot in held if slot is not NULL])
        self.emit(GuardRoom(self.snap()))
        snapshot = Snapshot(state_at(caller, caller.instr.start), redoes=False)
        op = self.emit(CallEntry(function, operands, target, snapshot))
        self._frame = caller
        running = concrete_frame(frame, None)
        running.return_kind = ReturnKind.PUSH  # what the caller makes of the value comes later
        held.clear()
        clear_slots(frame)  # from here on the running frame keeps its objects alive
        self.more_levels = levels_of(frame) - 1
        try:
            result = self.really(self.services.run, running)
        finally:
            self.more_levels = 0
        returning(frame, Traced(result, op))
        self._frame, self.happened = frame, None
        self.forget()
        return frame

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
            if not self.bytecodes:
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
        if self.own is not None and not self.early and frame.instr.op == "FOR_ITER":
            iterator = frame.peek(1).obj
            if not has_more(iterator):
                self.give_up(AbortReason.RETURNED_EARLY)

    def leaves_own_loop(self, frame: Frame[Traced], instr: Instr) -> bool:
        """Whether a FOR_ITER that has ended is the one the recorded loop turns on."""
        own = None if self.early else self.own
        return own is not None and frame.parent is None and own.pc == instr.start
