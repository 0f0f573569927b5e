"""Dicts and sets.

``_safe``: the dict is an exact dict, and hashing and comparing the operand runs no Python code
(exact str, int, float and the like). ``dict_get_safe`` and ``dict_contains_safe`` run none at all:
they stop at a stored key of the same hash that may be compared by Python code.
"""

from __future__ import annotations

from typing import Any, Final

from hotloop_ir.descr import DICT_KEYS, DICT_USED, KEYS_COUNT, KEYS_VERSION, keys_value
from hotloop_ir.helper import EVERYTHING, Errors, Helper, Ownership, declare
from hotloop_ir.value import NULL_OBJECT, Type

_I: Final = Type.INT
_R: Final = Type.REF
_ADDED: Final = frozenset(
    descr.memory for descr in (DICT_USED, DICT_KEYS, KEYS_VERSION, KEYS_COUNT, keys_value(0))
)
_HEAP_TYPE: Final = 1 << 9  # Py_TPFLAGS_HEAPTYPE


def is_quiet(key: object) -> bool:
    """Whether comparing a stored key with another of the same hash runs no Python code."""
    if type(key) is tuple:
        return all(map(is_quiet, key))
    return not type(key).__flags__ & _HEAP_TYPE


def _finds_quietly(ref: dict[Any, Any], key: Any) -> bool:
    return all(is_quiet(one) or one is key for one in ref if hash(one) == hash(key))


def _get(ref: dict[Any, Any], key: Any) -> Any:
    return ref.get(key, NULL_OBJECT) if _finds_quietly(ref, key) else NULL_OBJECT


def _get_hinted(ref: dict[Any, Any], key: Any, hint: int) -> Any:
    return _get(ref, key)


def _set(ref: dict[Any, Any], key: Any, value: Any) -> int:
    ref[key] = value
    return 0


def _contains(ref: dict[Any, Any], key: Any) -> int:
    return int(key in ref) if _finds_quietly(ref, key) else -1


def _del(ref: dict[Any, Any], key: Any) -> int:
    del ref[key]
    return 0


def _getitem(ref: dict[Any, Any], key: Any) -> Any:
    return ref[key]


def _build_set(*items: Any) -> set[Any]:
    return set(items)


def _build_map(*keys_and_values: Any) -> dict[Any, Any]:
    return dict(zip(keys_and_values[::2], keys_and_values[1::2], strict=True))


def _declare_safe() -> None:
    # Missing, or stopped: NULL, and no exception is set.
    declare(
        Helper(
            "dict_get_safe", "hl_dict_get_safe", (_R, _R), _R, _get, ownership=Ownership.BORROWED
        )
    )
    # The same; the number says in which entry the key, a str, may be: there it is looked for first.
    declare(
        Helper(
            "dict_get_hinted", "hl_dict_get_hinted", (_R, _R, _I), _R, _get_hinted,
            ownership=Ownership.BORROWED,
        )
    )  # fmt: skip
    # 1, 0, or -1: stopped
    declare(Helper("dict_contains_safe", "hl_dict_contains_safe", (_R, _R), _I, _contains))
    # The old value dies inside, so Python code may run.
    declare(
        Helper(
            "dict_set_safe", "hl_dict_set_safe", (_R, _R, _R), _I, _set,
            errors=Errors.NEGATIVE, writes=EVERYTHING,
        )
    )  # fmt: skip
    # Of a key that is not there: nothing dies. -1: no memory; nothing has happened, and no
    # exception is set.
    declare(Helper("dict_add_safe", "hl_dict_add_safe", (_R, _R, _R), _I, _set, writes=_ADDED))
    # Missing: KeyError.
    declare(
        Helper(
            "dict_del_safe", "hl_dict_del_safe", (_R, _R), _I, _del,
            errors=Errors.NEGATIVE, writes=EVERYTHING,
        )
    )  # fmt: skip


def _declare_general() -> None:
    declare(
        Helper(
            "dict_new", "PyDict_New", (), _R, dict,
            errors=Errors.NULL, ownership=Ownership.NEW, result_class=dict,
        )
    )  # fmt: skip
    declare(
        Helper(
            "dict_getitem", "PyObject_GetItem", (_R, _R), _R, _getitem,
            errors=Errors.NULL, ownership=Ownership.NEW, writes=EVERYTHING,
        )
    )  # fmt: skip
    # build_map takes keys and values in turn.
    for name, reference, cls in (
        ("build_set", _build_set, set),
        ("build_map", _build_map, dict),
    ):
        declare(
            Helper(
                name, f"hl_{name}", (_R,), _R, reference,
                errors=Errors.NULL, ownership=Ownership.NEW, writes=EVERYTHING,
                result_class=cls, variadic=True,
            )
        )  # fmt: skip


_declare_safe()
_declare_general()
