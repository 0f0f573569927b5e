"""What an op does to references and memory, asked of its declaration.

One place that reads ``Op.effect``/``own``/``consumes`` and the helper of a call, so that the
pass and the balance checker agree on declarations (and on nothing else).
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from hotloop_ir import descr as d
from hotloop_ir.helper import EVERYTHING, NOTHING, Helper, Ownership
from hotloop_ir.op import Effect, Op, Own
from hotloop_ir.ops.call import Call, CallEntry, CallMayRaise
from hotloop_ir.ops.control import ResumePoint
from hotloop_ir.ops.guard import GuardNoInterrupt
from hotloop_ir.ops.memory import GetField, GetItem, SetField, SetItem
from hotloop_ir.ops.pyobj import (
    NewCell,
    NewEnumerate,
    NewInstance,
    NewList,
    NewListIterator,
    NewMethod,
    NewSlice,
    NewSlotsInstance,
    NewTuple,
    NewTupleIterator,
)
from hotloop_ir.value import NULL_OBJECT, Const, Type, Value

#: Base, descriptor and index of a place in memory.
Key: TypeAlias = tuple[Value[Any], d.Descr, object]

#: Memory class of a borrowed reference nothing is known of: every write may release it.
ANY_MEMORY: Final = "?"

_OWNERSHIP: Final = {
    Ownership.NEW: Own.NEW,
    Ownership.BORROWED: Own.BORROWED,
    Ownership.NONE: Own.NONE,
}
_FIELDS: Final[dict[type, tuple[d.Descr, ...]]] = {
    NewCell: (d.CELL_REF,),
    NewMethod: (d.METHOD_FUNC, d.METHOD_SELF),
    NewSlice: (d.SLICE_START, d.SLICE_STOP, d.SLICE_STEP),
    NewListIterator: (d.LISTITER_SEQ, d.LISTITER_SEQ),
    NewTupleIterator: (d.TUPLEITER_SEQ, d.TUPLEITER_SEQ),
    NewEnumerate: (d.ENUM_SIT, d.ENUM_SIT),
}


def writes_of(op: Op[Any]) -> frozenset[str]:
    """The memory classes an op may change; ``EVERYTHING`` if it may run Python code."""
    if op.effect is Effect.WRITE:
        return frozenset((op.descr.memory,))  # type: ignore[attr-defined]
    if op.effect is Effect.CALL:
        helper = helper_of(op)
        return EVERYTHING if helper is None else helper.writes
    return NOTHING


def helper_of(op: Op[Any]) -> Helper | None:
    """The helper of a call; None for calls of Python code and everything else."""
    return op.helper if isinstance(op, Call | CallMayRaise) else None


def is_effect(op: Op[Any]) -> bool:
    """Whether the bytecode an op belongs to cannot be restarted after it.

    A write, a call of Python, and a helper that writes memory or takes operands over.
    """
    if op.effect is Effect.CALL:
        helper = helper_of(op)
        return helper is None or bool(helper.writes or helper.consumes)
    return op.effect is Effect.WRITE


def consumed(op: Op[Any]) -> tuple[int, ...]:
    """Indexes of the operands whose reference the op takes over (REF operands only)."""
    helper = helper_of(op)
    if helper is not None:
        return helper.consumes
    if isinstance(op, CallEntry) and not op.snapshot.redoes:  # the frame goes on over there
        return tuple(range(1, len(op.args)))
    if op.consumes is None:
        return tuple([i for i, arg in enumerate(op.args) if arg.type is Type.REF])
    return op.consumes


def result_own(op: Op[Any]) -> Own:
    """Whose reference the result is; ``Own.NONE`` for results that are not references."""
    if op.type is not Type.REF:
        return Own.NONE
    helper = helper_of(op)
    if helper is not None:
        return _OWNERSHIP[helper.ownership]
    return op.own


def place_of(op: Op[Any], index: int) -> d.Descr | None:
    """The field of the new object that keeps operand ``index`` of an allocation alive."""
    if isinstance(op, NewTuple):
        return d.TUPLE_ITEM
    if isinstance(op, NewList):
        return d.LIST_ITEM
    if isinstance(op, NewInstance):
        return d.instance_value(index)
    if isinstance(op, NewSlotsInstance):
        return d.slot(op.offsets[index])
    fields = _FIELDS.get(type(op))
    return None if fields is None else fields[index]


def place_touched(op: Op[Any]) -> Key:
    """The place a load or store touches."""
    if isinstance(op, GetItem | SetItem):
        return op.base, op.descr, index_key(op.index)
    assert isinstance(op, GetField | SetField)
    return op.base, op.descr, None


def index_key(index: Value[Any]) -> object:
    """What identifies an array index: the number of a constant, else the value itself."""
    return index.value if isinstance(index, Const) else index


def restartable_after(op: Op[Any], before: bool) -> bool:
    """Whether a guard after ``op`` has a snapshot that is the state at that very place."""
    if isinstance(op, ResumePoint | GuardNoInterrupt):
        return True
    return before and not is_effect(op)


def is_null(value: Value[Any]) -> bool:
    """Whether a value is the null reference."""
    return isinstance(value, Const) and value.value is NULL_OBJECT
