"""What a new object holds, told to the heap cache when a virtual is allocated after all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotloop_ir import descr as d
from hotloop_ir.op import Op
from hotloop_ir.ops import pyobj
from hotloop_ir.value import Value, const_int
from hotloop_optimizer.virtuals import ARRAYS, BOXES, FIELDS, Virtual

if TYPE_CHECKING:
    from hotloop_optimizer.engine import Engine


def remember(
    engine: Engine, virtual: Virtual, op: Op[Any], operands: tuple[Value[Any], ...]
) -> None:
    """Record the contents of ``op``, the allocation of ``virtual`` on these operands."""
    kind = type(virtual.template)
    heap = engine.heap
    if kind in BOXES:
        engine.unboxed[op] = operands[0]
        return
    for operand in operands:
        engine.escape(operand)
    if kind in FIELDS:
        for descr, index in FIELDS[kind].items():
            heap.put(descr, op, operands[index])
    elif kind in ARRAYS:
        length, item = ARRAYS[kind]
        heap.put(length, op, engine.find(const_int(len(operands))))
        for index, operand in enumerate(operands):
            heap.put(item, op, operand, index)
    elif isinstance(op, pyobj.NewInstance):
        for index, operand in enumerate(operands):
            heap.put(d.instance_value(index), op, operand)
    elif isinstance(op, pyobj.NewSlotsInstance):
        for offset, operand in zip(op.offsets, operands, strict=True):
            heap.put(d.slot(offset), op, operand)
