"""Jumps and returns."""

from hotloop_interp.decode import Instr
from hotloop_interp.frame import Frame, ReturnKind, V
from hotloop_interp.handlers.registry import (
    BRANCHES,
    Control,
    Leave,
    branches,
    finishes,
    handles,
)
from hotloop_interp.machine import Machine
from hotloop_interp.sealed import seal

seal(globals())


@handles("JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT")
def jump(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """( -- )"""
    return instr.jump


@handles(
    "POP_JUMP_FORWARD_IF_FALSE",
    "POP_JUMP_BACKWARD_IF_FALSE",
    "POP_JUMP_FORWARD_IF_TRUE",
    "POP_JUMP_BACKWARD_IF_TRUE",
)
def pop_jump_if(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(condition -- )"""
    truth = m.truth(frame, frame.peek(1))
    frame.drop(1)
    if isinstance(truth, bool):
        return branch(frame, m, instr, truth)
    return truth


@branches(
    "POP_JUMP_FORWARD_IF_FALSE",
    "POP_JUMP_BACKWARD_IF_FALSE",
    "POP_JUMP_FORWARD_IF_TRUE",
    "POP_JUMP_BACKWARD_IF_TRUE",
)
def branch(frame: Frame[V], m: Machine[V], instr: Instr, truth: bool) -> Control[V]:
    """( -- ), the condition is already popped."""
    return instr.jump if truth == instr.op.endswith("TRUE") else instr.next


@handles("JUMP_IF_FALSE_OR_POP", "JUMP_IF_TRUE_OR_POP")
def jump_if_or_pop(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(condition -- condition) when it jumps, (condition -- ) when not."""
    truth = m.truth(frame, frame.peek(1))
    if isinstance(truth, bool):
        return branch_or_pop(frame, m, instr, truth)
    return truth


@branches("JUMP_IF_FALSE_OR_POP", "JUMP_IF_TRUE_OR_POP")
def branch_or_pop(frame: Frame[V], m: Machine[V], instr: Instr, truth: bool) -> Control[V]:
    """(condition -- condition) when it jumps, (condition -- ) when not."""
    if truth == (instr.op == "JUMP_IF_TRUE_OR_POP"):
        return instr.jump
    frame.drop(1)
    return instr.next


@handles(
    "POP_JUMP_FORWARD_IF_NONE",
    "POP_JUMP_BACKWARD_IF_NONE",
    "POP_JUMP_FORWARD_IF_NOT_NONE",
    "POP_JUMP_BACKWARD_IF_NOT_NONE",
)
def pop_jump_if_none(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(value -- )"""
    is_none = m.is_none(frame.peek(1))
    frame.drop(1)
    return instr.jump if is_none != instr.op.endswith("NOT_NONE") else instr.next


@handles("RETURN_VALUE")
def return_value(frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
    """(value -- ), leaving the frame; the driver takes the value."""
    return Leave.RETURN


@finishes(ReturnKind.TRUTH)
def truth_returned(
    frame: Frame[V], m: Machine[V], callee: Frame[V], value: V, leave: Leave
) -> Control[V]:
    """A Python __bool__, __len__ or __contains__ has returned."""
    truth = m.truth_of_result(callee, value)
    return BRANCHES[frame.instr.op](frame, m, frame.instr, truth)
