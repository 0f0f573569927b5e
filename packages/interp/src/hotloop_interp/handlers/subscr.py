"""Subscripts."""

from hotloop_interp.decode import Instr
from hotloop_interp.frame import Frame, V
from hotloop_interp.handlers.registry import Control, enter_or_drop, handles, settle
from hotloop_interp.machine import Machine
from hotloop_interp.sealed import seal

seal(globals())


@handles("BINARY_SUBSCR")
def binary_subscr(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(container key -- value)"""
    return settle(frame, 2, m.getitem(frame, frame.peek(2), frame.peek(1)))


@handles("STORE_SUBSCR")
def store_subscr(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(value container key -- )"""
    value, container, key = frame.peek_many(3)
    return enter_or_drop(frame, 3, m.setitem(frame, container, key, value))


@handles("DELETE_SUBSCR")
def delete_subscr(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(container key -- )"""
    container, key = frame.peek(2), frame.peek(1)
    return enter_or_drop(frame, 2, m.delitem(frame, container, key))
