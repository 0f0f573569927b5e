"""Random recorded loops and bridges: every stage of optimisation does what was recorded.

The slice here is small and the same every time; ``SEEDS`` may be any numbers.
"""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings

from hotloop_ir.evaluate import LimitReached, TraceExit, evaluate
from hotloop_ir.memory import PlainMemory
from hotloop_ir.ops.control import Label
from hotloop_ir.ops.pyobj import UnboxInt
from hotloop_ir.random_loop import RandomLoop, Rolled, random_loop
from hotloop_ir.random_trace import RandomTrace
from hotloop_ir.strategies import recorded_loops, traces
from hotloop_ir.testing import assert_same_behaviour
from hotloop_ir.text import print_trace
from hotloop_ir.verify import verify
from hotloop_optimizer.engine import InvalidTrace
from hotloop_optimizer.peel import HeaderState, unpeeled
from hotloop_optimizer.pipeline import PARTS
from hotloop_optimizer.testing.differential import (
    Uncertain,
    check_bridge,
    check_loop,
    check_variant,
)

SEEDS = range(240)
FOUND = (5607,)  # a float in two slots, one of them unboxed
STEPS = 40
QUIET = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("seed", [*SEEDS, *FOUND])
def test_random_loops_and_bridges(seed: int) -> None:
    rng = Random(seed)
    steps = 1 + seed % STEPS
    choices = Rolled(seed)
    made = random_loop(choices, steps)
    try:
        stages = check_loop(made)
    except Uncertain:
        return
    for stage, rarely in zip(stages, (50, 10), strict=False):
        try:
            check_bridge(made, stage, choices)
            check_variant(made, stage, random_loop(Rolled(seed, rng, rarely), steps))
        except Uncertain:
            continue


@pytest.mark.parametrize("part", [part for part in PARTS if part != "dce"])
def test_random_loops_with_a_part_switched_off(part: str) -> None:
    """Knowing less changes no loop; and the switch does something."""
    changed = 0
    for seed in range(0, 240, 6):
        made = random_loop(Rolled(seed), 1 + seed % STEPS)
        try:
            less = check_loop(made, frozenset([part]))[1]
            changed += print_trace(less) != print_trace(check_loop(made)[1])
        except Uncertain:
            continue
    assert changed


@QUIET
@given(recorded_loops())
def test_drawn_loops(made: RandomLoop) -> None:
    try:
        check_loop(made)
    except Uncertain:
        assume(False)


@QUIET
@given(traces(labels=False))
def test_arithmetic_and_everything_else_in_one_walk(made: RandomTrace) -> None:
    trace = made.trace
    result = evaluate(trace, made.inputs, PlainMemory(), limit=20)
    assume(not isinstance(result, LimitReached))
    assume(not (isinstance(result, TraceExit) and isinstance(result.op, UnboxInt)))
    try:
        optimised = unpeeled(trace)
    except InvalidTrace:
        # The last op of the trace leaves, always.
        assert isinstance(result, TraceExit)
        return
    verify(optimised)
    assert_same_behaviour(trace, optimised, made.inputs, limit=20)


def test_the_slice_has_all_kinds_of_loops() -> None:
    """Peeled and not, with short preambles, with unboxed and with virtual slots."""
    seen = set()
    for seed in SEEDS:
        made = random_loop(Rolled(seed), 1 + seed % STEPS)
        try:
            trace = check_loop(made)[0]
        except Uncertain:
            continue
        for label, target in trace.targets.items():
            assert isinstance(label, Label)
            state = target.state
            assert isinstance(state, HeaderState)
            seen.add("peeled" if state.shapes else "in one piece")
            seen.update("short preamble" for _ in state.shorts)
            seen.update(type(shape).__name__ for shape in state.shapes)
            seen.update(str(param.type) for param in label.params)
    assert seen >= {
        "peeled",
        "in one piece",
        "short preamble",
        "LeafShape",
        "VirtualShape",
        "SharedShape",
        "Type.INT",
        "Type.FLOAT",
        "Type.RAW",
    }
