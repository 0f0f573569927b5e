"""Values of the IR: the closed set of types, constants and parameters.

An op is its own result (``op.Op`` derives from ``Value``), so an operand *is* the
producing op; names exist only in the text form. This module knows nothing of
operations, CPython or memory.
"""

from __future__ import annotations

import enum
from struct import pack
from typing import Final, Generic, TypeVar


class Type(enum.Enum):
    """The IR types; the value is the letter the text form uses."""

    INT = "i"
    FLOAT = "f"
    BOOL = "b"
    REF = "r"
    RAW = "p"
    VOID = "v"

    # Members are compared by identity everywhere; the default Enum hash goes
    # through the name, which shows up in CSE tables.
    __hash__ = object.__hash__


class Int:
    """Type marker: signed 64-bit integer."""


class Float:
    """Type marker: IEEE-754 double."""


class Bool:
    """Type marker: one bit."""


class Ref:
    """Type marker: a Python object, or NULL."""


class Raw:
    """Type marker: an address that is not an object (dict keys, say)."""


class Void:
    """Type marker: no result."""


T_co = TypeVar("T_co", covariant=True)


class Value(Generic[T_co]):
    """Anything that can be an operand. ``type`` is the run-time twin of the type parameter."""

    __slots__ = ()
    type: Type


class Const(Value[T_co]):
    """A constant.

    ``value`` is an int for INT and RAW, a float for FLOAT, a bool for BOOL and any
    Python object for REF; ``NULL`` stands for the null reference. Equality is
    identity of the IR node; passes compare constants with :func:`same_const`.
    """

    __slots__ = ("type", "value")
    type: Type
    value: object

    def __init__(self, type: Type, value: object) -> None:
        self.type = type
        self.value = value

    def __repr__(self) -> str:
        return f"Const({self.type.name}, {self.value!r})"


class Param(Value[T_co]):
    """An input of a trace or of a label."""

    __slots__ = ("type",)
    type: Type

    def __init__(self, type: Type) -> None:
        self.type = type

    def __repr__(self) -> str:
        return f"Param({self.type.name})"


class _Null:
    """The Python-side value of a null reference constant."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NULL"


NULL_OBJECT: Final = _Null()
NULL: Final[Const[Ref]] = Const(Type.REF, NULL_OBJECT)
TRUE: Final[Const[Bool]] = Const(Type.BOOL, True)
FALSE: Final[Const[Bool]] = Const(Type.BOOL, False)


def const_int(value: int) -> Const[Int]:
    """An INT constant; ``value`` must fit 64 signed bits."""
    return Const(Type.INT, value)


def const_float(value: float) -> Const[Float]:
    """A FLOAT constant."""
    return Const(Type.FLOAT, value)


def const_bool(value: bool) -> Const[Bool]:
    """A BOOL constant (one of two shared nodes)."""
    return TRUE if value else FALSE


def const_ref(value: object) -> Const[Ref]:
    """A REF constant: this very object. The trace keeps it alive."""
    return Const(Type.REF, value)


def const_key(const: Const[object]) -> tuple[object, ...]:
    """A hashable key: equal exactly if the constants are interchangeable.

    References compare by identity, floats by bits (0.0 and -0.0 differ, and so do nans of
    different sign or payload; a nan equals itself).
    """
    if const.type is Type.REF:
        return (const.type, id(const.value))
    if const.type is Type.FLOAT:
        assert isinstance(const.value, float)
        return (const.type, pack("<d", const.value))
    return (const.type, const.value)


def same_const(a: Const[object], b: Const[object]) -> bool:
    """Whether two constants are interchangeable."""
    return a is b or const_key(a) == const_key(b)
