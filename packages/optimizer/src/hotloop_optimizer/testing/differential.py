"""Recorded and optimised traces run side by side: whatever a program could see is the same.

The recorded trace is the specification. An optimised loop may leave earlier, at its header,
because guards are checked there on behalf of the whole iteration; then the recorded
loop is run on from that header, as the interpreter would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hotloop_ir.evaluate import ExitReason, JumpOut, Result, TraceExit, evaluate
from hotloop_ir.ops.control import Jump, Label
from hotloop_ir.ops.pyobj import UnboxInt
from hotloop_ir.random_loop import RandomLoop, random_bridge
from hotloop_ir.random_world import World
from hotloop_ir.testing import canonical
from hotloop_ir.text import print_trace
from hotloop_ir.trace import Trace, TraceKind
from hotloop_ir.trace_maker import Choices
from hotloop_ir.value import NULL_OBJECT
from hotloop_ir.verify import verify
from hotloop_optimizer.dce import DeadCode
from hotloop_optimizer.pipeline import Forward
from hotloop_optimizer.refcount import RefcountInsertion
from hotloop_optimizer.refcount_check import check_balance

HEADER = 0  # the pc of the headers of random loops
MANY = 10_000


class Uncertain(Exception):
    """The run left where an optimised trace need not (an int of more than 60 bits)."""


def stages(trace: Trace, off: frozenset[str] = frozenset()) -> list[Trace]:
    """The trace after the forward walk, after dead code, after reference counts; verified.

    ``off``: the parts of the forward walk that are left out (``pipeline.PARTS``).
    """
    found = []
    for step in (Forward(off), DeadCode(), RefcountInsertion()):
        before = print_trace(trace)
        found.append(step.run(trace))
        verify(found[-1])
        assert print_trace(trace) == before, f"{step.name} changed its input"
        trace = found[-1]
    check_balance(trace)
    return found


def finish(loop: Trace, world: World, result: Result) -> Any:
    """Run a recorded loop on from where another trace jumped or left to its header.

    Gives what can be seen in the end: the exit and the world.
    """
    while True:
        if isinstance(result, JumpOut):
            result = evaluate(loop, result.values, world, limit=MANY)
        elif _at_header(result):
            assert isinstance(result, TraceExit)
            slots = [slot for slot in result.frames[0].locals if slot is not NULL_OBJECT]
            result = evaluate(loop, slots, world, limit=MANY)
        else:
            break
    assert isinstance(result, TraceExit), result
    frames = [
        (f.function, f.pc, f.return_kind.value, f.locals, f.stack, f.extra) for f in result.frames
    ]
    codes = [frame.code for frame in result.frames]
    seen = canonical((frames, world.state(), repr(result.exception)))
    return result.reason, codes, seen


def _at_header(result: Result) -> bool:
    return (
        isinstance(result, TraceExit)
        and result.reason is ExitReason.GUARD
        and len(result.frames) == 1
        and result.frames[0].pc == HEADER
    )


def specified(loop: Trace, world: World, result: Result) -> Any:
    """:func:`finish` for a recorded trace. Raises Uncertain."""
    if isinstance(result, JumpOut):
        result = evaluate(loop, result.values, world, limit=MANY)
    if isinstance(result, TraceExit) and isinstance(result.op, UnboxInt):
        if abs(result.env[result.op.ref]) < 1 << 63:
            raise Uncertain
    return finish(loop, world, result)


def check_loop(made: RandomLoop, off: frozenset[str] = frozenset()) -> list[Trace]:
    """Compare a recorded loop with every stage of its optimisation; the stages.

    Raises AssertionError, or Uncertain.
    """
    world, inputs = made.world()
    recorded = made.trace
    expected = specified(recorded, world, evaluate(recorded, inputs, world, limit=MANY))
    found = stages(recorded, off)
    for trace in found:
        world, inputs = made.world()
        result = evaluate(trace, inputs, world, limit=MANY)
        _same(expected, finish(recorded, world, result), [recorded, trace])
    return found


def check_bridge(made: RandomLoop, optimised: Trace, choices: Choices) -> None:
    """Compare a random bridge into a loop with every stage of its optimisation.

    ``optimised`` is the loop after any stage. Raises AssertionError, or Uncertain.
    """
    if not optimised.targets:
        return
    (target,) = optimised.targets.values()
    chosen = tuple([choices.below(len(made.plan)) for _ in range(1 + choices.below(5))])
    start = replace(made, inputs=chosen)
    bridge = random_bridge(choices, *start.world(), _bound(made.trace), target)
    _compare(replace(start, trace=bridge), made.trace, optimised)


def check_variant(made: RandomLoop, optimised: Trace, variant: RandomLoop) -> None:
    """Compare a loop recorded on another path, taken as a bridge into the first one.

    Nothing is compared if the headers differ. Raises AssertionError, or Uncertain.
    """
    last = variant.trace.ops[-1]
    if not optimised.targets or not isinstance(last, Jump):
        return
    if _bound(made.trace) != _bound(variant.trace):
        return
    (target,) = optimised.targets.values()
    bridge = Trace(
        variant.trace.inputs,
        [*variant.trace.ops[:-1], Jump(last.operands, target)],
        TraceKind.BRIDGE,
    )
    _compare(replace(variant, trace=bridge), made.trace, optimised)


def _compare(start: RandomLoop, loop: Trace, optimised: Trace) -> None:
    """Compare the bridge ``start.trace`` and what follows."""
    bridge = start.trace
    world, inputs = start.world()
    expected = specified(loop, world, evaluate(bridge, inputs, world, limit=MANY))
    ((label, target),) = optimised.targets.items()
    assert isinstance(label, Label)
    for trace in stages(bridge):
        world, inputs = start.world()
        result = evaluate(trace, inputs, world, limit=MANY)
        if isinstance(result, JumpOut):
            entry = label if result.target is target else None
            result = evaluate(optimised, result.values, world, limit=MANY, entry=entry)
        _same(expected, finish(loop, world, result), [loop, optimised, bridge, trace])


def _bound(loop: Trace) -> list[bool]:
    """Which slots of a recorded loop's header are bound."""
    for op in reversed(loop.ops):
        if op.mnemonic == "guard_no_interrupt":
            assert op.snapshot is not None
            return [slot is not None for slot in op.snapshot.frame.locals]
    raise AssertionError("not a loop")


def _same(expected: Any, found: Any, traces: Sequence[Trace]) -> None:
    if expected != found:
        texts = "\n".join([print_trace(trace) for trace in traces])
        raise AssertionError(f"{texts}\nexpected {expected}\nfound    {found}")
