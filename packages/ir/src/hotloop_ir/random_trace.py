"""Random valid traces, built op by op from a source of choices.

Whatever an op requires of its operands is made true by ops or guards before it, for any
inputs. The trace counts its first input down and ends.
"""

from __future__ import annotations

import types
from array import array
from typing import Any, Final

from hotloop_ir.descr import (
    ARRAY_ITEMS,
    ARRAY_TYPECODE,
    BYTEARRAY_ITEM,
    BYTES_ITEM,
    CELL_REF,
    ITEM_RANGE,
    LENGTH_OF,
    LIST_ITEM,
    MANAGED_VALUES,
    TUPLE_ITEM,
    Descr,
    instance_value,
)
from hotloop_ir.helper import Errors, helper_named
from hotloop_ir.op import Op
from hotloop_ir.ops import boolean, call, control, floats, guard, integer, memory, pyobj
from hotloop_ir.slotted import slotted
from hotloop_ir.trace import Trace
from hotloop_ir.trace_maker import Dropped, TraceMaker
from hotloop_ir.value import Const, Type, Value, const_float, const_int

_NUMBERS: Final = (int, float, bool)


class Point:
    """The class of random instances: two attributes with inline values."""

    x: object
    y: object


@slotted(frozen=True)
class RandomTrace:
    """A trace and inputs. Runs change objects among the inputs: copy them first."""

    trace: Trace
    inputs: tuple[Any, ...]


def random_trace(
    maker: TraceMaker, *, max_steps: int, labels: bool, instances: bool
) -> RandomTrace:
    """A trace of at most ``max_steps`` groups of ops."""
    inputs = maker.start()
    steps = maker.choices.below(max_steps + 1)
    label_at = maker.choices.below(steps + 1) if labels and maker.chance(3) else -1
    label: control.Label | None = None
    trace = Trace(maker.params, maker.ops)
    trace.ops = maker.ops
    actions = [*_ACTIONS, *(_INSTANCE_ACTIONS if instances else ())]
    for step in range(steps):
        if maker.left:
            break
        if step == label_at:
            label = maker.label(trace)
        try:
            maker.pick(actions)(maker)
        except Dropped:
            continue
    maker.close(label)
    return RandomTrace(trace, inputs)


# --- what a step may add ------------------------------------------------------------------


def _add_arithmetic(maker: TraceMaker) -> None:
    cls: Any = maker.pick(maker.arithmetic)
    drawn: list[Value[Any]] = []
    if cls in maker.partial and maker.chance(2):
        pairs = zip(cls.operand_types, maker.choices.operands(cls), strict=True)
        drawn = [Const(type_, value) for type_, value in pairs]
        drawn[0] = drawn[0] if len(drawn) == 1 else maker.value(cls.operand_types[0])
    else:
        drawn = [maker.value(type_) for type_ in cls.operand_types]
        drawn = _make_safe(maker, cls, drawn) if cls in maker.partial else drawn
    maker.emit(cls(*drawn, maker.snapshot()) if cls.has_snapshot else cls(*drawn))


def _make_safe(
    maker: TraceMaker, cls: type[Op[Any]], operands: list[Value[Any]]
) -> list[Value[Any]]:
    """Operands that the op accepts whatever the given ones are. Raises Dropped."""
    last = operands[-1]
    if cls in (integer.IntLshift, integer.IntRshift):
        last = maker.emit(integer.IntAnd(last, const_int(63)))
    elif cls in (integer.IntFloordiv, integer.IntMod):
        small = maker.emit(integer.IntAnd(last, const_int(0xFF)))
        last = maker.emit(integer.IntOr(small, const_int(1)))
    elif cls is floats.FloatTruediv:
        maker.require(maker.emit(floats.FloatNe(last, const_float(0.0))))
    elif cls is floats.FloatSqrt:
        last = maker.emit(floats.FloatAbs(last))
    else:
        raise Dropped
    return [*operands[:-1], last]


def _add_guard(maker: TraceMaker) -> None:
    condition = maker.value(Type.BOOL)
    holds = maker.concrete(condition)
    cls = guard.GuardTrue if holds != maker.chance(20) else guard.GuardFalse
    maker.emit(cls(condition, maker.snapshot()))


def _add_ref_guard(maker: TraceMaker) -> None:
    ref = maker.value(Type.REF)
    if maker.chance(2):
        maker.emit(guard.GuardNonnull(ref, maker.snapshot()))
    elif maker.chance(2):
        other = maker.value(Type.REF)
        maker.emit(boolean.RefIs(ref, other))
    else:
        maker.emit(guard.GuardIs(ref, maker.value(Type.REF), maker.snapshot()))


def _add_int_guard(maker: TraceMaker) -> None:
    value = maker.value(Type.INT)
    expected = const_int(maker.concrete(value))
    maker.emit(guard.GuardInt(value, expected, maker.snapshot()))


def _add_box(maker: TraceMaker) -> None:
    kind = maker.choices.below(3)
    if kind == 0:
        maker.classes[maker.emit(pyobj.BoxInt(maker.value(Type.INT)))] = int
    elif kind == 1:
        maker.classes[maker.emit(pyobj.BoxFloat(maker.value(Type.FLOAT)))] = float
    else:
        maker.classes[maker.emit(pyobj.BoxBool(maker.value(Type.BOOL)))] = bool


def _add_unbox(maker: TraceMaker) -> None:
    ref = maker.ref(*_NUMBERS)
    cls = maker.classes[ref]
    if cls is float:
        maker.emit(pyobj.UnboxFloat(ref))
    elif cls is bool and maker.chance(2):
        maker.emit(pyobj.UnboxBool(ref))
    else:
        maker.emit(pyobj.UnboxInt(ref, maker.snapshot()))


def _add_container(maker: TraceMaker) -> None:
    kind = maker.choices.below(3)
    if kind == 2:
        maker.classes[maker.emit(pyobj.NewCell(maker.value(Type.REF)))] = types.CellType
        return
    items = tuple([maker.value(Type.REF) for _ in range(maker.choices.below(4))])
    if kind == 0:
        maker.classes[maker.emit(pyobj.NewTuple(items))] = tuple
    else:
        maker.classes[maker.emit(pyobj.NewList(items))] = list


def _index(maker: TraceMaker, ref: Value[Any], descr: Descr) -> Value[Any]:
    """An index of an array, guarded to be in range. Raises Dropped."""
    length = maker.emit(memory.GetField(ref, LENGTH_OF[descr]))
    index = maker.value(Type.INT) if maker.chance(3) else const_int(maker.choices.below(3))
    if not isinstance(index, Const):
        maker.require(maker.emit(integer.IntGe(index, const_int(0))))
    elif maker.concrete(index) < 0:
        raise Dropped
    maker.require(maker.emit(integer.IntLt(index, length)))
    return index


def _add_getitem(maker: TraceMaker) -> None:
    ref = maker.ref(list, tuple)
    descr = LIST_ITEM if maker.classes[ref] is list else TUPLE_ITEM
    maker.emit(memory.GetItem(ref, _index(maker, ref, descr), descr))


def _add_setitem(maker: TraceMaker) -> None:
    ref = maker.ref(list)
    index = _index(maker, ref, LIST_ITEM)
    maker.emit(memory.SetItem(ref, index, maker.value(Type.REF), LIST_ITEM))


def _add_number_item(maker: TraceMaker) -> None:
    """A read or a write of bytes, a bytearray or an array."""
    ref = maker.ref(bytes, bytearray, array)
    cls = maker.classes[ref]
    descr = BYTES_ITEM if cls is bytes else BYTEARRAY_ITEM
    if cls is array:
        code = ord(maker.concrete(ref).typecode)
        found = maker.emit(memory.GetField(ref, ARRAY_TYPECODE))
        maker.emit(guard.GuardInt(found, const_int(code), maker.snapshot()))
        descr = ARRAY_ITEMS[chr(code)]
    index = _index(maker, ref, descr)
    if descr.immutable or maker.chance(2):
        maker.emit(memory.GetItem(ref, index, descr))
    elif descr.type is Type.FLOAT:
        maker.emit(memory.SetItemFloat(ref, index, maker.value(Type.FLOAT), descr))
    else:
        number = maker.value(Type.INT)
        if ITEM_RANGE[descr][1] < integer.MAX:
            number = maker.emit(integer.IntAnd(number, const_int(ITEM_RANGE[descr][1])))
        maker.emit(memory.SetItemInt(ref, index, number, descr))


def _add_cell(maker: TraceMaker) -> None:
    ref = maker.ref(types.CellType)
    if maker.chance(2):
        maker.emit(memory.SetField(ref, maker.value(Type.REF), CELL_REF))
    else:
        maker.emit(memory.GetField(ref, CELL_REF))


def _add_append(maker: TraceMaker) -> None:
    ref = maker.ref(list)
    item = maker.value(Type.REF)
    maker.emit(call.CallMayRaise((ref, item), helper_named("list_append"), maker.snapshot()))


def _add_call(maker: TraceMaker) -> None:
    name = maker.pick(
        ("number_add", "number_sub", "compare_lt_safe", "compare_eq_safe", "is_true", "math_sin")
    )
    helper = helper_named(name)
    operands = tuple(
        [
            maker.ref(*_NUMBERS) if type_ is Type.REF else maker.value(type_)
            for type_ in helper.params
        ]
    )
    if helper.errors is Errors.NEVER:
        maker.emit(call.Call(operands, helper))
    else:
        maker.emit(call.CallMayRaise(operands, helper, maker.snapshot()))


def _add_resume_point(maker: TraceMaker) -> None:
    maker.emit(control.ResumePoint(maker.snapshot()))


def _add_instance(maker: TraceMaker) -> None:
    values = (maker.value(Type.REF), maker.value(Type.REF))
    order = (0, 1) if maker.chance(2) else (1, 0)
    maker.classes[maker.emit(pyobj.NewInstance(values, Point, order))] = Point


def _add_attribute(maker: TraceMaker) -> None:
    ref = maker.ref(Point)
    raw = maker.emit(memory.GetField(ref, MANAGED_VALUES))
    maker.emit(guard.GuardRawNonnull(raw, maker.snapshot()))
    descr = instance_value(maker.choices.below(2))
    if maker.chance(2):
        maker.emit(memory.SetField(ref, maker.value(Type.REF), descr))
    else:
        maker.emit(memory.GetField(ref, descr))


_ACTIONS: Final = (
    _add_arithmetic,
    _add_arithmetic,
    _add_arithmetic,
    _add_guard,
    _add_ref_guard,
    _add_int_guard,
    _add_box,
    _add_box,
    _add_unbox,
    _add_unbox,
    _add_container,
    _add_getitem,
    _add_setitem,
    _add_number_item,
    _add_number_item,
    _add_cell,
    _add_append,
    _add_call,
    _add_resume_point,
)
_INSTANCE_ACTIONS: Final = (_add_instance, _add_attribute)
