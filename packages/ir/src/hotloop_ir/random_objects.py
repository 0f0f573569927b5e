"""Actions of random recorded loops on containers, cells, instances and methods."""

from __future__ import annotations

import types
from typing import Any

from hotloop_ir import descr as d
from hotloop_ir.helper import helper_named
from hotloop_ir.loop_maker import LoopMaker
from hotloop_ir.op import Op
from hotloop_ir.ops import call, guard, integer, memory, pyobj
from hotloop_ir.random_world import (
    ATTRIBUTES,
    SLOTS,
    Point,
    Slotted,
)
from hotloop_ir.trace_maker import Dropped
from hotloop_ir.value import NULL, Value, const_int, const_ref


def new_object(maker: LoopMaker) -> None:
    items = tuple([maker.any() for _ in range(maker.choices.below(4))])
    kind = maker.choices.below(6)
    op: Op[Any]
    if kind == 0:
        op = pyobj.NewTuple(items)
    elif kind == 1:
        op = pyobj.NewList(items)
    elif kind == 2:
        op = pyobj.NewCell(items[0] if items else NULL)
    elif kind == 3:
        fields: list[Value[Any]] = [*items[:3], NULL, NULL, NULL][:3]
        order = list(range(len(items[:3])))
        if maker.chance(2):
            order.reverse()
        op = pyobj.NewInstance(tuple(fields), Point, tuple(order))
    elif kind == 4:
        op = pyobj.NewSlotsInstance((*items, NULL, NULL)[:2], Slotted, (16, 24))
    else:
        op = pyobj.NewMethod(const_ref(len), maker.any())
    maker.emit(op)
    maker.types[op] = maker.class_of(op)
    maker.assign(op)


def _index(maker: LoopMaker, ref: Value[Any]) -> Value[Any]:
    """An index in range of a list or tuple."""
    descr = d.LIST_LEN if maker.class_of(ref) is list else d.TUPLE_LEN
    length = maker.emit(memory.GetField(ref, descr))
    index: Value[Any] = const_int(maker.choices.below(3))
    if maker.chance(3):
        index = maker.number()
        maker.require(integer.IntGe(index, const_int(0)))
    maker.require(integer.IntLt(index, length))
    return index


def get_item(maker: LoopMaker) -> None:
    ref = maker.of(list, tuple)
    maker.assign(maker.item(ref, _index(maker, ref)))


def set_item(maker: LoopMaker) -> None:
    ref = maker.of(list)
    index = _index(maker, ref)
    maker.set_item(ref, index, maker.any())


def call_on_list(maker: LoopMaker) -> None:
    ref = maker.of(list)
    if len(maker.concrete(ref)) > 5 or maker.chance(3):
        length = maker.emit(memory.GetField(ref, d.LIST_LEN))
        maker.require(integer.IntGt(length, const_int(0)))
        maker.assign(maker.emit(call.Call((ref,), helper_named("list_pop_last"))))
    elif maker.chance(6):
        helper = helper_named("list_reverse")
        maker.emit(call.CallMayRaise((ref,), helper, maker.state()))
    elif maker.chance(6):
        helper = helper_named("list_copy")
        maker.assign(maker.emit(call.CallMayRaise((ref,), helper, maker.state())))
    else:
        helper = helper_named("list_append")
        maker.emit(call.CallMayRaise((ref, maker.any()), helper, maker.state()))


def use_cell(maker: LoopMaker) -> None:
    ref = maker.of(types.CellType)
    if maker.chance(2):
        maker.assign(maker.field(ref, d.CELL_REF))
    else:
        maker.set_field(ref, d.CELL_REF, maker.any())


def use_attribute(maker: LoopMaker) -> None:
    ref = maker.of(Point)
    if maker.chance(3):
        version = maker.emit(memory.GetField(const_ref(Point), d.TYPE_VERSION))
        maker.emit(guard.GuardInt(version, const_int(11), maker.state()))
    raw = maker.emit(memory.GetField(ref, d.MANAGED_VALUES))
    maker.emit(guard.GuardRawNonnull(raw, maker.state()))
    descr = maker.pick(ATTRIBUTES)
    if maker.chance(2):
        maker.assign(maker.field(ref, descr))
    elif maker.chance(6):
        maker.field(ref, descr)
        maker.set_field(ref, descr, NULL)
    else:
        maker.set_field(ref, descr, maker.any())


def use_slot(maker: LoopMaker) -> None:
    ref = maker.of(Slotted)
    descr = maker.pick(SLOTS)
    if maker.chance(2):
        maker.assign(maker.field(ref, descr))
    else:
        maker.set_field(ref, descr, maker.any())


def call_method(maker: LoopMaker) -> None:
    ref = maker.of(types.MethodType)
    function = maker.emit(memory.GetField(ref, d.METHOD_FUNC))
    maker.emit(guard.GuardIs(function, const_ref(len), maker.state()))
    maker.assign(maker.emit(memory.GetField(ref, d.METHOD_SELF)))


def read_again(maker: LoopMaker) -> None:
    """Read or write a place that was read or written before, through a value still around."""
    held = maker.values()
    base, descr, index = maker.pick([place for place in maker.places if place[0] in held])
    maker.check_type(base)
    if index is not None:
        length_of = d.LIST_LEN if descr is d.LIST_ITEM else d.TUPLE_LEN
        length = maker.emit(memory.GetField(base, length_of))
        maker.require(integer.IntLt(index, length))
        if descr is d.TUPLE_ITEM or maker.chance(2):
            maker.assign(maker.item(base, index))
        else:
            maker.set_item(base, index, maker.any())
        return
    if descr.place is d.Place.VALUES:
        if maker.class_of(base) is not Point:
            raise Dropped
        raw = maker.emit(memory.GetField(base, d.MANAGED_VALUES))
        maker.emit(guard.GuardRawNonnull(raw, maker.state()))
    if descr in (d.LISTITER_SEQ, d.TUPLEITER_SEQ) or maker.chance(2):
        maker.assign(maker.field(base, descr))
    else:
        maker.set_field(base, descr, maker.any())


def hide(maker: LoopMaker) -> None:
    """Store a value into a container and load it back: two values, one object."""
    ref, value = maker.of(list, types.CellType, Slotted), maker.any()
    cls = maker.class_of(ref)
    if cls is list:
        index = _index(maker, ref)
        maker.set_item(ref, index, value)
        maker.assign(maker.item(ref, index))
    else:
        descr = d.CELL_REF if cls is types.CellType else SLOTS[0]
        maker.set_field(ref, descr, value)
        maker.assign(maker.emit(memory.GetField(ref, descr)))


def alias(maker: LoopMaker) -> None:
    """A new object stored through one value of a container, loaded through another."""
    pairs = [
        (one, other)
        for one in maker.values()
        for other in maker.values()
        if one is not other and maker.concrete(one) is maker.concrete(other)
    ]
    one, other = maker.pick([p for p in pairs if maker.class_of(p[0]) in (list, types.CellType)])
    maker.check_type(one)
    maker.check_type(other)
    value: Op[Any] = pyobj.NewCell(maker.any())
    items = maker.any(), maker.any()
    maker.emit(value)
    if maker.class_of(one) is list:
        index = _index(maker, one)
        maker.require(integer.IntLt(index, maker.emit(memory.GetField(other, d.LIST_LEN))))
        maker.set_item(one, index, value)
        loaded: Value[Any] = maker.item(other, index)
    else:
        maker.set_field(one, d.CELL_REF, value)
        loaded = maker.emit(memory.GetField(other, d.CELL_REF))
    maker.next_bytecode()
    maker.emit(guard.GuardNonnull(loaded, maker.state()))
    maker.check_type(loaded)
    maker.set_field(value, d.CELL_REF, items[0])
    maker.set_field(loaded, d.CELL_REF, items[1])
    maker.assign(maker.emit(memory.GetField(value, d.CELL_REF)))


def refill(maker: LoopMaker) -> None:
    """The last item of a list read, taken off, replaced and read again."""
    ref = maker.of(list)
    length = maker.emit(memory.GetField(ref, d.LIST_LEN))
    count = maker.concrete(length)
    if not count:
        raise Dropped
    maker.emit(guard.GuardInt(length, const_int(count), maker.state()))
    last = const_int(count - 1)
    maker.assign(maker.item(ref, last))
    item = maker.any()
    maker.emit(call.Call((ref,), helper_named("list_pop_last")))
    maker.places.append((ref, d.LIST_ITEM, last))
    append = helper_named("list_append")
    maker.emit(call.CallMayRaise((ref, item), append, maker.state()))
    maker.assign(maker.item(ref, last))


def two_indexes(maker: LoopMaker) -> None:
    """An item read by a constant index, stored by a computed one, read again."""
    ref, index = maker.of(list), maker.number()
    length = maker.emit(memory.GetField(ref, d.LIST_LEN))
    maker.require(integer.IntGe(index, const_int(0)))
    maker.require(integer.IntLt(index, length))
    constant = const_int(maker.concrete(index))
    maker.require(integer.IntLt(constant, length))
    maker.assign(maker.item(ref, constant))
    item = maker.any()
    maker.set_item(ref, index, item)
    maker.assign(maker.item(ref, constant))


def nest(maker: LoopMaker) -> None:
    """A new object and another one that holds it, in two slots."""
    inner: Op[Any] = pyobj.NewCell(maker.any())
    if maker.chance(2):
        inner = pyobj.NewInstance((maker.any(), maker.any(), NULL), Point, (0, 1))
    maker.emit(inner)
    maker.types[inner] = maker.class_of(inner)
    maker.assign(inner)
    outer = pyobj.NewList((inner,)) if maker.chance(2) else pyobj.NewTuple((inner, inner))
    maker.emit(outer)
    maker.types[outer] = maker.class_of(outer)
    maker.assign(outer)
