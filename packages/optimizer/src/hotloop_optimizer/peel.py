"""Loop peeling: the trace twice, the second time with what the first has proved.

The first walk gives the preamble. At its end the shapes of the loop-carried values are
taken (unboxed numbers, objects not allocated), and a second walk over the same recorded
ops, starting from those shapes and importing what the first one knows, gives the body.
If a value does not fit its own shape at the end of the body, its slot is generalised
to a plain reference and the second walk is done again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hotloop_ir.op import Op
from hotloop_ir.ops import control, guard
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.trace import Target, Trace
from hotloop_ir.value import Param, Type, Value

from hotloop_optimizer.engine import Engine, InvalidTrace
from hotloop_optimizer.imports import Imports
from hotloop_optimizer.shape import Builder, Describer, Matcher, Mismatch, Shape

MAX_RETRIES = 4


@dataclass(slots=True)
class HeaderState:
    """What a compiled loop's label assumes (``Target.state``).

    ``params`` are the label's parameters: first the leaves of ``shapes``, then the extra
    ones the short preamble computes. ``start`` is the other way in: every slot a plain
    reference, nothing assumed.
    """

    shapes: tuple[Shape, ...]
    params: list[Param[Any]]
    shorts: list[tuple[Op[Any], Param[Any] | None]] = field(default_factory=list)
    start: Target | None = None


def arrive(
    engine: Engine, state: HeaderState, values: list[Value[Any]], header: Snapshot
) -> list[Value[Any]]:
    """The operands of a jump to a label: fit the shapes, run the short preamble.

    Emits into ``engine`` what is not already known there; its guards use ``header``, the
    recorded snapshot of the header as the arriving trace sees it. Raises Mismatch or
    InvalidTrace if the values cannot satisfy the label.
    """
    leaves = Matcher(engine, header).match_all(state.shapes, values)
    brought: dict[Value[Any], Value[Any]] = dict(zip(state.params, leaves, strict=False))
    operands = list(leaves)
    for op, param in state.shorts:
        args = tuple([brought.get(arg, arg) for arg in op.args])
        new = op.rebuild(args, header if op.has_snapshot else None)
        result = engine.visit(new)
        if param is not None:
            assert result is not None
            operands.append(engine.real(result))
            brought[param] = operands[-1]
    return operands


def header_snapshot(trace: Trace) -> Snapshot:
    """The recorded snapshot of the header the trace jumps to."""
    for op in reversed(trace.ops):
        if isinstance(op, guard.GuardNoInterrupt):
            assert op.snapshot is not None
            return op.snapshot
    raise InvalidTrace("no guard_no_interrupt before the jump")


class Peeler:
    """Peels one recorded loop. ``first`` has walked the trace already."""

    def __init__(self, trace: Trace, first: Engine) -> None:
        self.trace = trace
        self.first = first
        self.header = header_snapshot(trace)
        self.carried = list(trace.ops[-1].args)
        self.generalised: set[int] = set()

    def peel(self) -> Trace:
        """The peeled trace. Raises InvalidTrace if the loop contradicts itself."""
        for attempt in range(MAX_RETRIES):
            if attempt == MAX_RETRIES - 1:
                self.generalised = set(range(len(self.carried)))
            mark = len(self.first.out)
            try:
                return self.attempt()
            except Mismatch as mismatch:
                if mismatch.slot in self.generalised:
                    raise InvalidTrace(str(mismatch)) from None
                self.generalised.add(mismatch.slot)
                assert len(self.first.out) >= mark
        raise InvalidTrace("loop-carried values never settle")

    def attempt(self) -> Trace:
        """One try with the slots generalised so far."""
        first, trace = self.first, self.trace
        describer = Describer(first)
        shapes: list[Shape] = []
        for slot, value in enumerate(self.carried):
            if slot in self.generalised:
                value = first.real(value)
            shapes.append(describer.describe(value))
        builder = Builder()
        second = Engine()
        second.reuse = False
        second.constants = first.constants
        for param, shape in zip(trace.inputs, shapes, strict=True):
            second.replaced[param] = builder.build(shape)
        outer: dict[Value[Any], Value[Any]] = dict(
            zip(builder.params, describer.leaves, strict=True)
        )
        imports = Imports(first, second, outer, self.header)
        second.imports = imports
        second.run(trace.ops[:-1])
        second.imports = None
        state = HeaderState(tuple(shapes), list(builder.params), imports.shorts)
        operands = arrive(second, state, self.carried, self.header)
        extras = [param for _, param in imports.shorts if param is not None]
        state.params.extend(extras)
        initial = [*describer.leaves, *[first.real(outer[param]) for param in extras]]
        return self.assemble(state, initial, second, operands)

    def assemble(
        self,
        state: HeaderState,
        initial: list[Value[Any]],
        second: Engine,
        operands: list[Value[Any]],
    ) -> Trace:
        """Preamble, label, body, jump."""
        trace = self.trace
        label = control.Label(tuple(initial), tuple(state.params))
        jump = control.Jump(tuple(operands), label)
        new = trace.replace([*self.first.out, label, *second.out, jump])
        target = Target(trace.name, tuple([param.type for param in state.params]), state)
        state.start = start_target(trace)
        new.targets[label] = target
        new.start = state.start
        return new


def start_target(trace: Trace) -> Target:
    """The entry of a loop that assumes nothing: one reference per slot."""
    return Target(f"{trace.name} start", tuple([Type.REF for _ in trace.inputs]))


def unpeeled(trace: Trace) -> Trace:
    """The loop in one piece, every slot a plain reference. For loops peeling cannot do."""
    engine = Engine()
    engine.reuse = False
    params: tuple[Param[Any], ...] = tuple([Param(Type.REF) for _ in trace.inputs])
    engine.replaced.update(zip(trace.inputs, params, strict=True))
    label = control.Label(trace.inputs, params)
    engine.run(trace.ops[:-1])
    operands = tuple([engine.real(value) for value in trace.ops[-1].args])
    new = trace.replace([label, *engine.out, control.Jump(operands, label)])
    shapes = HeaderState((), list(params), start=start_target(trace))
    new.targets[label] = Target(trace.name, tuple([Type.REF for _ in params]), shapes)
    new.start = shapes.start
    return new
