"""Strings. The operands called str are exact ones; these run no Python code unless stated."""

from __future__ import annotations

from typing import Any, Final

from hotloop_ir.helper import EVERYTHING, Errors, Helper, Ownership, declare
from hotloop_ir.value import NULL_OBJECT, Type

_I: Final = Type.INT
_R: Final = Type.REF


def _concat(lhs: str, rhs: str) -> str:
    return lhs + rhs


def _getchar(ref: str, index: int) -> str:
    return ref[index]


def _slice(ref: str, start: int, stop: int) -> str:
    """PyUnicode_Substring: bounds past the end are clamped, negative ones are errors."""
    if start < 0 or stop < 0:
        raise IndexError("string index out of range")
    return ref[start:stop]


def _step_slice(ref: str, start: int, stop: int, step: int) -> str:
    """Bounds are counted from the end if negative, and clamped (PySlice_AdjustIndices)."""
    return ref[start:stop:step]


def _repeat(ref: str, count: int) -> str:
    return ref * count


def _build(*parts: str) -> str:
    return "".join(parts)


def _join(separator: str, parts: Any) -> str:
    return separator.join(parts)


def _eq(lhs: str, rhs: str) -> int:
    return int(lhs == rhs)


def _contains(ref: str, part: str) -> int:
    return int(part in ref)


def _format(ref: Any, spec: Any) -> str:
    return format(ref, "" if spec is NULL_OBJECT else spec)


def _declare_makers() -> None:
    """What makes a str. ``str_getchar``: index in range; ``chr``: 0 <= value < 0x110000.

    ``str_slice_step``: step != 0.
    """
    for name, symbol, params, reference in (
        ("str_concat", "PyUnicode_Concat", (_R, _R), _concat),
        ("str_getchar", "hl_str_getchar", (_R, _I), _getchar),
        ("str_slice", "PyUnicode_Substring", (_R, _I, _I), _slice),
        ("str_slice_step", "hl_str_slice_step", (_R, _I, _I, _I), _step_slice),
        ("str_repeat", "PySequence_Repeat", (_R, _I), _repeat),
        ("str_from_int", "hl_str_from_int", (_I,), str),
        ("chr", "PyUnicode_FromOrdinal", (_I,), chr),
    ):
        declare(
            Helper(
                name, symbol, params, _R, reference,
                errors=Errors.NULL, ownership=Ownership.NEW, result_class=str,
            )
        )  # fmt: skip
    declare(
        Helper(
            "str_build", "hl_str_build", (_R,), _R, _build,
            errors=Errors.NULL, ownership=Ownership.NEW, result_class=str, variadic=True,
        )
    )  # fmt: skip


def _declare_questions() -> None:
    """What asks a str. ``str_ord``: of length 1."""
    declare(Helper("str_eq", "hl_str_eq", (_R, _R), _I, _eq, elidable=True))
    declare(Helper("str_ord", "hl_str_ord", (_R,), _I, ord, elidable=True))
    declare(
        Helper(
            "str_contains", "PyUnicode_Contains", (_R, _R), _I, _contains,
            errors=Errors.NEGATIVE, elidable=True, c_int=True,
        )
    )  # fmt: skip


def _declare_conversions() -> None:
    """What asks other objects for text, so that Python code may run.

    ``str_format_value`` and ``format_of`` (the same function): value and spec or NULL.
    """
    for name, symbol, params, reference in (
        ("str_join", "PyUnicode_Join", (_R, _R), _join),
        ("str_format_value", "PyObject_Format", (_R, _R), _format),
        ("format_of", "PyObject_Format", (_R, _R), _format),
        ("str_of", "PyObject_Str", (_R,), str),
        ("repr_of", "PyObject_Repr", (_R,), repr),
        ("ascii_of", "PyObject_ASCII", (_R,), ascii),
    ):
        declare(
            Helper(
                name, symbol, params, _R, reference,
                errors=Errors.NULL, ownership=Ownership.NEW, writes=EVERYTHING,
            )
        )  # fmt: skip


_declare_makers()
_declare_questions()
_declare_conversions()
