"""From descriptors to addresses: where a field or item lies for the running CPython.

The byte offsets themselves come from ``hotloop_ir.layout``; this module only says how each
kind of place is reached and how wide a field is. It reads no memory.
"""

from __future__ import annotations

from typing import Final

from hotloop_ir.descr import ARRAY_TYPECODE, Descr, Place
from hotloop_ir.layout import Layout, current
from hotloop_ir.value import Type

#: INT fields narrower than 64 bits (all unsigned in CPython or never negative).
_NARROW: Final = {
    "PyDictKeysObject.dk_version": "i32",
    "PyTypeObject.tp_version_tag": "i32",
    "PyFunctionObject.func_version": "i32",
    "PyCodeObject.co_flags": "i32",
    "PyGenObject.gi_frame_state": "i8",
    "PyGenObject.gi_iframe.stacktop": "i32",
    "PyGenObject.gi_closed": "i8",
    "zipobject.strict": "i32",
}

#: Items narrower than their value, and whether they are signed.
_ITEMS: Final = {
    "PyBytesObject.ob_sval": ("i8", False),
    "PyByteArrayObject.ob_start": ("i8", False),
    "arrayobject.ob_item.b": ("i8", True),
    "arrayobject.ob_item.B": ("i8", False),
    "arrayobject.ob_item.h": ("i16", True),
    "arrayobject.ob_item.H": ("i16", False),
    "arrayobject.ob_item.i": ("i32", True),
    "arrayobject.ob_item.I": ("i32", False),
}

_LLVM_TYPES: Final = {
    Type.INT: "i64",
    Type.FLOAT: "double",
    Type.BOOL: "i1",
    Type.REF: "ptr",
    Type.RAW: "ptr",
    Type.VOID: "void",
}


class UnsupportedPython(Exception):
    """The running interpreter is not one whose layout is known."""


_layouts: list[Layout] = []


def facts() -> Layout:
    """The layout of the running interpreter. Raises UnsupportedPython."""
    if not _layouts:
        layout = current()
        if isinstance(layout, str):
            raise UnsupportedPython(layout)
        _layouts.append(layout)
    return _layouts[0]


def llvm_type(type: Type) -> str:
    """The LLVM type of a value."""
    return _LLVM_TYPES[type]


class Access:
    """How a descriptor's memory is reached.

    ``pointer``: offset of a pointer to follow first (None: none); ``offset``: bytes to add
    after that; ``load``: LLVM type of the word in memory; ``result``: of the value;
    ``signed``: whether a narrow word has a sign.
    """

    __slots__ = ("load", "offset", "pointer", "result", "signed")

    def __init__(
        self, pointer: int | None, offset: int, load: str, result: str, signed: bool = False
    ) -> None:
        self.pointer = pointer
        self.offset = offset
        self.load = load
        self.result = result
        self.signed = signed

    @property
    def widen(self) -> str:
        """The LLVM instruction that makes the value of the word."""
        return "sext" if self.signed else "zext"


_accesses: dict[Descr, Access] = {}


def access(descr: Descr) -> Access:
    """The access of a descriptor. Raises KeyError for a field the layout does not know."""
    found = _accesses.get(descr)
    if found is None:
        found = _accesses[descr] = _make(descr)
    return found


def _in_generator(field: str) -> int:
    """Offset of a field of the frame inside a generator."""
    return facts()["PyGenObject.gi_iframe"] + facts()[f"_PyInterpreterFrame.{field}"]


def _offset(name: str) -> int:
    if name.startswith("PyGenObject.gi_iframe."):
        return _in_generator(name.rpartition(".")[2])
    return facts()["arrayobject.ob_item" if name.startswith("arrayobject.ob_item") else name]


def _make(descr: Descr) -> Access:
    result = _LLVM_TYPES[descr.type]
    place = descr.place
    if place in (Place.SLOT, Place.KEYS):
        return Access(None, descr.index, result, result)
    if place is Place.VALUES:
        return Access(facts()["managed.values"], 8 * descr.index, result, result)
    if descr is ARRAY_TYPECODE:
        return Access(facts()["arrayobject.ob_descr"], 0, "i8", result)
    if place is Place.GENERATOR:
        return Access(None, _in_generator("localsplus") + 8 * descr.index, result, result)
    name = descr.name
    offset = _offset(name)
    if place in (Place.INDIRECT, Place.ITEMS):
        load, signed = _ITEMS.get(name, (result, False))
        pointer = offset if place is Place.INDIRECT else None
        return Access(pointer, 0 if pointer else offset, load, result, signed)
    return Access(None, offset, _NARROW.get(descr.name, result), result)
