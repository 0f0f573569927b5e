"""Pattern matching."""

from hotloop_interp.decode import Instr
from hotloop_interp.frame import Frame, V
from hotloop_interp.handlers.registry import handles, replace_top
from hotloop_interp.machine import Machine
from hotloop_interp.sealed import seal

seal(globals())


@handles("MATCH_MAPPING")
def match_mapping(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(subject -- subject bool)"""
    frame.push(m.match_mapping(frame.peek(1)))


@handles("MATCH_SEQUENCE")
def match_sequence(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(subject -- subject bool)"""
    frame.push(m.match_sequence(frame.peek(1)))


@handles("MATCH_KEYS")
def match_keys(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(subject keys -- subject keys values or None)"""
    frame.push(m.match_keys(frame.peek(2), frame.peek(1)))


@handles("MATCH_CLASS")
def match_class(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    """(subject class names -- attributes or None)"""
    subject, class_, names = frame.peek_many(3)
    replace_top(frame, 3, m.match_class(subject, class_, instr.arg, names))
