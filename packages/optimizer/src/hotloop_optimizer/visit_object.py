"""Allocation, boxing and memory: virtual objects and the heap cache."""

from __future__ import annotations

from typing import Any

from hotloop_ir import descr as d
from hotloop_ir.descr import Descr
from hotloop_ir.op import Effect, Op
from hotloop_ir.ops import integer, memory, pyobj
from hotloop_ir.value import FALSE, NULL, TRUE, Const, Type, Value, const_float, const_int

from hotloop_optimizer.engine import Engine, InvalidTrace, resolved_field, visits
from hotloop_optimizer.heap import index_key
from hotloop_optimizer.virtuals import ARRAYS, Virtual, field_index
from hotloop_optimizer.visit_pure import is_null, visit_pure

_LIVE_VALUES = Const[Any](Type.RAW, 1)  # stands for the values of a virtual instance: not null


@visits(
    *[
        op_class
        for op_class in vars(pyobj).values()
        if isinstance(op_class, type)
        and issubclass(op_class, Op)
        and op_class is not Op
        and (op_class.effect is Effect.ALLOC or op_class is pyobj.BoxBool)
    ]
)
def visit_allocation(engine: Engine, op: Op[Any]) -> Value[Any]:
    """Nothing is allocated until it must be."""
    fields = [engine.find(arg) for arg in op.args]
    if isinstance(op, pyobj.BoxBool) and isinstance(fields[0], Const):
        return engine.find(Const(Type.REF, bool(fields[0].value)))
    return Virtual(op, fields)


@visits(pyobj.UnboxInt)
def visit_unbox_int(engine: Engine, op: pyobj.UnboxInt) -> Value[Any]:
    """The twin if there is one; a bool counts as its number."""
    ref = engine.find(op.ref)
    if isinstance(ref, Virtual):
        field = engine.find(ref.fields[0])
        return engine.visit_new(integer.IntFromBool(field)) if field.type is Type.BOOL else field
    if isinstance(ref, Const) and isinstance(ref.value, int):
        number = int(ref.value)
        if not integer.MIN <= number <= integer.MAX:
            raise InvalidTrace("constant int does not fit")
        return engine.find(const_int(number))
    twin = _twin(engine, op, ref)
    if twin is not None:
        found = engine.find(twin)
        return engine.visit_new(integer.IntFromBool(found)) if found.type is Type.BOOL else found
    new = engine.emit(op, ref)
    engine.unboxed[ref] = new
    return new


def _twin(engine: Engine, op: Op[Any], ref: Value[Any]) -> Value[Any] | None:
    twin = engine.unboxed.get(ref)
    if twin is None and engine.imports is not None:
        twin = engine.imports.unboxed(op, ref)
    return twin


@visits(pyobj.UnboxFloat)
def visit_unbox_float(engine: Engine, op: pyobj.UnboxFloat) -> Value[Any]:
    """The twin if there is one."""
    ref = engine.find(op.ref)
    if isinstance(ref, Virtual):
        return engine.find(ref.fields[0])
    if isinstance(ref, Const) and isinstance(ref.value, float):
        return engine.find(const_float(ref.value))
    twin = _twin(engine, op, ref)
    if twin is not None:
        return engine.find(twin)
    new = engine.emit(op, ref)
    engine.unboxed[ref] = new
    return new


@visits(pyobj.UnboxBool)
def visit_unbox_bool(engine: Engine, op: pyobj.UnboxBool) -> Value[Any]:
    """``ref is True``, or the twin."""
    ref = engine.find(op.ref)
    if isinstance(ref, Virtual):
        return engine.find(ref.fields[0])
    if isinstance(ref, Const):
        return TRUE if ref.value is True else FALSE
    twin = _twin(engine, op, ref)
    if twin is not None:
        return engine.find(twin)
    new = engine.emit(op, ref)
    engine.unboxed[ref] = new
    return new


# -- fields -------------------------------------------------------------------


@visits(memory.GetField)
def visit_getfield(engine: Engine, op: memory.GetField) -> Value[Any]:
    """Known content, or a load that is remembered."""
    base = engine.find(op.base)
    if isinstance(base, Virtual):
        content = virtual_field(engine, base, op.descr)
        if content is not None:
            return content
        base = engine.force(base)
    return load(engine, op, op.descr, base, None, (base,))


def virtual_field(engine: Engine, base: Virtual, descr: Descr) -> Value[Any] | None:
    """The content of a field of a virtual; None if the virtual does not model the field."""
    if descr is d.MANAGED_VALUES and isinstance(base.template, pyobj.NewInstance):
        return engine.find(_LIVE_VALUES)
    arrays = ARRAYS.get(type(base.template))
    if arrays is not None and descr is arrays[0]:
        return engine.find(const_int(len(base.fields)))
    return resolved_field(engine, base, descr)


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
    new = engine.emit(op, *args)
    engine.heap.put(descr, base, new, index)
    return new


@visits(memory.SetField)
def visit_setfield(engine: Engine, op: memory.SetField) -> Value[Any]:
    """A store; into a virtual it only changes what the virtual holds."""
    base = engine.find(op.base)
    if isinstance(base, Virtual):
        index = field_index(base, op.descr)
        if index is not None:
            return set_virtual(engine, base, index, engine.find(op.value))
        base = engine.force(base)
    value = engine.real(op.value)
    engine.escape(value)
    new = engine.emit(op, base, value)
    old = engine.heap.get(op.descr, base)
    if old is not None:
        copy_facts(engine, engine.find(old), new)
    engine.write(op.descr, base, value)
    return new


def copy_facts(engine: Engine, old: Value[Any], new: Value[Any]) -> None:
    """The old content returned by a store is the value that was known to be there."""
    kind = engine.type_of(old)
    if kind is not None:
        engine.types[new] = kind
        engine.nonnull.add(new)


def set_virtual(engine: Engine, base: Virtual, index: int, value: Value[Any]) -> Value[Any]:
    """Replace an operand of a virtual; the result is the old one."""
    old = engine.find(base.fields[index])
    if is_null(old) and isinstance(base.template, pyobj.NewInstance) and index not in base.order:
        base.order = (*base.order, index)
    base.fields[index] = value
    engine.changed()
    return old


@visits(memory.SetFieldInt)
def visit_setfield_int(engine: Engine, op: memory.SetFieldInt) -> None:
    """A store of a number."""
    base, value = engine.find(op.base), engine.find(op.value)
    if isinstance(base, Virtual):
        index = field_index(base, op.descr)
        if index is not None:
            set_virtual(engine, base, index, value)
            return
        base = engine.force(base)
    engine.emit(op, base, value)
    engine.write(op.descr, base, value)


# -- items --------------------------------------------------------------------


@visits(memory.GetItem)
def visit_getitem(engine: Engine, op: memory.GetItem) -> Value[Any]:
    """An item of a tuple or list."""
    base, index = engine.find(op.base), engine.find(op.index)
    if isinstance(base, Virtual):
        if isinstance(index, Const) and _holds_items(base, op.descr):
            return engine.find(base.fields[_number(index)])
        base = engine.force(base)
    return load(engine, op, op.descr, base, index_key(index), (base, index))


def _number(index: Const[Any]) -> int:
    assert isinstance(index.value, int)
    return index.value


def _holds_items(base: Virtual, descr: Descr) -> bool:
    arrays = ARRAYS.get(type(base.template))
    return arrays is not None and descr is arrays[1]


@visits(memory.SetItem)
def visit_setitem(engine: Engine, op: memory.SetItem) -> Value[Any]:
    """A store of an item."""
    base, index = engine.find(op.base), engine.find(op.index)
    if isinstance(base, Virtual):
        if isinstance(index, Const) and _holds_items(base, op.descr):
            return set_virtual(engine, base, _number(index), engine.find(op.value))
        base = engine.force(base)
    value = engine.real(op.value)
    engine.escape(value)
    key = index_key(index)
    new = engine.emit(op, base, index, value)
    old = engine.heap.get(op.descr, base, key)
    if old is not None:
        copy_facts(engine, engine.find(old), new)
    engine.write(op.descr, base, value, key)
    return new
