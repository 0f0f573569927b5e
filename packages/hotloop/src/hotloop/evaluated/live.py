"""Memory of the running program, by address, as machine code reads and writes it.

A reference is the address of its object, 0 for NULL, so that nothing is kept alive that the trace
does not own. Must not run code of the program.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any, Final

from hotloop.core.rebuild import NotRebuilt, make_removed
from hotloop.frames.memory import object_at, peek, poke
from hotloop.introspect import Introspection
from hotloop_backend_x86.layout import Access, access, facts
from hotloop_interp.frame import NULL
from hotloop_ir.descr import Descr, Place
from hotloop_ir.helper import Helper
from hotloop_ir.memory import PlainMemory, make_object
from hotloop_ir.op import Op
from hotloop_ir.ops import pyobj
from hotloop_ir.value import NULL_OBJECT, Type

_WORDS: Final[dict[str, Any]] = {
    "i8": ctypes.c_uint8,
    "i16": ctypes.c_uint16,
    "i32": ctypes.c_uint32,
    "i64": ctypes.c_int64,
    "ptr": ctypes.c_int64,
    "double": ctypes.c_double,
}
_SIGNED: Final[dict[str, Any]] = {
    "i8": ctypes.c_int8,
    "i16": ctypes.c_int16,
    "i32": ctypes.c_int32,
}
_C_TYPES: Final[dict[Type, Any]] = {
    Type.INT: ctypes.c_int64,
    Type.REF: ctypes.c_int64,
}
#: Of a dict, only native code sees the hashes its keys are stored with; and an audit event of ours
#: would not reach the program.
_NATIVE: Final = frozenset({"dict_get_safe", "dict_get_hinted", "dict_contains_safe", "id_of"})
_RESHARED: Final = (pyobj.BoxInt, pyobj.BoxFloat)


def add_reference(address: int) -> None:
    """One reference more to what is not NULL."""
    if address:
        poke(address, peek(address) + 1)


def drop_held(address: int) -> None:
    """One reference less to what is not NULL and what something else keeps alive."""
    if address:
        poke(address, peek(address) - 1)


def object_of(address: int) -> Any:
    """The object at an address; ``NULL_OBJECT`` for NULL."""
    return object_at(address) if address else NULL_OBJECT


def address_of(value: object) -> int:
    """The address of an object; 0 for ``NULL_OBJECT``."""
    return 0 if value is NULL_OBJECT else id(value)


class LiveMemory(PlainMemory):
    """What ops other than calls do to the program's memory."""

    def __init__(self, introspection: Introspection, natives: dict[str, int]) -> None:
        super().__init__()
        self._names_of = introspection.shared_key_names
        self._class_of = facts()["PyObject.ob_type"]
        self._natives = natives
        self._functions: dict[str, Callable[..., Any]] = {}
        note = ctypes.PYFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
        self._note_insertion = note(natives["hl_add_to_order"])

    def class_at(self, ref: int) -> int:
        """The address of an object's type."""
        return peek(ref + self._class_of)

    def field(self, base: int, descr: Descr) -> tuple[int, Access]:
        """Where a field is, and how wide."""
        way = access(descr)
        if way.pointer is not None:
            base = peek(base + way.pointer)
        return base + way.offset, way

    def item(self, base: int, index: int, descr: Descr) -> tuple[int, Access]:
        """Where an item is, and how wide."""
        start, way = self.field(base, descr)
        return start + index * ctypes.sizeof(_WORDS[way.load]), way

    @staticmethod
    def load(place: int, way: Access) -> Any:
        """A word of memory."""
        words = _SIGNED if way.signed else _WORDS
        return words[way.load].from_address(place).value

    @staticmethod
    def store(place: int, way: Access, value: Any) -> None:
        """Store a word; one that is too narrow takes the lowest bits."""
        _WORDS[way.load].from_address(place).value = value

    def replace_field(self, base: int, descr: Descr, value: int) -> int:
        """Store a reference; the one that was there. The first into an inline attribute counts
        as inserted.
        """
        place, _ = self.field(base, descr)
        old = peek(place)
        poke(place, value)
        if descr.place is Place.VALUES and not old:
            self._note_insertion(peek(base + facts()["managed.values"]), descr.index)
        return old

    def allocate(self, op: Op[Any], operands: Sequence[Any]) -> Any:
        """The object of an allocation op, of numbers and objects."""
        if isinstance(op, _RESHARED):
            return make_object(op, operands)
        args = [NULL if value is NULL_OBJECT else value for value in operands]
        try:
            return make_removed(op, args, self._names_of)
        except NotRebuilt:
            return make_object(op, operands)

    def call_native(self, helper: Helper, operands: Sequence[int]) -> int | None:
        """What the C function of a helper gives, if only that knows it; else None."""
        if helper.name not in _NATIVE:
            return None
        function = self._functions.get(helper.name)
        if function is None:
            types = [_C_TYPES[param] for param in (helper.result, *helper.params)]
            function = ctypes.PYFUNCTYPE(*types)(self._natives[helper.symbol])
            self._functions[helper.name] = function
        result: int = function(*operands)
        return result
