"""Attributes."""

from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame, V, entered
from hotloop_interp.handlers.registry import (
    Control,
    enter_or_drop,
    handles,
    replace_top,
    settle,
)
from hotloop_interp.machine import Machine
from hotloop_interp.sealed import seal

seal(globals())


def _name(instr: Instr) -> str:
    name = instr.argval
    assert isinstance(name, str)
    return name


@handles("LOAD_ATTR")
def load_attr(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(target -- value)"""
    return settle(frame, 1, m.getattr(frame, frame.peek(1), _name(instr)))


@handles("LOAD_METHOD")
def load_method(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(target -- function target) for a method, (target -- NULL value) for the rest."""
    found = m.load_method(frame, frame.peek(1), _name(instr))
    if entered(found, frame):
        replace_top(frame, 1, NULL)
        return found
    assert isinstance(found, tuple)
    function, receiver = found
    if receiver is NULL:
        replace_top(frame, 1, NULL, function)
    else:
        replace_top(frame, 1, function, receiver)
    return None


@handles("STORE_ATTR")
def store_attr(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(value target -- )"""
    value, target = frame.peek(2), frame.peek(1)
    return enter_or_drop(frame, 2, m.setattr(frame, target, _name(instr), value))


@handles("DELETE_ATTR")
def delete_attr(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(target -- )"""
    return enter_or_drop(frame, 1, m.delattr(frame, frame.peek(1), _name(instr)))
