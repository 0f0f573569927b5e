"""Loop peeling: the trace twice, the second time with what the first has proved.

The first walk gives the preamble. At its end the shapes of the loop-carried values are
taken (unboxed numbers, objects not allocated), and a second walk over the same recorded
ops, starting from those shapes and importing what the first one knows, gives the body.
If values do not fit their own shapes at the end of the body, their slots are generalised
to plain references and the second walk is done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any, Final

from hotloop_ir.op import Op
from hotloop_ir.ops import control, guard
from hotloop_ir.slotted import slotted
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.trace import Target, Trace
from hotloop_ir.value import Param, Value
from hotloop_optimizer.dce import Uses, is_removable
from hotloop_optimizer.engine import Engine, InvalidTrace
from hotloop_optimizer.imports import Imports, Short
from hotloop_optimizer.shape import Builder, Describer, Matcher, Mismatch, Shape, is_number

MAX_ATTEMPTS: Final = 4


@slotted()
class HeaderState:
    """What a compiled loop's label assumes (``Target.state``).

    ``leaves`` are the parameters of the label that the leaves of ``shapes`` go to; the carried
    results of ``shorts`` follow them. ``start`` is the other way in: every slot a plain
    reference, nothing assumed.
    """

    shapes: tuple[Shape, ...]
    leaves: tuple[Param[Any], ...]
    shorts: list[Short] = field(default_factory=list)
    start: Target | None = None

    @property
    def params(self) -> tuple[Param[Any], ...]:
        """The parameters of the label."""
        extras = [s.result for s in self.shorts if s.result is not None and s.carried]
        return (*self.leaves, *extras)


def arrive(
    engine: Engine, state: HeaderState, values: list[Value[Any]], header: Snapshot
) -> list[Value[Any]]:
    """The operands of a jump to a label: fit the shapes, run the short preamble.

    Emits into ``engine`` what is not already known there; its guards use ``header``, the
    recorded snapshot of the header as the arriving trace sees it. Raises Mismatch or
    InvalidTrace if the values cannot satisfy the label.
    """
    leaves = Matcher(engine, header).match_all(state.shapes, values)
    operands = list(leaves)
    brought: dict[Value[Any], Value[Any]] = dict(zip(state.leaves, leaves, strict=True))
    for short in state.shorts:
        args = tuple([brought.get(arg, arg) for arg in short.op.args])
        result = engine.visit(short.op.rebuild(args, header if short.op.has_snapshot else None))
        if short.result is not None:
            assert result is not None
            value = brought[short.result] = engine.real(result)
            if short.carried:
                operands.append(value)
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
        self.generalised = {
            slot
            for slot, (param, value) in enumerate(zip(trace.inputs, self.carried, strict=True))
            if param in trace.compared and is_number(first.find(value))
        }

    def peel(self) -> Trace:
        """The peeled trace. Raises InvalidTrace if the loop contradicts itself."""
        for attempt in range(MAX_ATTEMPTS):
            if attempt == MAX_ATTEMPTS - 1:
                self.generalised = set(range(len(self.carried)))
            try:
                return self.attempt()
            except Mismatch as mismatch:
                if mismatch.slots <= self.generalised:
                    break
                self.generalised |= mismatch.slots
        raise InvalidTrace("loop-carried values never settle")

    def attempt(self) -> Trace:
        """One try with the slots generalised so far."""
        first, trace = self.first, self.trace
        describer = Describer(first)
        shapes = describer.describe_all(self.carried, self.generalised)
        builder = Builder()
        second = Engine(first.constants, off=first.off)
        built = builder.build_all(shapes)
        second.known.update(zip(trace.inputs, built, strict=True))
        slots = [slot for slot in built if type(slot) is Param]  # those of leaves
        second.nonnull.update(slots)
        for virtual in builder.made:
            second.nonnull.update(virtual.present())
        outer: dict[Value[Any], Value[Any]] = dict(
            zip(builder.params, describer.leaves, strict=True)
        )
        imports = Imports(first, second, outer, slots, self.header)
        second.imports = imports
        second.run(trace.ops[:-1])
        second.imports = None
        if allocated := {slot for box, slot in builder.numbers.items() if box in second.known}:
            raise Mismatch(allocated)  # what was in these slots may be in other places, too
        state = HeaderState(shapes, tuple(builder.params), imports.shorts, start_target(trace))
        operands = arrive(second, state, self.carried, self.header)
        body, operands = prune(state, second.out, operands)
        initial = [*describer.leaves, *[first.real(outer[p]) for p in carried_extras(state)]]
        return self.assemble(state, initial, body, operands, second.replaced)

    def assemble(
        self,
        state: HeaderState,
        initial: list[Value[Any]],
        body: list[Op[Any]],
        operands: list[Value[Any]],
        replaced: dict[Value[Any], type],
    ) -> Trace:
        """Preamble, label, body, jump."""
        trace = self.trace
        params = state.params
        label = control.Label(tuple(initial), params)
        jump = control.Jump(tuple(operands), label)
        new = trace.replace([*self.first.out, label, *body, jump])
        new.replaced = {**self.first.replaced, **replaced}
        new.targets[label] = Target(trace.name, tuple([param.type for param in params]), state)
        new.start = state.start
        return new


def carried_extras(state: HeaderState) -> list[Param[Any]]:
    """The parameters of the label besides the leaves."""
    return list(state.params[len(state.leaves) :])


def prune(
    state: HeaderState, body: Sequence[Op[Any]], operands: list[Value[Any]]
) -> tuple[list[Op[Any]], list[Value[Any]]]:
    """Do not carry what only the short preamble needs; the ops and operands that are left.

    An invariant that is only checked (a version, say) costs the loop nothing then.
    """
    count = len(state.leaves)
    extras = dict(zip(carried_extras(state), operands[count:], strict=True))
    uses = Uses()
    uses.values.update(operands[:count])
    needed: set[Value[Any]] = set()
    while True:
        for op in reversed(body):
            if op in uses.values or not is_removable(op):
                uses.add(op)
        more = [p for p in extras if p in uses.values and p not in needed]
        if not more:
            break
        needed.update(more)
        uses.values.update([extras[param] for param in more])
    for short in state.shorts:
        short.carried = short.result in needed
    kept = [op for op in body if op in uses.values or not is_removable(op)]
    return kept, operands[:count] + [extras[param] for param in extras if param in needed]


def start_target(trace: Trace) -> Target:
    """The entry of a loop that assumes nothing: one reference per slot."""
    return Target(f"{trace.name} start", tuple([param.type for param in trace.inputs]))


def unpeeled(trace: Trace, off: frozenset[str] = frozenset()) -> Trace:
    """The loop in one piece, every slot a plain reference. For loops peeling cannot do."""
    engine = Engine(off=off)
    params: tuple[Param[Any], ...] = tuple([Param(param.type) for param in trace.inputs])
    engine.known.update(zip(trace.inputs, params, strict=True))
    engine.nonnull.update(params)
    label = control.Label(trace.inputs, params)
    engine.run(trace.ops[:-1])
    operands = engine.real_all(trace.ops[-1].args)
    new = trace.replace([label, *engine.out, control.Jump(operands, label)])
    new.replaced = engine.replaced
    state = HeaderState((), params, start=start_target(trace))
    new.targets[label] = Target(trace.name, tuple([param.type for param in params]), state)
    new.start = state.start
    return new
