"""Lists and tuples. The operands called list or tuple are exact ones.

But what a method of ``list`` does may be done to an instance of a subclass, whatever that defines.
"""

from __future__ import annotations

from typing import Any, Final

from hotloop_ir.descr import LIST_ITEM, LIST_LEN
from hotloop_ir.helper import EVERYTHING, Errors, Helper, Ownership, declare
from hotloop_ir.type_set import TypeSet
from hotloop_ir.value import NULL_OBJECT, Type

_I: Final = Type.INT
_R: Final = Type.REF
_LIST: Final = frozenset({LIST_LEN.memory, LIST_ITEM.memory})

QUIET: Final = TypeSet(int, float, str, bool, type(None), bytes, complex, range)
"""Types whose exact instances die without running code of the program."""

COMPARABLE: Final = TypeSet(int, float, str, bool, type(None))
"""Types whose exact instances are compared without running code of the program."""


def _append(ref: list[Any], item: Any) -> int:
    list.append(ref, item)
    return 0


def _pop_last(ref: list[Any]) -> Any:
    return list.pop(ref)


def _pop(ref: list[Any], index: int) -> Any:
    return list.pop(ref, index)


def _insert(ref: list[Any], index: int, item: Any) -> int:
    list.insert(ref, index, item)
    return 0


def _cut(ref: Any, where: slice) -> Any:
    return (list if isinstance(ref, list) else tuple).__getitem__(ref, where)


def _slice(ref: Any, start: int, stop: int) -> Any:
    """Bounds are clamped to 0..len, negative ones too (no counting from the end)."""
    return _cut(ref, slice(max(start, 0), max(start, stop, 0)))


def _step_slice(ref: Any, start: int, stop: int, step: int) -> Any:
    """Bounds are counted from the end if negative, and clamped (PySlice_AdjustIndices)."""
    return _cut(ref, slice(start, stop, step))


def _set_slice(ref: list[Any], start: int, stop: int, items: Any) -> int:
    """PyList_SetSlice with bounds as above: NULL deletes."""
    list.__setitem__(ref, slice(start, stop), () if items is NULL_OBJECT else items)
    return 0


def _dies_quietly(ref: list[Any], start: int, stop: int) -> int:
    return int(all(type(item) in QUIET for item in _cut(ref, slice(start, stop))))


def _find(ref: Any, item: Any) -> int:
    """0: absent; 1: came to an item of another type than COMPARABLE; 2 + index: found.

    A subclass that iterates in its own way is searched like any other (list_contains).
    """
    items = list.__iter__(ref) if isinstance(ref, list) else tuple.__iter__(ref)
    for index, found in enumerate(items):
        if found is item:
            return index + 2
        if type(found) not in COMPARABLE:
            return 1
        if found == item:
            return index + 2
    return 0


def _repeat(ref: Any, count: int) -> Any:
    return ref * count


def _concat(lhs: Any, rhs: Any) -> Any:
    return lhs + rhs


def _extend(ref: list[Any], other: Any) -> int:
    list.extend(ref, other)
    return 0


def _copy(ref: list[Any]) -> list[Any]:
    return list.copy(ref)


def _reverse(ref: list[Any]) -> int:
    list.reverse(ref)
    return 0


def _contains(ref: list[Any], item: Any) -> int:
    return int(item in ref)


def _index(ref: list[Any], item: Any) -> int:
    return list.index(ref, item)


def _declare_changes() -> None:
    """What changes a list. None of these runs Python code."""
    declare(
        Helper(
            "list_append", "hl_list_append", (_R, _R), _I, _append,
            errors=Errors.NEGATIVE, writes=_LIST, consumes=(1,),
        )
    )  # fmt: skip
    # The list is not empty.
    declare(
        Helper(
            "list_pop_last", "hl_list_pop_last", (_R,), _R, _pop_last,
            ownership=Ownership.NEW, writes=_LIST,
        )
    )  # fmt: skip
    declare(
        Helper(
            "list_pop", "hl_list_pop", (_R, _I), _R, _pop,
            errors=Errors.NULL, ownership=Ownership.NEW, writes=_LIST,
        )
    )  # fmt: skip
    declare(
        Helper(
            "list_insert", "PyList_Insert", (_R, _I, _R), _I, _insert,
            errors=Errors.NEGATIVE, writes=_LIST, c_int=True,
        )
    )  # fmt: skip
    # The second operand is a list (the same one too) or a tuple.
    declare(
        Helper(
            "list_extend", "hl_list_extend", (_R, _R), _I, _extend,
            errors=Errors.NEGATIVE, writes=_LIST,
        )
    )  # fmt: skip
    declare(
        Helper(
            "list_reverse", "PyList_Reverse", (_R,), _I, _reverse,
            errors=Errors.NEGATIVE, writes=_LIST, c_int=True,
        )
    )  # fmt: skip


def _declare_slice_stores() -> None:
    """``list[start:stop] = items`` of a list (the same one too) or tuple, or NULL: deletion."""
    # Whether only exact instances of QUIET would be taken out.
    declare(Helper("list_dies_quietly", "hl_list_dies_quietly", (_R, _I, _I), _I, _dies_quietly))
    # list_dies_quietly gave 1.
    declare(
        Helper(
            "list_set_slice_quiet", "hl_list_set_slice_quiet", (_R, _I, _I, _R), _I, _set_slice,
            errors=Errors.NEGATIVE, writes=_LIST,
        )
    )  # fmt: skip
    # Items die inside, so Python code may run.
    declare(
        Helper(
            "list_set_slice", "hl_list_set_slice", (_R, _I, _I, _R), _I, _set_slice,
            errors=Errors.NEGATIVE, writes=EVERYTHING,
        )
    )  # fmt: skip


def _declare_copies() -> None:
    """What makes a new list or tuple from a list or tuple."""
    for name, symbol, params, reference, cls in (
        ("list_slice", "PyList_GetSlice", (_R, _I, _I), _slice, list),
        ("list_repeat", "hl_list_repeat", (_R, _I), _repeat, list),
        ("list_concat", "PySequence_Concat", (_R, _R), _concat, list),
        ("list_copy", "hl_list_copy", (_R,), _copy, list),
        ("list_to_tuple", "PyList_AsTuple", (_R,), tuple, tuple),
        # step != 0; bounds are any ints, as PySlice_Unpack gives them.
        ("list_slice_step", "hl_list_slice_step", (_R, _I, _I, _I), _step_slice, list),
        ("tuple_slice", "PyTuple_GetSlice", (_R, _I, _I), _slice, tuple),
        ("tuple_slice_step", "hl_tuple_slice_step", (_R, _I, _I, _I), _step_slice, tuple),
        ("tuple_repeat", "PySequence_Repeat", (_R, _I), _repeat, tuple),
        ("tuple_concat", "PySequence_Concat", (_R, _R), _concat, tuple),
    ):
        declare(
            Helper(
                name, symbol, params, _R, reference,
                errors=Errors.NULL, ownership=Ownership.NEW, result_class=cls,
            )
        )  # fmt: skip


def _declare_searches() -> None:
    """What compares items or asks an iterable, so that Python code may run."""
    declare(
        Helper(
            "list_contains_safe", "PySequence_Contains", (_R, _R), _I, _contains,
            errors=Errors.NEGATIVE, writes=EVERYTHING, c_int=True,
        )
    )  # fmt: skip
    declare(
        Helper(
            "list_index", "hl_list_index", (_R, _R), _I, _index,
            errors=Errors.NEGATIVE, writes=EVERYTHING,
        )
    )  # fmt: skip
    # The operand is of a COMPARABLE type; no Python code runs.
    for name in ("list_find_quiet", "tuple_find_quiet"):
        declare(Helper(name, f"hl_{name}", (_R, _R), _I, _find, errors=Errors.NEGATIVE))
    # An exact builtin container or range: no Python code runs.
    for name, symbol, cls in (
        ("list_from_quiet", "PySequence_List", list),
        ("tuple_from_quiet", "PySequence_Tuple", tuple),
    ):
        declare(
            Helper(
                name, symbol, (_R,), _R, cls,
                errors=Errors.NULL, ownership=Ownership.NEW, result_class=cls,
            )
        )  # fmt: skip
    for name, symbol, cls in (
        ("list_from_iterable", "PySequence_List", list),
        ("tuple_from_iterable", "PySequence_Tuple", tuple),
    ):
        declare(
            Helper(
                name, symbol, (_R,), _R, cls,
                errors=Errors.NULL, ownership=Ownership.NEW, writes=EVERYTHING,
                result_class=cls,
            )
        )  # fmt: skip


_declare_changes()
_declare_slice_stores()
_declare_copies()
_declare_searches()
