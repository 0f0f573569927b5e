"""Guards that fail on purpose, for tests of the ways out.

With ``fail_every(n)``, every n-th execution of a guard fails although it holds. Only guards whose
failing state is that of an instruction about to be executed take part (what CPython then does is
the same either way): tests of types, of identity with a constant, of numbers that stand for
versions. A guard of a condition may have the state of the other outcome and never does. Must not be
used but by tests: nothing here is fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotloop_backend_x86.arena import Words
from hotloop_ir.ops.guard import GuardInt, GuardIs, GuardType
from hotloop_ir.value import NULL_OBJECT, Const

if TYPE_CHECKING:
    from hotloop_backend_x86.emitter import Emitter
    from hotloop_ir.op import Op

_executed = Words([0])
_every = [0]


def fail_every(every: int) -> None:
    """Compile guards from now on so that every n-th execution fails; 0: as they are."""
    _every[0] = every
    _executed[0] = 0


def _takes_part(op: Op[Any]) -> bool:
    if isinstance(op, GuardIs):
        return isinstance(op.other, Const) and op.other.value is not NULL_OBJECT
    return isinstance(op, (GuardInt, GuardType))


def stressed(e: Emitter, condition: str, op: Op[Any]) -> str:
    """The condition of a guard, made to fail now and then if that is wanted."""
    if not _every[0] or not _takes_part(op):
        return condition
    word = f"inttoptr (i64 {_executed.address} to ptr)"
    count = e.let(f"add i64 {e.let(f'load i64, ptr {word}')}, 1")
    e.line(f"store i64 {count}, ptr {word}")
    due = e.let(f"urem i64 {count}, {_every[0]}")
    return e.let(f"and i1 {condition}, {e.let(f'icmp ne i64 {due}, 0')}")
