"""Laws of IEEE doubles, exact to the bit for every operand: zeros of both signs, infinities,
subnormals. A nan stays a nan (that ``x * 1.0`` makes a signalling nan quiet is not kept).

Not laws, and therefore not here: ``x + 0.0 => x`` (wrong for -0.0), ``0.0 - x => -x`` (wrong
for 0.0), ``x - x => 0.0`` and ``x * 0.0 => 0.0`` (wrong for nan, inf), ``x == x => True``,
``not x < y => x >= y`` (wrong for nan), ``x / c => x * (1 / c)`` unless ``c`` is a power of
two, every reassociation.
"""

from __future__ import annotations

import math
from typing import Any

from hotloop_ir.op import Op
from hotloop_ir.ops.floats import (
    FloatAbs,
    FloatAdd,
    FloatGt,
    FloatLt,
    FloatMul,
    FloatNeg,
    FloatSub,
    FloatTruediv,
)
from hotloop_ir.value import FALSE, Value, const_float
from hotloop_optimizer.rules.core import Match, rule

Result = Value[Any] | None


def _is_zero(constant: Any, sign: float) -> bool:
    return constant == 0.0 and math.copysign(1.0, constant) == sign


@rule(FloatAdd)
def float_add_negative_zero(op: Op[Any], match: Match) -> Result:
    """x + -0.0 => x   (0.0 + -0.0 is 0.0, -0.0 + -0.0 is -0.0)"""
    value, constant = match.split(op)
    return value if constant is not None and _is_zero(constant, -1.0) else None


@rule(FloatSub)
def float_sub_zero(op: Op[Any], match: Match) -> Result:
    """x - 0.0 => x   (-0.0 - 0.0 is -0.0)"""
    constant = match.constant(op.args[1])
    return op.args[0] if constant is not None and _is_zero(constant, 1.0) else None


@rule(FloatMul)
def float_mul_one(op: Op[Any], match: Match) -> Result:
    """x * 1.0 => x"""
    value, constant = match.split(op)
    return value if constant == 1.0 else None


@rule(FloatTruediv)
def float_div_one(op: Op[Any], match: Match) -> Result:
    """x / 1.0 => x"""
    return op.args[0] if match.constant(op.args[1]) == 1.0 else None


@rule(FloatTruediv)
def float_div_power_of_two(op: Op[Any], match: Match) -> Result:
    """x / 2**k => x * 2**-k   (|k| <= 1022: both are the same real number, rounded once)"""
    constant = match.constant(op.args[1])
    if constant is None or not math.isfinite(constant):
        return None
    mantissa, exponent = math.frexp(constant)
    if abs(mantissa) != 0.5 or abs(exponent - 1) > 1022:
        return None
    return match.emit(FloatMul(op.args[0], const_float(1.0 / constant)))


@rule(FloatNeg)
def float_neg_neg(op: Op[Any], match: Match) -> Result:
    """-(-x) => x"""
    parts = match.definition(op.args[0], FloatNeg)
    return None if parts is None else parts[0]


@rule(FloatAbs)
def float_abs_sign(op: Op[Any], match: Match) -> Result:
    """abs(-x) => abs(x)"""
    parts = match.definition(op.args[0], FloatNeg)
    return None if parts is None else match.emit(FloatAbs(parts[0]))


@rule(FloatAbs)
def float_abs_abs(op: Op[Any], match: Match) -> Result:
    """abs(abs(x)) => abs(x)"""
    return op.args[0] if match.definition(op.args[0], FloatAbs) is not None else None


@rule(FloatLt, FloatGt)
def float_irreflexive(op: Op[Any], match: Match) -> Result:
    """x < x => False; x > x => False   (with a nan too)"""
    return FALSE if op.args[0] is op.args[1] else None
