"""What well-known methods of builtin types and functions of `math` do in a trace."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from hotloop_interp.frame import Frame
from hotloop_interp.protocol import is_a
from hotloop_ir.descr import LIST_LEN
from hotloop_ir.helper import Helper, helper_named
from hotloop_ir.ops.floats import (
    FloatAbs,
    FloatGe,
    FloatGt,
    FloatLe,
    FloatLt,
    FloatMul,
    FloatSqrt,
    FloatToInt,
)
from hotloop_ir.ops.integer import IntAdd, IntGt
from hotloop_ir.ops.memory import GetField
from hotloop_ir.type_set import TypeSet
from hotloop_ir.value import Const, Float, Int, Value, const_float, const_int
from hotloop_tracer.builtin_bases import SEQUENCES
from hotloop_tracer.recording_operators import Operators
from hotloop_tracer.rules import rule
from hotloop_tracer.traced import Traced
from hotloop_tracer.unboxing import can_unbox

_LIST_POP_LAST: Final = helper_named("list_pop_last")
_LIST_POP: Final = helper_named("list_pop")
_LIST_INSERT: Final = helper_named("list_insert")
_LIST_REVERSE: Final = helper_named("list_reverse")
_LIST_COPY: Final = helper_named("list_copy")
_INT_LIMIT: Final = 2.0**63
_REAL: Final = TypeSet(int, float)


# --- lists --------------------------------------------------------------------------------------


@rule(list.append)
def _append(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 2 or not is_a(args[0].obj, list):
        return None
    m.list_append(args[0], args[1])
    return m.const(None)


@rule(list.pop)
def _pop(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    target = args[0]
    if not is_a(target.obj, list) or not list.__len__(target.obj) or len(args) > 2:
        return None
    if len(args) == 2 and not (type(args[1].obj) is int and can_unbox(args[1])):
        return None
    m.type_of(target)
    if len(args) == 2 and not (type(args[1].ref) is Const and args[1].obj == -1):
        index = m.int_of(args[1])
        return m.residual(_LIST_POP, (target.ref, index), list.pop, target.obj, args[1].obj)
    size = m.emit(GetField(target.ref, LIST_LEN))
    m.guard(m.emit(IntGt(size, const_int(0))), True)
    return m.residual(_LIST_POP_LAST, (target.ref,), list.pop, target.obj)


@rule(list.insert)
def _insert(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 3 or not is_a(args[0].obj, list):
        return None
    target, index, item = args
    if type(index.obj) is not int or not can_unbox(index):
        return None
    m.type_of(target)
    refs = (target.ref, m.int_of(index), item.ref)
    m.residual_int(_LIST_INSERT, refs, list.insert, target.obj, index.obj, item.obj)
    return m.const(None)


@rule(list.extend)
def _extend(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 2 or not is_a(args[0].obj, list):
        return None
    if type(args[1].obj) not in SEQUENCES:
        return None
    m.list_extend(args[0], args[1])
    return m.const(None)


@rule(list.reverse)
def _reverse(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 1 or not is_a(args[0].obj, list):
        return None
    m.type_of(args[0])
    m.residual_int(_LIST_REVERSE, (args[0].ref,), list.reverse, args[0].obj)
    return m.const(None)


@rule(list.index)
def _index(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    found = _find(m, args)
    if found is None:
        return None
    return m.new_int(found[0], m.emit(IntAdd(found[1], const_int(-2))))


@rule(list.remove)
def _remove(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    found = _find(m, args)
    if found is None:
        return None
    target, index = args[0], m.emit(IntAdd(found[1], const_int(-2)))
    m.lose(list.__getitem__(target.obj, found[0]))
    m.residual(_LIST_POP, (target.ref, index), list.pop, target.obj, found[0])
    return m.const(None)


def _find(m: Operators, args: list[Traced]) -> tuple[int, Value[Int]] | None:
    """Where the one argument is in the list: guarded to be there."""
    if len(args) != 2 or not is_a(args[0].obj, list):
        return None
    m.type_of(args[0])
    place = m.find_quietly(args[0], args[1], list)
    if place is None or not place[0]:
        return None
    m.guard(m.emit(IntGt(place[1], const_int(0))), True)
    return place[0] - 2, place[1]


@rule(list.copy)
def _copy(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 1 or not is_a(args[0].obj, list):
        return None
    m.type_of(args[0])
    return m.residual(_LIST_COPY, (args[0].ref,), list.copy, args[0].obj)


# --- dicts --------------------------------------------------------------------------------------


@rule(dict.get)
def _get(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if not 2 <= len(args) <= 3 or type(args[0].obj) is not dict:
        return None
    m.type_of(args[0])
    found = m.find_key(args[0], args[1])
    if found is not None or m.holds_key(args[0], args[1]) is not False:
        return found
    return args[2] if len(args) == 3 else m.const(None)


# --- math ---------------------------------------------------------------------------------------


def _real(m: Operators, args: list[Traced]) -> Value[Float] | None:
    """The one operand as a float; it is a float or a small int, and finite."""
    if len(args) != 1 or type(args[0].obj) not in _REAL:
        return None
    if type(args[0].obj) is int and not can_unbox(args[0]):
        return None
    if not math.isfinite(args[0].obj):
        return None
    return m.float_of(args[0])


def _guard_finite(m: Operators, number: Value[Float]) -> None:
    if type(number) is not Const:
        m.guard(m.emit(FloatLt(m.emit(FloatAbs(number)), const_float(math.inf))), True)


def _math(function: Callable[[float], float], domain: Callable[[Operators, Any], bool]) -> None:
    """A function of libm whose plain result is Python's where ``domain`` has guarded it."""
    helper: Helper = helper_named(f"math_{function.__name__}")

    def apply(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
        number = _real(m, args)
        if number is None:
            return None
        try:
            result = function(args[0].obj)
        except (ValueError, OverflowError):
            return None
        if not domain(m, number):
            return None
        found = m.emit_call(helper, number)
        if function is math.exp:
            m.guard(m.emit(FloatLt(found, const_float(math.inf))), True)
        return m.new_float(result, found)

    rule(function)(apply)


def _any_finite(m: Operators, number: Value[Float]) -> bool:
    _guard_finite(m, number)
    return True


def _positive(m: Operators, number: Value[Float]) -> bool:
    if type(number) is not Const:
        m.guard(m.emit(FloatGt(number, const_float(0.0))), True)
        m.guard(m.emit(FloatLt(number, const_float(math.inf))), True)
    return True


def _unit(m: Operators, number: Value[Float]) -> bool:
    if type(number) is not Const:
        m.guard(m.emit(FloatLe(m.emit(FloatAbs(number)), const_float(1.0))), True)
    return True


for _function in (math.sin, math.cos, math.tan, math.atan, math.exp, math.tanh):
    _math(_function, _any_finite)
for _function in (math.log2, math.log10):
    _math(_function, _positive)
for _function in (math.asin, math.acos):
    _math(_function, _unit)


_LOG: Final = helper_named("math_log")
_ATAN2: Final = helper_named("math_atan2")


@rule(math.log)
def _log(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    number = _real(m, args)
    if number is None or args[0].obj <= 0:
        return None
    _positive(m, number)
    return m.new_float(math.log(args[0].obj), m.emit_call(_LOG, number))


@rule(math.atan2)
def _atan2(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 2:
        return None
    y, x = _real(m, args[:1]), _real(m, args[1:])
    if x is None or y is None:
        return None
    _guard_finite(m, y)
    _guard_finite(m, x)
    return m.new_float(math.atan2(args[0].obj, args[1].obj), m.emit_call(_ATAN2, y, x))


@rule(math.sqrt)
def _sqrt(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    number = _real(m, args)
    if number is None or args[0].obj < 0:
        return None
    if type(number) is not Const:
        m.guard(m.emit(FloatGe(number, const_float(0.0))), True)
    return m.new_float(math.sqrt(args[0].obj), m.emit(FloatSqrt(number)))


@rule(math.fabs)
def _fabs(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    number = _real(m, args)
    if number is None:
        return None
    return m.new_float(math.fabs(args[0].obj), m.emit(FloatAbs(number)))


@rule(math.radians)
def _radians(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    number = _real(m, args)
    if number is None:
        return None
    factor = const_float(math.pi / 180.0)
    return m.new_float(math.radians(args[0].obj), m.emit(FloatMul(number, factor)))


@rule(math.degrees)
def _degrees(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    number = _real(m, args)
    if number is None:
        return None
    factor = const_float(180.0 / math.pi)
    return m.new_float(math.degrees(args[0].obj), m.emit(FloatMul(number, factor)))


def _rounding(function: Callable[[float], int], name: str) -> None:
    helper = helper_named(f"math_{name}")

    def apply(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
        if len(args) == 1 and type(args[0].obj) is int:
            m.type_of(args[0])
            return args[0]
        number = _real(m, args)
        if number is None or abs(args[0].obj) >= _INT_LIMIT / 2:
            return None
        whole = m.emit_call(helper, number)
        return m.new_int(function(args[0].obj), m.emit(FloatToInt(whole, m.snap())))

    rule(function)(apply)


_rounding(math.floor, "floor")
_rounding(math.ceil, "ceil")
_rounding(math.trunc, "trunc")
