"""Floating-point operations: IEEE double, exactly CPython's results, no fast-math."""

from __future__ import annotations

import math

from hotloop_ir.op import Effect, GuardFailed, Op, operation
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import Bool, Float, Int, Value


@operation("float_add", commutative=True)
class FloatAdd(Op[Float]):
    """``lhs + rhs``."""

    lhs: Value[Float]
    rhs: Value[Float]

    @classmethod
    def evaluate(cls, *args: float) -> float:
        lhs, rhs = args
        return lhs + rhs


@operation("float_sub")
class FloatSub(Op[Float]):
    """``lhs - rhs``."""

    lhs: Value[Float]
    rhs: Value[Float]

    @classmethod
    def evaluate(cls, *args: float) -> float:
        lhs, rhs = args
        return lhs - rhs


@operation("float_mul", commutative=True)
class FloatMul(Op[Float]):
    """``lhs * rhs``."""

    lhs: Value[Float]
    rhs: Value[Float]

    @classmethod
    def evaluate(cls, *args: float) -> float:
        lhs, rhs = args
        return lhs * rhs


@operation("float_truediv")
class FloatTruediv(Op[Float]):
    """``lhs / rhs``; ``rhs != 0.0`` must hold."""

    lhs: Value[Float]
    rhs: Value[Float]

    @classmethod
    def evaluate(cls, *args: float) -> float:
        lhs, rhs = args
        return lhs / rhs


@operation("float_neg")
class FloatNeg(Op[Float]):
    """``-value`` (flips the sign bit)."""

    value: Value[Float]

    @classmethod
    def evaluate(cls, *args: float) -> float:
        (value,) = args
        return -value


@operation("float_abs")
class FloatAbs(Op[Float]):
    """``abs(value)`` (clears the sign bit)."""

    value: Value[Float]

    @classmethod
    def evaluate(cls, *args: float) -> float:
        (value,) = args
        return math.fabs(value)


@operation("float_sqrt")
class FloatSqrt(Op[Float]):
    """Correctly rounded square root; ``value >= 0`` or nan must hold."""

    value: Value[Float]

    @classmethod
    def evaluate(cls, *args: float) -> float:
        (value,) = args
        return math.sqrt(value)


@operation("float_lt")
class FloatLt(Op[Bool]):
    """Ordered ``lhs < rhs`` (false with a nan)."""

    lhs: Value[Float]
    rhs: Value[Float]

    @classmethod
    def evaluate(cls, *args: float) -> bool:
        lhs, rhs = args
        return lhs < rhs


@operation("float_le")
class FloatLe(Op[Bool]):
    """Ordered ``lhs <= rhs`` (false with a nan)."""

    lhs: Value[Float]
    rhs: Value[Float]

    @classmethod
    def evaluate(cls, *args: float) -> bool:
        lhs, rhs = args
        return lhs <= rhs


@operation("float_gt")
class FloatGt(Op[Bool]):
    """Ordered ``lhs > rhs`` (false with a nan)."""

    lhs: Value[Float]
    rhs: Value[Float]

    @classmethod
    def evaluate(cls, *args: float) -> bool:
        lhs, rhs = args
        return lhs > rhs


@operation("float_ge")
class FloatGe(Op[Bool]):
    """Ordered ``lhs >= rhs`` (false with a nan)."""

    lhs: Value[Float]
    rhs: Value[Float]

    @classmethod
    def evaluate(cls, *args: float) -> bool:
        lhs, rhs = args
        return lhs >= rhs


@operation("float_eq", commutative=True)
class FloatEq(Op[Bool]):
    """Ordered ``lhs == rhs`` (false with a nan)."""

    lhs: Value[Float]
    rhs: Value[Float]

    @classmethod
    def evaluate(cls, *args: float) -> bool:
        lhs, rhs = args
        return lhs == rhs


@operation("float_ne", commutative=True)
class FloatNe(Op[Bool]):
    """``lhs != rhs`` (true with a nan)."""

    lhs: Value[Float]
    rhs: Value[Float]

    @classmethod
    def evaluate(cls, *args: float) -> bool:
        lhs, rhs = args
        return lhs != rhs


@operation("float_to_int", effect=Effect.GUARD)
class FloatToInt(Op[Int]):
    """``int(value)`` (truncates); leaves unless the result fits 64 bits."""

    value: Value[Float]
    snapshot: Snapshot

    @classmethod
    def evaluate(cls, *args: float) -> int:
        (value,) = args
        if not -(2.0**63) <= value < 2.0**63:
            raise GuardFailed
        return int(value)
