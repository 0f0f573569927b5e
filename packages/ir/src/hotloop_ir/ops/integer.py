"""Integer operations on signed 64-bit values.

Plain arithmetic wraps; the ``_ovf`` forms are guards that leave the trace when the
exact result does not fit 64 bits, so that CPython redoes the operation with big ints.
"""

from __future__ import annotations

from typing import Final

from hotloop_ir.op import Effect, GuardFailed, Op, operation
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import Bool, Float, Int, Value

MIN: Final = -(1 << 63)
MAX: Final = (1 << 63) - 1
_MASK: Final = (1 << 64) - 1


def wrap(value: int) -> int:
    """``value`` reduced to a signed 64-bit integer."""
    value &= _MASK
    return value - (1 << 64) if value > MAX else value


def checked(value: int) -> int:
    """``value`` itself. Raises GuardFailed if it does not fit 64 signed bits."""
    if MIN <= value <= MAX:
        return value
    raise GuardFailed


@operation("int_add", commutative=True)
class IntAdd(Op[Int]):
    """Wrapping ``lhs + rhs``."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        return wrap(lhs + rhs)


@operation("int_sub")
class IntSub(Op[Int]):
    """Wrapping ``lhs - rhs``."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        return wrap(lhs - rhs)


@operation("int_mul", commutative=True)
class IntMul(Op[Int]):
    """Wrapping ``lhs * rhs``."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        return wrap(lhs * rhs)


@operation("int_add_ovf", effect=Effect.GUARD, commutative=True)
class IntAddOvf(Op[Int]):
    """``lhs + rhs``; leaves if it overflows."""

    lhs: Value[Int]
    rhs: Value[Int]
    snapshot: Snapshot

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        return checked(lhs + rhs)


@operation("int_sub_ovf", effect=Effect.GUARD)
class IntSubOvf(Op[Int]):
    """``lhs - rhs``; leaves if it overflows."""

    lhs: Value[Int]
    rhs: Value[Int]
    snapshot: Snapshot

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        return checked(lhs - rhs)


@operation("int_mul_ovf", effect=Effect.GUARD, commutative=True)
class IntMulOvf(Op[Int]):
    """``lhs * rhs``; leaves if it overflows."""

    lhs: Value[Int]
    rhs: Value[Int]
    snapshot: Snapshot

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        return checked(lhs * rhs)


@operation("int_and", commutative=True)
class IntAnd(Op[Int]):
    """``lhs & rhs``."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        return lhs & rhs


@operation("int_or", commutative=True)
class IntOr(Op[Int]):
    """``lhs | rhs``."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        return lhs | rhs


@operation("int_xor", commutative=True)
class IntXor(Op[Int]):
    """``lhs ^ rhs``."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        return lhs ^ rhs


@operation("int_invert")
class IntInvert(Op[Int]):
    """``~value``."""

    value: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> int:
        (value,) = args
        return ~value


@operation("int_neg")
class IntNeg(Op[Int]):
    """Wrapping ``-value``."""

    value: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> int:
        (value,) = args
        return wrap(-value)


@operation("int_lshift")
class IntLshift(Op[Int]):
    """Wrapping ``lhs << rhs``; ``0 <= rhs < 64`` must hold."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        return wrap(lhs << rhs)


@operation("int_lshift_ovf", effect=Effect.GUARD)
class IntLshiftOvf(Op[Int]):
    """``lhs << rhs``; leaves if it overflows or not ``0 <= rhs < 64``."""

    lhs: Value[Int]
    rhs: Value[Int]
    snapshot: Snapshot

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        if not 0 <= rhs < 64:
            raise GuardFailed
        return checked(lhs << rhs)


@operation("int_rshift")
class IntRshift(Op[Int]):
    """Arithmetic ``lhs >> rhs``; ``0 <= rhs < 64`` must hold."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        return lhs >> rhs


@operation("int_floordiv")
class IntFloordiv(Op[Int]):
    """Python's ``lhs // rhs``; ``rhs != 0`` and no ``MIN // -1`` must hold."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        return lhs // rhs


@operation("int_mod")
class IntMod(Op[Int]):
    """Python's ``lhs % rhs``; ``rhs != 0`` and no ``MIN % -1`` must hold."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> int:
        lhs, rhs = args
        return lhs % rhs


@operation("int_lt")
class IntLt(Op[Bool]):
    """``lhs < rhs``."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> bool:
        lhs, rhs = args
        return lhs < rhs


@operation("int_le")
class IntLe(Op[Bool]):
    """``lhs <= rhs``."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> bool:
        lhs, rhs = args
        return lhs <= rhs


@operation("int_gt")
class IntGt(Op[Bool]):
    """``lhs > rhs``."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> bool:
        lhs, rhs = args
        return lhs > rhs


@operation("int_ge")
class IntGe(Op[Bool]):
    """``lhs >= rhs``."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> bool:
        lhs, rhs = args
        return lhs >= rhs


@operation("int_eq", commutative=True)
class IntEq(Op[Bool]):
    """``lhs == rhs``."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> bool:
        lhs, rhs = args
        return lhs == rhs


@operation("int_ne", commutative=True)
class IntNe(Op[Bool]):
    """``lhs != rhs``."""

    lhs: Value[Int]
    rhs: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> bool:
        lhs, rhs = args
        return lhs != rhs


@operation("int_to_float")
class IntToFloat(Op[Float]):
    """``float(value)``, rounded to nearest even."""

    value: Value[Int]

    @classmethod
    def evaluate(cls, *args: int) -> float:
        (value,) = args
        return float(value)


@operation("int_from_bool")
class IntFromBool(Op[Int]):
    """1 or 0."""

    value: Value[Bool]

    @classmethod
    def evaluate(cls, *args: bool) -> int:
        (value,) = args
        return int(value)
