"""Iteration and context managers."""

from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame, ReturnKind, V, entered
from hotloop_interp.handlers.registry import (
    Control,
    Leave,
    finishes,
    handles,
    replace_top,
    settle,
)
from hotloop_interp.machine import EXHAUSTED, Machine
from hotloop_interp.sealed import seal

seal(globals())


@handles("GET_ITER")
def get_iter(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(iterable -- iterator)"""
    return settle(frame, 1, m.get_iter(frame, frame.peek(1)))


@handles("FOR_ITER")
def for_iter(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(iterator -- iterator item), or (iterator -- ) and jump"""
    item = m.for_iter(frame, frame.peek(1))
    if item is EXHAUSTED:
        return loop_ended(frame)
    if entered(item, frame):
        return item
    frame.push(item)
    return None


def loop_ended(frame: Frame[V]) -> Control[V]:
    """(iterator -- ) and jump"""
    frame.drop(1)
    return frame.instr.jump


@finishes(ReturnKind.ITER)
def item_returned(
    frame: Frame[V], m: Machine[V], callee: Frame[V], value: V, leave: Leave
) -> Control[V]:
    """( -- item) of a Python __next__ or a generator's yield; its return ends the loop."""
    if callee.generator is not NULL and leave is Leave.RETURN:
        return loop_ended(frame)
    frame.push(value)
    return frame.instr.next


@handles("GET_LEN")
def get_len(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(value -- value len)"""
    return settle(frame, 0, m.get_len(frame, frame.peek(1)))


@handles("BEFORE_WITH", "BEFORE_ASYNC_WITH")
def before_with(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(manager -- __exit__ result of __enter__)"""
    is_async = instr.op == "BEFORE_ASYNC_WITH"
    enter, exit_ = m.with_methods(frame, frame.peek(1), is_async=is_async)
    result = m.call(frame, enter, [], ())
    replace_top(frame, 1, exit_)
    return settle(frame, 0, result)


@handles("WITH_EXCEPT_START")
def with_except_start(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(__exit__ lasti previous exception -- __exit__ lasti previous exception result)"""
    return settle(frame, 0, m.with_except_start(frame, frame.peek(4), frame.peek(1)))
