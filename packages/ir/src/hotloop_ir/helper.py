"""Runtime helpers: C functions a trace calls, and what is known of them.

One declaration tells tracer, optimizer and backend everything: symbol, signature, how
errors are reported, whose reference the result is, and which memory is read or
written. The helpers themselves live in the backend (or in CPython's C API); a helper
declares a Python *reference* that says what it does, which the evaluator runs.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import field
from typing import Any, Final

from hotloop_ir.slotted import slotted
from hotloop_ir.value import Type


class Errors(enum.Enum):
    """How a helper reports that a Python exception is set."""

    NEVER = "never"
    NULL = "null"  # NULL reference
    NEGATIVE = "negative"  # a negative INT (or C int)
    NULL_OR_STOP = "null_or_stop"  # NULL: an exception if one is set, else exhausted (tp_iternext)


class Ownership(enum.Enum):
    """Whose reference a REF result is."""

    NEW = "new"
    BORROWED = "borrowed"
    NONE = "none"  # not a reference


EVERYTHING: Final = frozenset({"*"})
NOTHING: Final[frozenset[str]] = frozenset()


@slotted(frozen=True, eq=False)
class Helper:
    """A runtime helper.

    ``elidable``: the result depends on the operands only and nothing is read or written
    that can change (may be folded, merged or dropped). ``writes``: memory classes
    (``Descr.memory``) it may change; ``EVERYTHING`` if it may run Python code.
    ``consumes``: indexes of REF operands whose reference the helper takes over.
    ``result_class``: exact type of a REF result where it is known. ``c_int``: the C
    function returns ``int``, so an INT result must be sign-extended from 32 bits.
    ``variadic``: ``params`` is one type, taken by any number of operands; the C function
    gets their count and a pointer to an array of them.

    ``reference`` takes and gives plain Python objects (bool-like INT results as int,
    NULL as ``value.NULL_OBJECT``) and raises where the C function sets an exception.
    Operands outside the stated domain of a helper are a mistake of the trace.
    """

    name: str
    symbol: str
    params: tuple[Type, ...]
    result: Type
    reference: Callable[..., Any]
    errors: Errors = Errors.NEVER
    ownership: Ownership = Ownership.NONE
    elidable: bool = False
    writes: frozenset[str] = NOTHING
    consumes: tuple[int, ...] = ()
    result_class: type | None = None
    variadic: bool = field(default=False)
    c_int: bool = field(default=False)

    @property
    def runs_python(self) -> bool:
        """Whether arbitrary Python code may run inside."""
        return "*" in self.writes


_helpers: dict[str, Helper] = {}


def declare(helper: Helper) -> Helper:
    """Register a helper under its name. Raises ValueError if the name is taken."""
    if helper.name in _helpers:
        raise ValueError(f"helper {helper.name!r} is declared twice")
    _helpers[helper.name] = helper
    return helper


def helper_named(name: str) -> Helper:
    """The helper of a name. Raises KeyError if there is none."""
    _fill()
    return _helpers[name]


def all_helpers() -> tuple[Helper, ...]:
    """Every declared helper, in order of declaration."""
    _fill()
    return tuple(_helpers.values())


def _fill() -> None:
    """Import the declarations; they import this module."""
    __import__("hotloop_ir.helpers")
