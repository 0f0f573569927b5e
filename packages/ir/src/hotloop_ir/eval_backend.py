"""A ``Backend`` without machine code: compiled traces are run by the evaluator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotloop_ir.evaluate import (
    ExitReason,
    JumpOut,
    LimitReached,
    Result,
    TraceExit,
    evaluate,
    exit_values,
)
from hotloop_ir.memory import Memory
from hotloop_ir.op import Op
from hotloop_ir.ops.control import Label, ResumePoint
from hotloop_ir.slotted import slotted
from hotloop_ir.stages import CompiledCode
from hotloop_ir.trace import Trace
from hotloop_ir.value import Value
from hotloop_ir.verify import verify


@slotted(eq=False)
class EvalExit:
    """A side exit; ``bridge`` is run instead of leaving once one is attached."""

    guard: Op[Any]
    values: tuple[Value[Any], ...]
    bridge: EvalCode | None = None


class EvalCode:
    """A "compiled" trace. Becomes the code of its targets."""

    __slots__ = ("_exit_of", "exits", "freed", "trace")

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.exits: list[EvalExit] = [
            EvalExit(op, exit_values(op.snapshot, trace))
            for op in trace.ops
            if op.snapshot is not None and not isinstance(op, ResumePoint)
        ]
        self._exit_of = {exit_.guard: exit_ for exit_ in self.exits}
        self.freed = False
        for target in trace.targets.values():
            target.code = self
        if trace.start is not None:
            trace.start.code = self

    @property
    def size(self) -> int:
        """No machine code."""
        return 0

    def free(self) -> None:
        """The code may not be run any more."""
        self.freed = True

    def exit_of(self, result: TraceExit) -> EvalExit:
        """The side exit a result left at."""
        return self._exit_of[result.op]

    def run(self, inputs: Sequence[Any], memory: Memory, limit: int = 1000) -> Result:
        """Run until an exit without a bridge is taken, through bridges and other traces.

        ``limit`` bounds back edges within a trace and passages between traces each.
        Raises ContractViolation, and RuntimeError if code that is run was freed.
        """
        code = self
        entry: Label | None = None
        for _ in range(limit):
            if code.freed:
                raise RuntimeError(f"{code.trace.name or 'a trace'} was freed")
            result = evaluate(code.trace, inputs, memory, limit=limit, entry=entry)
            if isinstance(result, JumpOut):
                code, entry = _entry(result)
                inputs = result.values
                continue
            bridge = code.bridge_for(result)
            if bridge is None or not isinstance(result, TraceExit):
                return result
            inputs = [result.env[value] for value in code.exit_of(result).values]
            code, entry = bridge, None
        return LimitReached(limit)

    def bridge_for(self, result: Result) -> EvalCode | None:
        """The bridge that continues a result: only failed guards have one."""
        if not isinstance(result, TraceExit) or result.reason is not ExitReason.GUARD:
            return None
        return self.exit_of(result).bridge


def _entry(jump: JumpOut) -> tuple[EvalCode, Label | None]:
    code = jump.target.code
    if not isinstance(code, EvalCode):
        raise RuntimeError(f"{jump.target!r} has no code")
    if code.trace.start is jump.target:
        return code, None
    for label, target in code.trace.targets.items():
        if target is jump.target and isinstance(label, Label):
            return code, label
    raise RuntimeError(f"{jump.target!r} is no label of its code")


class EvalBackend:
    """``stages.Backend`` by evaluation. ``compile`` verifies the trace."""

    def compile(self, trace: Trace, level: int) -> EvalCode:
        """A runnable trace; all levels are the same. Raises InvalidTrace."""
        verify(trace)
        return EvalCode(trace)

    def attach(self, exit: EvalExit, bridge: CompiledCode) -> None:
        """Make an exit continue in a bridge, whose inputs are the exit's values in order.

        Raises TypeError for code of another backend, ValueError if the inputs do not fit.
        """
        if not isinstance(bridge, EvalCode):
            raise TypeError(f"{bridge!r} is no code of the evaluator")
        if len(exit.values) != len(bridge.trace.inputs):
            raise ValueError(
                f"the exit has {len(exit.values)} values, the bridge {len(bridge.trace.inputs)}"
            )
        exit.bridge = bridge
