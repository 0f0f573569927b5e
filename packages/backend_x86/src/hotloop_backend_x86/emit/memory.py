"""Emitters of reads and writes of fields and arrays."""

from __future__ import annotations

from typing import Any

from hotloop_backend_x86.emit.replace import replace_number
from hotloop_backend_x86.emitter import UNLIKELY, Emitter, emits
from hotloop_backend_x86.layout import access, facts
from hotloop_ir.descr import MANAGED_VALUES, Descr, Place
from hotloop_ir.ops.memory import (
    GetField,
    GetItem,
    SetField,
    SetFieldInt,
    SetItem,
    SetItemFloat,
    SetItemInt,
)
from hotloop_ir.value import Value


def field_address(e: Emitter, base: Value[Any], descr: Descr) -> str:
    """The address of a field."""
    way = access(descr)
    if way.pointer is None:
        return e.at(base, way.offset)
    if descr.place is Place.VALUES:
        return e.offset(_values_pointer(e, base), way.offset)
    followed = e.let(f"load ptr, ptr {e.at(base, way.pointer)}")
    return e.offset(followed, way.offset)


def _values_pointer(e: Emitter, base: Value[Any]) -> str:
    """The address of an object's inline attribute values; loaded once while it cannot change."""
    found = e.values_pointers.get(base)
    if found is None:
        found = e.let(f"load ptr, ptr {e.at(base, facts()['managed.values'])}")
        e.values_pointers[base] = found
    return found


def item_address(e: Emitter, base: Value[Any], index: Value[Any], descr: Descr) -> str:
    """The address of an item of an array inside or behind an object."""
    way = access(descr)
    if way.pointer is None:
        items = e.at(base, way.offset)
    else:
        items = e.let(f"load ptr, ptr {e.at(base, way.pointer)}")
    return e.let(f"getelementptr {way.load}, ptr {items}, i64 {e.use(index)}")


@emits("getfield")
def getfield(e: Emitter, op: GetField) -> None:
    way = access(op.descr)
    place = field_address(e, op.base, op.descr)
    if way.load == way.result:
        e.define(op, f"load {way.load}, ptr {place}")
    else:
        narrow = e.let(f"load {way.load}, ptr {place}")
        e.define(op, f"zext {way.load} {narrow} to {way.result}")
    if op.descr is MANAGED_VALUES:
        e.values_pointers[op.base] = e.names[op]


@emits("setfield")
def setfield(e: Emitter, op: SetField) -> None:
    place = field_address(e, op.base, op.descr)
    box = e.reuse.boxes.get(op)
    if box is not None:
        replace_number(e, op, box, place)
        return
    value = e.use(op.value)
    old = e.define(op, f"load ptr, ptr {place}")
    e.line(f"store ptr {value}, ptr {place}")
    if op.descr.place is Place.VALUES:
        _note_insertion(e, op, old)


def _note_insertion(e: Emitter, op: SetField, old: str) -> None:
    """The first store into an inline value appends its key to the insertion order."""
    cold, go_on = e.fresh_block(), e.fresh_block()
    e.branch(e.let(f"icmp eq ptr {old}, null"), cold, go_on, UNLIKELY)
    e.cold.append(f"{cold}:")
    values = e.values_pointers[op.base]
    e.cold.append(f"call void {e.native('hl_add_to_order')}(ptr {values}, i64 {op.descr.index})")
    e.cold.append(f"br label %{go_on}")
    e.block(go_on)


@emits("setfield_int")
def setfield_int(e: Emitter, op: SetFieldInt) -> None:
    way = access(op.descr)
    place = field_address(e, op.base, op.descr)
    value = e.use(op.value)
    if way.load != way.result:
        value = e.let(f"trunc {way.result} {value} to {way.load}")
    e.line(f"store {way.load} {value}, ptr {place}")


@emits("getitem")
def getitem(e: Emitter, op: GetItem) -> None:
    way = access(op.descr)
    place = item_address(e, op.base, op.index, op.descr)
    if way.load == way.result:
        e.define(op, f"load {way.load}, ptr {place}")
    else:
        narrow = e.let(f"load {way.load}, ptr {place}")
        e.define(op, f"{way.widen} {way.load} {narrow} to {way.result}")
    e.nonnull.add(op)


@emits("setitem")
def setitem(e: Emitter, op: SetItem) -> None:
    place = item_address(e, op.base, op.index, op.descr)
    box = e.reuse.boxes.get(op)
    if box is not None:
        replace_number(e, op, box, place)
        return
    e.define(op, f"load ptr, ptr {place}")
    e.line(f"store ptr {e.use(op.value)}, ptr {place}")
    e.nonnull.add(op)


@emits("setitem_int")
def setitem_int(e: Emitter, op: SetItemInt) -> None:
    way = access(op.descr)
    place = item_address(e, op.base, op.index, op.descr)
    value = e.use(op.value)
    if way.load != way.result:
        value = e.let(f"trunc {way.result} {value} to {way.load}")
    e.line(f"store {way.load} {value}, ptr {place}")


@emits("setitem_float")
def setitem_float(e: Emitter, op: SetItemFloat) -> None:
    place = item_address(e, op.base, op.index, op.descr)
    e.line(f"store double {e.use(op.value)}, ptr {place}")
