"""The reference evaluator: what a trace means, on concrete values.

It is the oracle for passes and machine code, so it is written to be obviously right and
checks what machine code takes for granted (contracts of ops, types of results). Reads
and writes go through a ``memory.Memory``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from hotloop_ir.leaving import leaves
from hotloop_ir.meaning import MEANINGS, ExitReason, LeaveTrace, arithmetic, check_result
from hotloop_ir.memory import Memory
from hotloop_ir.op import Effect, GuardFailed, Op
from hotloop_ir.ops import control
from hotloop_ir.slotted import slotted
from hotloop_ir.snapshot import FrameState, ReturnKind, Slot, Snapshot
from hotloop_ir.trace import Target, Trace
from hotloop_ir.value import NULL_OBJECT, Const, Type, Value

__all__ = [
    "ExitReason",
    "Finished",
    "FrameValues",
    "JumpOut",
    "LimitReached",
    "Result",
    "Stepper",
    "TraceExit",
    "evaluate",
    "exit_values",
]

Env: TypeAlias = dict[Value[Any], Any]


@slotted(frozen=True)
class FrameValues:
    """A ``FrameState`` with concrete values; ``NULL_OBJECT`` for empty slots."""

    code: Any
    function: Any
    pc: int
    locals: tuple[Any, ...]
    stack: tuple[Any, ...]
    return_kind: ReturnKind
    extra: Any


@slotted(frozen=True)
class TraceExit:
    """Compiled code was left at ``op``: the frames to resume, innermost first."""

    op: Op[Any]
    reason: ExitReason
    frames: tuple[FrameValues, ...]
    owned: tuple[Any, ...] = ()
    exception: BaseException | None = None
    env: Any = None  # every value of the trace at the exit, for bridges


@slotted(frozen=True)
class JumpOut:
    """The trace jumped to a label of another trace."""

    target: Target
    values: tuple[Any, ...]


@slotted(frozen=True)
class Finished:
    """An entry trace ran to its ``finish``: the function returns ``value``."""

    value: Any


@slotted(frozen=True)
class LimitReached:
    """The trace was still running after this many back edges."""

    limit: int


Result: TypeAlias = TraceExit | JumpOut | Finished | LimitReached


def evaluate(
    trace: Trace,
    inputs: Sequence[Any],
    memory: Memory,
    *,
    limit: int = 1000,
    entry: control.Label | None = None,
    fail: Callable[[Op[Any]], bool] | None = None,
) -> Result:
    """Run a trace.

    ``inputs`` are the values of the trace's inputs, or of the params of the label
    ``entry``. ``limit`` bounds the number of back edges. ``fail`` is asked before every
    guard and may say that it fails though its condition holds; that is right only for
    guards whose snapshot is the start of an instruction without effects so far.
    Raises ContractViolation if the trace does what its ops forbid.
    """
    return Stepper(memory, fail).run(trace, inputs, limit, entry)


class Stepper:
    """Runs ops one by one; ``env`` holds the values so far."""

    def __init__(self, memory: Memory, fail: Callable[[Op[Any]], bool] | None = None) -> None:
        self.memory = memory
        self.fail = fail
        self.env: Env = {}

    def run(
        self, trace: Trace, inputs: Sequence[Any], limit: int, entry: control.Label | None
    ) -> Result:
        """Run a whole trace, as :func:`evaluate` says."""
        ops = trace.ops
        position = 0 if entry is None else ops.index(entry) + 1
        self.bind(trace.inputs if entry is None else entry.params, inputs)
        edges = 0
        while True:
            op = ops[position]
            position += 1
            if isinstance(op, control.Finish):
                return Finished(self.value(op.value))
            if isinstance(op, control.Jump):
                values = [self.value(value) for value in op.operands]
                if isinstance(op.target, Target):
                    return JumpOut(op.target, tuple(values))
                if edges == limit:
                    return LimitReached(limit)
                edges += 1
                label = op.target
                self.bind(trace.inputs if label is None else label.params, values)
                position = 0 if label is None else ops.index(label) + 1
                continue
            try:
                self.step(op)
            except GuardFailed:
                return self.leave(op, ExitReason.GUARD)
            except LeaveTrace as left:
                return self.leave(op, left.reason, left.exception)

    def step(self, op: Op[Any]) -> None:
        """Run one op that is no jump. Raises GuardFailed or LeaveTrace where it leaves."""
        if isinstance(op, control.Label):
            self.bind(op.params, [self.value(value) for value in op.initial])
            return
        if self.fail is not None and op.effect is Effect.GUARD and self.fail(op):
            raise GuardFailed
        operands = [self.value(value) for value in op.args]
        handler = MEANINGS.get(type(op))
        if handler is not None:
            result = handler(self.memory, op, operands)
        elif op.effect is Effect.ALLOC:
            result = self.memory.allocate(op, operands)
        else:
            result = arithmetic(op, operands)
        if op.type is not Type.VOID:
            check_result(op, result)
            self.env[op] = result

    def bind(self, params: Sequence[Value[Any]], values: Sequence[Any]) -> None:
        """Give params their values."""
        for param, value in zip(params, values, strict=True):
            self.env[param] = value

    def value(self, value: Value[Any]) -> Any:
        """The concrete value of a constant, or of what has been run."""
        return value.value if isinstance(value, Const) else self.env[value]

    # --- leaving --------------------------------------------------------------------------

    def leave(
        self, op: Op[Any], reason: ExitReason, exception: BaseException | None = None
    ) -> TraceExit:
        """The exit at an op, its frames filled in."""
        assert op.snapshot is not None
        built: Env = {}
        frames = tuple([self._frame(frame, built) for frame in op.snapshot.frame.chain()])
        owned = tuple([self.value(value) for value in op.snapshot.owned])
        return TraceExit(op, reason, frames, owned, exception, dict(self.env))

    def _frame(self, frame: FrameState, built: Env) -> FrameValues:
        return FrameValues(
            frame.code,
            self._slot(frame.function, built),
            frame.pc,
            tuple([self._slot(slot, built) for slot in frame.locals]),
            tuple([self._slot(slot, built) for slot in frame.stack]),
            frame.return_kind,
            self._slot(frame.extra, built),
        )

    def _slot(self, slot: Slot, built: Env) -> Any:
        """The value of a slot; a removed allocation is made, once."""
        if slot is None:
            return NULL_OBJECT
        if isinstance(slot, Const) or slot in self.env:
            return self.value(slot)
        if slot not in built:
            assert isinstance(slot, Op)
            operands = [self._slot(value, built) for value in slot.args]
            handler = MEANINGS.get(type(slot))
            if handler is not None:
                built[slot] = handler(self.memory, slot, operands)
            else:
                built[slot] = self.memory.allocate(slot, operands)
        return built[slot]


def exit_values(snapshot: Snapshot, trace: Trace) -> tuple[Value[Any], ...]:
    """The values an exit needs: those its slots name, operands of removed allocations
    in their place, then owned values no slot names. Each once, in order; no constants.
    """
    return tuple(leaves([*snapshot.values(), *snapshot.owned], set(trace.ops)))
