"""Iteration by the general protocol. All but ``iter_next_safe`` may run Python code."""

from __future__ import annotations

from typing import Any, Final

from hotloop_ir.helper import EVERYTHING, Errors, Helper, Ownership, declare
from hotloop_ir.value import NULL_OBJECT, Type

_R: Final = Type.REF


def _next(iterator: Any) -> Any:
    return next(iterator, NULL_OBJECT)


declare(
    Helper(
        "get_iter", "PyObject_GetIter", (_R,), _R, iter,
        errors=Errors.NULL, ownership=Ownership.NEW, writes=EVERYTHING,
    )
)  # fmt: skip

# ``tp_iternext``; a StopIteration is cleared: exhausted is NULL with no exception set.
declare(
    Helper(
        "iter_next", "hl_iter_next", (_R,), _R, _next,
        errors=Errors.NULL_OR_STOP, ownership=Ownership.NEW, writes=EVERYTHING,
    )
)  # fmt: skip

# The same for an iterator of a dict, a set, a str or bytes: it changes nothing but itself.
declare(
    Helper(
        "iter_next_safe", "hl_iter_next", (_R,), _R, _next,
        errors=Errors.NULL_OR_STOP, ownership=Ownership.NEW,
    )
)  # fmt: skip
