"""Recording operators on numbers and strings, specialised on the exact types seen.

Operators of other objects are handed to `recording_operators`. Every function of `_ARITHMETIC`
answers None if it cannot specialise the values at hand; then the general form is recorded.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import hotloop_ir.helpers  # noqa: F401 - fills the table
from hotloop_ir.helper import Helper, helper_named
from hotloop_ir.op import Op
from hotloop_ir.ops import floats, integer
from hotloop_ir.type_set import TypeSet
from hotloop_ir.value import Bool, Const, Float, Int, Value, const_float, const_int
from hotloop_tracer.operators import COMPARISONS, OPERATORS
from hotloop_tracer.traced import PERMANENT, Traced
from hotloop_tracer.unboxing import EXACT_FLOAT, Unboxing, can_unbox, fits

Rule: TypeAlias = Callable[["Unboxing", Traced, Traced], "Traced | None"]

_INT_OVERFLOW: Final[dict[str, Any]] = {
    "+": integer.IntAddOvf,
    "-": integer.IntSubOvf,
    "*": integer.IntMulOvf,
}
_INT_BITS: Final[dict[str, Any]] = {
    "&": integer.IntAnd,
    "|": integer.IntOr,
    "^": integer.IntXor,
}
_FLOAT: Final[dict[str, Any]] = {
    "+": floats.FloatAdd,
    "-": floats.FloatSub,
    "*": floats.FloatMul,
}
_INT_COMPARE: Final[dict[str, Any]] = {
    "<": integer.IntLt,
    "<=": integer.IntLe,
    "==": integer.IntEq,
    "!=": integer.IntNe,
    ">": integer.IntGt,
    ">=": integer.IntGe,
}
_FLOAT_COMPARE: Final[dict[str, Any]] = {
    "<": floats.FloatLt,
    "<=": floats.FloatLe,
    "==": floats.FloatEq,
    "!=": floats.FloatNe,
    ">": floats.FloatGt,
    ">=": floats.FloatGe,
}

_FLOAT_POW: Final = helper_named("float_pow")
_FLOAT_FLOORDIV: Final = helper_named("float_floordiv")
_FLOAT_MOD: Final = helper_named("float_mod")
_SMALLEST_NORMAL: Final = 2.2250738585072014e-308


# --- ints ---------------------------------------------------------------------------------------


def _int_overflowing(op: str) -> Rule:
    make, compute = _INT_OVERFLOW[op], OPERATORS[op][1]

    def rule(m: Unboxing, left: Traced, right: Traced) -> Traced | None:
        result = compute(left.obj, right.obj)
        if not (fits(result) and can_unbox(left) and can_unbox(right)):
            return None
        lhs, rhs = m.int_of(left), m.int_of(right)
        return m.new_int(result, m.emit(make(lhs, rhs, m.snap_of_operands(left, right))))

    return rule


def _int_bits(op: str) -> Rule:
    make, compute = _INT_BITS[op], OPERATORS[op][1]

    def rule(m: Unboxing, left: Traced, right: Traced) -> Traced | None:
        if not (can_unbox(left) and can_unbox(right)):
            return None
        number = m.emit(make(m.int_of(left), m.int_of(right)))
        return m.new_int(compute(left.obj, right.obj), number)

    return rule


def _int_lshift(m: Unboxing, left: Traced, right: Traced) -> Traced | None:
    if not (can_unbox(left) and can_unbox(right)) or not 0 <= right.obj < 64:
        return None
    result = left.obj << right.obj
    if not fits(result):
        return None
    lhs, rhs = m.int_of(left), m.int_of(right)
    snapshot = m.snap_of_operands(left, right)
    return m.new_int(result, m.emit(integer.IntLshiftOvf(lhs, rhs, snapshot)))


def _int_rshift(m: Unboxing, left: Traced, right: Traced) -> Traced | None:
    if not (can_unbox(left) and can_unbox(right)) or not 0 <= right.obj < 64:
        return None
    lhs, rhs = m.int_of(left), m.int_of(right)
    if type(rhs) is not Const:
        m.guard(m.emit(integer.IntGe(rhs, const_int(0))), True)
        m.guard(m.emit(integer.IntLt(rhs, const_int(64))), True)
    return m.new_int(left.obj >> right.obj, m.emit(integer.IntRshift(lhs, rhs)))


def _int_division(op: str) -> Rule:
    make: Any = integer.IntFloordiv if op == "//" else integer.IntMod
    compute = OPERATORS[op][1]

    def rule(m: Unboxing, left: Traced, right: Traced) -> Traced | None:
        divisor = right.obj
        if not (can_unbox(left) and can_unbox(right)) or divisor in (0, -1):
            return None
        lhs, rhs = m.int_of(left), m.int_of(right)
        if type(rhs) is not Const:
            bound = integer.IntGt(rhs, const_int(0))
            low = integer.IntLt(rhs, const_int(-1))
            m.guard(m.emit(bound if divisor > 0 else low), True)
        return m.new_int(compute(left.obj, divisor), m.emit(make(lhs, rhs)))

    return rule


def _int_truediv(m: Unboxing, left: Traced, right: Traced) -> Traced | None:
    if right.obj == 0 or abs(left.obj) > EXACT_FLOAT or abs(right.obj) > EXACT_FLOAT:
        return None
    return _float_truediv(m, left, right)


def _int_pow(m: Unboxing, left: Traced, right: Traced) -> Traced | None:
    if type(right.ref) is not Const or right.obj not in (2, 3):
        return None
    square = _int_overflowing("*")(m, left, left)
    if right.obj == 2 or square is None:
        return square
    return _int_overflowing("*")(m, square, left)


# --- floats, and floats with ints ---------------------------------------------------------------


def _float(op: str) -> Rule:
    make, compute = _FLOAT[op], OPERATORS[op][1]

    def rule(m: Unboxing, left: Traced, right: Traced) -> Traced | None:
        if not (_floatable(left) and _floatable(right)):
            return None
        number = m.emit(make(m.float_of(left), m.float_of(right)))
        return m.new_float(compute(left.obj, right.obj), number)

    return rule


def _floatable(traced: Traced) -> bool:
    return type(traced.obj) is float or can_unbox(traced)


def _guard_nonzero(m: Unboxing, number: Value[Float]) -> None:
    if type(number) is not Const:
        m.guard(m.emit(floats.FloatNe(number, const_float(0.0))), True)


def _float_truediv(m: Unboxing, left: Traced, right: Traced) -> Traced | None:
    if right.obj == 0 or not (_floatable(left) and _floatable(right)):
        return None
    if type(left.obj) is not float and type(right.obj) is not float:
        m.guard_exact_float(left)
        m.guard_exact_float(right)
    lhs, rhs = m.float_of(left), m.float_of(right)
    _guard_nonzero(m, rhs)
    return m.new_float(left.obj / right.obj, m.emit(floats.FloatTruediv(lhs, rhs)))


def _float_helper(helper: Helper, compute: Callable[[Any, Any], Any]) -> Rule:
    def rule(m: Unboxing, left: Traced, right: Traced) -> Traced | None:
        if right.obj == 0 or not (_floatable(left) and _floatable(right)):
            return None
        lhs, rhs = m.float_of(left), m.float_of(right)
        _guard_nonzero(m, rhs)
        return m.new_float(compute(left.obj, right.obj), m.emit_call(helper, lhs, rhs))

    return rule


def _float_pow(m: Unboxing, left: Traced, right: Traced) -> Traced | None:
    """libm's pow for a positive base, a constant exponent and a normal result (float_pow)."""
    if type(right.ref) is not Const or not (_floatable(left) and _floatable(right)):
        return None
    if not 0.0 < left.obj < math.inf or not math.isfinite(right.obj):
        return None
    try:
        result = float(left.obj) ** right.obj
    except OverflowError:
        return None
    if not _SMALLEST_NORMAL <= result < math.inf:
        return None
    base, exponent = m.float_of(left), const_float(float(right.obj))
    if type(base) is not Const:
        m.guard(m.emit(floats.FloatGt(base, const_float(0.0))), True)
        m.guard(m.emit(floats.FloatLt(base, const_float(math.inf))), True)
    number = m.emit_call(_FLOAT_POW, base, exponent)
    m.guard(m.emit(floats.FloatGe(number, const_float(_SMALLEST_NORMAL))), True)
    m.guard(m.emit(floats.FloatLt(number, const_float(math.inf))), True)
    return m.new_float(result, number)


# --- strings ------------------------------------------------------------------------------------


def _helper_rule(name: str, compute: Callable[[Any, Any], Any]) -> Rule:
    helper = helper_named(name)

    def rule(m: Unboxing, left: Traced, right: Traced) -> Traced | None:
        m.type_of(left)
        m.type_of(right)
        return m.residual(helper, (left.ref, right.ref), compute, left.obj, right.obj)

    return rule


def _repeat(name: str) -> Rule:
    helper = helper_named(name)

    def rule(m: Unboxing, left: Traced, right: Traced) -> Traced | None:
        if not can_unbox(right):
            return None
        m.type_of(left)
        count = m.int_of(right)
        return m.residual(helper, (left.ref, count), operator.mul, left.obj, right.obj)

    return rule


# --- the tables ---------------------------------------------------------------------------------


def _arithmetic() -> dict[tuple[str, type, type], Rule]:
    table: dict[tuple[str, type, type], Rule] = {}
    ints: dict[str, Rule] = {
        **{op: _int_overflowing(op) for op in "+-*"},
        **{op: _int_bits(op) for op in "&|^"},
        "<<": _int_lshift,
        ">>": _int_rshift,
        "//": _int_division("//"),
        "%": _int_division("%"),
        "/": _int_truediv,
        "**": _int_pow,
    }
    reals: dict[str, Rule] = {
        **{op: _float(op) for op in "+-*"},
        "/": _float_truediv,
        "//": _float_helper(_FLOAT_FLOORDIV, operator.floordiv),
        "%": _float_helper(_FLOAT_MOD, operator.mod),
        "**": _float_pow,
    }
    left: type
    right: type
    for left, right in ((int, int), (int, bool), (bool, int), (bool, bool)):
        for op, rule in ints.items():
            if (left, right) != (bool, bool) or op not in "&|^":
                table[op, left, right] = rule
    for left, right in ((float, float), (float, int), (int, float), (float, bool), (bool, float)):
        for op, rule in reals.items():
            table[op, left, right] = rule
    for cls, prefix in ((str, "str"), (tuple, "tuple")):
        table["+", cls, cls] = _helper_rule(f"{prefix}_concat", operator.add)
        table["*", cls, int] = _repeat(f"{prefix}_repeat")
    inplace = {(op + "=", left, right): rule for (op, left, right), rule in table.items()}
    table["+", list, list] = _helper_rule("list_concat", operator.add)
    table["*", list, int] = _repeat("list_repeat")
    return {**table, **inplace}


_ARITHMETIC: Final = _arithmetic()

_BIG: Final[dict[str, Helper]] = {
    op: helper_named(f"int_{OPERATORS[op][0]}_big")
    for op in ("+", "-", "*", "/", "//", "%", "<<", ">>", "&", "|", "^")
}
_INT_NEG: Final = helper_named("int_neg_big")
_INT_INVERT: Final = helper_named("int_invert_big")


def _big(m: Unboxing, op: str, left: Traced, right: Traced) -> Traced:
    """Two exact ints by the C function: any size, no code of the program."""
    m.type_of(left)
    m.type_of(right)
    compute = OPERATORS[op][1]
    return m.residual(_BIG[op], (left.ref, right.ref), compute, left.obj, right.obj)


def arithmetic(m: Unboxing, op: str, left: Traced, right: Traced) -> Traced | None:
    """``left op right`` specialised on the exact types, None if there is no special form."""
    types = type(left.obj), type(right.obj)
    for cls in types:
        m.refuse_strange(cls)
    rule = _ARITHMETIC.get((op, *types))
    if rule is None:
        return None
    result = rule(m, left, right)
    if result is None and types == (int, int):
        op = op.removesuffix("=")
        if op in _BIG:
            result = _big(m, op, left, right)
    return result


# --- comparison ---------------------------------------------------------------------------------

_SAFE: Final = TypeSet(int, float, bool, str, bytes, type(None))
_NUMBERS: Final = TypeSet(int, float, bool)
_STR_EQ: Final = helper_named("str_eq")
_COMPARE_SAFE: Final[dict[str, Helper]] = {
    op: helper_named(f"compare_{name}_safe") for op, (name, _) in COMPARISONS.items()
}


def compare(m: Unboxing, op: str, left: Traced, right: Traced) -> Traced | None:
    """``left op right`` specialised on the exact types, None if there is no special form."""
    a, b = type(left.obj), type(right.obj)
    if a not in _SAFE or b not in _SAFE or not _comparable(op, a, b):
        return None
    result = COMPARISONS[op][1](left.obj, right.obj)
    if a in _NUMBERS and b in _NUMBERS:
        found = _compare_numbers(m, op, left, right)
        if found is not None:
            return m.new_bool(result, found)
    m.type_of(left)
    m.type_of(right)
    if a is str and b is str and op in ("==", "!="):
        equal = m.emit_call(_STR_EQ, left.ref, right.ref)
        make: Any = integer.IntNe if op == "==" else integer.IntEq
        return m.new_bool(result, m.emit(make(equal, const_int(0))))
    call = m.emit_call(_COMPARE_SAFE[op], left.ref, right.ref)
    return Traced(result, call, PERMANENT)


def _comparable(op: str, a: type, b: type) -> bool:
    """Whether no comparison of such values raises (BytesWarning may be an error, too)."""
    if a in _NUMBERS and b in _NUMBERS:
        return True
    if op in ("==", "!="):
        return {a, b} != {str, bytes}
    return a is b and a is not type(None)


def _compare_numbers(m: Unboxing, op: str, left: Traced, right: Traced) -> Op[Bool] | None:
    if type(left.obj) is float or type(right.obj) is float:
        for side in (left, right):
            if type(side.obj) is not float and abs(side.obj) > EXACT_FLOAT:
                return None
        if type(left.obj) is not type(right.obj):
            m.guard_exact_float(left)
            m.guard_exact_float(right)
        made: Op[Bool] = m.emit(_FLOAT_COMPARE[op](m.float_of(left), m.float_of(right)))
        return made
    if not (can_unbox(left) and can_unbox(right)):
        return None
    made = m.emit(_INT_COMPARE[op](m.int_of(left), m.int_of(right)))
    return made


# --- unary --------------------------------------------------------------------------------------


def unary(m: Unboxing, op: str, value: Traced) -> Traced | None:
    """``op value`` of a number, None for anything else."""
    cls = type(value.obj)
    if cls is float:
        if op == "~":
            return None
        number = m.float_of(value)
        return value if op == "+" else m.new_float(-value.obj, m.emit(floats.FloatNeg(number)))
    if cls is not int and cls is not bool:
        return None
    if not can_unbox(value) or not fits(-value.obj):
        return _unary_big(m, op, value)
    number_int: Value[Int] = m.int_of(value)
    if op == "+":
        return value if cls is int else m.new_int(+value.obj, number_int)
    if op == "~":
        return m.new_int(~int(value.obj), m.emit(integer.IntInvert(number_int)))
    return m.new_int(-value.obj, m.emit(integer.IntSubOvf(const_int(0), number_int, m.snap())))


def _unary_big(m: Unboxing, op: str, value: Traced) -> Traced:
    m.type_of(value)
    if op == "+":
        return value
    if op == "-":
        return m.residual(_INT_NEG, (value.ref,), operator.neg, value.obj)
    return m.residual(_INT_INVERT, (value.ref,), operator.invert, value.obj)
