"""Laws of truth values."""

from __future__ import annotations

from typing import Any, Final

from hotloop_ir.op import Op
from hotloop_ir.ops import integer
from hotloop_ir.ops.boolean import BoolNot
from hotloop_ir.ops.floats import FloatEq, FloatNe
from hotloop_ir.value import Value
from hotloop_optimizer.rules.core import Match, rule

Result = Value[Any] | None

#: Comparisons and their negations. Of floats only equality: an order and its negation are
#: both false with a nan.
_NEGATIONS: Final[dict[type[Op[Any]], type[Op[Any]]]] = {
    integer.IntLt: integer.IntGe,
    integer.IntGe: integer.IntLt,
    integer.IntGt: integer.IntLe,
    integer.IntLe: integer.IntGt,
    integer.IntEq: integer.IntNe,
    integer.IntNe: integer.IntEq,
    FloatEq: FloatNe,
    FloatNe: FloatEq,
}


@rule(BoolNot)
def not_not(op: Op[Any], match: Match) -> Result:
    """not not b => b"""
    parts = match.definition(op.args[0], BoolNot)
    return None if parts is None else parts[0]


@rule(BoolNot)
def not_comparison(op: Op[Any], match: Match) -> Result:
    """not x < y => x >= y (integers); not x == y => x != y (integers and floats)"""
    compared = match.operation(op.args[0])
    negation = None if compared is None else _NEGATIONS.get(type(compared))
    if compared is None or negation is None:
        return None
    return match.emit(negation(*compared.args))
