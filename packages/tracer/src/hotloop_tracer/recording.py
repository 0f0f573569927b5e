"""The recording machine: all subjects together, and the loop that drives the handlers.

The loop is the tracer's own (not `driver.step`), because at every boundary it must look for merge
points and limits, and because exceptions end a recording instead of unwinding.
"""

from __future__ import annotations

from types import CodeType
from typing import Final, NoReturn

from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame, ReturnKind
from hotloop_interp.handlers import HANDLERS, Control, Leave
from hotloop_interp.handlers.iterate import loop_ended
from hotloop_interp.handlers.registry import FINISHERS
from hotloop_interp.machine import EXHAUSTED
from hotloop_interp.protocol import is_a
from hotloop_ir.ops.control import Finish
from hotloop_ir.ops.control import Leave as LeaveTrace
from hotloop_ir.type_set import TypeSet
from hotloop_tracer import builtin_rules, method_rules  # noqa: F401 - they fill the table
from hotloop_tracer.abort import (
    AT_INSTRUCTION,
    FUNCTION_AT_FAULT,
    Abort,
    AbortReason,
    Finished,
    ProgramRaised,
)
from hotloop_tracer.catching import Catching
from hotloop_tracer.completing import complete
from hotloop_tracer.handover import clear_slots
from hotloop_tracer.snapshots import shadow_of
from hotloop_tracer.traced import Traced
from hotloop_tracer.unboxing import INTS

_ANSWERS: Final = {"__bool__": TypeSet(bool), "__len__": INTS}
_READ_SLOTS: Final = frozenset(
    {
        "LOAD_FAST", "LOAD_CLOSURE", "LOAD_DEREF", "LOAD_CLASSDEREF", "DELETE_FAST", "DELETE_DEREF",
    }
)  # fmt: skip
"""Instructions whose handlers raise the program's NameError themselves."""


def described(error: BaseException) -> str:
    """The error and where it was raised, for the log."""
    where = ""
    entry = error.__traceback__
    while entry is not None:
        where = f" at {entry.tb_frame.f_code.co_filename}:{entry.tb_lineno}"
        entry = entry.tb_next
    return repr(error) + where


def _raised_here(error: BaseException) -> bool:
    """Whether an exception was raised by the recorder's own code (or C code it called)."""
    entry = error.__traceback__
    if entry is None:
        return True
    while entry.tb_next is not None:
        entry = entry.tb_next
    return str(entry.tb_frame.f_globals.get("__name__")).startswith(("hotloop_", "hotloop."))


class RecordingMachine(Catching):
    """Records from a frame on until the trace is complete or given up.

    ``largest`` is the largest inlined function so far.
    """

    largest: tuple[int, CodeType | None] = (0, None)

    def run(self, frame: Frame[Traced]) -> Frame[Traced]:
        """Record; the innermost frame, at the boundary where the program goes on.

        Sets `outcome` to the reason if no trace came of it, and `pending` to an exception that
        the program is about to have raised there.
        """
        self.first = frame
        try:
            self._record(frame)
        except Finished:
            pass
        except Abort as abort:
            if self.handling is not None:
                abort = self._out_of_handler(abort)
            self._learn(abort.reason)
            self._end_before(abort)
        except ProgramRaised as raised:
            self.pending = raised.pending
            if self.handling is not None:
                self.pending = self.leave_handler()
            too_deep = is_a(raised.exception, RecursionError)
            reason = AbortReason.TOO_DEEP if too_deep else AbortReason.RAISED
            self._end_before(Abort(reason, repr(type(raised.exception))))
        except BaseException as error:
            self._unexpected(error)
        assert self._frame is not None
        return self._frame

    def _record(self, frame: Frame[Traced]) -> NoReturn:
        """Record until something ends it."""
        while True:
            try:
                frame = self._step(frame)
            except ProgramRaised as raised:
                catching = self.enter_handler(raised)
                if catching is None:
                    raise
                frame = catching
            self.bytecodes += 1

    def _out_of_handler(self, abort: Abort) -> Abort:
        """A handler cannot be recorded: the recording ends as if nothing had been foreseen."""
        self.pending = self.leave_handler()
        if abort.reason in AT_INSTRUCTION:
            return Abort(AbortReason.RAISED, f"{abort.reason.name} in a handler")
        return abort

    def _unexpected(self, error: BaseException) -> None:
        """An exception that no residual call raised.

        A KeyboardInterrupt, or what a signal handler raised, is the program's: it goes on with
        it here. Any other is a mistake of ours, of which the program must not notice anything: an
        operation that has really happened is not left to CPython once more.
        """
        assert self._frame is not None
        op = self._frame.instr.op
        in_handler = self.handling is not None
        raised = self.leave_handler() if in_handler else None
        if not is_a(error, Exception) or not _raised_here(error):
            self.pending = error
            self.outcome = Abort(AbortReason.RAISED, repr(type(error)))
            return
        self.pending = raised
        if is_a(error, NameError) and op in _READ_SLOTS:
            self._end_before(Abort(AbortReason.RAISED, repr(error)))
            return
        self.outcome = Abort(AbortReason.INTERNAL, f"{described(error)} in {op}")
        if self.options.strict:
            self.pending = error  # raised in the program, when its frames are back
        elif self.happened is not None and not in_handler:
            complete(self._frame, self.happened[0])

    def _end_before(self, abort: Abort) -> None:
        """The instruction at hand cannot be recorded, or has raised: leave in front of it.

        The trace is given up if that is not worth it.
        """
        self.outcome = abort.with_traceback(None)  # its frames keep objects of the program alive
        if not self._is_worth_leaving(abort.reason):
            return
        try:
            del self.ops[self.boundary :]
            self.emit(LeaveTrace(self.snap()))
            self.outcome = None
        except Exception as error:
            self.outcome = Abort(AbortReason.INTERNAL, described(error))
            if self.options.strict:
                self.pending = error

    def _is_worth_leaving(self, reason: AbortReason) -> bool:
        """Whether what was recorded so far is better than another try.

        Another round of a loop may go another way, and a function that cannot be recorded is not
        inlined the next time.
        """
        if self.looked_at:
            return False
        if reason not in AT_INSTRUCTION or (self.own is not None and not self.early):
            return False
        if reason in FUNCTION_AT_FAULT and not self._was_there(self._frame):
            return False
        options = self.options
        return self.bytecodes >= (options.least_bridge if self.is_bridge else options.least_trace)

    def _was_there(self, frame: Frame[Traced] | None) -> bool:
        """Whether a frame was entered before the recording began."""
        there = self.first
        while there is not None and there is not frame:
            there = there.parent
        return there is not None

    def _learn(self, reason: AbortReason) -> None:
        """Have the function that stood in the way not inlined the next time."""
        frame = self._frame
        if reason is AbortReason.TRACE_TOO_LONG:
            self._refuse_largest()
        elif reason in FUNCTION_AT_FAULT and frame is not None and frame.parent is not None:
            self.services.give_up(frame.code, reason)

    def _refuse_largest(self) -> None:
        """The largest function inlined into a trace that grew too long is left out next time."""
        frame, size, code = self._frame, self.largest[0], self.largest[1]
        while frame is not None and frame.parent is not None:
            if len(self.ops) - shadow_of(frame).start > size:
                size, code = len(self.ops) - shadow_of(frame).start, frame.code
            frame = frame.parent
        if code is not None:
            self.services.give_up(code, AbortReason.TRACE_TOO_LONG)

    def _step(self, frame: Frame[Traced]) -> Frame[Traced]:
        """Record one instruction; the frame to go on with."""
        self.at_boundary(frame)
        if frame.index in frame.decoded.loop_headers:
            other = self._at_loop_header(frame)
            if other is not None:
                return other
        instr = frame.decoded.instrs[frame.index]
        if self.handling is None:
            self._check_limits()
        else:
            self.check_in_handler(frame, instr)
        self.started = True
        handler = HANDLERS.get(instr.op)
        if handler is None:
            self.give_up(AbortReason.UNSUPPORTED_OPCODE, instr.op)
        operands = self.note_losses(frame, instr)
        control = handler(frame, self, instr)
        operands.reverse()  # a list loses its last item first, the operand stack its deepest
        del operands
        return self._follow(frame, instr, control)

    def _at_loop_header(self, frame: Frame[Traced]) -> Frame[Traced] | None:
        """The frame to go on with instead, if another one."""
        if frame.generator is not NULL:
            return self.goes_round(frame)
        return None if self.at_header(frame) else self.run_loop(frame)

    def _check_limits(self) -> None:
        if len(self.ops) > self.options.trace_limit:
            self.give_up(AbortReason.TRACE_TOO_LONG)
        if self.options.stop is not None and self.options.stop():
            self.give_up(AbortReason.STOPPED)

    def _follow(
        self, frame: Frame[Traced], instr: Instr, control: Control[Traced]
    ) -> Frame[Traced]:
        if control is None:
            frame.index = instr.next
        elif type(control) is int:
            if instr.op == "FOR_ITER" and self.leaves_own_loop(frame, instr):
                frame.index = control
                self._frame = frame
                self.give_up(AbortReason.RETURNED_EARLY)
            frame.index = control
        elif self.handling is not None:
            self.give_up(AbortReason.EXCEPTION_STATE)
        elif isinstance(control, Frame):
            return control
        else:
            assert isinstance(control, Leave)
            return self._leave(frame, control)
        return frame

    # --- leaving frames ---------------------------------------------------------------------

    def _leave(self, frame: Frame[Traced], leave: Leave) -> Frame[Traced]:
        value = frame.peek(1)
        caller = frame.parent
        if caller is None:
            if leave is Leave.RETURN and self.finishes:
                self.emit(Finish(value.ref, self.snap()))
            else:
                self.emit(LeaveTrace(self.snap()))
            raise Finished
        if frame.generator is not NULL:
            return self._leave_generator(frame, leave)
        if leave is Leave.YIELD:
            self.give_up(AbortReason.GENERATOR)
        value = self.returned(frame, value)
        self._note_left(frame)
        if not self.dirty:
            self.dirty = any(self.may_die(slot) for slot in frame.localsplus)
        clear_slots(frame)
        if frame.return_kind is ReturnKind.PUSH:
            caller.push(value)
            caller.index += 1
            return caller
        control = FINISHERS[frame.return_kind](caller, self, frame, value, leave)
        frame.payload, frame.continuation = NULL, None
        return self._follow(caller, caller.instr, control)

    def _leave_generator(self, frame: Frame[Traced], leave: Leave) -> Frame[Traced]:
        self._note_left(frame)
        if leave is Leave.YIELD:
            return self.yielded_to(frame)
        caller = self.returned_to(frame)
        ended = self.next_residual(caller, caller.peek(1))
        assert ended is EXHAUSTED
        return self._follow(caller, caller.instr, loop_ended(caller))

    def _note_left(self, frame: Frame[Traced]) -> None:
        size = len(self.ops) - shadow_of(frame).start
        if size > self.largest[0]:
            self.largest = size, frame.code
        if frame is self.first and not self.left_first:
            self.left_first = len(self.ops)

    def returned(self, frame: Frame[Traced], value: Traced) -> Traced:
        """Guard what the caller makes of the value, while the callee can still return it."""
        kind = frame.return_kind
        if kind is ReturnKind.INIT:
            if value.obj is not None:
                self.give_up(AbortReason.BAD_RESULT)
            self.promote(value)
        elif kind is ReturnKind.CONTINUE:
            if value.obj is NotImplemented:
                self.give_up(AbortReason.NOT_IMPLEMENTED)
            self.type_of(value)
        elif kind is ReturnKind.TRUTH:
            self._guard_truth(frame.note, value)
        return value

    def _guard_truth(self, method: str, value: Traced) -> None:
        wanted = _ANSWERS.get(method)
        found = self.truth_value(value)
        if found is None or (wanted is not None and type(value.obj) not in wanted):
            self.give_up(AbortReason.BAD_RESULT)
        if method == "__len__" and value.obj < 0:
            self.give_up(AbortReason.BAD_RESULT)
        self.guard(found[1], found[0])
