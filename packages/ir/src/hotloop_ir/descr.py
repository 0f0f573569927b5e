"""Symbolic memory descriptors: which field or array a memory op touches.

A descriptor carries a name, a value type and a *memory class* for alias analysis,
never an offset of a CPython struct; the backend's layout maps it to an address.
Two accesses may alias only if their memory classes are equal. Descriptors are
interned: compare with ``is``.
"""

from __future__ import annotations

import enum
from typing import Final

from hotloop_ir.value import Type


class Place(enum.Enum):
    """How the address is found from the object."""

    FIELD = "field"  # object + offset of the named struct field
    SLOT = "slot"  # object + byte offset ``index`` (a ``__slots__`` member)
    VALUES = "values"  # inline attribute values: load the values pointer, then item ``index``
    ITEMS = "items"  # array inside the object (tuple), indexed by an operand
    INDIRECT = "indirect"  # array behind a pointer field (list), indexed by an operand
    KEYS = "keys"  # raw dict keys + byte offset ``index`` (value word of an entry)
    GENERATOR = "generator"  # slot ``index`` of the frame inside a generator (localsplus)


class Descr:
    """One field or array. Make them with the functions below, never directly."""

    __slots__ = ("immutable", "index", "memory", "name", "place", "type")

    def __init__(
        self, name: str, type: Type, place: Place, memory: str, immutable: bool, index: int
    ) -> None:
        self.name = name
        self.type = type
        self.place = place
        self.memory = memory
        self.immutable = immutable
        self.index = index

    @property
    def raw_base(self) -> bool:
        """Whether the base is a RAW address (of dict keys) and not an object."""
        return self.place is Place.KEYS or self.name.startswith("PyDictKeysObject.")

    def __repr__(self) -> str:
        return self.name


_interned: dict[str, Descr] = {}


def _intern(
    name: str,
    type: Type,
    place: Place,
    memory: str = "",
    *,
    immutable: bool = False,
    index: int = 0,
) -> Descr:
    descr = _interned.get(name)
    if descr is None:
        descr = Descr(name, type, place, memory or name, immutable, index)
        _interned[name] = descr
    return descr


def field(name: str, type: Type, *, immutable: bool = False) -> Descr:
    """A named field of a CPython struct, ``"PyListObject.ob_size"``."""
    return _intern(name, type, Place.FIELD, immutable=immutable)


def slot(offset: int) -> Descr:
    """A ``__slots__`` member at a byte offset read from its member descriptor."""
    return _intern(f"slot[{offset}]", Type.REF, Place.SLOT, index=offset)


def instance_value(index: int) -> Descr:
    """Inline attribute value number ``index`` (shared-key order) of an instance."""
    return _intern(f"values[{index}]", Type.REF, Place.VALUES, index=index)


def keys_value(offset: int) -> Descr:
    """The value word at a byte offset inside a dict keys object (a module global)."""
    return _intern(f"keys[{offset}]", Type.REF, Place.KEYS, "dict.values", index=offset)


def generator_slot(index: int) -> Descr:
    """A slot of a suspended generator's frame: localsplus, then the operand stack."""
    return _intern(f"generator[{index}]", Type.REF, Place.GENERATOR, index=index)


def generator_word(index: int) -> Descr:
    """The same slot as a number: above the top of the stack it holds no reference but garbage."""
    name = f"generator_word[{index}]"
    return _intern(name, Type.INT, Place.GENERATOR, f"generator[{index}]", index=index)


_INDEXED: Final = {
    "slot": slot,
    "values": instance_value,
    "keys": keys_value,
    "generator": generator_slot,
    "generator_word": generator_word,
}


def lookup(name: str) -> Descr:
    """The descriptor of a name (for the parser). Raises KeyError for an unknown name."""
    head, _, rest = name.partition("[")
    if rest:
        return _INDEXED[head](int(rest[:-1]))
    return _interned[name]


TUPLE_LEN: Final = field("PyTupleObject.ob_size", Type.INT, immutable=True)
LIST_LEN: Final = field("PyListObject.ob_size", Type.INT)
STR_LEN: Final = field("PyASCIIObject.length", Type.INT, immutable=True)
BYTES_LEN: Final = field("PyBytesObject.ob_size", Type.INT, immutable=True)
BYTEARRAY_LEN: Final = field("PyByteArrayObject.ob_size", Type.INT)
ARRAY_LEN: Final = field("arrayobject.ob_size", Type.INT)
#: The type code of an ``array.array``, as a number.
ARRAY_TYPECODE: Final = field("arrayobject.typecode", Type.INT, immutable=True)
DICT_USED: Final = field("PyDictObject.ma_used", Type.INT)
SET_USED: Final = field("PySetObject.used", Type.INT)
DICT_KEYS: Final = field("PyDictObject.ma_keys", Type.RAW)
KEYS_VERSION: Final = field("PyDictKeysObject.dk_version", Type.INT)
TYPE_VERSION: Final = field("PyTypeObject.tp_version_tag", Type.INT)
CACHED_KEYS: Final = field("PyHeapTypeObject.ht_cached_keys", Type.RAW, immutable=True)
KEYS_COUNT: Final = field("PyDictKeysObject.dk_nentries", Type.INT)
MANAGED_VALUES: Final = field("managed.values", Type.RAW)
MANAGED_DICT: Final = field("managed.dict", Type.REF)
FUNC_CODE: Final = field("PyFunctionObject.func_code", Type.REF)
FUNC_DEFAULTS: Final = field("PyFunctionObject.func_defaults", Type.REF)
FUNC_KWDEFAULTS: Final = field("PyFunctionObject.func_kwdefaults", Type.REF)
FUNC_GLOBALS: Final = field("PyFunctionObject.func_globals", Type.REF, immutable=True)
FUNC_BUILTINS: Final = field("PyFunctionObject.func_builtins", Type.REF, immutable=True)
FUNC_CLOSURE: Final = field("PyFunctionObject.func_closure", Type.REF, immutable=True)
METHOD_FUNC: Final = field("PyMethodObject.im_func", Type.REF, immutable=True)
METHOD_SELF: Final = field("PyMethodObject.im_self", Type.REF, immutable=True)
#: Of a builtin function or method: the address of its PyMethodDef as a number, and its object.
BUILTIN_DEF: Final = field("PyCFunctionObject.m_ml", Type.INT, immutable=True)
BUILTIN_SELF: Final = field("PyCFunctionObject.m_self", Type.REF, immutable=True)
CELL_REF: Final = field("PyCellObject.ob_ref", Type.REF)
SLICE_START: Final = field("PySliceObject.start", Type.REF, immutable=True)
SLICE_STOP: Final = field("PySliceObject.stop", Type.REF, immutable=True)
SLICE_STEP: Final = field("PySliceObject.step", Type.REF, immutable=True)
RANGE_START: Final = field("rangeobject.start", Type.REF, immutable=True)
RANGE_STOP: Final = field("rangeobject.stop", Type.REF, immutable=True)
RANGE_STEP: Final = field("rangeobject.step", Type.REF, immutable=True)
RANGE_LENGTH: Final = field("rangeobject.length", Type.REF, immutable=True)
RANGEITER_INDEX: Final = field("_PyRangeIterObject.index", Type.INT)
RANGEITER_START: Final = field("_PyRangeIterObject.start", Type.INT, immutable=True)
RANGEITER_STEP: Final = field("_PyRangeIterObject.step", Type.INT, immutable=True)
RANGEITER_LEN: Final = field("_PyRangeIterObject.len", Type.INT, immutable=True)
LISTITER_INDEX: Final = field("_PyListIterObject.it_index", Type.INT)
LISTITER_SEQ: Final = field("_PyListIterObject.it_seq", Type.REF)
TUPLEITER_INDEX: Final = field("_PyTupleIterObject.it_index", Type.INT)
TUPLEITER_SEQ: Final = field("_PyTupleIterObject.it_seq", Type.REF)
ENUM_INDEX: Final = field("enumobject.en_index", Type.INT)
ENUM_SIT: Final = field("enumobject.en_sit", Type.REF, immutable=True)
#: Of a generator: its code, its state (FRAME_CREATED, ... as an unsigned byte), ``prev_instr`` as a
#: number, and how many slots are in use.
GENERATOR_CODE: Final = field("PyGenObject.gi_code", Type.REF, immutable=True)
GENERATOR_STATE: Final = field("PyGenObject.gi_frame_state", Type.INT)
GENERATOR_AT: Final = field("PyGenObject.gi_iframe.prev_instr", Type.INT)
GENERATOR_TOP: Final = field("PyGenObject.gi_iframe.stacktop", Type.INT)
ZIP_ITERATORS: Final = field("zipobject.ittuple", Type.REF, immutable=True)

TUPLE_ITEM: Final = _intern("PyTupleObject.ob_item", Type.REF, Place.ITEMS, immutable=True)
LIST_ITEM: Final = _intern("PyListObject.ob_item", Type.REF, Place.INDIRECT)

# Arrays of numbers. Memory views of the same bytes are written by calls only.
BYTES_ITEM: Final = _intern("PyBytesObject.ob_sval", Type.INT, Place.ITEMS, immutable=True)
BYTEARRAY_ITEM: Final = _intern("PyByteArrayObject.ob_start", Type.INT, Place.INDIRECT)
ARRAY_ITEMS: Final = {
    code: _intern(f"arrayobject.ob_item.{code}", Type.INT, Place.INDIRECT) for code in "bBhHiIlq"
}
ARRAY_ITEMS["d"] = _intern("arrayobject.ob_item.d", Type.FLOAT, Place.INDIRECT)

#: Where the length of the array is that a descriptor names.
LENGTH_OF: Final = {
    TUPLE_ITEM: TUPLE_LEN,
    LIST_ITEM: LIST_LEN,
    BYTES_ITEM: BYTES_LEN,
    BYTEARRAY_ITEM: BYTEARRAY_LEN,
    **dict.fromkeys(ARRAY_ITEMS.values(), ARRAY_LEN),
}

#: The numbers that an item may be (``INT`` items only).
ITEM_RANGE: Final = {
    BYTES_ITEM: (0, 255),
    BYTEARRAY_ITEM: (0, 255),
    ARRAY_ITEMS["b"]: (-(1 << 7), (1 << 7) - 1),
    ARRAY_ITEMS["B"]: (0, 255),
    ARRAY_ITEMS["h"]: (-(1 << 15), (1 << 15) - 1),
    ARRAY_ITEMS["H"]: (0, (1 << 16) - 1),
    ARRAY_ITEMS["i"]: (-(1 << 31), (1 << 31) - 1),
    ARRAY_ITEMS["I"]: (0, (1 << 32) - 1),
    ARRAY_ITEMS["l"]: (-(1 << 63), (1 << 63) - 1),
    ARRAY_ITEMS["q"]: (-(1 << 63), (1 << 63) - 1),
}
