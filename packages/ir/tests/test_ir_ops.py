"""The op declarations: constructors, arithmetic on random operands, the registry."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotloop_ir import (
    FrameState,
    GuardFailed,
    Op,
    Param,
    Snapshot,
    Type,
    const_int,
    operation,
    registry,
)
from hotloop_ir.meaning import MEANINGS, check_result
from hotloop_ir.op import Effect
from hotloop_ir.ops.control import Finish, Jump, Label
from hotloop_ir.ops.guard import GuardTrue
from hotloop_ir.ops.integer import MAX, MIN, IntAdd, IntAddOvf, IntMul, IntNeg, wrap
from hotloop_ir.ops.pyobj import NewInstance
from hotloop_ir.strategies import INTS, arithmetic_ops, operands


@given(st.data())
def test_every_arithmetic_op_gives_its_type_on_operands_it_accepts(data: st.DataObject) -> None:
    for cls in arithmetic_ops():
        values = data.draw(operands(cls))
        try:
            result = cls.evaluate(*values)
        except GuardFailed:
            assert cls.effect is Effect.GUARD
            continue
        constants = [Param[Any](type_) for type_ in cls.operand_types]
        make: Any = cls
        check_result(make(*constants, None) if cls.has_snapshot else make(*constants), result)


@given(st.data())
def test_commutative_ops_commute(data: st.DataObject) -> None:
    for cls in arithmetic_ops():
        if cls.commutative:
            lhs, rhs = data.draw(operands(cls))
            results = [_result(cls, lhs, rhs), _result(cls, rhs, lhs)]
            assert results[0] == results[1]


def _result(cls: type[Op[Any]], lhs: Any, rhs: Any) -> Any:
    try:
        value = cls.evaluate(lhs, rhs)
    except GuardFailed:
        return "failed"
    return ("nan" if math.isnan(value) else value.hex()) if isinstance(value, float) else value


@given(INTS, INTS)
def test_overflow_guards_hold_exactly_if_the_result_fits(lhs: int, rhs: int) -> None:
    exact = lhs + rhs
    if MIN <= exact <= MAX:
        assert IntAddOvf.evaluate(lhs, rhs) == exact == IntAdd.evaluate(lhs, rhs)
    else:
        with pytest.raises(GuardFailed):
            IntAddOvf.evaluate(lhs, rhs)
        assert IntAdd.evaluate(lhs, rhs) == wrap(exact)


def test_plain_arithmetic_wraps() -> None:
    assert IntAdd.evaluate(MAX, 1) == MIN
    assert IntMul.evaluate(MAX, 2) == -2
    assert IntNeg.evaluate(MIN) == MIN


def test_every_op_has_a_meaning() -> None:
    """Arithmetic by itself, allocations by the memory, the shape by the evaluator."""
    shape = (Label, Jump, Finish)
    for cls in registry.values():
        stated = "evaluate" in vars(cls) or cls in MEANINGS or cls in shape
        assert stated or cls.effect is Effect.ALLOC, cls.mnemonic


def test_an_op_is_its_own_result_and_rebuilds() -> None:
    param: Param[Any] = Param(Type.REF)
    op = NewInstance((param, param), int, (1, 0))
    other: Param[Any] = Param(Type.REF)
    again = op.rebuild((other, param), None)
    assert isinstance(again, NewInstance)
    assert (again.values, again.cls, again.order) == ((other, param), int, (1, 0))
    assert (op.values, again.type, again.snapshot) == ((param, param), Type.REF, None)


def test_a_snapshot_is_kept_and_replaced() -> None:
    first, second = (Snapshot(FrameState(None, None, pc, (), ())) for pc in (2, 4))
    op = GuardTrue(Param(Type.BOOL), first)
    assert op.snapshot is first
    assert op.rebuild(op.args, second).snapshot is second


def test_operands_are_read_by_name_and_mnemonics_are_unique() -> None:
    op = IntAdd(const_int(1), const_int(2))
    assert op.args == (op.lhs, op.rhs)
    with pytest.raises(ValueError, match="declared twice"):
        operation("int_add")(type("Again", (Op,), {}))


def test_every_op_says_what_it_does() -> None:
    for cls in registry.values():
        assert cls.__doc__ and cls.__doc__ != Op.__doc__, cls.mnemonic
