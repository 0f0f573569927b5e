"""Which of the values an exit finds in its buffer are still good there."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any, Final

from hotloop_ir.op import Op
from hotloop_ir.ops.control import Finish
from hotloop_ir.value import Const, Int, Value, const_int

DEAD: Final[Const[Int]] = const_int(0)
"""Stands for a slot of the buffer whose content means nothing any more."""


def leaves(slots: Iterable[Value[Any]], present: Container[Value[Any]]) -> list[Value[Any]]:
    """The values that slots are made of, each once, in order; no constants.

    Operations that are not ``present`` are removed allocations: their operands stand for them.
    """
    found: dict[Value[Any], bool] = {}  # whether it is one of them
    pending = [*slots]
    pending.reverse()
    while pending:
        value = pending.pop()
        if value in found or type(value) is Const:
            continue
        removed = isinstance(value, Op) and value not in present
        found[value] = not removed
        if removed:
            assert isinstance(value, Op)
            pending.extend(reversed(value.args))
    return [value for value, leaf in found.items() if leaf]


def live_values(op: Op[Any], values: tuple[Value[Any], ...]) -> tuple[Value[Any], ...]:
    """The values of an exit by buffer slot, DEAD for those its snapshot does not need.

    ``values`` are those that some exits of the trace need. Operands of removed allocations are
    needed, and what the trace owns.
    """
    assert op.snapshot is not None
    slots = [*op.snapshot.values(), *op.snapshot.owned]
    needed = set(leaves(slots, set(values)))
    if isinstance(op, Finish):
        needed.update(op.args)
    return tuple([value if value in needed else DEAD for value in values])
