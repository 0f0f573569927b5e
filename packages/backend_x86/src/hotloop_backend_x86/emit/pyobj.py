"""Emitters of boxing, unboxing and allocation.

Allocation never gives NULL: the native helpers end the process when memory is exhausted
(``runtime/allocate.py`` says why), so the results are known not to be NULL.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotloop_backend_x86 import stress
from hotloop_backend_x86.emitter import UNLIKELY, Emitter, emits, typed
from hotloop_backend_x86.layout import facts
from hotloop_ir.op import Op
from hotloop_ir.ops.pyobj import (
    BoxBool,
    BoxFloat,
    BoxInt,
    NewCell,
    NewEnumerate,
    NewInstance,
    NewList,
    NewListIterator,
    NewMethod,
    NewRange,
    NewRangeIterator,
    NewSlice,
    NewSlotsInstance,
    NewTuple,
    NewTupleIterator,
    UnboxBool,
    UnboxFloat,
    UnboxInt,
)
from hotloop_ir.value import NULL_OBJECT, Const, Value

#: What ``hl_unbox_wide`` gives for an int of more than 60 bits.
_TOO_WIDE = -(1 << 63)


def _new(e: Emitter, op: Op[Any], helper: str, operands: str) -> str:
    """Call an allocating helper."""
    e.nonnull.add(op)
    return e.define(op, f"call ptr {e.native(helper)}({operands})")


def _fill(e: Emitter, base: str, offset: int, values: Sequence[Value[Any]]) -> None:
    """Store references into the words of a new object; NULL words are there already."""
    for index, value in enumerate(values):
        if not (isinstance(value, Const) and value.value is NULL_OBJECT):
            place = e.offset(base, offset + 8 * index)
            e.line(f"store ptr {e.use(value)}, ptr {place}")


@emits("box_int")
def box_int(e: Emitter, op: BoxInt) -> None:
    _new(e, op, "hl_box_int", typed(e, op.value))


@emits("box_float")
def box_float(e: Emitter, op: BoxFloat) -> None:
    """At level 1 the free list of floats is popped inline (PyFloat_FromDouble)."""
    if e.level == 0:
        _new(e, op, "hl_box_float", typed(e, op.value))
        return
    value = e.use(op.value)
    free_list = e.symbol("hl_float_free_list")
    head = e.let(f"load ptr, ptr {free_list}")
    fast, slow, join = e.fresh_block(), e.fresh_block(), e.fresh_block()
    e.branch(e.let(f"icmp eq ptr {head}, null"), slow, fast, UNLIKELY)
    made = e.fresh()
    e.cold.append(f"{slow}:")
    e.cold.append(f"{made} = call ptr {e.native('hl_box_float')}(double {value})")
    e.cold.append(f"br label %{join}")
    e.block(fast)
    link = e.offset(head, facts()["PyObject.ob_type"])
    e.line(f"store ptr {e.let(f'load ptr, ptr {link}')}, ptr {free_list}")
    free = e.symbol("hl_float_numfree")
    count = e.let(f"load i32, ptr {free}")
    e.line(f"store i32 {e.let(f'add i32 {count}, -1')}, ptr {free}")
    e.line(f"store i64 1, ptr {head}")
    e.line(f"store ptr {e.symbol('hl_type_float')}, ptr {link}")
    e.line(f"store double {value}, ptr {e.offset(head, facts()['PyFloatObject.ob_fval'])}")
    e.jump(join)
    e.block(join)
    e.define(op, f"phi ptr [{head}, %{fast}], [{made}, %{slow}]")
    e.nonnull.add(op)


@emits("box_bool")
def box_bool(e: Emitter, op: BoxBool) -> None:
    yes, no = e.symbol("hl_true"), e.symbol("hl_false")
    e.define(op, f"select i1 {e.use(op.value)}, ptr {yes}, ptr {no}")
    e.nonnull.add(op)


@emits("unbox_int")
def unbox_int(e: Emitter, op: UnboxInt) -> None:
    """One digit or none: size times digit. More digits: a cold call, or leave. (At level 0 all
    is done by the call.)
    """
    if e.level == 0:
        value = e.define(op, f"call i64 {e.native('hl_unbox_int')}({typed(e, op.ref)})")
        e.guard(e.let(f"icmp ne i64 {value}, {_TOO_WIDE}"), op)
        e.nonnull.add(op.ref)
        return
    fails = stress.due(e, op)
    site = e.exit(op)
    if fails is not None:
        unstressed = e.fresh_block()
        e.branch(fails, e.way_out(site), unstressed)
        e.block(unstressed)
    ref = e.use(op.ref)
    size = e.let(f"load i64, ptr {e.at(op.ref, facts()['PyLongObject.ob_size'])}")
    digit = e.let(f"load i32, ptr {e.at(op.ref, facts()['PyLongObject.ob_digit'])}")
    wide_digit = e.let(f"zext i32 {digit} to i64")
    short = e.let(f"mul i64 {size}, {wide_digit}")
    shifted = e.let(f"add i64 {size}, 1")
    many = e.let(f"icmp ugt i64 {shifted}, 2")
    cold, join, source = e.fresh_block(), e.fresh_block(), e.block_name
    e.branch(many, cold, join, UNLIKELY)
    long, bad = e.fresh(), e.fresh()
    e.cold.append(f"{cold}:")
    e.cold.append(f"{long} = call i64 {e.native('hl_unbox_wide')}(ptr {ref})")
    e.cold.append(f"{bad} = icmp eq i64 {long}, {_TOO_WIDE}")
    e.cold.append(f"br i1 {bad}, label %{e.cold_way_out(site)}, label %{join}, {UNLIKELY}")
    e.block(join)
    e.define(op, f"phi i64 [{short}, %{source}], [{long}, %{cold}]")
    e.nonnull.add(op.ref)


@emits("unbox_float")
def unbox_float(e: Emitter, op: UnboxFloat) -> None:
    e.define(op, f"load double, ptr {e.at(op.ref, facts()['PyFloatObject.ob_fval'])}")


@emits("unbox_bool")
def unbox_bool(e: Emitter, op: UnboxBool) -> None:
    e.define(op, f"icmp eq ptr {e.use(op.ref)}, {e.symbol('hl_true')}")


@emits("new_tuple")
def new_tuple(e: Emitter, op: NewTuple) -> None:
    new = _new(e, op, "hl_new_tuple", f"i64 {len(op.items)}")
    _fill(e, new, facts()["PyTupleObject.ob_item"], op.items)


@emits("new_list")
def new_list(e: Emitter, op: NewList) -> None:
    new = _new(e, op, "hl_new_list", f"i64 {len(op.items)}")
    if op.items:
        place = e.offset(new, facts()["PyListObject.ob_item"])
        _fill(e, e.let(f"load ptr, ptr {place}"), 0, op.items)


@emits("new_instance")
def new_instance(e: Emitter, op: NewInstance) -> None:
    """The inline values are filled, then their order: bytes before the size at -2."""
    new = _new(e, op, "hl_new_object", f"ptr {e.object(op.cls)}")
    if not op.order:
        return
    values = e.let(f"load ptr, ptr {e.offset(new, facts()['managed.values'])}")
    e.values_pointers[op] = values
    _fill(e, values, 0, op.values)
    e.line(f"store i8 {len(op.order)}, ptr {e.offset(values, -2)}")
    for position, index in enumerate(op.order):
        e.line(f"store i8 {index}, ptr {e.offset(values, -3 - position)}")


@emits("new_slots_instance")
def new_slots_instance(e: Emitter, op: NewSlotsInstance) -> None:
    new = _new(e, op, "hl_new_object", f"ptr {e.object(op.cls)}")
    for offset, value in zip(op.offsets, op.values, strict=True):
        _fill(e, new, offset, (value,))


@emits("new_cell")
def new_cell(e: Emitter, op: NewCell) -> None:
    _new(e, op, "hl_new_cell", typed(e, op.value))


@emits("new_method")
def new_method(e: Emitter, op: NewMethod) -> None:
    _new(e, op, "hl_new_method", f"{typed(e, op.function)}, {typed(e, op.instance)}")


@emits("new_slice")
def new_slice(e: Emitter, op: NewSlice) -> None:
    operands = ", ".join(typed(e, value) for value in (op.start, op.stop, op.step))
    _new(e, op, "hl_new_slice", operands)


@emits("new_range")
def new_range(e: Emitter, op: NewRange) -> None:
    _new(e, op, "hl_new_range", ", ".join(typed(e, value) for value in op.args))


@emits("new_range_iterator")
def new_range_iterator(e: Emitter, op: NewRangeIterator) -> None:
    _new(e, op, "hl_new_range_iterator", ", ".join(typed(e, value) for value in op.args))


@emits("new_list_iterator")
def new_list_iterator(e: Emitter, op: NewListIterator) -> None:
    _new(e, op, "hl_new_list_iterator", ", ".join(typed(e, value) for value in op.args))


@emits("new_tuple_iterator")
def new_tuple_iterator(e: Emitter, op: NewTupleIterator) -> None:
    _new(e, op, "hl_new_tuple_iterator", ", ".join(typed(e, value) for value in op.args))


@emits("new_enumerate")
def new_enumerate(e: Emitter, op: NewEnumerate) -> None:
    _new(e, op, "hl_new_enumerate", ", ".join(typed(e, value) for value in op.args))
