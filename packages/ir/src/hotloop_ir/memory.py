"""The memory a trace is evaluated on: a protocol, and one of plain Python objects.

REF values are Python objects, ``NULL_OBJECT`` for NULL; INT, FLOAT, BOOL are int, float,
bool; RAW is an int. :class:`PlainMemory` never looks into real memory: what Python
offers no access to (inline values, iterator positions) it keeps in objects of its own.
"""

from __future__ import annotations

import types
from array import array
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from hotloop_ir import descr as d
from hotloop_ir.descr import Descr
from hotloop_ir.helper import Helper
from hotloop_ir.op import Op
from hotloop_ir.ops import pyobj
from hotloop_ir.trace import Target
from hotloop_ir.value import NULL_OBJECT


class ContractViolation(Exception):
    """A trace did what its ops forbid (index out of range, field of NULL ...)."""


class Memory(Protocol):
    """What the evaluator asks of the world. Methods raise ContractViolation on misuse."""

    def type_of(self, ref: Any) -> type:
        """``type(ref)``, exactly."""

    def read_field(self, base: Any, descr: Descr) -> Any:
        """The content of a field."""

    def write_field(self, base: Any, descr: Descr, value: Any) -> Any:
        """Store into a field; the result is the old content."""

    def read_item(self, base: Any, index: int, descr: Descr) -> Any:
        """An item of an array."""

    def write_item(self, base: Any, index: int, descr: Descr, value: Any) -> Any:
        """Store an item; the result is the old one."""

    def allocate(self, op: Op[Any], operands: Sequence[Any]) -> Any:
        """The new object an allocation op describes, on concrete operands."""

    def call(self, helper: Helper, operands: Sequence[Any]) -> Any:
        """Call a helper. Raises what it raises."""

    def call_python(self, callable_: Any, operands: Sequence[Any], kwnames: tuple[str, ...]) -> Any:
        """Call a Python callable. Raises what it raises."""

    def call_entry(self, target: Target, function: Any, operands: Sequence[Any]) -> Any:
        """Call a function that has compiled code. Raises what it raises."""

    def incref(self, ref: Any) -> None:
        """One reference more."""

    def decref(self, ref: Any) -> None:
        """One reference less; cannot run Python code."""

    def decref_checked(self, ref: Any) -> bool:
        """One reference less; whether Python code ran (or may have)."""

    def interrupted(self) -> bool:
        """Whether a signal, GIL request, pending call or collection is due."""


class Plain:
    """An object of class ``cls`` whose fields are named by descriptors."""

    __slots__ = ("cls", "fields")

    def __init__(self, cls: type, fields: dict[Descr, Any]) -> None:
        self.cls = cls
        self.fields = fields

    def __repr__(self) -> str:
        return f"<Plain {self.cls.__name__} {self.fields}>"


def _cell(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return NULL_OBJECT


def _or_null(value: Any) -> Any:
    return NULL_OBJECT if value is None else value


#: Fields of real Python objects: classes that have them and how to read.
_READ: Final[dict[Descr, tuple[tuple[type, ...], Callable[[Any], Any]]]] = {
    d.TUPLE_LEN: ((tuple,), len),
    d.LIST_LEN: ((list,), len),
    d.STR_LEN: ((str,), len),
    d.BYTES_LEN: ((bytes,), len),
    d.BYTEARRAY_LEN: ((bytearray,), len),
    d.ARRAY_LEN: ((array,), len),
    d.ARRAY_TYPECODE: ((array,), lambda ref: ord(ref.typecode)),
    d.DICT_USED: ((dict,), len),
    d.SET_USED: ((set, frozenset), len),
    d.CELL_REF: ((types.CellType,), _cell),
    d.METHOD_FUNC: ((types.MethodType,), lambda ref: ref.__func__),
    d.METHOD_SELF: ((types.MethodType,), lambda ref: ref.__self__),
    d.BUILTIN_SELF: ((types.BuiltinFunctionType,), lambda ref: ref.__self__),
    d.FUNC_CODE: ((types.FunctionType,), lambda ref: ref.__code__),
    d.FUNC_DEFAULTS: ((types.FunctionType,), lambda ref: _or_null(ref.__defaults__)),
    d.FUNC_KWDEFAULTS: ((types.FunctionType,), lambda ref: _or_null(ref.__kwdefaults__)),
    d.FUNC_GLOBALS: ((types.FunctionType,), lambda ref: ref.__globals__),
    d.FUNC_BUILTINS: ((types.FunctionType,), lambda ref: ref.__builtins__),
    d.FUNC_CLOSURE: ((types.FunctionType,), lambda ref: _or_null(ref.__closure__)),
    d.SLICE_START: ((slice,), lambda ref: ref.start),
    d.SLICE_STOP: ((slice,), lambda ref: ref.stop),
    d.SLICE_STEP: ((slice,), lambda ref: ref.step),
    d.RANGE_START: ((range,), lambda ref: ref.start),
    d.RANGE_STOP: ((range,), lambda ref: ref.stop),
    d.RANGE_STEP: ((range,), lambda ref: ref.step),
    d.RANGE_LENGTH: ((range,), len),
}

_ARRAYS: Final[dict[Descr, type]] = {
    d.LIST_ITEM: list,
    d.TUPLE_ITEM: tuple,
    d.BYTES_ITEM: bytes,
    d.BYTEARRAY_ITEM: bytearray,
    **dict.fromkeys(d.ARRAY_ITEMS.values(), array),
}

#: Allocations kept as ``Plain``: the class and the fields of the operands.
_PLAIN: Final[dict[type[Op[Any]], tuple[type, tuple[Descr, ...]]]] = {
    pyobj.NewRangeIterator: (
        type(iter(range(0))),
        (d.RANGEITER_INDEX, d.RANGEITER_START, d.RANGEITER_STEP, d.RANGEITER_LEN),
    ),
    pyobj.NewListIterator: (type(iter([])), (d.LISTITER_INDEX, d.LISTITER_SEQ)),
    pyobj.NewTupleIterator: (type(iter(())), (d.TUPLEITER_INDEX, d.TUPLEITER_SEQ)),
    pyobj.NewEnumerate: (enumerate, (d.ENUM_INDEX, d.ENUM_SIT)),
}

#: Allocations that are Python objects: how to make them.
_MAKE: Final[dict[type[Op[Any]], Callable[..., Any]]] = {
    pyobj.BoxInt: lambda value: value + 1 - 1,  # a new object if it is not a small int
    pyobj.BoxFloat: lambda value: value * 1.0,
    pyobj.BoxBool: bool,
    pyobj.NewTuple: lambda *items: tuple(items),
    pyobj.NewList: lambda *items: list(items),
    pyobj.NewCell: lambda value: (
        types.CellType() if value is NULL_OBJECT else types.CellType(value)
    ),
    pyobj.NewMethod: types.MethodType,
    pyobj.NewSlice: slice,
    pyobj.NewRange: lambda start, stop, step, length: range(start, stop, step),
}


def make_object(op: Op[Any], operands: Sequence[Any]) -> Any:
    """The Python object of an allocation op. Raises KeyError if Python cannot make one."""
    return _MAKE[type(op)](*operands)


class PlainMemory:
    """Memory of plain Python objects, without reference counts.

    Instances and built-in iterators are :class:`Plain`. Any other field (type version,
    dict keys ...) must be given with :meth:`put`. ``due`` makes ``guard_no_interrupt``
    fail, ``calls`` records calls that may run Python code and what they were given.
    """

    def __init__(self) -> None:
        self.due = False
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self._fields: dict[tuple[Any, Descr], Any] = {}
        self._alive: dict[int, Any] = {}

    def put(self, base: Any, descr: Descr, value: Any) -> None:
        """Set any field of any object, or of a raw address (an int)."""
        if isinstance(base, Plain):
            base.fields[descr] = value
        else:
            self._alive[id(base)] = base
            self._fields[self._key(base, descr)] = value

    def type_of(self, ref: Any) -> type:
        if ref is NULL_OBJECT:
            raise ContractViolation("the type of NULL")
        return ref.cls if isinstance(ref, Plain) else type(ref)

    def read_field(self, base: Any, descr: Descr) -> Any:
        if base is NULL_OBJECT:
            raise ContractViolation(f"{descr.name} of NULL")
        if isinstance(base, Plain):
            return self._plain_field(base, descr)
        key = self._key(base, descr)
        if key in self._fields:
            return self._fields[key]
        classes, read = _READ.get(descr, ((), None))
        if read is None or not isinstance(base, classes):
            raise ContractViolation(f"{base!r} has no {descr.name}")
        return read(base)

    def write_field(self, base: Any, descr: Descr, value: Any) -> Any:
        if descr.immutable:
            raise ContractViolation(f"{descr.name} is immutable")
        old = self.read_field(base, descr)
        if isinstance(base, types.CellType) and descr is d.CELL_REF:
            if value is NULL_OBJECT:
                del base.cell_contents
            else:
                base.cell_contents = value
        else:
            self.put(base, descr, value)
        return old

    def read_item(self, base: Any, index: int, descr: Descr) -> Any:
        right = type(base) is _ARRAYS.get(descr)
        if isinstance(base, array):
            right = descr is d.ARRAY_ITEMS.get(base.typecode)
        if not right or not 0 <= index < len(base):
            raise ContractViolation(f"{descr.name}[{index}] of {base!r}")
        return base[index]

    def write_item(self, base: Any, index: int, descr: Descr, value: Any) -> Any:
        old = self.read_item(base, index, descr)
        allowed = d.ITEM_RANGE.get(descr)
        fits = allowed is None or allowed[0] <= value <= allowed[1]
        if descr.immutable or value is NULL_OBJECT or not fits:
            raise ContractViolation(f"{descr.name}[{index}] = {value!r}")
        base[index] = value
        return old

    def allocate(self, op: Op[Any], operands: Sequence[Any]) -> Any:
        cls, names = _PLAIN.get(type(op), (None, ()))
        if cls is not None:
            return Plain(cls, dict(zip(names, operands, strict=True)))
        if isinstance(op, pyobj.NewInstance):
            fields = {d.instance_value(index): value for index, value in enumerate(operands)}
            return Plain(op.cls, fields)
        if isinstance(op, pyobj.NewSlotsInstance):
            pairs = zip(op.offsets, operands, strict=True)
            return Plain(op.cls, {d.slot(offset): value for offset, value in pairs})
        return make_object(op, operands)

    def call(self, helper: Helper, operands: Sequence[Any]) -> Any:
        if helper.runs_python:
            self.calls.append((helper.name, tuple(operands)))
        return helper.reference(*operands)

    def call_python(self, callable_: Any, operands: Sequence[Any], kwnames: tuple[str, ...]) -> Any:
        self.calls.append((getattr(callable_, "__name__", "?"), tuple(operands)))
        split = len(operands) - len(kwnames)
        keywords = dict(zip(kwnames, operands[split:], strict=True))
        return callable_(*operands[:split], **keywords)

    def call_entry(self, target: Target, function: Any, operands: Sequence[Any]) -> Any:
        return self.call_python(function, operands, ())

    def incref(self, ref: Any) -> None:
        """Python keeps its own counts."""

    def decref(self, ref: Any) -> None:
        """Python keeps its own counts."""

    def decref_checked(self, ref: Any) -> bool:
        return False

    def interrupted(self) -> bool:
        return self.due

    def _key(self, base: Any, descr: Descr) -> tuple[Any, Descr]:
        return (("raw", base) if descr.raw_base else id(base), descr)

    def _plain_field(self, base: Plain, descr: Descr) -> Any:
        if descr is d.MANAGED_VALUES:
            return 1
        if descr.place is d.Place.VALUES:
            return base.fields.get(descr, NULL_OBJECT)
        if descr not in base.fields:
            raise ContractViolation(f"{base!r} has no {descr.name}")
        return base.fields[descr]
