"""What may die at an instruction: values that slots and operands lose.

Such a death may run code of the program, so the next boundary needs a way out. It must not emit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame, Slot
from hotloop_ir.op import Op, Own
from hotloop_ir.value import Const
from hotloop_tracer.merge import Merging
from hotloop_tracer.objects import death_is_harmless, death_may_run_code
from hotloop_tracer.traced import Traced

_POPPED: Final[dict[str, int]] = {
    "POP_TOP": 1, "LOAD_ATTR": 1, "LOAD_METHOD": 1, "BINARY_OP": 2, "COMPARE_OP": 2,
    "BINARY_SUBSCR": 2, "STORE_SUBSCR": 3, "DELETE_SUBSCR": 2, "IS_OP": 2, "CONTAINS_OP": 2,
    "UNPACK_SEQUENCE": 1, "UNPACK_EX": 1,
    "FOR_ITER": 1, "GET_ITER": 1, "UNARY_NOT": 1, "UNARY_NEGATIVE": 1, "FORMAT_VALUE": 1,
    "POP_JUMP_FORWARD_IF_FALSE": 1, "POP_JUMP_FORWARD_IF_TRUE": 1,
    "POP_JUMP_BACKWARD_IF_FALSE": 1, "POP_JUMP_BACKWARD_IF_TRUE": 1,
    "POP_JUMP_FORWARD_IF_NONE": 1, "POP_JUMP_FORWARD_IF_NOT_NONE": 1,
    "POP_JUMP_BACKWARD_IF_NONE": 1, "POP_JUMP_BACKWARD_IF_NOT_NONE": 1,
}  # fmt: skip
"""Operands that an instruction loses without storing them anywhere."""

_BUILDERS: Final = frozenset({"BUILD_TUPLE", "BUILD_LIST", "BUILD_SLICE"})
"""Instructions whose new object may never come about, so that its items die by themselves."""


class Losing(Merging):
    """Marks boundaries at which an object may have died (``dirty``, ``deadly``)."""

    def may_die(self, slot: Slot[Traced]) -> bool:
        """Whether losing this slot may let an object die whose death runs code."""
        if slot is NULL or type(slot.ref) is Const:
            return False
        if death_is_harmless(type(slot.obj)):
            return slot.known < self.cache.epoch
        self.deadly = self.deadly or death_may_run_code(slot.obj)
        return True

    def note_losses(self, frame: Frame[Traced], instr: Instr) -> list[Slot[Traced]]:
        """Mark the next boundary as one at which an object may have died.

        Answers the operands that the instruction takes off the stack.
        """
        op = instr.op
        if op == "STORE_FAST" or op == "DELETE_FAST":
            self.dirty = self.may_die(frame.localsplus[instr.arg]) or self.dirty
            return []
        if op in _BUILDERS and _die_together(frame.stack[-instr.arg :]):
            self.dirty = True
            return []
        count = instr.arg + 2 if op == "CALL" else _POPPED.get(op, 0)
        operands = frame.stack[-count:] if count else []
        for slot in operands:
            if slot is NULL or not is_temporary(slot) or slot in frame.localsplus:
                continue
            if self.may_die(slot):
                self.dirty = True
                break
        return operands


def _die_together(items: Sequence[Slot[Traced]]) -> bool:
    """Whether several items of a new object may die with it, and run code.

    Some state must name them as its items then: the order in which they die is the object's.
    """
    mortal = [
        item
        for item in items
        if item is not NULL and is_temporary(item) and not death_is_harmless(type(item.obj))
    ]
    return len(mortal) > 1


def is_temporary(slot: Traced) -> bool:
    """Whether the trace itself made the reference (params and loads live on elsewhere)."""
    ref = slot.ref
    return isinstance(ref, Op) and ref.own in (Own.NEW, Own.HELPER)
