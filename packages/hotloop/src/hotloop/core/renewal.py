"""Compiled code whose assumptions will never hold again is recorded anew.

Versions of types and of dict keys are never used twice: a guard of one that has failed fails
for ever, and what a loop checks before it begins cannot be mended by bridges. Generators that
were there before their code was rewritten do not come again. Must not record.
"""

from __future__ import annotations

from typing import Any, Final

from hotloop.core.codes import Point
from hotloop.core.side_exit import SideExit
from hotloop_ir.descr import GENERATOR_CODE, KEYS_VERSION, TYPE_VERSION
from hotloop_ir.op import Op
from hotloop_ir.ops.guard import GuardInt, GuardIs
from hotloop_ir.ops.memory import GetField
from hotloop_ir.value import Const, Value

MOST: Final = 4
"""Times that one loop or entry is recorded again; what changes more often is left to bridges."""
AGAIN: Final = 20
"""Rounds or calls until it is."""


def renew(point: Point) -> None:
    """Record a loop or entry again; what was compiled for it goes on where it is in use."""
    point.renewals += 1
    point.forget()
    point.record.counter = AGAIN


def is_stale(side: SideExit) -> bool:
    """Whether an exit that is taken often says that its tree of traces is out of date."""
    point = side.owner
    return (
        side.generation == point.renewals < MOST
        and point.compiled is not None
        and (is_version_guard(side.guard) or is_generator_guard(side.guard))
    )


def is_version_guard(op: Op[Any]) -> bool:
    """Whether a guard checks the version of one certain type or dict."""
    if not isinstance(op, GuardInt) or not isinstance(op.args[0], GetField):
        return False
    field: Any = op.args[0]
    return field.descr in (KEYS_VERSION, TYPE_VERSION) and _is_certain(field.args[0])


def is_generator_guard(op: Op[Any]) -> bool:
    """Whether a guard tells generators of code that was not rewritten yet from others."""
    field = op.args[0] if isinstance(op, GuardIs) else None
    return isinstance(field, GetField) and field.descr is GENERATOR_CODE


def _is_certain(value: Value[Any]) -> bool:
    """Whether a value is a constant, or read from one."""
    while isinstance(value, GetField):
        value = value.args[0]
    return isinstance(value, Const)
