"""Arithmetic, comparison and truth of objects, and float arithmetic that is more than one op.

``number_*`` follow the whole operator protocol and may run Python code. ``int_*_big``
are the same C functions for operands known to be exact ints: they run no Python code.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from hotloop_ir.helper import EVERYTHING, Errors, Helper, Ownership, declare
from hotloop_ir.value import Type

_R: Final = Type.REF
_RR: Final = (Type.REF, Type.REF)
_FF: Final = (Type.FLOAT, Type.FLOAT)

#: Name (after ``number_``), symbol and meaning of the binary operators.
BINARY: Final[tuple[tuple[str, str, Callable[[Any, Any], Any]], ...]] = (
    ("add", "PyNumber_Add", operator.add),
    ("sub", "PyNumber_Subtract", operator.sub),
    ("mul", "PyNumber_Multiply", operator.mul),
    ("truediv", "PyNumber_TrueDivide", operator.truediv),
    ("floordiv", "PyNumber_FloorDivide", operator.floordiv),
    ("mod", "PyNumber_Remainder", operator.mod),
    ("pow", "hl_number_pow", operator.pow),
    ("lshift", "PyNumber_Lshift", operator.lshift),
    ("rshift", "PyNumber_Rshift", operator.rshift),
    ("and", "PyNumber_And", operator.and_),
    ("or", "PyNumber_Or", operator.or_),
    ("xor", "PyNumber_Xor", operator.xor),
    ("matmul", "PyNumber_MatrixMultiply", operator.matmul),
    ("iadd", "PyNumber_InPlaceAdd", operator.iadd),
    ("isub", "PyNumber_InPlaceSubtract", operator.isub),
    ("imul", "PyNumber_InPlaceMultiply", operator.imul),
    ("itruediv", "PyNumber_InPlaceTrueDivide", operator.itruediv),
    ("ifloordiv", "PyNumber_InPlaceFloorDivide", operator.ifloordiv),
    ("imod", "PyNumber_InPlaceRemainder", operator.imod),
    ("ipow", "hl_number_ipow", operator.ipow),
    ("ilshift", "PyNumber_InPlaceLshift", operator.ilshift),
    ("irshift", "PyNumber_InPlaceRshift", operator.irshift),
    ("iand", "PyNumber_InPlaceAnd", operator.iand),
    ("ior", "PyNumber_InPlaceOr", operator.ior),
    ("ixor", "PyNumber_InPlaceXor", operator.ixor),
    ("imatmul", "PyNumber_InPlaceMatrixMultiply", operator.imatmul),
)

UNARY: Final[tuple[tuple[str, str, Callable[[Any], Any]], ...]] = (
    ("number_neg", "PyNumber_Negative", operator.neg),
    ("number_pos", "PyNumber_Positive", operator.pos),
    ("number_invert", "PyNumber_Invert", operator.invert),
    ("abs_generic", "PyNumber_Absolute", abs),
    ("int_of_generic", "PyNumber_Long", int),
    ("float_of_generic", "PyNumber_Float", float),
    ("index_of", "PyNumber_Index", operator.index),
)

#: The operators that have an ``int_*_big`` form. ``int_pow_big`` needs an exponent >= 0.
BIG: Final = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "lshift", "rshift", "and", "or", "xor", "pow"
)  # fmt: skip

COMPARE: Final[tuple[tuple[str, Callable[[Any, Any], Any]], ...]] = (
    ("lt", operator.lt),
    ("le", operator.le),
    ("eq", operator.eq),
    ("ne", operator.ne),
    ("gt", operator.gt),
    ("ge", operator.ge),
)


def _declare_objects() -> None:
    """``number_*``: PyNumber_* (Objects/abstract.c)."""
    for name, symbol, reference in BINARY:
        declare(
            Helper(
                f"number_{name}", symbol, _RR, _R, reference,
                errors=Errors.NULL, ownership=Ownership.NEW, writes=EVERYTHING,
            )
        )  # fmt: skip
    for name, symbol, unary in UNARY:
        declare(
            Helper(
                name, symbol, (_R,), _R, unary,
                errors=Errors.NULL, ownership=Ownership.NEW, writes=EVERYTHING,
            )
        )  # fmt: skip


def _declare_big() -> None:
    """``int_*_big``: the same on exact ints; they may raise but run no Python code."""
    for name, symbol, reference in BINARY:
        if name in BIG:
            declare(
                Helper(
                    f"int_{name}_big", symbol, _RR, _R, reference,
                    errors=Errors.NULL, ownership=Ownership.NEW,
                    result_class=float if name == "truediv" else int,
                )
            )  # fmt: skip
    for name, symbol, unary in UNARY[:3]:
        declare(
            Helper(
                name.replace("number", "int") + "_big", symbol, (_R,), _R, unary,
                errors=Errors.NULL, ownership=Ownership.NEW, result_class=int,
            )
        )  # fmt: skip


def _declare_compare() -> None:
    """``compare_*``: PyObject_RichCompare; ``_safe``: operands are exact int, float, bool,
    str, bytes or None, so no Python code runs and the result is True or False.
    """
    for name, reference in COMPARE:
        symbol = f"hl_compare_{name}"
        declare(
            Helper(
                f"compare_{name}", symbol, _RR, _R, reference,
                errors=Errors.NULL, ownership=Ownership.NEW, writes=EVERYTHING,
            )
        )  # fmt: skip
        declare(
            Helper(
                f"compare_{name}_safe", symbol, _RR, _R, reference,
                errors=Errors.NULL, ownership=Ownership.NEW, result_class=bool,
                elidable=name in ("eq", "ne"),
            )
        )  # fmt: skip


def _truth(ref: Any) -> int:
    return int(bool(ref))


def _declare_truth() -> None:
    declare(
        Helper(
            "is_true", "PyObject_IsTrue", (_R,), Type.INT, _truth,
            errors=Errors.NEGATIVE, writes=EVERYTHING, c_int=True,
        )
    )  # fmt: skip


def _pow(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        return float("inf")


def _declare_floats() -> None:
    """``float_pow``: base > 0 and both finite. ``float_floordiv``, ``float_mod``: rhs != 0."""
    rows: tuple[tuple[str, Callable[[float, float], float]], ...] = (
        ("float_pow", _pow),
        ("float_floordiv", operator.floordiv),
        ("float_mod", operator.mod),
    )
    for name, reference in rows:
        declare(Helper(name, f"hl_{name}", _FF, Type.FLOAT, reference, elidable=True))


_declare_objects()
_declare_big()
_declare_compare()
_declare_truth()
_declare_floats()
