"""The driver: executes instructions, enters and leaves frames, unwinds exceptions.

Generic in the value type. Between two calls of `step` the frame chain is at an instruction
boundary. It must not know what a value is, nor what an instruction means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from hotloop_interp.decode import HandlerEntry, Instr
from hotloop_interp.frame import NULL, Frame, ReturnKind, V
from hotloop_interp.handlers import HANDLERS, Control, Leave
from hotloop_interp.handlers.gen import send_stopped
from hotloop_interp.handlers.iterate import loop_ended
from hotloop_interp.handlers.registry import FINISHERS
from hotloop_interp.machine import Machine, Unwind
from hotloop_interp.unsupported import InterpreterStop, UnsupportedOpcode


@dataclass(frozen=True, slots=True)
class Done(Generic[V]):
    """The outermost frame was left: how, and with what value."""

    leave: Leave
    value: V


def step(m: Machine[V], frame: Frame[V]) -> Frame[V] | Done[V]:
    """Execute the instruction at `frame.index`; the frame to go on with, or the end.

    Raises what the outermost frame raises. An `InterpreterStop` passes through with every frame
    at a boundary: nothing of the instruction has happened.
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
    return _unwind(m, frame, raised, is_new=is_new)


def run_frame(m: Machine[V], frame: Frame[V]) -> Done[V]:
    """Execute `frame` until it is left."""
    current = frame
    while True:
        m.before_instruction(current)
        following = step(m, current)
        if isinstance(following, Done):
            return following
        current = following


def resume_with_exception(
    m: Machine[V], frame: Frame[V], exception: BaseException
) -> Frame[V] | Done[V]:
    """Raise at the instruction at `frame.index`, as if it had raised (gen.throw)."""
    return _unwind(m, frame, exception, is_new=True)


def _transfer(
    m: Machine[V], frame: Frame[V], instr: Instr, control: Control[V]
) -> Frame[V] | Done[V]:
    """Go where a handler or finisher said."""
    if isinstance(control, Frame):
        return control
    if isinstance(control, Leave):
        return _leave(m, frame, control)
    frame.index = instr.next if control is None else control
    return frame


def _leave(m: Machine[V], frame: Frame[V], leave: Leave) -> Frame[V] | Done[V]:
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
    return _propagate(m, frame, raised)


def _give(m: Machine[V], callee: Frame[V], value: V, leave: Leave) -> Frame[V] | Done[V]:
    """Give the value a frame was left with to its caller."""
    caller = callee.parent
    if caller is None:
        return Done(leave, value)
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
    return _unwind(m, caller, raised, is_new=True)


def _unwind(
    m: Machine[V], frame: Frame[V], exception: BaseException, *, is_new: bool
) -> Frame[V] | Done[V]:
    """Find the handler of an exception, in this frame or its callers (exception_unwind)."""
    if is_new:
        m.add_traceback(frame, exception)
    entry = frame.decoded.handlers[frame.index]
    if entry is not None:
        _catch(m, frame, entry, exception)
        return frame
    return _propagate(m, frame, m.raised(frame, exception))


def _catch(m: Machine[V], frame: Frame[V], entry: HandlerEntry, exception: BaseException) -> None:
    """Cut the stack to the handler's depth, push lasti if it wants it, then the exception."""
    del frame.stack[entry.depth :]
    if entry.lasti:
        frame.push(m.const(frame.instr.offset // 2))
    frame.push(m.exception_value(exception))
    frame.index = entry.target


def _propagate(m: Machine[V], callee: Frame[V], exception: BaseException) -> Frame[V] | Done[V]:
    """A frame was left by an exception: it ends a loop of the caller or is raised there."""
    caller = callee.parent
    if caller is None:
        raise exception
    ends = callee.return_kind in (ReturnKind.ITER, ReturnKind.SEND)
    if ends and callee.generator is NULL and m.is_stop_iteration(exception):
        if callee.return_kind is ReturnKind.ITER:
            control = loop_ended(caller)
        else:
            control = send_stopped(caller, m.stop_value(exception))
        return _transfer(m, caller, caller.instr, control)
    return _unwind(m, caller, exception, is_new=True)
