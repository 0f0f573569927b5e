"""Allocation, boxing and memory: virtual objects and the heap cache."""

from __future__ import annotations

from typing import Any, Final

from hotloop_ir import descr as d
from hotloop_ir.descr import Descr, Place
from hotloop_ir.op import Op
from hotloop_ir.ops import integer, memory, pyobj
from hotloop_ir.value import FALSE, TRUE, Const, Type, Value, const_float, const_int
from hotloop_optimizer import bounds
from hotloop_optimizer.engine import Engine, InvalidTrace, visits
from hotloop_optimizer.heap import index_key
from hotloop_optimizer.virtuals import (
    ALLOCATIONS,
    ARRAYS,
    BOXES,
    Virtual,
    field_index,
    holds,
    is_null,
)

#: Stands for the values of a virtual instance: not null.
_LIVE_VALUES: Final = Const[Any](Type.RAW, 1)
#: CPython keeps one object each of these ints (_PY_NSMALLNEGINTS, _PY_NSMALLPOSINTS).
_SHARED_INTS: Final = range(-5, 257)


@visits(*ALLOCATIONS)
def visit_allocation(engine: Engine, op: Op[Any]) -> Value[Any]:
    """Nothing is allocated until it must be; what CPython shares is a constant."""
    fields = engine.resolve(op.args)
    kind = type(op)
    if kind is pyobj.BoxInt or kind is pyobj.BoxBool:
        (field,) = fields
        if type(field) is Const:
            if kind is pyobj.BoxBool:
                return Const(Type.REF, bool(field.value))
            if field.value in _SHARED_INTS:
                return Const(Type.REF, field.value)
    elif kind is pyobj.NewTuple and not fields:
        return Const(Type.REF, ())
    virtual = Virtual(op, list(fields))
    if kind not in BOXES:
        engine.nonnull.update(virtual.present())
        if holds(virtual, None):  # far too much: allocate the contents
            virtual.fields = list(engine.real_all(fields))
    return engine.force(virtual) if "virtuals" in engine.off else virtual


# -- boxes --------------------------------------------------------------------


@visits(pyobj.UnboxInt)
def visit_unbox_int(engine: Engine, op: pyobj.UnboxInt) -> Value[Any]:
    """The twin if there is one; a bool counts as its number."""
    ref = engine.find(op.args[0])
    if type(ref) is Const and isinstance(ref.value, int):
        number = int(ref.value)
        if not integer.MIN <= number <= integer.MAX:
            raise InvalidTrace("constant int does not fit")
        return const_int(number)
    found = unbox(engine, op, ref, (pyobj.BoxInt, pyobj.BoxBool))
    return engine.visit_new(integer.IntFromBool(found)) if found.type is Type.BOOL else found


@visits(pyobj.UnboxFloat)
def visit_unbox_float(engine: Engine, op: pyobj.UnboxFloat) -> Value[Any]:
    """The twin if there is one."""
    ref = engine.find(op.args[0])
    if type(ref) is Const and isinstance(ref.value, float):
        return const_float(ref.value)
    return unbox(engine, op, ref, (pyobj.BoxFloat,))


@visits(pyobj.UnboxBool)
def visit_unbox_bool(engine: Engine, op: pyobj.UnboxBool) -> Value[Any]:
    """``ref is True``, or the twin."""
    ref = engine.find(op.args[0])
    if type(ref) is Const:
        return TRUE if ref.value is True else FALSE
    return unbox(engine, op, ref, (pyobj.BoxBool,))


def unbox(
    engine: Engine, op: Op[Any], ref: Value[Any], boxes: tuple[type[Op[Any]], ...]
) -> Value[Any]:
    """The number in a box of one of these kinds, taken out if need be."""
    if type(ref) is Virtual:
        if type(ref.template) not in boxes:
            raise InvalidTrace(f"{op.mnemonic} of {ref!r}")
        return engine.find(ref.fields[0])
    twin = engine.unboxed.get(ref)
    if twin is None and engine.imports is not None:
        twin = engine.imports.unboxed(op, ref)
    if twin is not None and (twin.type is op.type or twin.type is Type.BOOL):
        return engine.find(twin)  # not the number of a bool that was taken for an int
    new = engine.emit(op, (ref,))
    engine.unboxed[ref] = new
    remember_bound(engine, new, new)
    return new


def remember_bound(engine: Engine, op: Op[Any], value: Value[Any]) -> None:
    """``value`` is what ``op`` gives: remember its bounds."""
    if op.type is Type.INT:
        bound = bounds.bound_of(op, engine.bound_of)
        if not bound.is_unbounded:
            engine.bounds[value] = bound


# -- loads --------------------------------------------------------------------


@visits(memory.GetField)
def visit_getfield(engine: Engine, op: memory.GetField) -> Value[Any]:
    """Known content, or a load that is remembered."""
    base = engine.find(op.args[0])
    if type(base) is Virtual:
        content = virtual_field(engine, base, op.descr)
        if content is not None:
            return content
        base = engine.force(base)
    return load(engine, op, op.descr, base, None, (base,))


def virtual_field(engine: Engine, base: Virtual, descr: Descr) -> Value[Any] | None:
    """The content of a field of a virtual; None if the virtual does not model the field."""
    if descr is d.MANAGED_VALUES and type(base.template) is pyobj.NewInstance:
        return _LIVE_VALUES
    arrays = ARRAYS.get(type(base.template))
    if arrays is not None and descr is arrays[0]:
        return const_int(len(base.fields))
    index = field_index(base, descr)
    return None if index is None else engine.find(base.fields[index])


@visits(memory.GetItem)
def visit_getitem(engine: Engine, op: memory.GetItem) -> Value[Any]:
    """An item of a tuple or list."""
    base, index = engine.resolve(op.args)
    if type(base) is Virtual:
        if type(index) is Const and holds_items(base, op.descr):
            return engine.find(base.fields[position(base, index)])
        base = engine.force(base)
    return load(engine, op, op.descr, base, index_key(index), (base, index))


def load(
    engine: Engine,
    op: Op[Any],
    descr: Descr,
    base: Value[Any],
    index: object,
    args: tuple[Value[Any], ...],
) -> Value[Any]:
    """A read of real memory through the heap cache."""
    known = engine.heap.get(descr, base, index)
    if known is None and engine.imports is not None:
        known = engine.imports.content(op, descr, base, index, args)
    if known is not None:
        return engine.find(known)
    new = engine.emit(op, args)
    engine.heap.put(descr, base, new, index)
    remember_bound(engine, new, new)
    if descr.place in (Place.ITEMS, Place.INDIRECT):
        engine.nonnull.add(new)
    return new


def holds_items(base: Virtual, descr: Descr) -> bool:
    """Whether the operands of a virtual are the array that ``descr`` names."""
    arrays = ARRAYS.get(type(base.template))
    return arrays is not None and descr is arrays[1]


def position(base: Virtual, index: Const[Any]) -> int:
    """A constant index into a virtual. Raises InvalidTrace if it is out of range."""
    assert isinstance(index.value, int)
    if not 0 <= index.value < len(base.fields):
        raise InvalidTrace("index out of range")
    return index.value


# -- stores -------------------------------------------------------------------


@visits(memory.SetField)
def visit_setfield(engine: Engine, op: memory.SetField) -> Value[Any]:
    """A store; into a virtual it only changes what the virtual holds."""
    base, value = engine.resolve(op.args)
    if type(base) is Virtual:
        index = field_index(base, op.descr)
        if index is not None and storable(base, value):
            return set_virtual(engine, base, index, value)
        engine.force(base)
    return store(engine, op, op.descr, None)


@visits(memory.SetItem)
def visit_setitem(engine: Engine, op: memory.SetItem) -> Value[Any]:
    """A store of an item."""
    base, index, value = engine.resolve(op.args)
    if type(base) is Virtual:
        if type(index) is Const and holds_items(base, op.descr) and storable(base, value):
            return set_virtual(engine, base, position(base, index), value)
        engine.force(base)
    return store(engine, op, op.descr, index_key(index))


@visits(memory.SetFieldInt)
def visit_setfield_int(engine: Engine, op: memory.SetFieldInt) -> None:
    """A store of a number."""
    base, value = engine.resolve(op.args)
    if type(base) is Virtual:
        index = field_index(base, op.descr)
        if index is not None:
            set_virtual(engine, base, index, value)
            return
        base = engine.force(base)
    engine.emit(op, (base, value))
    engine.write(op.descr, base, value)


@visits(memory.SetItemInt, memory.SetItemFloat)
def visit_setitem_number(engine: Engine, op: memory.SetItemInt | memory.SetItemFloat) -> None:
    """A store into an array of numbers."""
    base, index, value = engine.real_all(op.args)
    engine.emit(op, (base, index, value))
    engine.write(op.descr, base, value, index_key(index))


def storable(base: Virtual, value: Value[Any]) -> bool:
    """Whether a virtual may hold a value: not if it would come to hold itself, or too much."""
    if type(value) is not Virtual or type(value.template) in BOXES:
        return True
    return not holds(value, base)


def set_virtual(engine: Engine, base: Virtual, index: int, value: Value[Any]) -> Value[Any]:
    """Replace an operand of a virtual; the result is the old one."""
    old = engine.find(base.fields[index])
    if type(value) is not Const:  # a traced value that is stored is not NULL
        engine.nonnull.add(value)
    base.set_field(index, value)
    engine.changed()
    return old


def store(engine: Engine, op: Op[Any], descr: Descr, index: object) -> Value[Any]:
    """A store of a REF into real memory; the result is the old content."""
    args = engine.real_all(op.args)
    base, value = args[0], args[-1]
    engine.escape(value)
    if type(value) is not Const:  # a traced value that is stored is not NULL
        engine.nonnull.add(value)
    new = engine.emit(op, args)
    old = engine.heap.get(descr, base, index)
    if old is not None:
        copy_facts(engine, engine.find(old), new)
    engine.write(descr, base, value, index)
    return new


def copy_facts(engine: Engine, old: Value[Any], new: Value[Any]) -> None:
    """The old content returned by a store is the value that was known to be there."""
    kind = engine.type_of(old)
    if kind is not None:
        engine.set_type(new, kind)
        if new in engine.types:
            engine.replaced[new] = kind
    elif old in engine.nonnull or (type(old) is Const and not is_null(old)):
        engine.nonnull.add(new)
