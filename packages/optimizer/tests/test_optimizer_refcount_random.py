"""Random traces: the symbolic checker and a heap that counts both find nothing wrong.

And they would find something: traces with one reference count too many or too few are
rejected.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hotloop_ir.ops.guard import GuardType
from hotloop_ir.ops.refcount import Decref, DecrefChecked, Incref
from hotloop_ir.text import print_trace
from hotloop_ir.trace import Trace
from hotloop_ir.verify import verify
from hotloop_optimizer.pipeline import InvalidTrace, Optimizer
from hotloop_optimizer.refcount import RefcountInsertion
from hotloop_optimizer.refcount_check import BalanceError, check_balance
from hotloop_optimizer.testing import HeapError, World, random_trace

SEEDS = st.integers(0, 1 << 40)
LENGTHS = st.sampled_from((2, 5, 25))


@settings(max_examples=150, deadline=None)
@given(seed=SEEDS, length=LENGTHS)
@example(seed=18450, length=25)  # a box from before a label is stored, loaded, and dies behind it
def test_random_traces_balance(seed: int, length: int) -> None:
    trace = random_trace(random.Random(seed), length)
    before = print_trace(trace)
    counted = RefcountInsertion().run(trace)
    verify(counted)
    check_balance(counted)
    assert print_trace(trace) == before


@settings(max_examples=150, deadline=None)
@given(seed=SEEDS, length=LENGTHS, world=SEEDS)
def test_random_traces_leave_a_sound_heap(seed: int, length: int, world: int) -> None:
    counted = RefcountInsertion().run(random_trace(random.Random(seed), length))
    for turn in range(3):
        World(random.Random(world + turn)).run(counted)


def contradicts_itself(trace: Trace) -> bool:
    """Whether an object is a float and at another time of another class: no object can be."""
    found: dict[object, set[type]] = {}
    for op in trace.ops:
        if isinstance(op, GuardType):
            found.setdefault(op.ref, set()).add(op.cls)
    return any(len(classes) > 1 and float in classes for classes in found.values())


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS, length=LENGTHS, world=SEEDS)
@example(seed=6863, length=25, world=0)
def test_optimised_traces_leave_a_sound_heap(seed: int, length: int, world: int) -> None:
    trace = random_trace(random.Random(seed), length, recorded=True)
    try:
        counted = Optimizer().run(trace)
    except InvalidTrace:
        return  # it contradicts itself: a list that is a float
    if contradicts_itself(counted):
        return  # the same, with code of the program in between
    check_balance(counted)
    for turn in range(3):
        World(random.Random(world + turn)).run(counted)


def counted_trace(seed: int) -> Trace:
    """A random trace that has increfs and decrefs."""
    rng = random.Random(seed)
    while True:
        trace = RefcountInsertion().run(random_trace(rng, 8))
        kinds = {type(op) for op in trace.ops}
        if Incref in kinds and kinds & {Decref, DecrefChecked}:
            return trace


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("kind", [Incref, (Decref, DecrefChecked)], ids=["incref", "decref"])
def test_checker_rejects_a_missing_count(
    seed: int, kind: type[Incref] | tuple[type[Decref], type[DecrefChecked]]
) -> None:
    trace = counted_trace(seed)
    at = random.Random(seed).choice([i for i, op in enumerate(trace.ops) if isinstance(op, kind)])
    with pytest.raises(BalanceError):
        check_balance(trace.replace([*trace.ops[:at], *trace.ops[at + 1 :]]))


@pytest.mark.parametrize("seed", range(40))
def test_checker_rejects_a_count_too_many(seed: int) -> None:
    trace = counted_trace(seed)
    at = random.Random(seed).choice(
        [i for i, op in enumerate(trace.ops) if isinstance(op, Incref | Decref)]
    )
    with pytest.raises(BalanceError):
        check_balance(trace.replace([*trace.ops[:at], trace.ops[at], *trace.ops[at:]]))


def test_heap_notices_a_missing_count() -> None:
    """Most of these traces go wrong in some world (an object may happen to live elsewhere)."""
    noticed = 0
    for seed in range(30):
        trace = counted_trace(seed)
        kept = [op for op in trace.ops if not isinstance(op, Incref)]
        try:
            for world in range(20):
                World(random.Random(world)).run(trace.replace(kept))
        except HeapError:
            noticed += 1
    assert noticed >= 20
