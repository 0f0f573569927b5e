"""Dead code: ops whose result nobody uses and loop-carried values that only carry themselves.

    before                                  after
    [i0, i1]                                [i0, i1]
    i2 = int_add(i0, 1)
    label L1(i3 = i0, i4 = i1)              label L1(i3 = i0)
    i5 = int_add_ovf(i3, 1) @8[i3]          i5 = int_add_ovf(i3, 1) @8[i3]
    i6 = int_add(i4, 1)
    jump L1(i5, i6)                         jump L1(i5)

Snapshots are uses. Guards, writes, calls that may raise or write, and reference counting
stay. Must not change the params of a label that other traces jump to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotloop_ir.op import Effect, Op
from hotloop_ir.ops.call import Call
from hotloop_ir.ops.control import Jump, Label
from hotloop_ir.ops.pyobj import BoxBool
from hotloop_ir.snapshot import FrameState
from hotloop_ir.trace import Trace
from hotloop_ir.value import Const, Param, Type, Value


def is_removable(op: Op[Any]) -> bool:
    """Whether an op may go if its result is unused."""
    effect = op.effect
    if effect is Effect.PURE or effect is Effect.READ or effect is Effect.ALLOC:
        return True
    return isinstance(op, Call) and op.helper.elidable


class Uses:
    """The values used by the ops seen so far (frame states are looked at once)."""

    __slots__ = ("_frames", "values")

    def __init__(self) -> None:
        self.values: set[Value[Any]] = set()
        self._frames: set[FrameState] = set()

    def add(self, op: Op[Any]) -> None:
        """The operands and the snapshot of an op are used."""
        self.values.update(op.args)
        if op.snapshot is not None:
            self.values.update(op.snapshot.owned)
            self._add_frames(op.snapshot.frame)

    def _add_frames(self, frame: FrameState | None) -> None:
        while frame is not None and frame not in self._frames:
            self._frames.add(frame)
            values = self.values
            for slot in (*frame.locals, *frame.stack, frame.function, frame.extra):
                if slot is not None and slot not in values:
                    self._add_slot(slot)
            frame = frame.parent

    def _add_slot(self, slot: Value[Any]) -> None:
        self.values.add(slot)
        # The operands of a removed allocation; those of an op in the trace too,
        # which would keep too much: only allocations are looked through.
        if isinstance(slot, Op) and (slot.effect is Effect.ALLOC or isinstance(slot, BoxBool)):
            for arg in slot.args:
                if arg not in self.values:
                    self._add_slot(arg)


def without_unused(ops: Sequence[Op[Any]]) -> list[Op[Any]]:
    """The ops whose results are used or that do something; reference counts are kept."""
    uses = Uses()
    kept: list[Op[Any]] = []
    for op in reversed(ops):
        if op in uses.values or not is_removable(op):
            uses.add(op)
            kept.append(op)
    kept.reverse()
    return kept


class DeadCode:
    """The dead-code pass."""

    name = "dce"

    def run(self, trace: Trace) -> Trace:
        """The trace without ops and loop-carried values that nobody uses."""
        label = _closing_label(trace)
        if label is None or label in trace.targets:
            return trace.replace(without_unused(trace.ops))
        needed = _needed(trace.ops, label)
        kept = [op for op in trace.ops if op in needed or not is_removable(op)]
        return trace.replace(_without_params(kept, label, needed))


def _closing_label(trace: Trace) -> Label | None:
    last = trace.ops[-1] if trace.ops else None
    if isinstance(last, Jump) and isinstance(last.target, Label):
        return last.target
    return None


def _needed(ops: Sequence[Op[Any]], label: Label) -> set[Value[Any]]:
    """Every value that something with an effect depends on, around the loop too.

    A reference that is not carried on dies at the jump and not inside the next iteration,
    so a REF param goes only if it is handed on unchanged or as a constant.
    """
    jump = ops[-1]
    carried = dict(zip(label.params, zip(label.args, jump.args, strict=True), strict=True))
    roots = Uses()
    for param, (_, next_value) in carried.items():
        if param.type is Type.REF and not (next_value is param or isinstance(next_value, Const)):
            roots.values.add(param)
    for op in ops:
        if op is not label and op is not jump and not is_removable(op):
            roots.add(op)
    needed: set[Value[Any]] = set()
    pending = list(roots.values)
    while pending:
        value = pending.pop()
        if value in needed:
            continue
        needed.add(value)
        if isinstance(value, Op):
            pending.extend(value.args)
        elif isinstance(value, Param) and value in carried:
            pending.extend(carried[value])
    return needed


def _without_params(ops: Sequence[Op[Any]], label: Label, needed: set[Value[Any]]) -> list[Op[Any]]:
    """The ops with the unneeded params of the label taken out, and the jump's operands."""
    keep = [index for index, param in enumerate(label.params) if param in needed]
    if len(keep) == len(label.params):
        return list(ops)
    initial = tuple([label.args[index] for index in keep])
    new_label = Label(initial, tuple([label.params[index] for index in keep]))
    new_jump = Jump(tuple([ops[-1].args[index] for index in keep]), new_label)
    return [*[new_label if op is label else op for op in ops[:-1]], new_jump]
