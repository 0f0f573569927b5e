"""Real memory from Python: running compiled code, and evaluating traces on real objects.

``Activation`` calls machine code without a frame, for tests and experiments.
``CtypesMemory`` lets the evaluator of ``hotloop_ir`` stand in for machine code. Both hold the
GIL and trust their caller: a wrong address crashes the process.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Sequence
from typing import Any, Final

from hotloop_backend_x86.layout import access, facts
from hotloop_backend_x86.natives import runtime_functions
from hotloop_backend_x86.symbols import resolve
from hotloop_ir.descr import Descr, Place
from hotloop_ir.helper import Helper, Ownership
from hotloop_ir.op import Op
from hotloop_ir.ops import pyobj
from hotloop_ir.trace import Target
from hotloop_ir.value import NULL_OBJECT, Type

#: The type of compiled code: ``i64 (ptr buf, i64 selector)``, holding the GIL.
CODE: Final = ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64)
_thread_state: Final = ctypes.PYFUNCTYPE(ctypes.c_void_p)(("PyThreadState_Get", ctypes.pythonapi))
_RECORD_WORDS: Final = 16
_FRAME_BYTES: Final = 256


def object_at(address: int) -> Any:
    """The object at an address, with a new reference; ``NULL_OBJECT`` for 0."""
    if address == 0:
        return NULL_OBJECT
    return ctypes.cast(address, ctypes.py_object).value


def address_of(ref: Any) -> int:
    """The address of an object; 0 for ``NULL_OBJECT``."""
    return 0 if ref is NULL_OBJECT else id(ref)


def add_references(ref: Any, count: int) -> None:
    """Change the reference count of an object by ``count``."""
    ctypes.c_int64.from_address(id(ref)).value += count


def read_word(address: int) -> int:
    """The 64-bit word at an address."""
    return ctypes.c_int64.from_address(address).value


def write_word(address: int, value: int) -> None:
    """Store a 64-bit word."""
    ctypes.c_int64.from_address(address).value = value


class Activation:
    """A buffer with its activation record, as compiled code gets it (contract, section 5).

    The root frame is a dummy, so the code must not look at real frames.
    """

    def __init__(self, slots: int = 512) -> None:
        self._words = (ctypes.c_int64 * (_RECORD_WORDS + slots))()
        self._frame = ctypes.create_string_buffer(_FRAME_BYTES)
        self.address: int = ctypes.addressof(self._words) + 8 * _RECORD_WORDS

    def write(self, index: int, type: Type, value: Any) -> None:
        """Store a value into a slot; the reference count of an object stays as it is."""
        place = self.address + 8 * index
        if type is Type.FLOAT:
            ctypes.c_double.from_address(place).value = value
        else:
            write_word(place, address_of(value) if type is Type.REF else int(value))

    def read(self, index: int, type: Type) -> Any:
        """The value in a slot; an object gets a new reference."""
        place = self.address + 8 * index
        if type is Type.FLOAT:
            return ctypes.c_double.from_address(place).value
        word = read_word(place)
        if type is Type.REF:
            return object_at(word)
        return bool(word) if type is Type.BOOL else word

    def record_word(self, index: int) -> int:
        """A word of the activation record (``-1``: root frame, ...)."""
        return read_word(self.address + 8 * index)

    def call_line(self) -> int:
        """What was stored last into the dummy frame's ``prev_instr``."""
        offset = facts()["_PyInterpreterFrame.prev_instr"]
        return read_word(ctypes.addressof(self._frame) + offset)

    def run(self, address: int, selector: int = 0) -> int:
        """Call compiled code with collections off; the address of the record it returns.

        A Python exception that the code left set is raised. ``gc`` is afterwards as the
        activation record says.
        """
        enabled = gc.isenabled()
        write_word(self.address - 8, ctypes.addressof(self._frame))
        write_word(self.address - 16, _thread_state() or 0)
        write_word(self.address - 24, int(enabled))
        write_word(self.address - 32, 0)
        gc.disable()
        try:
            return int(CODE(address)(self.address, selector))
        finally:
            if self.record_word(-3):
                gc.enable()


_NATIVE: Final = {
    pyobj.NewRangeIterator: ("hl_new_range_iterator", "iiii"),
    pyobj.NewListIterator: ("hl_new_list_iterator", "ir"),
    pyobj.NewTupleIterator: ("hl_new_tuple_iterator", "ir"),
    pyobj.NewEnumerate: ("hl_new_enumerate", "ir"),
    pyobj.NewRange: ("hl_new_range", "iiii"),
    pyobj.NewSlice: ("hl_new_slice", "rrr"),
    pyobj.NewMethod: ("hl_new_method", "rr"),
    pyobj.NewCell: ("hl_new_cell", "r"),
    pyobj.BoxInt: ("hl_box_int", "i"),
}
_C_TYPES: Final = {"i": ctypes.c_int64, "r": ctypes.c_void_p}


class CtypesMemory:
    """``hotloop_ir.memory.Memory`` on real objects, reference counts included.

    What the trace owns is counted in the objects themselves, on top of what Python's own
    variables hold; so a trace must have been through the refcount pass. It errs on the side
    of leaking: ``allocate`` does not take over the references to its operands (the
    evaluator also allocates at exits, where nothing is owned), and ``decref`` never frees
    anything at once, because the evaluator still holds the object.
    """

    def type_of(self, ref: Any) -> type:
        return type(ref)

    def read_field(self, base: Any, descr: Descr) -> Any:
        return _load(self._field(base, descr), descr)

    def write_field(self, base: Any, descr: Descr, value: Any) -> Any:
        place = self._field(base, descr)
        old = _load(place, descr)
        _store(place, descr, value)
        if descr.place is Place.VALUES and old is NULL_OBJECT:
            function = ctypes.PYFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
            values = read_word(id(base) + facts()["managed.values"])
            function(runtime_functions()["hl_add_to_order"])(values, descr.index)
        return old

    def read_item(self, base: Any, index: int, descr: Descr) -> Any:
        return _load(self._item(base, index, descr), descr)

    def write_item(self, base: Any, index: int, descr: Descr, value: Any) -> Any:
        place = self._item(base, index, descr)
        old = _load(place, descr)
        _store(place, descr, value)
        return old

    def allocate(self, op: Op[Any], operands: Sequence[Any]) -> Any:
        native = _NATIVE.get(type(op))
        if native is not None:
            return _call_native(*native, operands)
        if isinstance(op, pyobj.BoxFloat):
            made: Any = operands[0] * 1.0
        elif isinstance(op, pyobj.NewTuple):
            made = tuple(operands)
        elif isinstance(op, pyobj.NewList):
            made = list(operands)
        else:
            return self._instance(op, operands)
        add_references(made, 1)
        return made

    def _instance(self, op: Op[Any], operands: Sequence[Any]) -> Any:
        assert isinstance(op, pyobj.NewInstance | pyobj.NewSlotsInstance)
        made = object.__new__(op.cls)
        for ref in (made, *operands):
            if ref is not NULL_OBJECT:
                add_references(ref, 1)
        if isinstance(op, pyobj.NewInstance):
            values = read_word(id(made) + facts()["managed.values"])
            for index, value in enumerate(operands):
                write_word(values + 8 * index, address_of(value))
            bytes_ = (ctypes.c_uint8 * 64).from_address(values - 64)
            bytes_[62] = len(op.order)
            for position, index in enumerate(op.order):
                bytes_[61 - position] = index
        else:
            for offset, value in zip(op.offsets, operands, strict=True):
                write_word(id(made) + offset, address_of(value))
        return made

    def call(self, helper: Helper, operands: Sequence[Any]) -> Any:
        result = helper.reference(*operands)
        for index in helper.consumes:
            add_references(operands[index], -1)
        if helper.ownership is Ownership.NEW and result is not NULL_OBJECT:
            add_references(result, 1)
        return result

    def call_python(self, callable_: Any, operands: Sequence[Any], kwnames: tuple[str, ...]) -> Any:
        split = len(operands) - len(kwnames)
        keywords = dict(zip(kwnames, operands[split:], strict=True))
        result = callable_(*operands[:split], **keywords)
        add_references(result, 1)
        return result

    def call_entry(self, target: Target, function: Any, operands: Sequence[Any]) -> Any:
        return self.call_python(function, operands, ())

    def incref(self, ref: Any) -> None:
        add_references(ref, 1)

    def decref(self, ref: Any) -> None:
        add_references(ref, -1)

    def decref_checked(self, ref: Any) -> bool:
        add_references(ref, -1)
        return False

    def interrupted(self) -> bool:
        return ctypes.c_int32.from_address(resolve("hl_eval_breaker")).value != 0

    @staticmethod
    def _field(base: Any, descr: Descr) -> int:
        way = access(descr)
        start = base if descr.raw_base else id(base)
        if way.pointer is None:
            return int(start) + way.offset
        return read_word(start + way.pointer) + way.offset

    @staticmethod
    def _item(base: Any, index: int, descr: Descr) -> int:
        way = access(descr)
        items = id(base) + way.offset if way.pointer is None else read_word(id(base) + way.pointer)
        return items + _WIDTHS.get(way.load, 8) * index


_WIDTHS: Final = {"i8": 1, "i16": 2, "i32": 4}
_WORDS: Final[dict[tuple[str, bool], Any]] = {
    ("double", False): ctypes.c_double,
    ("i64", False): ctypes.c_int64,
    ("i32", False): ctypes.c_uint32,
    ("i16", False): ctypes.c_uint16,
    ("i8", False): ctypes.c_uint8,
    ("i32", True): ctypes.c_int32,
    ("i16", True): ctypes.c_int16,
    ("i8", True): ctypes.c_int8,
}


def _load(place: int, descr: Descr) -> Any:
    if descr.type is Type.REF:
        return object_at(read_word(place))
    way = access(descr)
    if way.load == "ptr":
        return read_word(place)
    return _WORDS[way.load, way.signed].from_address(place).value


def _store(place: int, descr: Descr, value: Any) -> None:
    if descr.type is Type.REF:
        write_word(place, address_of(value))
    else:
        way = access(descr)
        _WORDS[way.load, way.signed].from_address(place).value = value


def _call_native(name: str, parameters: str, operands: Sequence[Any]) -> Any:
    """Call an allocating native helper; the reference it gives stays with the trace."""
    for letter, operand in zip(parameters, operands, strict=True):
        if letter == "r" and operand is not NULL_OBJECT:
            add_references(operand, 1)
    types = [_C_TYPES[letter] for letter in parameters]
    function = ctypes.PYFUNCTYPE(ctypes.c_void_p, *types)(runtime_functions()[name])
    words = [
        address_of(operand) if letter == "r" else operand
        for letter, operand in zip(parameters, operands, strict=True)
    ]
    return object_at(function(*words))
