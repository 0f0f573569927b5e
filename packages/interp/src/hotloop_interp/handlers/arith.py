"""Arithmetic and bitwise operators."""

from hotloop_interp.decode import Instr
from hotloop_interp.frame import Frame, V
from hotloop_interp.handlers.registry import Control, branches, handles, settle
from hotloop_interp.machine import Machine
from hotloop_interp.protocol import BINARY_OPS, UNARY_OPS
from hotloop_interp.sealed import seal

seal(globals())


@handles("BINARY_OP")
def binary_op(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(left right -- result)"""
    left, right = frame.peek(2), frame.peek(1)
    return settle(frame, 2, m.binary(frame, BINARY_OPS[instr.arg], left, right))


@handles("UNARY_POSITIVE", "UNARY_NEGATIVE", "UNARY_INVERT")
def unary_op(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(value -- result)"""
    return settle(frame, 1, m.unary(frame, UNARY_OPS[instr.op], frame.peek(1)))


@handles("UNARY_NOT")
def unary_not(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(value -- bool)"""
    return settle(frame, 1, m.logical_not(frame, frame.peek(1)))


@branches("UNARY_NOT")
def push_inverted(frame: Frame[V], m: Machine[V], instr: Instr, truth: bool) -> Control[V]:
    """( -- not truth)"""
    frame.push(m.const(not truth))
    return instr.next
