"""Calls that ``call_python`` does not cover."""

from __future__ import annotations

from typing import Any

from hotloop_ir.helper import EVERYTHING, Errors, Helper, Ownership, declare
from hotloop_ir.value import NULL_OBJECT, Type


def _call_ex(function: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
    return function(*args, **({} if kwargs is NULL_OBJECT else kwargs))


# PyObject_Call: callable, exact tuple, dict or NULL.
declare(
    Helper(
        "call_ex", "PyObject_Call", (Type.REF, Type.REF, Type.REF), Type.REF, _call_ex,
        errors=Errors.NULL, ownership=Ownership.NEW, writes=EVERYTHING,
    )
)  # fmt: skip
