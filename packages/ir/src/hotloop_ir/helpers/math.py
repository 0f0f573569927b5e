"""Functions of libm, where Python's ``math`` gives the plain result of libm for finite operands.

Where ``math`` raises (domain or range error) libm gives an infinity or a nan, and so do
the references: a trace checks the operand before or the result after the call.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from hotloop_ir.helper import Helper, declare
from hotloop_ir.value import Type

UNARY: Final = (
    "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "cbrt", "erf", "erfc",
)  # fmt: skip
BINARY: Final = ("atan2", "fmod", "copysign")

#: Where the result at a pole is an infinity: function, operand, result.
_POLES: Final = {
    ("log", 0.0): -math.inf,
    ("log2", 0.0): -math.inf,
    ("log10", 0.0): -math.inf,
    ("log1p", -1.0): -math.inf,
    ("atanh", 1.0): math.inf,
    ("atanh", -1.0): -math.inf,
}

_INVALID: Final = -math.nan
"""The nan that x86 makes: its sign is set."""


def _unary(name: str) -> Callable[[float], float]:
    function: Callable[[float], float] = getattr(math, name)

    def reference(value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return math.copysign(math.inf, value) if name == "sinh" else math.inf
        except ValueError:
            return _POLES.get((name, value), _INVALID)

    return reference


def _binary(name: str) -> Callable[[float, float], float]:
    function: Callable[[float, float], float] = getattr(math, name)

    def reference(lhs: float, rhs: float) -> float:
        try:
            return function(lhs, rhs)
        except ValueError:
            return _INVALID

    return reference


def _rounding(name: str) -> Callable[[float], float]:
    function: Callable[[float], int] = getattr(math, name)

    def reference(value: float) -> float:
        if not math.isfinite(value):
            return value
        return math.copysign(float(function(value)), value)

    return reference


for _name in UNARY:
    declare(Helper(f"math_{_name}", _name, (Type.FLOAT,), Type.FLOAT, _unary(_name), elidable=True))
for _name in BINARY:
    declare(
        Helper(
            f"math_{_name}",
            _name,
            (Type.FLOAT, Type.FLOAT),
            Type.FLOAT,
            _binary(_name),
            elidable=True,
        )
    )
# As in C: the result is a float; the zero of a negative operand is negative.
for _name in ("floor", "ceil", "trunc"):
    declare(
        Helper(f"math_{_name}", _name, (Type.FLOAT,), Type.FLOAT, _rounding(_name), elidable=True)
    )
