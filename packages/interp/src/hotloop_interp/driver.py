"""The driver: executes instructions, enters and leaves frames, unwinds exceptions.

Generic in the value type. Between two calls of `step` the frame chain is at an instruction
boundary. It must not know what a value is, nor what an instruction means.
"""

from __future__ import annotations

from typing import Generic, TypeAlias

from hotloop_interp.decode import HandlerEntry, Instr
from hotloop_interp.frame import NULL, Frame, ReturnKind, V
from hotloop_interp.handlers import HANDLERS, Control, Leave
from hotloop_interp.handlers.gen import send_stopped
from hotloop_interp.handlers.iterate import loop_ended
from hotloop_interp.handlers.registry import FINISHERS
from hotloop_interp.machine import Machine, Unwind
from hotloop_interp.sealed import seal
from hotloop_interp.unsupported import InterpreterStop, UnsupportedOpcode
from hotloop_ir.slotted import slotted

seal(globals())


@slotted(frozen=True)
class Done(Generic[V]):
    """The outermost frame was left with a value: how, and with what value."""

    leave: Leave
    value: V


@slotted(frozen=True)
class Failed:
    """The outermost frame was left by an exception."""

    exception: BaseException


Following: TypeAlias = Frame[V] | Done[V] | Failed
"""What follows an instruction: the frame to go on with, or the end."""


def step(m: Machine[V], frame: Frame[V]) -> Following[V]:
    """Execute the instruction at `frame.index`.

    An `InterpreterStop` passes through with every frame at a boundary: nothing of the
    instruction has happened. Every other exception is the program's.
    """
    instr = frame.decoded.instrs[frame.index]
    handler = HANDLERS.get(instr.op)
    if handler is None:
        raise UnsupportedOpcode(instr.op)
    try:
        control = handler(frame, m, instr)
    except InterpreterStop:
        raise
    except Unwind as unwind:
        raised, is_new = unwind.exception, False
    except BaseException as exception:
        raised, is_new = exception, True
    else:
        if control is None:
            frame.index = instr.next
            return frame
        if type(control) is int:
            frame.index = control
            return frame
        return _transfer(m, frame, instr, control)
    return unwind_exception(m, frame, raised, is_new=is_new)


def run_frame(m: Machine[V], frame: Frame[V]) -> Done[V] | Failed:
    """Execute `frame`, a chain's innermost, until the outermost is left."""
    current = frame
    m.switched(current)
    while True:
        following = _watched_step(m, current) if m.watches else step(m, current)
        if following is not current:
            if type(following) is not Frame:
                assert not isinstance(following, Frame)
                return following
            m.switched(following)
            current = following


def _watched_step(m: Machine[V], frame: Frame[V]) -> Following[V]:
    """A step with `before_instruction`, which may raise in the program's name."""
    try:
        m.before_instruction(frame)
    except InterpreterStop:
        raise
    except BaseException as exception:
        raised = exception
    else:
        return step(m, frame)
    return unwind_exception(m, frame, raised)


def _transfer(m: Machine[V], frame: Frame[V], instr: Instr, control: Control[V]) -> Following[V]:
    """Go where a handler or finisher said."""
    if isinstance(control, Frame):
        raising, control.raising = control.raising, None
        return control if raising is None else unwind_exception(m, control, raising)
    if isinstance(control, Leave):
        return _leave(m, frame, control)
    frame.index = instr.next if control is None else control
    return frame


def _leave(m: Machine[V], frame: Frame[V], leave: Leave) -> Following[V]:
    """Leave a frame with the value on top of its stack."""
    value = frame.peek(1)
    try:
        value = m.returned(frame, value) if leave is Leave.RETURN else m.yielded(frame, value)
    except InterpreterStop:
        raise
    except BaseException as exception:
        raised = exception
    else:
        return _give(m, frame, value, leave)
    return _to_caller(m, frame, raised)


def _give(m: Machine[V], callee: Frame[V], value: V, leave: Leave) -> Following[V]:
    """Give the value a frame was left with to its caller."""
    caller = callee.parent
    if caller is None:
        return Done(leave, value)
    callee.parent = None
    if callee.return_kind is ReturnKind.PUSH:
        caller.push(value)
        caller.index = caller.instr.next
        return caller
    finish = FINISHERS[callee.return_kind]
    try:
        control = finish(caller, m, callee, value, leave)
    except InterpreterStop:
        raise
    except BaseException as exception:
        raised = exception
    else:
        return _transfer(m, caller, caller.instr, control)
    return unwind_exception(m, caller, raised)


def unwind_exception(
    m: Machine[V], frame: Frame[V], exception: BaseException, *, is_new: bool = True
) -> Following[V]:
    """Raise at the instruction at `frame.index`: find the handler in this frame or its callers.

    Mirrors `error` and, where not `is_new`, `exception_unwind` of ceval.c.
    """
    while True:
        if is_new:
            exception = m.add_traceback(frame, exception) or exception
        entry = frame.decoded.handlers[frame.index]
        if entry is not None:
            _catch(m, frame, entry, exception)
            return frame
        exception = m.raised(frame, exception)
        caller = frame.parent
        if caller is None:
            return Failed(exception)
        frame.parent = None
        if ends_iteration(m, frame, exception):
            return _end_iteration(m, frame, caller, exception)
        frame, is_new = caller, True


def _to_caller(m: Machine[V], callee: Frame[V], exception: BaseException) -> Following[V]:
    """Raise in the caller of a frame that is already left."""
    caller, callee.parent = callee.parent, None
    if caller is None:
        return Failed(exception)
    if ends_iteration(m, callee, exception):
        return _end_iteration(m, callee, caller, exception)
    return unwind_exception(m, caller, exception)


def _catch(m: Machine[V], frame: Frame[V], entry: HandlerEntry, exception: BaseException) -> None:
    """Cut the stack to the handler's depth, push lasti if it wants it, then the exception."""
    del frame.stack[entry.depth :]
    if entry.lasti:
        frame.push(m.const(frame.raised_at // 2))
    frame.lasti = -1
    frame.push(m.exception_value(exception))
    frame.index = entry.target


def ends_iteration(m: Machine[V], callee: Frame[V], exception: BaseException) -> bool:
    """Whether the exception a frame was left by only ends a loop (or a SEND) of its caller."""
    if callee.return_kind not in (ReturnKind.ITER, ReturnKind.SEND):
        return False
    return callee.generator is NULL and m.is_stop_iteration(exception)


def _end_iteration(
    m: Machine[V], callee: Frame[V], caller: Frame[V], exception: BaseException
) -> Following[V]:
    """A Python __next__ has raised StopIteration."""
    if callee.return_kind is ReturnKind.ITER:
        control = loop_ended(caller)
    else:
        control = send_stopped(caller, m.stop_value(exception))
    return _transfer(m, caller, caller.instr, control)
