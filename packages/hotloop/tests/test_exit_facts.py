"""What is known at a side exit: only what the guards before it have found."""

from __future__ import annotations

from typing import Any

from hotloop.core.exit_facts import types_before
from hotloop_ir.ops.call import CallEntry
from hotloop_ir.ops.control import Leave
from hotloop_ir.ops.guard import GuardType
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.trace import Target, Trace, TraceKind
from hotloop_ir.value import Param, Type, const_ref


def state(pc: int, value: Param[Any]) -> Snapshot:
    return Snapshot(FrameState(None, None, pc, (value,), ()))


def test_a_way_out_of_the_backend_knows_nothing_of_later_guards() -> None:
    """For want of room a trace leaves before a call; the guards behind it have not been passed."""
    value = Param[Any](Type.REF)
    before = GuardType(value, int, state(0, value))
    call = CallEntry(const_ref(None), (value,), Target("f", (Type.REF,)), state(2, value))
    after = GuardType(call, float, state(4, value))
    end = Leave(state(6, value))
    trace = Trace([value], [before, call, after, end], TraceKind.ENTRY)
    assert types_before(trace, before) == {}
    assert call.snapshot is not None
    assert types_before(trace, Leave(call.snapshot)) == {value: int}
    assert types_before(trace, end) == {value: int, call: float}
    assert types_before(trace, Leave(state(8, value))) == {}
