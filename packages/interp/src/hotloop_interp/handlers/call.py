"""Calls and functions."""

from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame, ReturnKind, Slot, V
from hotloop_interp.handlers.registry import (
    Control,
    Leave,
    finishes,
    handles,
    replace_top,
    settle,
)
from hotloop_interp.machine import Machine
from hotloop_interp.sealed import seal

seal(globals())


@handles("CALL")
def call(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(NULL callable args -- result) or (method self args -- result)"""
    kwnames = instr.argval
    assert isinstance(kwnames, tuple)
    args = frame.peek_many(instr.arg)
    second = frame.peek(instr.arg + 1)
    first = frame.stack[-instr.arg - 2]
    if first is NULL:
        result = m.call(frame, second, args, kwnames)
    else:
        result = m.call(frame, first, [second, *args], kwnames)
    return settle(frame, instr.arg + 2, result)


@handles("CALL_FUNCTION_EX")
def call_function_ex(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(NULL callable args [kwargs] -- result)"""
    has_kwargs = instr.arg & 1
    kwargs: Slot[V] = frame.peek(1) if has_kwargs else NULL
    args, callable_ = frame.peek(1 + has_kwargs), frame.peek(2 + has_kwargs)
    return settle(frame, 3 + has_kwargs, m.call_ex(frame, callable_, args, kwargs))


@handles("MAKE_FUNCTION")
def make_function(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """([defaults] [kwdefaults] [annotations] [closure] code -- function)"""
    depth = 1
    parts: list[Slot[V]] = []
    for flag in (8, 4, 2, 1):
        present = bool(instr.arg & flag)
        depth += present
        parts.append(frame.peek(depth) if present else NULL)
    closure, annotations, kwdefaults, defaults = parts
    function = m.make_function(frame, frame.peek(1), defaults, kwdefaults, annotations, closure)
    replace_top(frame, depth, function)


@finishes(ReturnKind.INIT)
def init_returned(
    frame: Frame[V], m: Machine[V], callee: Frame[V], value: V, leave: Leave
) -> Control[V]:
    """( -- instance) after its __init__ (slot_tp_init)."""
    m.check_init_result(value)
    frame.push(callee.payload)
    return frame.instr.next


@finishes(ReturnKind.DISCARD)
def result_discarded(
    frame: Frame[V], m: Machine[V], callee: Frame[V], value: V, leave: Leave
) -> Control[V]:
    """( -- )"""
    return frame.instr.next


@finishes(ReturnKind.CONTINUE)
def operation_continued(
    frame: Frame[V], m: Machine[V], callee: Frame[V], value: V, leave: Leave
) -> Control[V]:
    """( -- result) of an operation that goes on after a frame, or enters another."""
    rest = callee.continuation
    assert rest is not None
    control = settle(frame, 0, rest.resume(m, frame, value))
    return frame.instr.next if control is None else control
