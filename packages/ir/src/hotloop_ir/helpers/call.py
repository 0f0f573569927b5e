"""Calls that ``call_python`` does not cover, and functions made by a ``def`` inside a trace."""

from __future__ import annotations

import types
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


def _call_hidden(function: Any, args: tuple[Any, ...]) -> Any:
    return function(*args)


# PyObject_Call of a Python function whose frame is hidden: it counts as no level of recursion.
declare(
    Helper(
        "call_hidden", "hl_call_hidden", (Type.REF, Type.REF), Type.REF,
        _call_hidden,
        errors=Errors.NULL, ownership=Ownership.NEW, writes=EVERYTHING,
    )
)  # fmt: skip


def _make_function(
    code: types.CodeType,
    module: dict[str, Any],
    defaults: Any,
    kwdefaults: Any,
    annotations: Any,
    closure: Any,
) -> types.FunctionType:
    parts = [None if part is NULL_OBJECT else part for part in (defaults, closure)]
    function = types.FunctionType(code, module, None, parts[0], parts[1])
    if kwdefaults is not NULL_OBJECT:
        function.__kwdefaults__ = kwdefaults
    if annotations is not NULL_OBJECT:
        function.__annotations__ = dict(zip(annotations[::2], annotations[1::2], strict=True))
    return function


# MAKE_FUNCTION: code, globals; then each or NULL: tuple of defaults, dict of keyword
# defaults, tuple of annotations (name, value in turn), tuple of cells.
declare(
    Helper(
        "make_function", "hl_make_function", (Type.REF,) * 6, Type.REF, _make_function,
        errors=Errors.NULL, ownership=Ownership.NEW, result_class=types.FunctionType,
    )
)  # fmt: skip
