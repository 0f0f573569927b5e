"""Last uses of references in one straight run of ops.

A trace is cut at its labels into runs; what crosses a cut is passed on with a reference. Within
a run liveness is the index of the last op that uses a value, its snapshot included. Frame
states are shared between snapshots, so each is looked at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotloop_ir.op import Op
from hotloop_ir.ops.control import Label
from hotloop_ir.ops.pyobj import NewList, NewSlice, NewTuple
from hotloop_ir.slotted import slotted
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.trace import Trace
from hotloop_ir.value import Const, Param, Type, Value


class RefcountError(ValueError):
    """The trace cannot be given correct reference counts (a pass before broke the contract)."""


@slotted(frozen=True)
class Run:
    """Ops ``start..end`` (the label, jump or leave at ``end`` included) entered with ``params``.

    ``invariant`` are references from before its label that the run or a later one uses
    (never behind a label with a Target); they cross labels and jumps like params.
    """

    params: tuple[Param[Any], ...]
    start: int
    end: int
    invariant: tuple[Value[Any], ...] = ()


def runs(trace: Trace) -> list[Run]:
    """The straight runs of a trace, cut at its labels. Raises RefcountError without ops."""
    if not trace.ops:
        raise RefcountError("an empty trace")
    found = []
    params, start = trace.inputs, 0
    open_label = False
    for index, op in enumerate(trace.ops):
        if isinstance(op, Label):
            open_label = open_label or op not in trace.targets
            found.append(Run(params, start, index))
            params, start = op.params, index + 1
    found.append(Run(params, start, len(trace.ops) - 1))
    return _with_invariants(trace, found) if open_label else found


def _with_invariants(trace: Trace, parts: list[Run]) -> list[Run]:
    """The runs with the references that come from before their labels."""
    leaves = Leaves(trace.ops)
    found: list[Run] = []
    later: dict[Value[Any], None] = {}
    for part in reversed(parts):
        uses = Liveness(trace, part, leaves).last_use
        own = {*part.params, *trace.ops[part.start : part.end + 1]}
        for value in uses:
            later[value] = None
        later = {value: None for value in later if value not in own}
        found.append(Run(part.params, part.start, part.end, tuple(later)))
    found.reverse()
    return found


def contents(allocation: Op[Any]) -> Sequence[Value[Any]]:
    """What a new object holds, in the order in which it lets go of it when it dies.

    ``tupledealloc`` and ``list_dealloc`` begin with the last item, ``slice_dealloc`` with the step.
    """
    if isinstance(allocation, NewTuple | NewList):
        return allocation.args[::-1]
    if isinstance(allocation, NewSlice):
        return allocation.step, allocation.start, allocation.stop
    return allocation.args


class Leaves:
    """The references a frame state needs, removed allocations looked through. Memoised."""

    __slots__ = ("_defined", "_frames", "_virtuals")

    def __init__(self, ops: Sequence[Op[Any]]) -> None:
        self._defined: frozenset[Value[Any]] = frozenset(ops)
        self._frames: dict[FrameState, tuple[Value[Any], ...]] = {}
        self._virtuals: dict[Value[Any], tuple[Value[Any], ...]] = {}

    def is_virtual(self, value: Value[Any]) -> bool:
        """Whether a value is an allocation that is not in the trace."""
        return isinstance(value, Op) and value not in self._defined

    def of_value(self, value: Value[Any]) -> tuple[Value[Any], ...]:
        """The counted references behind one slot, as they die with it."""
        if value.type is not Type.REF or isinstance(value, Const):
            return ()
        if not isinstance(value, Op) or value in self._defined:
            return (value,)
        found = self._virtuals.get(value)
        if found is None:
            self._virtuals[value] = ()
            found = tuple([leaf for arg in contents(value) for leaf in self.of_value(arg)])
            self._virtuals[value] = found
        return found

    def of_frame(self, frame: FrameState) -> tuple[Value[Any], ...]:
        """The references of this frame only, in CPython's order of clearing it."""
        found = self._frames.get(frame)
        if found is None:
            slots = (*frame.locals, *frame.stack, frame.function, frame.extra)
            found = tuple(
                [leaf for slot in slots if slot is not None for leaf in self.of_value(slot)]
            )
            self._frames[frame] = found
        return found

    def of_snapshot(self, snapshot: Snapshot) -> set[Value[Any]]:
        """The references of every frame."""
        named: set[Value[Any]] = set()
        for frame in snapshot.frame.chain():
            named.update(self.of_frame(frame))
        return named


class Liveness:
    """Where each reference of a run is used last, and in which frame it was last named."""

    __slots__ = ("dying", "last_use", "named")

    def __init__(
        self,
        trace: Trace,
        run: Run,
        leaves: Leaves,
        passed: Sequence[Value[Any]] = (),
        tail: FrameState | None = None,
    ) -> None:
        """``passed``: references the end of the run hands on besides its operands.

        ``tail``: a frame state whose references must live up to the end of the run.
        """
        self.last_use: dict[Value[Any], int] = {}
        self.named: dict[Value[Any], tuple[int, FrameState]] = {}
        self.dying: dict[int, list[Value[Any]]] = {}
        self.last_use.update(dict.fromkeys(passed, run.end))
        self._scan(trace, run, leaves, tail)
        for value, index in self.last_use.items():
            self.dying.setdefault(index, []).append(value)

    def _scan(self, trace: Trace, run: Run, leaves: Leaves, tail: FrameState | None) -> None:
        last_use = self.last_use
        seen: set[FrameState] = set()
        if tail is not None:
            self._name(run.end, tail, leaves, seen)
        for index in range(run.end, run.start - 1, -1):
            op = trace.ops[index]
            if op.snapshot is not None:
                self._name(index, op.snapshot.frame, leaves, seen)
            for arg in op.args:
                if arg.type is Type.REF and arg not in last_use and not isinstance(arg, Const):
                    last_use[arg] = index
            if op.type is Type.REF and op not in last_use:
                last_use[op] = index
        for param in run.params:
            if param.type is Type.REF and param not in last_use:
                last_use[param] = run.start - 1
        for value in run.invariant:
            last_use.setdefault(value, run.start - 1)

    def _name(
        self, index: int, frame: FrameState | None, leaves: Leaves, seen: set[FrameState]
    ) -> None:
        while frame is not None and frame not in seen:
            seen.add(frame)
            for leaf in leaves.of_frame(frame):
                if leaf not in self.last_use:
                    self.last_use[leaf] = index
                if leaf not in self.named:
                    self.named[leaf] = (index, frame)
            frame = frame.parent
