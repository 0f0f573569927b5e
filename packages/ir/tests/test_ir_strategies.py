"""Random traces: they run to their end, and reach all kinds of ops and shapes."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings

from hotloop_ir import Effect, registry
from hotloop_ir.evaluate import LimitReached
from hotloop_ir.ops.control import Label
from hotloop_ir.random_trace import RandomTrace
from hotloop_ir.strategies import arithmetic_ops, traces
from hotloop_ir.testing import observe

#: Kinds of ops random traces do not make.
ABSENT = {
    "call_entry", "call_python", "decref", "decref_checked", "finish", "incref", "leave",
    "new_enumerate", "new_list_iterator", "new_method", "new_range", "new_range_iterator",
    "new_slice", "new_slots_instance", "new_tuple_iterator", "setfield_int",
}  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(traces())
def test_every_random_trace_ends(made: RandomTrace) -> None:
    assert not isinstance(observe(made.trace, made.inputs, limit=20)[0], LimitReached)


def test_random_traces_are_varied() -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=600,
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
    assert not missing - set(seen)
    assert len(set(seen) & {cls.mnemonic for cls in arithmetic_ops()}) > 30
