"""Numbers that replace a number in the same place, written into the box that is there.

``x.count = x.count + 1`` makes a box, stores it and drops the box it replaces. If the old
box is an exact number of the same type that nothing but this place refers to, the new number can
be written into it: nobody can tell, for the old object would have died in that very store.
Found here are the stores of a trace for which that may be so; whether it is, the machine
code asks each time. Must not know how code is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from hotloop_ir.op import Op
from hotloop_ir.ops.memory import SetField, SetItem
from hotloop_ir.ops.pyobj import BoxFloat, BoxInt
from hotloop_ir.ops.refcount import Decref
from hotloop_ir.trace import Trace

Box: TypeAlias = "BoxInt | BoxFloat"

#: How many ops before the store a box may be made.
_NEAR: Final = 8


@dataclass
class Reuse:
    """The box that each store may write in place, and the ops for which no code is needed then."""

    boxes: dict[Op[Any], Box] = field(default_factory=dict)
    done: set[Op[Any]] = field(default_factory=set)


def find_reuse(trace: Trace) -> Reuse:
    """The stores of a trace (reference counts inserted) that replace a number with a number."""
    found = Reuse()
    ops = trace.ops
    for index in range(len(ops) - 1):
        store = ops[index]
        if isinstance(store, SetItem | SetField):
            box, dropped = store.value, ops[index + 1]
            if (
                isinstance(box, BoxFloat | BoxInt)
                and isinstance(dropped, Decref)
                and dropped.ref is store
                and _made_for(ops, index, box)
            ):
                found.boxes[store] = box
                found.done.update((box, dropped))
    return found


def _made_for(ops: list[Op[Any]], index: int, box: Box) -> bool:
    """Whether nothing needs the box before the store at ``index``."""
    for place in range(index - 1, max(index - _NEAR, 0) - 1, -1):
        op = ops[place]
        if op is box:
            return True
        if op.snapshot is not None or box in op.args:
            return False
    return False
