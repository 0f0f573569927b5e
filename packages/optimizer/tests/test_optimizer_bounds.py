"""Integer bounds are sound: a result is in the bound of the result, whatever the operands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotloop_ir import descr
from hotloop_ir.op import GuardFailed, Op, registry
from hotloop_ir.ops import integer as ops
from hotloop_ir.ops.integer import MAX, MIN
from hotloop_ir.ops.memory import GetField
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.strategies import INTS, operands
from hotloop_ir.value import Param, Type, Value
from hotloop_optimizer.bounds import (
    UNBOUNDED,
    IntBound,
    bound_of,
    cannot_overflow,
    decide,
    narrow,
)

SNAPSHOT = Snapshot(FrameState(None, None, 0, (), ()))
INT_OPS = [
    cls
    for cls in registry.values()
    if cls.__module__ == ops.__name__ and set(cls.operand_types) == {Type.INT}
]
ARITHMETIC = [cls for cls in INT_OPS if cls.type is Type.INT]
COMPARISONS = [cls for cls in INT_OPS if cls.type is Type.BOOL]
#: Their bounds are not exact even for constants (which fold before anybody asks).
COARSE = (ops.IntAnd, ops.IntOr, ops.IntXor, ops.IntMod)


@st.composite
def around(draw: st.DrawFn, value: int) -> IntBound:
    """A bound that contains a value, often tight."""
    near = st.integers(0, 8) | st.integers(0, 1 << 64)
    lower, upper = draw(near), draw(near)
    return IntBound(max(MIN, value - lower), min(MAX, value + upper))


def make(cls: type[Op[Any]], bounds: list[IntBound]) -> tuple[Op[Any], Any]:
    """An op on new params with these bounds, and the bounds as a function."""
    params: list[Value[Any]] = [Param(Type.INT) for _ in bounds]
    table = dict(zip(params, bounds, strict=True))
    arguments = [*params, SNAPSHOT] if cls.has_snapshot else params
    return cls(*arguments), table.__getitem__


@pytest.mark.parametrize("cls", ARITHMETIC, ids=lambda cls: cls.mnemonic)
@settings(max_examples=60)
@given(data=st.data())
def test_result_is_in_the_bound_of_the_result(cls: type[Op[Any]], data: st.DataObject) -> None:
    values = data.draw(operands(cls))
    bounds = [data.draw(around(value)) for value in values]
    op, bounds_of = make(cls, bounds)
    try:
        result = cls.evaluate(*values)
    except GuardFailed:
        assert not cannot_overflow(op, bounds_of)
        return
    bound = bound_of(op, bounds_of)
    assert bound.lower <= bound.upper
    assert bound.contains(result)


@pytest.mark.parametrize("cls", ARITHMETIC, ids=lambda cls: cls.mnemonic)
@settings(max_examples=25)
@given(data=st.data())
def test_constants_give_a_constant(cls: type[Op[Any]], data: st.DataObject) -> None:
    values = data.draw(operands(cls))
    op, bounds_of = make(cls, [IntBound(value, value) for value in values])
    try:
        result = cls.evaluate(*values)
    except GuardFailed:
        return
    bound = bound_of(op, bounds_of)
    if not (bound.is_unbounded or cls in COARSE):  # unbounded: a result that wraps
        assert bound == IntBound(result, result)


@pytest.mark.parametrize("cls", COMPARISONS, ids=lambda cls: cls.mnemonic)
@settings(max_examples=40)
@given(data=st.data())
def test_decided_comparisons_are_right(cls: type[Op[Any]], data: st.DataObject) -> None:
    values = data.draw(operands(cls))
    op, bounds_of = make(cls, [data.draw(around(value)) for value in values])
    assert decide(op, bounds_of) in (None, cls.evaluate(*values))


@pytest.mark.parametrize("cls", COMPARISONS, ids=lambda cls: cls.mnemonic)
@settings(max_examples=40)
@given(data=st.data())
def test_narrowing_keeps_what_is_possible(cls: type[Op[Any]], data: st.DataObject) -> None:
    values = data.draw(operands(cls))
    op, bounds_of = make(cls, [data.draw(around(value)) for value in values])
    held = dict(zip(op.args, values, strict=True))
    for value, bound in narrow(op, cls.evaluate(*values), bounds_of):
        assert bound.contains(held[value])
        old = bounds_of(value)
        assert old.lower <= bound.lower <= bound.upper <= old.upper
        assert bound != old


@given(data=st.data())
def test_meet_and_join_hold_what_they_should(data: st.DataObject) -> None:
    value = data.draw(INTS)
    one, other = data.draw(around(value)), data.draw(around(value))
    assert one.meet(other).contains(value)
    assert one.join(other).contains(one.lower) and one.join(other).contains(other.upper)


def test_contradicting_meet_keeps_the_old_bound() -> None:
    assert IntBound(1, 2).meet(IntBound(5, 6)) == IntBound(1, 2)


def test_counting_under_a_limit_cannot_overflow() -> None:
    """``while i < n: i += 1``."""
    op, bounds_of = make(ops.IntLt, [IntBound(0, MAX), UNBOUNDED])
    (found, *_) = narrow(op, True, bounds_of)
    assert found == (op.args[0], IntBound(0, MAX - 1))
    step, step_bounds = make(ops.IntAddOvf, [found[1], IntBound(1, 1)])
    assert cannot_overflow(step, step_bounds)
    assert bound_of(step, step_bounds) == IntBound(1, MAX)


def test_index_below_a_known_length_is_decided() -> None:
    op, bounds_of = make(ops.IntLt, [IntBound(0, 2), IntBound(3, 3)])
    assert decide(op, bounds_of) is True


def test_lengths_are_not_negative() -> None:
    load = GetField(Param(Type.REF), descr.LIST_LEN)
    assert bound_of(load, lambda value: UNBOUNDED).lower == 0


def test_bound_is_a_value() -> None:
    assert IntBound(1, 2) == IntBound(1, 2) and hash(IntBound(1, 2)) == hash(IntBound(1, 2))
    assert IntBound(1, 2) != (1, 2)
    assert repr(IntBound(1, 2)) == "IntBound(1, 2)"
    assert IntBound(4, 4).constant.value == 4
