"""Lists and tuples. The operands called list or tuple are exact ones."""

from __future__ import annotations

from typing import Any, Final

from hotloop_ir.descr import LIST_ITEM, LIST_LEN
from hotloop_ir.helper import EVERYTHING, Errors, Helper, Ownership, declare
from hotloop_ir.value import Type

_I: Final = Type.INT
_R: Final = Type.REF
_LIST: Final = frozenset({LIST_LEN.memory, LIST_ITEM.memory})


def _append(ref: list[Any], item: Any) -> int:
    ref.append(item)
    return 0


def _pop_last(ref: list[Any]) -> Any:
    return ref.pop()


def _pop(ref: list[Any], index: int) -> Any:
    return ref.pop(index)


def _insert(ref: list[Any], index: int, item: Any) -> int:
    ref.insert(index, item)
    return 0


def _slice(ref: Any, start: int, stop: int) -> Any:
    """Bounds are clamped to 0..len, negative ones too (no counting from the end)."""
    return ref[max(start, 0) : max(start, stop, 0)]


def _repeat(ref: Any, count: int) -> Any:
    return ref * count


def _concat(lhs: Any, rhs: Any) -> Any:
    return lhs + rhs


def _extend(ref: list[Any], other: Any) -> int:
    ref.extend(other)
    return 0


def _copy(ref: list[Any]) -> list[Any]:
    return ref[:]


def _reverse(ref: list[Any]) -> int:
    ref.reverse()
    return 0


def _contains(ref: list[Any], item: Any) -> int:
    return int(item in ref)


def _index(ref: list[Any], item: Any) -> int:
    return ref.index(item)


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


def _declare_copies() -> None:
    """What makes a new list or tuple from a list or tuple."""
    for name, symbol, params, reference, cls in (
        ("list_slice", "PyList_GetSlice", (_R, _I, _I), _slice, list),
        ("list_repeat", "hl_list_repeat", (_R, _I), _repeat, list),
        ("list_concat", "PySequence_Concat", (_R, _R), _concat, list),
        ("list_copy", "hl_list_copy", (_R,), _copy, list),
        ("list_to_tuple", "PyList_AsTuple", (_R,), tuple, tuple),
        ("tuple_slice", "PyTuple_GetSlice", (_R, _I, _I), _slice, tuple),
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
_declare_copies()
_declare_searches()
