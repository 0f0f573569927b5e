"""Virtual objects: allocations the trace does without.

A virtual is the allocation op it came from, with its operands kept up to date. While it
does not escape, reads and writes of its fields are reads and writes of the operand
list; in a snapshot it is written as its constructor (an op that is not in the trace).
This module knows which memory descriptor is which operand, and nothing of the walk.
"""

from __future__ import annotations

import types
from typing import Any, Final

from hotloop_ir import descr as d
from hotloop_ir.descr import Descr
from hotloop_ir.op import Effect, Op
from hotloop_ir.ops import pyobj
from hotloop_ir.value import NULL_OBJECT, Const, Ref, Type, Value

#: A virtual that holds more virtual objects than this, all levels together, is allocated.
MAX_NESTED: Final = 64


class Virtual(Value[Ref]):
    """One object that has not been allocated.

    ``template`` is the recorded allocation op (its immediates are the object's), ``fields``
    its current operands, ``order`` the insertion order of inline attribute values. ``node``
    is its constructor in snapshots, as it was at version ``checked``.
    """

    __slots__ = ("checked", "fields", "node", "node_order", "order", "template")
    type = Type.REF

    def __init__(self, template: Op[Any], fields: list[Value[Any]]) -> None:
        self.template = template
        self.fields = fields
        self.order: tuple[int, ...] = getattr(template, "order", ())
        self.node: Op[Any] | None = None
        self.node_order: tuple[int, ...] = ()
        self.checked = -1

    def __repr__(self) -> str:
        return f"<virtual {self.template.mnemonic}>"

    def constructor(self, operands: tuple[Value[Any], ...]) -> Op[Any]:
        """The allocation op that makes this object as it is now, on these operands."""
        op = self.template.rebuild(operands, None)
        if isinstance(op, pyobj.NewInstance):
            op.order = self.order
        return op

    def present(self) -> list[Value[Any]]:
        """Operands that are certainly not NULL: items, and attributes that are set."""
        if type(self.template) is pyobj.NewInstance:
            return [self.fields[index] for index in self.order]
        return self.fields if type(self.template) in ARRAYS else []

    def set_field(self, index: int, value: Value[Any]) -> None:
        """Store into a field. A traced value is not NULL; the constant NULL unsets an attribute.

        The insertion order is kept as CPython keeps it (``_PyObject_StoreInstanceAttribute``).
        """
        if type(self.template) is pyobj.NewInstance:
            if is_null(value):
                self.order = tuple([i for i in self.order if i != index])
            elif index not in self.order:
                self.order = (*self.order, index)
        self.fields[index] = value


_ITERATORS: Final[dict[type[Op[Any]], type]] = {
    pyobj.NewRangeIterator: type(iter(range(0))),
    pyobj.NewListIterator: type(iter([])),
    pyobj.NewTupleIterator: type(iter(())),
}

#: Exact class of the object an allocation op makes.
CLASS_OF: Final[dict[type[Op[Any]], type]] = {
    pyobj.BoxInt: int,
    pyobj.BoxFloat: float,
    pyobj.BoxBool: bool,
    pyobj.NewTuple: tuple,
    pyobj.NewList: list,
    pyobj.NewCell: types.CellType,
    pyobj.NewMethod: types.MethodType,
    pyobj.NewSlice: slice,
    pyobj.NewRange: range,
    pyobj.NewEnumerate: enumerate,
    **_ITERATORS,
}

#: Field descriptor -> operand index, for allocations with fixed fields.
FIELDS: Final[dict[type[Op[Any]], dict[Descr, int]]] = {
    pyobj.NewCell: {d.CELL_REF: 0},
    pyobj.NewMethod: {d.METHOD_FUNC: 0, d.METHOD_SELF: 1},
    pyobj.NewSlice: {d.SLICE_START: 0, d.SLICE_STOP: 1, d.SLICE_STEP: 2},
    pyobj.NewRangeIterator: {
        d.RANGEITER_INDEX: 0,
        d.RANGEITER_START: 1,
        d.RANGEITER_STEP: 2,
        d.RANGEITER_LEN: 3,
    },
    pyobj.NewListIterator: {d.LISTITER_INDEX: 0, d.LISTITER_SEQ: 1},
    pyobj.NewTupleIterator: {d.TUPLEITER_INDEX: 0, d.TUPLEITER_SEQ: 1},
    pyobj.NewEnumerate: {d.ENUM_INDEX: 0, d.ENUM_SIT: 1},
}

#: Allocation op -> (length descriptor, item descriptor), for arrays of operands.
ARRAYS: Final[dict[type[Op[Any]], tuple[Descr, Descr]]] = {
    pyobj.NewTuple: (d.TUPLE_LEN, d.TUPLE_ITEM),
    pyobj.NewList: (d.LIST_LEN, d.LIST_ITEM),
}

BOXES: Final = frozenset((pyobj.BoxInt, pyobj.BoxFloat, pyobj.BoxBool))

#: Every op that makes an object.
ALLOCATIONS: Final[frozenset[type[Op[Any]]]] = frozenset(
    [
        op_class
        for op_class in vars(pyobj).values()
        if isinstance(op_class, type)
        and issubclass(op_class, Op)
        and op_class is not Op
        and (op_class.effect is Effect.ALLOC or op_class is pyobj.BoxBool)
    ]
)


def class_of(template: Op[Any]) -> type:
    """The exact class of the object an allocation op makes."""
    found = CLASS_OF.get(type(template))
    if found is not None:
        return found
    assert isinstance(template, (pyobj.NewInstance, pyobj.NewSlotsInstance))
    return template.cls  # type: ignore[no-any-return]


def field_index(virtual: Virtual, descr: Descr) -> int | None:
    """Which operand of the virtual a field descriptor names; None if it names none."""
    template = virtual.template
    fixed = FIELDS.get(type(template))
    if fixed is not None:
        return fixed.get(descr)
    if isinstance(template, pyobj.NewInstance):
        if descr.place is d.Place.VALUES and descr.index < len(virtual.fields):
            return descr.index
        return None
    if isinstance(template, pyobj.NewSlotsInstance) and descr.place is d.Place.SLOT:
        return template.offsets.index(descr.index) if descr.index in template.offsets else None
    return None


def is_box(value: Value[Any], op_class: type[Op[Any]]) -> bool:
    """Whether a value is a virtual box of this kind."""
    return type(value) is Virtual and type(value.template) is op_class


def is_null(value: Value[Any]) -> bool:
    """Whether a resolved value is the null reference."""
    return type(value) is Const and value.value is NULL_OBJECT


def holds(outer: Virtual, wanted: Virtual | None) -> bool:
    """Whether ``outer`` is, or holds at any depth, the virtual ``wanted``.

    Also true if it holds so many virtual objects that it had better be allocated.
    """
    pending = [outer]
    seen = {outer}
    while pending:
        virtual = pending.pop()
        if virtual is wanted:
            return True
        for field in virtual.fields:
            if type(field) is Virtual and field not in seen and type(field.template) not in BOXES:
                seen.add(field)
                pending.append(field)
        if len(seen) > MAX_NESTED:
            return True
    return False
