"""The meaning of every op that is more than arithmetic, for the evaluator.

Arithmetic is stated by the ops themselves (``Op.evaluate``), allocation by the memory.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any, Final

from hotloop_ir.helper import Errors
from hotloop_ir.memory import ContractViolation, Memory
from hotloop_ir.op import GuardFailed, Op
from hotloop_ir.ops import call, control, guard, memory, pyobj, refcount
from hotloop_ir.value import NULL_OBJECT, Type

_RANGE: Final = 1 << 63
_UNBOX_RANGE: Final = 1 << 60


class ExitReason(enum.Enum):
    """Why compiled code is left."""

    GUARD = "guard"  # a guard failed
    LEAVE = "leave"  # a ``leave`` op
    EXCEPTION = "exception"  # a call raised
    INTERRUPT = "interrupt"  # ``guard_no_interrupt``
    DEATH = "death"  # a death ran Python code


class LeaveTrace(Exception):
    """Raised by an op that leaves the trace for another reason than a failed guard."""

    def __init__(self, reason: ExitReason, exception: BaseException | None = None) -> None:
        self.reason = reason
        self.exception = exception


def arithmetic(op: Op[Any], operands: Sequence[Any]) -> Any:
    """The result of an op that has ``evaluate``. Raises GuardFailed, ContractViolation."""
    try:
        return type(op).evaluate(*operands)
    except (ArithmeticError, ValueError) as error:
        raise ContractViolation(f"{op.mnemonic}{tuple(operands)}: {error}") from error


def check_result(op: Op[Any], value: Any) -> None:
    """Check that a result is of the op's type. Raises ContractViolation."""
    if op.type is Type.INT:
        right = type(value) is int and -_RANGE <= value < _RANGE
    elif op.type is Type.FLOAT:
        right = type(value) is float
    elif op.type is Type.BOOL:
        right = type(value) is bool
    else:
        right = op.type is not Type.RAW or isinstance(value, int)
    if not right:
        raise ContractViolation(f"{op.mnemonic} gave {value!r}, no {op.type.name}")


def _exact(memory_: Memory, ref: Any, *classes: type) -> Any:
    if memory_.type_of(ref) not in classes:
        raise ContractViolation(f"{ref!r} is no exact {classes[0].__name__}")
    return ref


def _hold(condition: bool) -> None:
    if not condition:
        raise GuardFailed


def _unbox_int(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> int:
    value = int(_exact(memory_, operands[0], int, bool))
    _hold(-_UNBOX_RANGE < value < _UNBOX_RANGE)
    return value


def _unbox_float(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> float:
    return float(_exact(memory_, operands[0], float))


def _unbox_bool(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> bool:
    return _exact(memory_, operands[0], bool) is True


def _box_bool(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> bool:
    return bool(operands[0])


def _get_field(memory_: Memory, op: memory.GetField, operands: Sequence[Any]) -> Any:
    return memory_.read_field(operands[0], op.descr)


def _set_field(memory_: Memory, op: memory.SetField, operands: Sequence[Any]) -> Any:
    return memory_.write_field(operands[0], op.descr, operands[1])


def _get_item(memory_: Memory, op: memory.GetItem, operands: Sequence[Any]) -> Any:
    return memory_.read_item(operands[0], operands[1], op.descr)


def _set_item(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> Any:
    assert isinstance(op, memory.SetItem | memory.SetItemInt | memory.SetItemFloat)
    return memory_.write_item(operands[0], operands[1], op.descr, operands[2])


def _guard_true(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> None:
    _hold(operands[0])


def _guard_false(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> None:
    _hold(not operands[0])


def _guard_type(memory_: Memory, op: guard.GuardType, operands: Sequence[Any]) -> None:
    _hold(memory_.type_of(operands[0]) is op.cls)


def _guard_is(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> None:
    _hold(operands[0] is operands[1])


def _guard_nonnull(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> None:
    _hold(operands[0] is not NULL_OBJECT)


def _guard_raw_nonnull(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> None:
    _hold(operands[0] != 0)


def _guard_int(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> None:
    _hold(operands[0] == operands[1])


def _guard_room(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> None:
    """There always is room."""


def _guard_no_interrupt(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> None:
    if memory_.interrupted():
        raise LeaveTrace(ExitReason.INTERRUPT)


def _call(memory_: Memory, op: call.Call, operands: Sequence[Any]) -> Any:
    try:
        return memory_.call(op.helper, operands)
    except Exception as error:
        raise ContractViolation(f"{op.helper.name} raised {error!r}") from error


def _call_may_raise(memory_: Memory, op: call.CallMayRaise, operands: Sequence[Any]) -> Any:
    try:
        result = memory_.call(op.helper, operands)
    except ContractViolation:
        raise
    except BaseException as error:
        raise LeaveTrace(ExitReason.EXCEPTION, error) from None
    if result is NULL_OBJECT and op.helper.errors is not Errors.NULL_OR_STOP:
        raise ContractViolation(f"{op.helper.name} gave NULL")
    return result


def _call_python(memory_: Memory, op: call.CallPython, operands: Sequence[Any]) -> Any:
    try:
        return memory_.call_python(operands[0], operands[1:], op.kwnames)
    except ContractViolation:
        raise
    except BaseException as error:
        raise LeaveTrace(ExitReason.EXCEPTION, error) from None


def _call_entry(memory_: Memory, op: call.CallEntry, operands: Sequence[Any]) -> Any:
    try:
        return memory_.call_entry(op.target, operands[0], operands[1:])
    except ContractViolation:
        raise
    except BaseException as error:
        raise LeaveTrace(ExitReason.EXCEPTION, error) from None


def _leave(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> None:
    raise LeaveTrace(ExitReason.LEAVE)


def _resume_point(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> None:
    """Nothing: a mark."""


def _incref(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> None:
    if operands[0] is not NULL_OBJECT:
        memory_.incref(operands[0])


def _decref(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> None:
    if operands[0] is not NULL_OBJECT:
        memory_.decref(operands[0])


def _decref_checked(memory_: Memory, op: Op[Any], operands: Sequence[Any]) -> None:
    if operands[0] is not NULL_OBJECT and memory_.decref_checked(operands[0]):
        raise LeaveTrace(ExitReason.DEATH)


#: What an op does on concrete operands, for all ops but arithmetic and allocations.
MEANINGS: Final[dict[type, Callable[[Memory, Any, Sequence[Any]], Any]]] = {
    call.Call: _call,
    call.CallEntry: _call_entry,
    call.CallMayRaise: _call_may_raise,
    call.CallPython: _call_python,
    control.Leave: _leave,
    control.ResumePoint: _resume_point,
    guard.GuardFalse: _guard_false,
    guard.GuardInt: _guard_int,
    guard.GuardIs: _guard_is,
    guard.GuardNoInterrupt: _guard_no_interrupt,
    guard.GuardRoom: _guard_room,
    guard.GuardNonnull: _guard_nonnull,
    guard.GuardRawNonnull: _guard_raw_nonnull,
    guard.GuardTrue: _guard_true,
    guard.GuardType: _guard_type,
    memory.GetField: _get_field,
    memory.GetItem: _get_item,
    memory.SetField: _set_field,
    memory.SetFieldInt: _set_field,
    memory.SetItem: _set_item,
    memory.SetItemFloat: _set_item,
    memory.SetItemInt: _set_item,
    pyobj.BoxBool: _box_bool,
    pyobj.UnboxBool: _unbox_bool,
    pyobj.UnboxFloat: _unbox_float,
    pyobj.UnboxInt: _unbox_int,
    refcount.Decref: _decref,
    refcount.DecrefChecked: _decref_checked,
    refcount.Incref: _incref,
}
