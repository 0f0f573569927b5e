"""Attributes and items by the general protocols (Objects/object.c, Objects/abstract.c).

All but ``id_of`` may run Python code.
"""

from __future__ import annotations

import operator
from typing import Any, Final

from hotloop_ir.helper import EVERYTHING, Errors, Helper, Ownership, declare
from hotloop_ir.value import NULL_OBJECT, Type

_I: Final = Type.INT
_R: Final = Type.REF


def _setattr(ref: Any, name: str, value: Any) -> int:
    """PyObject_SetAttr: a NULL value deletes the attribute."""
    if value is NULL_OBJECT:
        delattr(ref, name)
    else:
        setattr(ref, name, value)
    return 0


def _setitem(ref: Any, key: Any, value: Any) -> int:
    ref[key] = value
    return 0


def _delitem(ref: Any, key: Any) -> int:
    del ref[key]
    return 0


def _contains(ref: Any, item: Any) -> int:
    return int(item in ref)


def _isinstance(ref: Any, cls: Any) -> int:
    return int(isinstance(ref, cls))


def _issubclass(cls: Any, other: Any) -> int:
    return int(issubclass(cls, other))


def _declare_reads() -> None:
    for name, symbol, params, reference in (
        ("getattr_generic", "PyObject_GetAttr", (_R, _R), getattr),
        ("getitem_generic", "PyObject_GetItem", (_R, _R), operator.getitem),
        ("hash_of", "hl_hash_of", (_R,), hash),
    ):
        declare(
            Helper(
                name, symbol, params, _R, reference,
                errors=Errors.NULL, ownership=Ownership.NEW, writes=EVERYTHING,
                result_class=int if name == "hash_of" else None,
            )
        )  # fmt: skip
    declare(
        Helper(
            "len_generic", "PyObject_Size", (_R,), _I, len,
            errors=Errors.NEGATIVE, writes=EVERYTHING,
        )
    )  # fmt: skip


def _declare_c_ints() -> None:
    """What gives a C int: 0 or 1, or 0 for done."""
    for name, symbol, params, reference in (
        ("setattr_generic", "PyObject_SetAttr", (_R, _R, _R), _setattr),
        ("setitem_generic", "PyObject_SetItem", (_R, _R, _R), _setitem),
        ("delitem_generic", "PyObject_DelItem", (_R, _R), _delitem),
        ("contains_generic", "PySequence_Contains", (_R, _R), _contains),
        ("isinstance_generic", "PyObject_IsInstance", (_R, _R), _isinstance),
        ("issubclass_generic", "PyObject_IsSubclass", (_R, _R), _issubclass),
    ):
        declare(
            Helper(
                name, symbol, params, _I, reference,
                errors=Errors.NEGATIVE, writes=EVERYTHING, c_int=True,
            )
        )  # fmt: skip


_declare_reads()
_declare_c_ints()

# The address of an object: its identity. 0 if the program has audit hooks, which are told of it.
declare(Helper("id_of", "hl_id_of", (_R,), _I, id))
