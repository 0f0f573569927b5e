"""The optimizer: recorded trace in, final trace out.

The one place where the order of work is written: forward walk (with peeling for loops),
dead code, reference counts. Everything else is reached from here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hotloop_ir.op import Op
from hotloop_ir.ops import control
from hotloop_ir.slotted import slotted
from hotloop_ir.trace import Target, Trace, TraceKind
from hotloop_ir.value import Type
from hotloop_optimizer import visit_call, visit_guard, visit_object, visit_pure
from hotloop_optimizer.dce import DeadCode
from hotloop_optimizer.engine import Engine, InvalidTrace
from hotloop_optimizer.peel import HeaderState, Peeler, arrive, header_snapshot, unpeeled
from hotloop_optimizer.refcount import RefcountInsertion
from hotloop_optimizer.shape import Mismatch

__all__ = ["PARTS", "Forward", "InvalidTrace", "Optimizer"]

PARTS: Final = ("bounds", "cse", "dce", "heap", "peel", "rules", "virtuals")
"""What can be switched off, one by one: knowing less must never change what a trace does."""

_NOTHING: Final[frozenset[str]] = frozenset()

_VISITORS = (visit_call, visit_guard, visit_object, visit_pure)  # importing registers them


def forward(trace: Trace, off: frozenset[str] = _NOTHING) -> Trace:
    """The forward walk: facts, virtual objects, memory; loops peeled."""
    last = trace.ops[-1]
    if not isinstance(last, control.Jump):
        return straight(trace, off)
    if last.target is None:
        return loop(trace, off)
    return closing(trace, last, off)


def straight(trace: Trace, off: frozenset[str] = _NOTHING) -> Trace:
    """A trace that leaves at its end."""
    engine = started(trace, off)
    engine.run(trace.ops)
    return finished(trace, engine, [])


def started(trace: Trace, off: frozenset[str] = _NOTHING) -> Engine:
    """An engine that knows what is known of the inputs.

    The inputs of loops and entries are the slots of a frame, never NULL; those of a bridge
    may be fields of removed allocations as well.
    """
    engine = Engine(reuse=True, off=off)
    if trace.kind is not TraceKind.BRIDGE:
        engine.nonnull.update([param for param in trace.inputs if param.type is Type.REF])
    for param, cls in trace.known.items():
        engine.set_type(param, cls)
    return engine


def finished(trace: Trace, engine: Engine, end: list[Op[Any]]) -> Trace:
    """What an engine has written, and what it knows of old contents of memory."""
    new = trace.replace([*engine.out, *end])
    new.replaced = engine.replaced
    return new


def loop(trace: Trace, off: frozenset[str] = _NOTHING) -> Trace:
    """A trace that closes on itself. Raises InvalidTrace if it contradicts itself."""
    if "peel" in off:
        return unpeeled(trace, off)
    first = started(trace, off)
    first.run(trace.ops[:-1])
    try:
        return Peeler(trace, first).peel()
    except InvalidTrace:
        return unpeeled(trace, off)


def closing(trace: Trace, last: control.Jump, off: frozenset[str] = _NOTHING) -> Trace:
    """A trace that ends in a compiled loop: into its label if it fits, else at its start."""
    target: Target = last.target
    state = target.state
    values = list(last.args)
    if isinstance(state, HeaderState) and state.shapes:
        engine = started(trace, off)
        engine.run(trace.ops[:-1])
        try:
            operands = arrive(engine, state, values, header_snapshot(trace))
            return finished(trace, engine, [control.Jump(tuple(operands), target)])
        except (Mismatch, InvalidTrace):
            pass
    engine = started(trace, off)
    engine.run(trace.ops[:-1])
    start = state.start if isinstance(state, HeaderState) and state.start else target
    operands = [engine.real(value) for value in values]
    return finished(trace, engine, [control.Jump(tuple(operands), start)])


@slotted(frozen=True)
class Forward:
    """The forward walk as a pass. ``off``: the parts of it that are left out."""

    off: frozenset[str] = _NOTHING
    name = "forward"

    def run(self, trace: Trace) -> Trace:
        """Rewrite a recorded trace. Raises InvalidTrace if it can never run to its end."""
        return forward(trace, self.off)


@slotted(frozen=True)
class Optimizer:
    """The whole pipeline, without the ``PARTS`` in ``off``.

    ``checks`` (the verifier, say) are called with the trace after every pass, and before the first
    one unless it ends in a jump to another trace, whose operands the forward walk chooses.
    """

    off: frozenset[str] = _NOTHING
    checks: tuple[Callable[[Trace], None], ...] = ()

    def run(self, trace: Trace) -> Trace:
        """Optimise a recorded trace. Raises InvalidTrace if it can never run to its end.

        Raises what the checks raise.
        """
        passes = [Forward(self.off).run, DeadCode().run, RefcountInsertion().run]
        if "dce" in self.off:
            del passes[1]
        last = trace.ops[-1]
        if not (isinstance(last, control.Jump) and last.target is not None):
            self.check(trace)
        for step in passes:
            trace = step(trace)
            self.check(trace)
        return trace

    def check(self, trace: Trace) -> None:
        """Call every check."""
        for check in self.checks:
            check(trace)
