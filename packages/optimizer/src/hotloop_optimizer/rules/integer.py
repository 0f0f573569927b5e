"""Laws of 64-bit integers. Plain arithmetic wraps, so ring laws hold without conditions;
the ``_ovf`` forms leave on overflow, so a law may be used only if both sides overflow alike.
"""

from __future__ import annotations

from typing import Any

from hotloop_ir.op import Op
from hotloop_ir.ops.boolean import BoolNot
from hotloop_ir.ops.integer import (
    IntAdd,
    IntAddOvf,
    IntAnd,
    IntEq,
    IntFloordiv,
    IntFromBool,
    IntGe,
    IntGt,
    IntInvert,
    IntLe,
    IntLshift,
    IntLshiftOvf,
    IntLt,
    IntMod,
    IntMul,
    IntMulOvf,
    IntNe,
    IntNeg,
    IntOr,
    IntRshift,
    IntSub,
    IntSubOvf,
    IntXor,
    wrap,
)
from hotloop_ir.value import FALSE, TRUE, Value, const_int
from hotloop_optimizer.rules.core import Match, rule

Result = Value[Any] | None


def _shift(constant: Any) -> int | None:
    """``k`` of a positive constant ``2**k``."""
    if constant is None or constant <= 0 or constant & (constant - 1):
        return None
    return int(constant).bit_length() - 1


def _inner(match: Match, value: Value[Any], kind: type[Op[Any]]) -> tuple[Value[Any], Any]:
    """(x, c) if ``value`` is ``x op c`` of a commutative class; c is None else."""
    op = match.operation(value)
    if op is None or type(op) is not kind:
        return value, None
    return match.split(op)


@rule(IntAdd, IntAddOvf)
def add_zero(op: Op[Any], match: Match) -> Result:
    """x + 0 => x"""
    value, constant = match.split(op)
    return value if constant == 0 else None


@rule(IntAdd)
def add_add_constants(op: Op[Any], match: Match) -> Result:
    """(x + a) + b => x + (a + b)"""
    value, outer = match.split(op)
    if outer is None:
        return None
    x, inner = _inner(match, value, IntAdd)
    return None if inner is None else match.emit(IntAdd(x, const_int(wrap(inner + outer))))


@rule(IntAdd)
def add_cancels_sub(op: Op[Any], match: Match) -> Result:
    """(x - y) + y => x"""
    for difference, other in (op.args, op.args[::-1]):
        parts = match.definition(difference, IntSub)
        if parts is not None and parts[1] is other:
            return parts[0]
    return None


@rule(IntAdd)
def add_negated(op: Op[Any], match: Match) -> Result:
    """x + -y => x - y"""
    for negated, other in (op.args[::-1], op.args):
        parts = match.definition(negated, IntNeg)
        if parts is not None:
            return match.emit(IntSub(other, parts[0]))
    return None


@rule(IntSub, IntSubOvf)
def sub_zero(op: Op[Any], match: Match) -> Result:
    """x - 0 => x"""
    return op.args[0] if match.constant(op.args[1]) == 0 else None


@rule(IntSub, IntSubOvf)
def sub_itself(op: Op[Any], match: Match) -> Result:
    """x - x => 0"""
    return const_int(0) if op.args[0] is op.args[1] else None


@rule(IntSub)
def sub_cancels_add(op: Op[Any], match: Match) -> Result:
    """(x + y) - y => x"""
    parts = match.definition(op.args[0], IntAdd)
    if parts is not None:
        if parts[1] is op.args[1]:
            return parts[0]
        if parts[0] is op.args[1]:
            return parts[1]
    return None


@rule(IntSub)
def sub_cancels_sub(op: Op[Any], match: Match) -> Result:
    """x - (x - y) => y"""
    parts = match.definition(op.args[1], IntSub)
    return parts[1] if parts is not None and parts[0] is op.args[0] else None


@rule(IntSub)
def sub_constant(op: Op[Any], match: Match) -> Result:
    """x - c => x + -c"""
    constant = match.constant(op.args[1])
    if constant is None:
        return None
    return match.emit(IntAdd(op.args[0], const_int(wrap(-constant))))


@rule(IntSub)
def sub_from_zero(op: Op[Any], match: Match) -> Result:
    """0 - x => -x"""
    return match.emit(IntNeg(op.args[1])) if match.constant(op.args[0]) == 0 else None


@rule(IntMul, IntMulOvf)
def mul_zero(op: Op[Any], match: Match) -> Result:
    """x * 0 => 0"""
    return const_int(0) if match.split(op)[1] == 0 else None


@rule(IntMul, IntMulOvf)
def mul_one(op: Op[Any], match: Match) -> Result:
    """x * 1 => x"""
    value, constant = match.split(op)
    return value if constant == 1 else None


@rule(IntMul)
def mul_minus_one(op: Op[Any], match: Match) -> Result:
    """x * -1 => -x"""
    value, constant = match.split(op)
    return match.emit(IntNeg(value)) if constant == -1 else None


@rule(IntMul)
def mul_power_of_two(op: Op[Any], match: Match) -> Result:
    """x * 2**k => x << k"""
    value, constant = match.split(op)
    shift = _shift(constant)
    return None if shift is None else match.emit(IntLshift(value, const_int(shift)))


@rule(IntNeg)
def neg_neg(op: Op[Any], match: Match) -> Result:
    """-(-x) => x"""
    parts = match.definition(op.args[0], IntNeg)
    return None if parts is None else parts[0]


@rule(IntNeg)
def neg_sub(op: Op[Any], match: Match) -> Result:
    """-(x - y) => y - x"""
    parts = match.definition(op.args[0], IntSub)
    return None if parts is None else match.emit(IntSub(parts[1], parts[0]))


@rule(IntInvert)
def invert_invert(op: Op[Any], match: Match) -> Result:
    """~~x => x"""
    parts = match.definition(op.args[0], IntInvert)
    return None if parts is None else parts[0]


@rule(IntAnd, IntOr)
def bits_with_itself(op: Op[Any], match: Match) -> Result:
    """x & x => x; x | x => x"""
    return op.args[0] if op.args[0] is op.args[1] else None


@rule(IntAnd)
def and_zero(op: Op[Any], match: Match) -> Result:
    """x & 0 => 0"""
    return const_int(0) if match.split(op)[1] == 0 else None


@rule(IntAnd)
def and_ones(op: Op[Any], match: Match) -> Result:
    """x & -1 => x"""
    value, constant = match.split(op)
    return value if constant == -1 else None


@rule(IntAnd)
def and_and_constants(op: Op[Any], match: Match) -> Result:
    """(x & a) & b => x & (a & b)"""
    value, outer = match.split(op)
    if outer is None:
        return None
    x, inner = _inner(match, value, IntAnd)
    return None if inner is None else match.emit(IntAnd(x, const_int(inner & outer)))


@rule(IntOr, IntXor)
def bits_with_zero(op: Op[Any], match: Match) -> Result:
    """x | 0 => x; x ^ 0 => x"""
    value, constant = match.split(op)
    return value if constant == 0 else None


@rule(IntOr)
def or_ones(op: Op[Any], match: Match) -> Result:
    """x | -1 => -1"""
    return const_int(-1) if match.split(op)[1] == -1 else None


@rule(IntOr)
def or_or_constants(op: Op[Any], match: Match) -> Result:
    """(x | a) | b => x | (a | b)"""
    value, outer = match.split(op)
    if outer is None:
        return None
    x, inner = _inner(match, value, IntOr)
    return None if inner is None else match.emit(IntOr(x, const_int(inner | outer)))


@rule(IntXor)
def xor_itself(op: Op[Any], match: Match) -> Result:
    """x ^ x => 0"""
    return const_int(0) if op.args[0] is op.args[1] else None


@rule(IntXor)
def xor_ones(op: Op[Any], match: Match) -> Result:
    """x ^ -1 => ~x"""
    value, constant = match.split(op)
    return match.emit(IntInvert(value)) if constant == -1 else None


@rule(IntXor)
def xor_cancels(op: Op[Any], match: Match) -> Result:
    """(x ^ y) ^ y => x"""
    for inner, other in (op.args, op.args[::-1]):
        parts = match.definition(inner, IntXor)
        if parts is not None and other in parts:
            return parts[1] if parts[0] is other else parts[0]
    return None


@rule(IntLshift, IntLshiftOvf, IntRshift)
def shift_by_zero(op: Op[Any], match: Match) -> Result:
    """x << 0 => x; x >> 0 => x"""
    return op.args[0] if match.constant(op.args[1]) == 0 else None


@rule(IntLshift, IntRshift)
def shift_of_zero(op: Op[Any], match: Match) -> Result:
    """0 << x => 0; 0 >> x => 0"""
    return const_int(0) if match.constant(op.args[0]) == 0 else None


@rule(IntRshift)
def rshift_rshift_constants(op: Op[Any], match: Match) -> Result:
    """(x >> a) >> b => x >> min(a + b, 63)"""
    outer = match.constant(op.args[1])
    parts = match.definition(op.args[0], IntRshift)
    if outer is None or parts is None:
        return None
    inner = match.constant(parts[1])
    if inner is None or not (0 <= inner < 64 and 0 <= outer < 64):
        return None
    return match.emit(IntRshift(parts[0], const_int(min(inner + outer, 63))))


@rule(IntFloordiv)
def floordiv_one(op: Op[Any], match: Match) -> Result:
    """x // 1 => x"""
    return op.args[0] if match.constant(op.args[1]) == 1 else None


@rule(IntFloordiv)
def floordiv_minus_one(op: Op[Any], match: Match) -> Result:
    """x // -1 => -x   (MIN // -1 does not happen)"""
    return match.emit(IntNeg(op.args[0])) if match.constant(op.args[1]) == -1 else None


@rule(IntFloordiv)
def floordiv_power_of_two(op: Op[Any], match: Match) -> Result:
    """x // 2**k => x >> k   (both round down)"""
    shift = _shift(match.constant(op.args[1]))
    return None if shift is None else match.emit(IntRshift(op.args[0], const_int(shift)))


@rule(IntFloordiv, IntMod)
def zero_divided(op: Op[Any], match: Match) -> Result:
    """0 // x => 0; 0 % x => 0   (x is not 0)"""
    return const_int(0) if match.constant(op.args[0]) == 0 else None


@rule(IntFloordiv)
def floordiv_itself(op: Op[Any], match: Match) -> Result:
    """x // x => 1   (x is not 0)"""
    return const_int(1) if op.args[0] is op.args[1] else None


@rule(IntMod)
def mod_itself(op: Op[Any], match: Match) -> Result:
    """x % x => 0   (x is not 0)"""
    return const_int(0) if op.args[0] is op.args[1] else None


@rule(IntMod)
def mod_unit(op: Op[Any], match: Match) -> Result:
    """x % 1 => 0; x % -1 => 0"""
    return const_int(0) if match.constant(op.args[1]) in (1, -1) else None


@rule(IntMod)
def mod_power_of_two(op: Op[Any], match: Match) -> Result:
    """x % 2**k => x & (2**k - 1)   (the remainder has the divisor's sign)"""
    constant = match.constant(op.args[1])
    if _shift(constant) is None:
        return None
    return match.emit(IntAnd(op.args[0], const_int(constant - 1)))


# --- comparisons --------------------------------------------------------------------------


@rule(IntLt, IntGt, IntNe)
def irreflexive(op: Op[Any], match: Match) -> Result:
    """x < x => False; x > x => False; x != x => False"""
    return FALSE if op.args[0] is op.args[1] else None


@rule(IntLe, IntGe, IntEq)
def reflexive(op: Op[Any], match: Match) -> Result:
    """x <= x => True; x >= x => True; x == x => True"""
    return TRUE if op.args[0] is op.args[1] else None


@rule(IntEq, IntNe)
def compare_truth(op: Op[Any], match: Match) -> Result:
    """int(b) == 1 => b; int(b) == 0 => not b; != the other way round"""
    value, constant = match.split(op)
    parts = match.definition(value, IntFromBool)
    if parts is None or constant not in (0, 1):
        return None
    if (constant == 1) is isinstance(op, IntEq):
        return parts[0]
    return match.emit(BoolNot(parts[0]))


@rule(IntEq, IntNe)
def compare_difference(op: Op[Any], match: Match) -> Result:
    """x - y == 0 => x == y; x - y != 0 => x != y"""
    value, constant = match.split(op)
    parts = match.definition(value, IntSub)
    return match.emit(type(op)(*parts)) if parts is not None and constant == 0 else None
