"""Builtin containers and the subclasses that behave like them in one respect.

Tables only, and the question which builtin's method an instance has.
"""

from __future__ import annotations

from array import array
from typing import Any, Final

from hotloop_ir.descr import (
    ARRAY_LEN,
    BYTEARRAY_ITEM,
    BYTEARRAY_LEN,
    BYTES_ITEM,
    BYTES_LEN,
    DICT_USED,
    LIST_ITEM,
    LIST_LEN,
    SET_USED,
    STR_LEN,
    TUPLE_ITEM,
    TUPLE_LEN,
)
from hotloop_ir.type_set import TypeSet
from hotloop_tracer.objects import MISSING, class_is_immutable, lookup, mro_of

LENGTHS: Final[dict[type, Any]] = {
    list: LIST_LEN,
    tuple: TUPLE_LEN,
    str: STR_LEN,
    bytes: BYTES_LEN,
    bytearray: BYTEARRAY_LEN,
    array: ARRAY_LEN,
    dict: DICT_USED,
    set: SET_USED,
    frozenset: SET_USED,
}
"""Where the length of a builtin container is."""

SEQUENCES: Final = TypeSet(list, tuple)
ITEMS: Final[dict[type, Any]] = {list: LIST_ITEM, tuple: TUPLE_ITEM}
"""Where the items of a builtin sequence are."""

BYTES_ITEMS: Final[dict[type, Any]] = {bytes: BYTES_ITEM, bytearray: BYTEARRAY_ITEM}
"""Where the numbers of a sequence of bytes are."""


def _has_length(cls: type) -> bool:
    """Whether a class is in `LENGTHS`; others are not hashed, which may run code."""
    return class_is_immutable(cls) and cls in LENGTHS


def has_builtin_base(cls: type) -> bool:
    """Whether a class is a builtin container or derives from one."""
    return any(_has_length(base) for base in mro_of(cls))


def builtin_base(cls: type, method: str) -> type | None:
    """The builtin container whose special method instances of a class have, if that is so."""
    if _has_length(cls):
        return cls
    for base in mro_of(cls):
        if _has_length(base):
            if lookup(cls, method) is not vars(base).get(method):
                return None
            if method == "__getitem__" and lookup(cls, "__missing__") is not MISSING:
                return None
            return base
    return None
