"""Random traces: they run to their end, and reach all kinds of ops and shapes."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings

from hotloop_ir import Effect, Type, registry
from hotloop_ir.evaluate import LimitReached
from hotloop_ir.ops.control import Label
from hotloop_ir.random_trace import RandomTrace
from hotloop_ir.strategies import arithmetic_ops, traces
from hotloop_ir.testing import assert_same_behaviour, observe, parse
from hotloop_ir.verify import verify

#: Kinds of ops random traces do not make.
ABSENT = {
    "call_entry", "call_python", "decref", "decref_checked", "finish", "guard_room", "incref",
    "leave", "new_enumerate", "new_list_iterator", "new_method", "new_range", "new_range_iterator",
    "new_slice", "new_slots_instance", "new_tuple_iterator", "setfield_int",
}  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(traces())
def test_every_random_trace_ends(made: RandomTrace) -> None:
    assert not isinstance(observe(made.trace, made.inputs, limit=20)[0], LimitReached)


@settings(max_examples=50, deadline=None)
@given(traces(recorded=True))
def test_recorded_traces_are_what_the_recorder_writes(made: RandomTrace) -> None:
    verify(made.trace)
    *_, interrupt, jump = made.trace.ops
    assert interrupt.mnemonic == "guard_no_interrupt"
    assert interrupt.snapshot is not None
    assert interrupt.snapshot.frame.locals == jump.args
    assert all(value.type is Type.REF for value in made.trace.inputs)
    for op in made.trace.ops:
        if op.snapshot is not None:
            assert all(value.type is Type.REF for value in op.snapshot.values())


def test_leaving_at_the_header_is_resumed_there() -> None:
    """A guard moved to the header leaves an iteration earlier, before its effects."""
    before = parse("""
        [r0, r1]
        i2 = call_may_raise list_append(r0, r1) @f:2[]
        guard_type(r1, int) @f:4[r1]
        guard_no_interrupt() @header:0[r0, <1.5>]
        jump(r0, <1.5>)
    """)
    after = parse("""
        [r0, r1]
        guard_type(r1, int) @header:0[r0, r1]
        i2 = call_may_raise list_append(r0, r1) @f:2[]
        guard_no_interrupt() @header:0[r0, <1.5>]
        jump(r0, <1.5>)
    """)
    assert_same_behaviour(before, after, ([], 1))


def test_random_traces_are_varied() -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=1500,  # which are drawn depends on what is imported besides
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(traces())
    def collect(made: RandomTrace) -> None:
        for op in made.trace.ops:
            seen[op.mnemonic] += 1
            if op.snapshot is not None and op.snapshot.frame.parent is not None:
                seen["inlined frame"] += 1
            if isinstance(op, Label):
                seen["target" if op in made.trace.targets else "no target"] += 1

    collect()
    expected = {cls.mnemonic for cls in registry.values()} - ABSENT
    expected -= {cls.mnemonic for cls in arithmetic_ops() if cls.effect is not Effect.GUARD}
    missing = expected | {"inlined frame", "target", "no target"}
    assert not missing - set(seen), missing - set(seen)
    assert len(set(seen) & {cls.mnemonic for cls in arithmetic_ops()}) > 30
