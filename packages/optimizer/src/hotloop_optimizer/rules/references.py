"""Laws of references: identity, and boxes that are opened again."""

from __future__ import annotations

from typing import Any

from hotloop_ir.op import Op
from hotloop_ir.ops.boolean import RefIs
from hotloop_ir.ops.pyobj import BoxBool, BoxFloat, UnboxBool, UnboxFloat
from hotloop_ir.value import TRUE, Value
from hotloop_optimizer.rules.core import Match, rule

Result = Value[Any] | None


@rule(RefIs)
def is_itself(op: Op[Any], match: Match) -> Result:
    """x is x => True"""
    return TRUE if op.args[0] is op.args[1] else None


@rule(UnboxFloat)
def unbox_box_float(op: Op[Any], match: Match) -> Result:
    """unbox_float(box_float(f)) => f"""
    parts = match.definition(op.args[0], BoxFloat)
    return None if parts is None else parts[0]


@rule(UnboxBool)
def unbox_box_bool(op: Op[Any], match: Match) -> Result:
    """unbox_bool(box_bool(b)) => b"""
    parts = match.definition(op.args[0], BoxBool)
    return None if parts is None else parts[0]
