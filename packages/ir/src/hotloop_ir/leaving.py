"""Which of the values an exit finds in its buffer are still good there."""

from __future__ import annotations

from typing import Any, Final

from hotloop_ir.op import Op
from hotloop_ir.ops.control import Finish
from hotloop_ir.value import Const, Int, Value, const_int

DEAD: Final[Const[Int]] = const_int(0)
"""Stands for a slot of the buffer whose content means nothing any more."""


def live_values(op: Op[Any], values: tuple[Value[Any], ...]) -> tuple[Value[Any], ...]:
    """The values of an exit by buffer slot, DEAD for those its snapshot does not need.

    ``values`` are those that some exits of the trace need. Operands of removed allocations are
    needed, and what the trace owns.
    """
    assert op.snapshot is not None
    stored = set(values)
    needed: set[Value[Any]] = set(op.args) if isinstance(op, Finish) else set()
    pending: list[Value[Any]] = [*op.snapshot.values(), *op.snapshot.owned]
    while pending:
        value = pending.pop()
        if value in needed:
            continue
        needed.add(value)
        if isinstance(value, Op) and value not in stored:
            pending.extend(value.args)
    return tuple([value if value in needed else DEAD for value in values])
