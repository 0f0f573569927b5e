"""The trace being written: ops rebuilt on each other, snapshots with their owned values.

An op is its own result, so giving a guard a new snapshot makes a new value; everything that
uses it is rebuilt. The pass thinks in values of its input and this class translates.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import is_
from typing import Any

from hotloop_ir.op import Op
from hotloop_ir.ops.control import Jump, Label
from hotloop_ir.ops.refcount import Decref, DecrefChecked, Incref
from hotloop_ir.snapshot import FrameState, Slot, Snapshot
from hotloop_ir.value import Value
from hotloop_optimizer.refcount.liveness import Leaves


class Output:
    """Collects the rewritten ops; arguments of its methods are values of the input trace."""

    __slots__ = ("_frames", "_leaves", "_new", "_ops")

    def __init__(self, leaves: Leaves) -> None:
        self._ops: list[Op[Any] | None] = []
        self._leaves = leaves
        self._new: dict[Value[Any], Value[Any]] = {}
        self._frames: dict[FrameState, FrameState] = {}

    def ops(self) -> list[Op[Any]]:
        """What was written."""
        return [op for op in self._ops if op is not None]

    def mark(self) -> tuple[int, int]:
        """A point to go back to with :meth:`rewind`."""
        return len(self._ops), len(self._new)

    def rewind(self, mark: tuple[int, int]) -> None:
        """Forget everything since a mark."""
        ops, new = mark
        del self._ops[ops:]
        while len(self._new) > new:
            self._new.popitem()  # the latest
        self._frames.clear()

    def value(self, old: Value[Any]) -> Value[Any]:
        """What stands for a value of the input."""
        new = self._new.get(old)
        if new is not None:
            return new
        if not isinstance(old, Op):
            new = old
        elif self._leaves.is_virtual(old):
            new = self._rebuilt(old, None)
        else:
            return old  # not written yet
        self._new[old] = new
        return new

    def slots(self, old: Iterable[Slot]) -> tuple[Slot, ...]:
        """What stands for the content of slots."""
        get, value = self._new.get, self.value
        return tuple([get(s) or value(s) if s is not None else None for s in old])

    def _rebuilt(self, op: Op[Any], snapshot: Snapshot | None) -> Op[Any]:
        args = tuple([self.value(arg) for arg in op.args])
        if snapshot is None and all(map(is_, args, op.args)):
            return op
        return op.rebuild(args, snapshot)

    def frame(self, old: FrameState) -> FrameState:
        """A frame state in terms of the output."""
        new = self._frames.get(old)
        if new is None:
            new = self._mapped(old)
            self._frames[old] = new
        return new

    def _mapped(self, old: FrameState) -> FrameState:
        value = self.value
        parent = None if old.parent is None else self.frame(old.parent)
        function = None if old.function is None else value(old.function)
        extra = None if old.extra is None else value(old.extra)
        new_locals, stack = self.slots(old.locals), self.slots(old.stack)
        same = parent is old.parent and function is old.function and extra is old.extra
        if same and _all_same(new_locals, old.locals) and _all_same(stack, old.stack):
            return old
        return FrameState(
            old.code, function, old.pc, new_locals, stack, parent, old.return_kind, extra
        )

    def snapshot(
        self, frame: FrameState, owned: Iterable[Value[Any]], redoes: bool = True
    ) -> Snapshot:
        """A snapshot of an old frame state that owns these old values."""
        get, value = self._new.get, self.value
        values = tuple([get(one) or value(one) for one in owned])
        return Snapshot(self.frame(frame), values, redoes)

    def op(self, op: Op[Any], owned: Iterable[Value[Any]]) -> None:
        """Write an op of the input; if it has a snapshot, it owns these values."""
        old = op.snapshot
        new = self._rebuilt(
            op, None if old is None else self.snapshot(old.frame, owned, old.redoes)
        )
        if isinstance(new, Jump) and isinstance(new.target, Label):
            target = self._new.get(new.target)
            if target is not None:
                new = Jump(new.args, target)
        self._new[op] = new
        self._ops.append(new)

    def incref(self, value: Value[Any]) -> int:
        """One reference more; where it was written, for :meth:`cancel`."""
        self._ops.append(Incref(self.value(value)))
        return len(self._ops) - 1

    def cancel(self, position: int) -> None:
        """Take back the incref at a position."""
        assert isinstance(self._ops[position], Incref)
        self._ops[position] = None

    def decref(self, value: Value[Any]) -> None:
        """A death that cannot run Python code."""
        self._ops.append(Decref(self.value(value)))

    def decref_checked(
        self, value: Value[Any], frame: FrameState, owned: Iterable[Value[Any]]
    ) -> None:
        """A death that may run Python code; ``frame`` is where to go on if it did."""
        self._ops.append(DecrefChecked(self.value(value), self.snapshot(frame, owned)))


def _all_same(new: tuple[Slot, ...], old: tuple[Slot, ...]) -> bool:
    return all(map(is_, new, old))


def without(frame: FrameState, dead: Value[Any], leaves: Leaves) -> FrameState:
    """The frame state with the slots empty that hold ``dead``, or an object made of it."""
    parent = None if frame.parent is None else without(frame.parent, dead, leaves)

    def kept(slot: Slot) -> Slot:
        return None if slot is None or dead in leaves.of_value(slot) else slot

    return FrameState(
        frame.code,
        frame.function,
        frame.pc,
        tuple([kept(slot) for slot in frame.locals]),
        tuple([kept(slot) for slot in frame.stack]),
        parent,
        frame.return_kind,
        frame.extra,
    )
