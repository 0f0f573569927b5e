"""Integer bounds: what is known of an INT as an interval.

               [MIN, MAX]                 anything (UNBOUNDED)
              /     |    \\
         [0, MAX] [-5, 9] ...             meet goes down, join goes up
              \\     |    /
        ... [3, 3]  [4, 4] ...            one value: a constant

An empty meet never occurs on a path that is executed; :meth:`IntBound.meet` keeps the old
bound then. Each op has a transfer function on intervals: if every operand is in its bound,
the result is in the bound of the result. Must stay pure arithmetic: no trace, no engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from hotloop_ir import descr
from hotloop_ir.op import Op
from hotloop_ir.ops import integer as ops
from hotloop_ir.ops.integer import MAX, MIN
from hotloop_ir.ops.memory import GetField, GetItem
from hotloop_ir.ops.pyobj import UnboxInt
from hotloop_ir.value import Const, Int, Value, const_int


class IntBound:
    """All integers from ``lower`` to ``upper``, both included."""

    __slots__ = ("lower", "upper")

    def __init__(self, lower: int, upper: int) -> None:
        """``MIN <= lower <= upper <= MAX`` must hold."""
        self.lower = lower
        self.upper = upper

    def __repr__(self) -> str:
        return f"IntBound({self.lower}, {self.upper})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IntBound):
            return NotImplemented
        return self.lower == other.lower and self.upper == other.upper

    def __hash__(self) -> int:
        return hash((self.lower, self.upper))

    @property
    def is_constant(self) -> bool:
        """Whether there is only one value."""
        return self.lower == self.upper

    @property
    def is_unbounded(self) -> bool:
        """Whether nothing is known."""
        return self.lower == MIN and self.upper == MAX

    @property
    def constant(self) -> Const[Int]:
        """The only value, as a constant."""
        return const_int(self.lower)

    def contains(self, value: int) -> bool:
        """Whether a value is within the bound."""
        return self.lower <= value <= self.upper

    def meet(self, other: IntBound) -> IntBound:
        """What is known if both hold; ``self`` if they contradict each other."""
        lower, upper = max(self.lower, other.lower), min(self.upper, other.upper)
        return IntBound(lower, upper) if lower <= upper else self

    def join(self, other: IntBound) -> IntBound:
        """What is known if one of them holds."""
        return IntBound(min(self.lower, other.lower), max(self.upper, other.upper))


UNBOUNDED: Final = IntBound(MIN, MAX)
_BIT: Final = IntBound(0, 1)
_SHIFTS: Final = IntBound(0, 63)
_LENGTH: Final = IntBound(0, MAX >> 3)
_POSITION: Final = IntBound(0, MAX)
_UNBOXED: Final = IntBound(-(1 << 60) + 1, (1 << 60) - 1)

#: Exact result range before it is fitted to 64 bits.
Range: TypeAlias = tuple[int, int]
BoundsOf: TypeAlias = Callable[[Value[Any]], IntBound]


def _corners(function: Callable[[int, int], int], a: IntBound, b: IntBound) -> Range:
    values = [function(x, y) for x in (a.lower, a.upper) for y in (b.lower, b.upper)]
    return min(values), max(values)


def _add(a: IntBound, b: IntBound) -> Range:
    return a.lower + b.lower, a.upper + b.upper


def _sub(a: IntBound, b: IntBound) -> Range:
    return a.lower - b.upper, a.upper - b.lower


def _mul(a: IntBound, b: IntBound) -> Range:
    return _corners(lambda x, y: x * y, a, b)


def _and(a: IntBound, b: IntBound) -> Range:
    upper = max(a.upper, b.upper)
    if a.lower >= 0:
        return 0, min(a.upper, b.upper) if b.lower >= 0 else a.upper
    if b.lower >= 0:
        return 0, b.upper
    return -_power(min(a.lower, b.lower)), upper


def _power(lower: int) -> int:
    """The least power of two that is at least ``-lower`` (``lower`` is negative)."""
    return int(1 << (-lower - 1).bit_length())


def _invert(a: IntBound) -> IntBound:
    return IntBound(~a.upper, ~a.lower)


def _or(a: IntBound, b: IntBound) -> Range:
    lower, upper = _and(_invert(a), _invert(b))
    return ~upper, ~lower


def _xor(a: IntBound, b: IntBound) -> Range:
    bits = max(x.bit_length() for x in (~a.lower, a.upper, ~b.lower, b.upper))
    if a.lower >= 0 and b.lower >= 0:
        return 0, (1 << max(a.upper.bit_length(), b.upper.bit_length())) - 1
    return -(1 << bits), (1 << bits) - 1


def _lshift(a: IntBound, b: IntBound) -> Range:
    return _corners(lambda x, y: x << y, a, _SHIFTS.meet(b))


def _rshift(a: IntBound, b: IntBound) -> Range:
    return _corners(lambda x, y: x >> y, a, _SHIFTS.meet(b))


def _sides(b: IntBound) -> list[IntBound]:
    """The negative and the positive part of a divisor."""
    sides = []
    if b.lower < 0:
        sides.append(IntBound(b.lower, min(b.upper, -1)))
    if b.upper > 0:
        sides.append(IntBound(max(b.lower, 1), b.upper))
    return sides


def _floordiv(a: IntBound, b: IntBound) -> Range:
    ranges = [_corners(lambda x, y: x // y, a, side) for side in _sides(b)]
    if not ranges:
        return MIN, MAX
    # MIN // -1 must not happen, so a result above MAX does not.
    return min(low for low, _ in ranges), min(max(high for _, high in ranges), MAX)


def _mod(a: IntBound, b: IntBound) -> Range:
    lower, upper = 0, 0
    for side in _sides(b):
        if side.upper < 0:
            lower = side.lower + 1
            if a.upper <= 0:
                lower = max(lower, a.lower)
        elif a.lower >= 0:
            if a.upper < side.lower and b.lower > 0:
                return a.lower, a.upper
            upper = min(side.upper - 1, a.upper)
        else:
            upper = side.upper - 1
    return (lower, upper) if b.lower or b.upper else (MIN, MAX)


_RANGES: Final[dict[type[Op[Any]], Callable[[IntBound, IntBound], Range]]] = {
    ops.IntAdd: _add,
    ops.IntSub: _sub,
    ops.IntMul: _mul,
    ops.IntAddOvf: _add,
    ops.IntSubOvf: _sub,
    ops.IntMulOvf: _mul,
    ops.IntAnd: _and,
    ops.IntOr: _or,
    ops.IntXor: _xor,
    ops.IntLshift: _lshift,
    ops.IntLshiftOvf: _lshift,
    ops.IntRshift: _rshift,
    ops.IntFloordiv: _floordiv,
    ops.IntMod: _mod,
}

#: They leave when the exact result does not fit, so the result is in the exact range.
_CHECKED: Final = frozenset((ops.IntAddOvf, ops.IntSubOvf, ops.IntMulOvf, ops.IntLshiftOvf))

_FIELDS: Final[dict[descr.Descr, IntBound]] = {
    descr.TUPLE_LEN: _LENGTH,
    descr.LIST_LEN: _LENGTH,
    descr.STR_LEN: _POSITION,
    descr.BYTES_LEN: _POSITION,
    descr.BYTEARRAY_LEN: _POSITION,
    descr.ARRAY_LEN: _POSITION,
    descr.DICT_USED: _POSITION,
    descr.SET_USED: _POSITION,
    descr.RANGEITER_INDEX: _POSITION,
    descr.RANGEITER_LEN: _POSITION,
    descr.LISTITER_INDEX: _POSITION,
    descr.TUPLEITER_INDEX: _POSITION,
    descr.KEYS_VERSION: _POSITION,
    descr.TYPE_VERSION: _POSITION,
}


def bound_of(op: Op[Any], bounds_of: BoundsOf) -> IntBound:
    """The bound of the result of an INT op whose operands have these bounds."""
    function = _RANGES.get(type(op))
    if function is not None:
        args = op.args
        low, high = function(bounds_of(args[0]), bounds_of(args[1]))
        if type(op) in _CHECKED:
            low, high = max(low, MIN), min(high, MAX)
            return IntBound(low, high) if low <= high else UNBOUNDED
        return IntBound(low, high) if low >= MIN and high <= MAX else UNBOUNDED
    if isinstance(op, ops.IntNeg):
        a = bounds_of(op.args[0])
        return IntBound(-a.upper, -a.lower) if a.lower > MIN else UNBOUNDED
    if isinstance(op, ops.IntInvert):
        return _invert(bounds_of(op.args[0]))
    if isinstance(op, ops.IntFromBool):
        return _BIT
    if isinstance(op, UnboxInt):
        return _UNBOXED
    if isinstance(op, GetItem):
        return IntBound(*descr.ITEM_RANGE[op.descr])
    if isinstance(op, GetField):
        return _FIELDS.get(op.descr, UNBOUNDED)
    return UNBOUNDED


def cannot_overflow(op: Op[Any], bounds_of: BoundsOf) -> bool:
    """Whether an ``_ovf`` op never leaves, so that the plain op does the same."""
    if type(op) not in _CHECKED:
        return False
    a, b = bounds_of(op.args[0]), bounds_of(op.args[1])
    if isinstance(op, ops.IntLshiftOvf) and not (b.lower >= 0 and b.upper < 64):
        return False
    low, high = _RANGES[type(op)](a, b)
    return low >= MIN and high <= MAX


# --- comparisons --------------------------------------------------------------------------


def _less(a: IntBound, b: IntBound) -> bool | None:
    if a.upper < b.lower:
        return True
    return False if a.lower >= b.upper else None


def _equal(a: IntBound, b: IntBound) -> bool | None:
    if a.upper < b.lower or b.upper < a.lower:
        return False
    return True if a.is_constant and b.is_constant else None


def _not(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


_DECIDE: Final[dict[type[Op[Any]], Callable[[IntBound, IntBound], bool | None]]] = {
    ops.IntLt: _less,
    ops.IntGt: lambda a, b: _less(b, a),
    ops.IntLe: lambda a, b: _not(_less(b, a)),
    ops.IntGe: lambda a, b: _not(_less(a, b)),
    ops.IntEq: _equal,
    ops.IntNe: lambda a, b: _not(_equal(a, b)),
}

_NEGATED: Final[dict[type[Op[Any]], type[Op[Any]]]] = {
    ops.IntLt: ops.IntGe,
    ops.IntGe: ops.IntLt,
    ops.IntGt: ops.IntLe,
    ops.IntLe: ops.IntGt,
    ops.IntEq: ops.IntNe,
    ops.IntNe: ops.IntEq,
}


def decide(op: Op[Any], bounds_of: BoundsOf) -> bool | None:
    """The outcome of an integer comparison, if the bounds settle it."""
    function = _DECIDE.get(type(op))
    if function is None:
        return None
    return function(bounds_of(op.args[0]), bounds_of(op.args[1]))


def narrow(op: Op[Any], truth: bool, bounds_of: BoundsOf) -> list[tuple[Value[Any], IntBound]]:
    """What the operands of a comparison are known to be when it gave ``truth``.

    Only operands that are no constants and whose bound became tighter.
    """
    kind: type[Op[Any]] | None = type(op)
    if kind not in _NEGATED:
        return []
    if not truth:
        kind = _NEGATED[kind]
    lhs, rhs = op.args
    a, b = bounds_of(lhs), bounds_of(rhs)
    new_a, new_b = _narrowed(kind, a, b)
    found = []
    for value, old, new in ((lhs, a, new_a), (rhs, b, new_b)):
        if new != old and not isinstance(value, Const):
            found.append((value, new))
    return found


def _narrowed(kind: type[Op[Any]], a: IntBound, b: IntBound) -> tuple[IntBound, IntBound]:
    """The operands' bounds given that the comparison holds."""
    if kind is ops.IntGt or kind is ops.IntGe:
        new_b, new_a = _narrowed(ops.IntLt if kind is ops.IntGt else ops.IntLe, b, a)
        return new_a, new_b
    if kind is ops.IntEq:
        both = a.meet(b)
        return both, b.meet(a)
    if kind is ops.IntNe:
        return _without(a, b), _without(b, a)
    step = 1 if kind is ops.IntLt else 0
    below = IntBound(MIN, max(b.upper - step, MIN))
    above = IntBound(min(a.lower + step, MAX), MAX)
    return a.meet(below), b.meet(above)


def _without(a: IntBound, b: IntBound) -> IntBound:
    """``a`` without the one value of ``b``, where that is at an end."""
    if b.is_constant and not a.is_constant:
        if a.lower == b.lower:
            return IntBound(a.lower + 1, a.upper)
        if a.upper == b.lower:
            return IntBound(a.lower, a.upper - 1)
    return a
