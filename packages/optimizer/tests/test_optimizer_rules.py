"""Every rule fires and keeps the meaning of what it replaces, for random operands."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotloop_ir.op import GuardFailed, Op
from hotloop_ir.ops import boolean as b
from hotloop_ir.ops import floats as f
from hotloop_ir.ops import integer as i
from hotloop_ir.ops.pyobj import BoxBool, BoxFloat, UnboxBool, UnboxFloat
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.strategies import FLOATS, INTS
from hotloop_ir.value import Const, Param, Type, Value, const_float, const_int
from hotloop_optimizer.rules import all_rules, fired, simplify

S = Snapshot(FrameState(None, None, 0, (), ()))
X, Y = Param[Any](Type.INT), Param[Any](Type.INT)
F, G = Param[Any](Type.FLOAT), Param[Any](Type.FLOAT)
B, R = Param[Any](Type.BOOL), Param[Any](Type.REF)


def c(value: int) -> Value[Any]:
    return const_int(value)


def d(value: float) -> Value[Any]:
    return const_float(value)


#: The law, and an expression (or several) it must match at the root.
CASES: list[tuple[str, Op[Any]]] = [
    ("add_zero", i.IntAdd(X, c(0))),
    ("add_zero", i.IntAddOvf(c(0), X, S)),
    ("add_add_constants", i.IntAdd(c(5), i.IntAdd(X, c(2**62)))),
    ("add_add_constants", i.IntAdd(i.IntAdd(X, c(2**63 - 1)), c(2**62))),
    ("add_cancels_sub", i.IntAdd(i.IntSub(X, Y), Y)),
    ("add_cancels_sub", i.IntAdd(Y, i.IntSub(X, Y))),
    ("add_negated", i.IntAdd(X, i.IntNeg(Y))),
    ("add_negated", i.IntAdd(i.IntNeg(Y), X)),
    ("sub_zero", i.IntSub(X, c(0))),
    ("sub_zero", i.IntSubOvf(X, c(0), S)),
    ("sub_itself", i.IntSub(X, X)),
    ("sub_itself", i.IntSubOvf(X, X, S)),
    ("sub_cancels_add", i.IntSub(i.IntAdd(X, Y), Y)),
    ("sub_cancels_add", i.IntSub(i.IntAdd(X, Y), X)),
    ("sub_cancels_sub", i.IntSub(X, i.IntSub(X, Y))),
    ("sub_constant", i.IntSub(X, c(i.MIN))),
    ("sub_constant", i.IntSub(X, c(7))),
    ("sub_from_zero", i.IntSub(c(0), X)),
    ("mul_zero", i.IntMul(X, c(0))),
    ("mul_zero", i.IntMulOvf(c(0), X, S)),
    ("mul_one", i.IntMul(c(1), X)),
    ("mul_one", i.IntMulOvf(X, c(1), S)),
    ("mul_minus_one", i.IntMul(X, c(-1))),
    ("mul_power_of_two", i.IntMul(X, c(2**62))),
    ("mul_power_of_two", i.IntMul(c(8), X)),
    ("neg_neg", i.IntNeg(i.IntNeg(X))),
    ("neg_sub", i.IntNeg(i.IntSub(X, Y))),
    ("invert_invert", i.IntInvert(i.IntInvert(X))),
    ("bits_with_itself", i.IntAnd(X, X)),
    ("bits_with_itself", i.IntOr(X, X)),
    ("and_zero", i.IntAnd(X, c(0))),
    ("and_ones", i.IntAnd(c(-1), X)),
    ("and_and_constants", i.IntAnd(i.IntAnd(X, c(12)), c(-7))),
    ("bits_with_zero", i.IntOr(X, c(0))),
    ("bits_with_zero", i.IntXor(c(0), X)),
    ("or_ones", i.IntOr(X, c(-1))),
    ("or_or_constants", i.IntOr(i.IntOr(X, c(12)), c(-8))),
    ("xor_itself", i.IntXor(X, X)),
    ("xor_ones", i.IntXor(X, c(-1))),
    ("xor_cancels", i.IntXor(i.IntXor(X, Y), Y)),
    ("xor_cancels", i.IntXor(X, i.IntXor(X, Y))),
    ("shift_by_zero", i.IntLshift(X, c(0))),
    ("shift_by_zero", i.IntRshift(X, c(0))),
    ("shift_by_zero", i.IntLshiftOvf(X, c(0), S)),
    ("shift_of_zero", i.IntLshift(c(0), i.IntAnd(X, c(63)))),
    ("shift_of_zero", i.IntRshift(c(0), i.IntAnd(X, c(63)))),
    ("rshift_rshift_constants", i.IntRshift(i.IntRshift(X, c(3)), c(4))),
    ("rshift_rshift_constants", i.IntRshift(i.IntRshift(X, c(40)), c(40))),
    ("floordiv_one", i.IntFloordiv(X, c(1))),
    ("floordiv_minus_one", i.IntFloordiv(i.IntRshift(X, c(1)), c(-1))),
    ("floordiv_power_of_two", i.IntFloordiv(X, c(16))),
    ("zero_divided", i.IntFloordiv(c(0), i.IntOr(X, c(1)))),
    ("zero_divided", i.IntMod(c(0), i.IntOr(X, c(1)))),
    ("mod_unit", i.IntMod(i.IntRshift(X, c(1)), c(-1))),
    ("mod_power_of_two", i.IntMod(X, c(64))),
    ("irreflexive", i.IntLt(X, X)),
    ("irreflexive", i.IntGt(X, X)),
    ("irreflexive", i.IntNe(X, X)),
    ("reflexive", i.IntLe(X, X)),
    ("reflexive", i.IntGe(X, X)),
    ("reflexive", i.IntEq(X, X)),
    ("compare_truth", i.IntEq(i.IntFromBool(B), c(0))),
    ("compare_truth", i.IntEq(i.IntFromBool(B), c(1))),
    ("compare_truth", i.IntNe(c(0), i.IntFromBool(B))),
    ("compare_truth", i.IntNe(i.IntFromBool(B), c(1))),
    ("compare_difference", i.IntEq(i.IntSub(X, Y), c(0))),
    ("compare_difference", i.IntNe(c(0), i.IntSub(X, Y))),
    ("float_add_negative_zero", f.FloatAdd(F, d(-0.0))),
    ("float_sub_zero", f.FloatSub(F, d(0.0))),
    ("float_mul_one", f.FloatMul(d(1.0), F)),
    ("float_div_one", f.FloatTruediv(F, d(1.0))),
    ("float_div_power_of_two", f.FloatTruediv(F, d(2.0))),
    ("float_div_power_of_two", f.FloatTruediv(F, d(-(2.0**-1022)))),
    ("float_div_power_of_two", f.FloatTruediv(F, d(2.0**1022))),
    ("float_neg_neg", f.FloatNeg(f.FloatNeg(F))),
    ("float_abs_sign", f.FloatAbs(f.FloatNeg(F))),
    ("float_abs_abs", f.FloatAbs(f.FloatAbs(F))),
    ("float_irreflexive", f.FloatLt(F, F)),
    ("float_irreflexive", f.FloatGt(F, F)),
    ("not_not", b.BoolNot(b.BoolNot(B))),
    ("not_comparison", b.BoolNot(i.IntLt(X, Y))),
    ("not_comparison", b.BoolNot(i.IntEq(X, Y))),
    ("not_comparison", b.BoolNot(f.FloatEq(F, G))),
    ("not_comparison", b.BoolNot(f.FloatNe(F, G))),
    ("is_itself", b.RefIs(R, R)),
]
#: Laws whose ops have no meaning of their own: expression and replacement.
BOXES: list[tuple[str, Op[Any], Value[Any]]] = [
    ("unbox_box_float", UnboxFloat(BoxFloat(F)), F),
    ("unbox_box_bool", UnboxBool(BoxBool(B)), B),
]
_DIVISOR = i.IntOr(X, c(1))  # not 0
ITSELF: list[tuple[str, Op[Any]]] = [
    ("floordiv_itself", i.IntFloordiv(_DIVISOR, _DIVISOR)),
    ("mod_itself", i.IntMod(_DIVISOR, _DIVISOR)),
]

#: What is not a law, with the reason.
NOT_LAWS: list[tuple[str, Op[Any]]] = [
    ("-0.0 + 0.0 is 0.0", f.FloatAdd(F, d(0.0))),
    ("0.0 - -0.0 is 0.0", f.FloatSub(F, d(-0.0))),
    ("0.0 - 0.0 is 0.0, not -0.0", f.FloatSub(d(0.0), F)),
    ("inf - inf is nan", f.FloatSub(F, F)),
    ("inf * 0.0 is nan", f.FloatMul(F, d(0.0))),
    ("1/3 is not exact", f.FloatTruediv(F, d(3.0))),
    ("1/inf is 0.0 but x/inf may be nan", f.FloatTruediv(F, d(math.inf))),
    ("the reciprocal is subnormal", f.FloatTruediv(F, d(2.0**1023))),
    ("nan != nan", f.FloatEq(F, F)),
    ("nan < nan is false, so is nan >= nan", b.BoolNot(f.FloatLt(F, G))),
    ("leaves on overflow", i.IntAddOvf(i.IntSub(X, Y), Y, S)),
    ("MIN * -1 overflows", i.IntMulOvf(X, c(-1), S)),
    ("the shift may be out of range", i.IntLshiftOvf(c(0), X, S)),
]


def constant_of(value: Value[Any]) -> Const[Any] | None:
    return value if isinstance(value, Const) else None


def definition_of(value: Value[Any]) -> Op[Any] | None:
    return value if isinstance(value, Op) else None


def rewritten(op: Op[Any]) -> Value[Any] | None:
    return simplify(op, constant_of, definition_of, lambda new: new)


def meaning(value: Value[Any], env: dict[Value[Any], Any]) -> Any:
    """The value of an expression; ``GuardFailed`` if it leaves."""
    if isinstance(value, Const):
        return value.value
    if not isinstance(value, Op):
        return env[value]
    operands = [meaning(arg, env) for arg in value.args]
    try:
        return type(value).evaluate(*operands)
    except GuardFailed:
        return GuardFailed


def same(one: Any, other: Any) -> bool:
    """Equal to the bit, but for nans."""
    if isinstance(one, float) and isinstance(other, float) and not math.isnan(one):
        return struct.pack("d", one) == struct.pack("d", other)
    return bool(one == other or (one != one and other != other))


@pytest.mark.parametrize(("law", "op"), [*CASES, *ITSELF], ids=lambda x: x if x is str(x) else "")
@settings(max_examples=25)
@given(x=INTS, y=INTS, g=FLOATS, h=FLOATS, truth=st.booleans())
def test_rule_keeps_the_meaning(
    law: str, op: Op[Any], x: int, y: int, g: float, h: float, truth: bool
) -> None:
    before = fired()
    new = rewritten(op)
    after = fired()
    assert new is not None
    assert [name for name in after if after[name] != before[name]] == [law]
    env: dict[Value[Any], Any] = {X: x, Y: y, F: g, G: h, B: truth, R: law}
    assert same(meaning(op, env), meaning(new, env))


@pytest.mark.parametrize(("law", "op", "expected"), BOXES, ids=lambda x: x if x is str(x) else "")
def test_opened_boxes_give_what_was_put_in(law: str, op: Op[Any], expected: Value[Any]) -> None:
    before = fired()[law]
    assert rewritten(op) is expected
    assert fired()[law] == before + 1


def size(value: Value[Any]) -> int:
    """How many ops an expression has."""
    return 1 + sum(map(size, value.args)) if isinstance(value, Op) else 0


@pytest.mark.parametrize(("law", "op"), CASES, ids=lambda x: x if x is str(x) else "")
def test_no_rule_makes_a_trace_longer(law: str, op: Op[Any]) -> None:
    new = rewritten(op)
    assert new is not None and size(new) <= size(op)


def test_every_rule_has_a_case() -> None:
    tested = {law for law, *_ in [*CASES, *ITSELF, *BOXES]}
    assert tested == set(fired())
    assert {function.__name__ for _, function in all_rules()} == tested


@pytest.mark.parametrize(("why", "op"), NOT_LAWS, ids=[why for why, _ in NOT_LAWS])
def test_no_rule_matches(why: str, op: Op[Any]) -> None:
    assert rewritten(op) is None


def test_every_rule_says_its_equation() -> None:
    for _, function in all_rules():
        assert "=>" in (function.__doc__ or ""), function.__name__


def test_replacement_is_emitted_by_the_engine() -> None:
    made: list[Op[Any]] = []

    def emit(op: Op[Any]) -> Value[Any]:
        made.append(op)
        return op

    new = simplify(i.IntMul(X, c(4)), constant_of, definition_of, emit)
    assert made == [new] and isinstance(new, i.IntLshift)
