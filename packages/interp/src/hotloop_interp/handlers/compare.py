"""Comparison, identity, membership."""

from hotloop_interp.decode import Instr
from hotloop_interp.frame import Frame, V
from hotloop_interp.handlers.registry import Control, branches, handles, settle
from hotloop_interp.machine import Machine
from hotloop_interp.protocol import COMPARE_OPS
from hotloop_interp.sealed import seal

seal(globals())


@handles("COMPARE_OP")
def compare_op(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(left right -- result)"""
    left, right = frame.peek(2), frame.peek(1)
    return settle(frame, 2, m.compare(frame, COMPARE_OPS[instr.arg], left, right))


@handles("IS_OP")
def is_op(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(left right -- bool)"""
    return settle(frame, 2, m.is_op(frame.peek(2), frame.peek(1), invert=bool(instr.arg)))


@handles("CONTAINS_OP")
def contains_op(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(item container -- bool)"""
    container, item = frame.peek(1), frame.peek(2)
    return settle(frame, 2, m.contains(frame, container, item, invert=bool(instr.arg)))


@branches("CONTAINS_OP")
def push_found(frame: Frame[V], m: Machine[V], instr: Instr, truth: bool) -> Control[V]:
    """( -- bool), inverted for `not in`."""
    frame.push(m.const(truth != bool(instr.arg)))
    return instr.next
