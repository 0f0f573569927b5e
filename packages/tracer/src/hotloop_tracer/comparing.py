"""Which locals a function compares by identity with something that may be a number.

Compiled loops carry numbers without their objects; for these locals the object counts. It is read
off the bytecode, so that ways through the function that are not recorded count as well.
"""

from __future__ import annotations

from functools import lru_cache
from types import CodeType
from typing import Final

from hotloop_interp.decode import decode
from hotloop_interp.frame import NULL, Frame
from hotloop_ir.value import Ref, Value
from hotloop_tracer.traced import Traced

_OPERANDS: Final = 3
"""Instructions before an IS_OP that are looked at: ``a is b``, ``a is b.c``, ``a.b is c``."""


def compared_inputs(frame: Frame[Traced]) -> frozenset[Value[Ref]]:
    """What the locals that are compared hold when the recording of a loop begins."""
    indexes = compared_locals(frame.code)
    slots = enumerate(frame.localsplus)
    return frozenset([slot.ref for index, slot in slots if index in indexes and slot is not NULL])


@lru_cache(maxsize=1024)
def compared_locals(code: CodeType) -> frozenset[int]:
    """Indexes of the locals next to an ``is``, but for those compared with a constant."""
    instrs = decode(code).instrs
    found: set[int] = set()
    for instr in instrs:
        if instr.op == "IS_OP" and instrs[instr.index - 1].op != "LOAD_CONST":
            before = instrs[max(0, instr.index - _OPERANDS) : instr.index]
            found.update([one.arg for one in before if one.op == "LOAD_FAST"])
    return frozenset(found)
