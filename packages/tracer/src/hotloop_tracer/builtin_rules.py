"""What well-known builtin functions and classes do in a trace.

Each rule mirrors the C function for the exact types it names and answers None for any other.
"""

from __future__ import annotations

import builtins
from typing import Any, Final

from hotloop_interp.frame import Frame
from hotloop_ir.descr import STR_LEN
from hotloop_ir.helper import helper_named
from hotloop_ir.ops.floats import FloatAbs, FloatToInt
from hotloop_ir.ops.integer import IntAdd, IntFloordiv, IntGe, IntGt, IntLt, IntNe, IntSubOvf
from hotloop_ir.ops.memory import GetField
from hotloop_ir.ops.pyobj import NewEnumerate, NewRange
from hotloop_ir.type_set import TypeSet
from hotloop_ir.value import Const, Int, Value, const_int
from hotloop_tracer import objects
from hotloop_tracer.builtin_bases import builtin_base
from hotloop_tracer.objects import lookup
from hotloop_tracer.recording_arithmetic import compare
from hotloop_tracer.recording_iteration import RangeBounds
from hotloop_tracer.recording_operators import Operators
from hotloop_tracer.rules import rule
from hotloop_tracer.traced import PERMANENT, Traced
from hotloop_tracer.unboxing import INTS, can_unbox, fits

_ID: Final = helper_named("id_of")
_ORD: Final = helper_named("str_ord")
_CHR: Final = helper_named("chr")
_LIST_COPY: Final = helper_named("list_copy")
_LIST_TO_TUPLE: Final = helper_named("list_to_tuple")
_LIST_FROM: Final = helper_named("list_from_quiet")
_TUPLE_FROM: Final = helper_named("tuple_from_quiet")
_ITERABLES: Final = TypeSet(list, tuple, range, str, dict, set, frozenset, bytes)
_SIZED: Final = TypeSet(list, tuple, range)
_PRINTED: Final = TypeSet(int, str)
_DICT_NEW: Final = helper_named("dict_new")
_ORDERED: Final = TypeSet(int, float, bool, str)
_INT_LIMIT: Final = 2.0**63


@rule(len)
def _len(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | Frame[Traced] | None:
    if len(args) != 1:
        return None
    (value,) = args
    if builtin_base(type(value.obj), "__len__") is not None:
        return m.get_len(frame, value)
    if type(value.obj) is range:
        bounds = m.range_bounds(value)
        return None if bounds is None else m.new_int(len(value.obj), bounds[2])
    return None


@rule(type)
def _type(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    return m.const(m.type_of(args[0])) if len(args) == 1 else None


@rule(id)
def _id(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 1 or m.introspect.has_audit_hooks():  # they are told of it
        return None
    found = m.emit_call(_ID, args[0].ref)
    m.guard(m.emit(IntNe(found, const_int(0))), True)  # the first hook may be added later
    return m.new_int(id(args[0].obj), found)


@rule(isinstance)
def _isinstance(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 2 or type(args[1].ref) is not Const:
        return None
    value, cls = args[0], type(args[0].obj)
    wanted = args[1].obj if type(args[1].obj) is tuple else (args[1].obj,)
    if not all(type(candidate) is type for candidate in wanted):
        return None
    if lookup(cls, "__class__") is not object.__dict__["__class__"]:
        return None
    if not (objects.class_is_immutable(cls) or m.introspect.type_version(cls)):
        return None
    m.version_of(m.type_of(value))
    return m.const(isinstance(value.obj, args[1].obj))


@rule(issubclass)
def _issubclass(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 2 or not all(type(arg.obj) is type for arg in args):
        return None
    for arg in args:
        m.promote(arg)
        if not m.version_of(arg.obj):
            return None
    return m.const(issubclass(args[0].obj, args[1].obj))


@rule(range)
def _range(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if not 1 <= len(args) <= 3:
        return None
    for arg in args:
        if type(arg.obj) is not int or not can_unbox(arg):
            return None
    step = args[2].obj if len(args) == 3 else 1
    if step == 0:
        return None
    if len(args) == 3 and type(args[2].ref) is not Const:
        m.guard_int(m.int_of(args[2]), step)
    first = args[0] if len(args) > 1 else m.const(0)
    last = args[1] if len(args) > 1 else args[0]
    return _new_range(m, first, last, step)


def _new_range(m: Operators, first: Traced, last: Traced, step: int) -> Traced | None:
    obj = range(first.obj, last.obj, step)
    start, stop = m.int_of(first), m.int_of(last)
    low, high = (start, stop) if step > 0 else (stop, start)
    length: Value[Int]
    if type(low) is Const and type(high) is Const:
        length = const_int(len(obj))
    else:
        m.guard(m.emit(IntGt(high, low)), len(obj) > 0)
        length = _length(m, low, high, abs(step)) if obj else const_int(0)
    op = m.emit(NewRange(start, stop, const_int(step), length))
    return Traced(obj, op, PERMANENT, RangeBounds(start, const_int(step), length))


def _length(m: Operators, low: Value[Int], high: Value[Int], step: int) -> Value[Int]:
    span: Value[Int] = high
    if not (type(low) is Const and low.value == 0):
        span = m.emit(IntSubOvf(high, low, m.snap()))
    if step == 1:
        return span
    last = m.emit(IntAdd(span, const_int(-1)))
    return m.emit(IntAdd(m.emit(IntFloordiv(last, const_int(step))), const_int(1)))


@rule(abs)
def _abs(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 1:
        return None
    (value,) = args
    if type(value.obj) is float:
        return m.new_float(abs(value.obj), m.emit(FloatAbs(m.float_of(value))))
    if type(value.obj) is not int or not can_unbox(value) or not fits(-value.obj):
        return None
    number = m.int_of(value)
    if type(number) is not Const:
        m.guard(m.emit(IntGe(number, const_int(0))), value.obj >= 0)
    if value.obj >= 0:
        return value
    return m.new_int(-value.obj, m.emit(IntSubOvf(const_int(0), number, m.snap())))


def _extreme(op: str) -> Any:
    def choose(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
        items = args
        if len(args) == 1:
            if args[0].parts is None or type(args[0].obj) is not tuple:
                return None
            items = list(args[0].parts)
        if not 2 <= len(items) <= 4:
            return None
        if not all(type(item.obj) in _ORDERED for item in items):
            return None
        best = items[0]
        for item in items[1:]:
            better = compare(m, op, item, best)
            if better is None:
                return None
            m.guard(m.bool_of(better), better.obj)
            if better.obj:
                best = item
        return best

    return choose


rule(min)(_extreme("<"))
rule(max)(_extreme(">"))


@rule(int)
def _int(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if not args:
        return m.const(0)
    if len(args) != 1:
        return None
    (value,) = args
    cls = type(value.obj)
    if cls is int:
        m.type_of(value)
        return value
    if cls is bool:
        return m.new_int(int(value.obj), m.int_of(value))
    if cls is float and -_INT_LIMIT <= value.obj < _INT_LIMIT:
        return m.new_int(int(value.obj), m.emit(FloatToInt(m.float_of(value), m.snap())))
    return None


@rule(float)
def _float(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if not args:
        return m.const(0.0)
    if len(args) != 1:
        return None
    (value,) = args
    cls = type(value.obj)
    if cls is float:
        m.type_of(value)
        return value
    if cls in INTS and can_unbox(value):
        return m.new_float(float(value.obj), m.float_of(value))
    return None


@rule(bool)
def _bool(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 1:
        return None
    found = m.truth_value(args[0])
    return None if found is None else m.new_bool(*found)


@rule(str)
def _str(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 1 or type(args[0].obj) not in _PRINTED:
        return None
    return m.str_of(args[0])


@rule(ord)
def _ord(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 1 or type(args[0].obj) is not str or len(args[0].obj) != 1:
        return None
    (text,) = args
    m.type_of(text)
    m.guard_int(m.emit(GetField(text.ref, STR_LEN)), 1)
    return m.new_int(ord(text.obj), m.emit_call(_ORD, text.ref))


@rule(chr)
def _chr(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 1 or type(args[0].obj) is not int or not 0 <= args[0].obj < 0x110000:
        return None
    number = m.int_of(args[0])
    if type(number) is not Const:
        m.guard(m.emit(IntGe(number, const_int(0))), True)
        m.guard(m.emit(IntLt(number, const_int(0x110000))), True)
    return m.residual(_CHR, (number,), chr, args[0].obj)


@rule(list)
def _list(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if not args:
        return m.build_list([])
    if len(args) != 1 or type(args[0].obj) not in _ITERABLES:
        return None
    if m.type_of(args[0]) is not list:
        return m.residual(_LIST_FROM, (args[0].ref,), list, args[0].obj)
    return m.residual(_LIST_COPY, (args[0].ref,), list, args[0].obj)


@rule(tuple)
def _tuple(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if not args:
        return m.const(())
    if len(args) != 1 or type(args[0].obj) not in _ITERABLES:
        return None
    cls = m.type_of(args[0])
    if cls is tuple:
        return args[0]
    if cls is not list:
        return m.residual(_TUPLE_FROM, (args[0].ref,), tuple, args[0].obj)
    return m.residual(_LIST_TO_TUPLE, (args[0].ref,), tuple, args[0].obj)


@rule(dict)
def _dict(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    return None if args else m.residual(_DICT_NEW, (), dict)


@rule(enumerate)
def _enumerate(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if not 1 <= len(args) <= 2:
        return None
    count = args[1] if len(args) == 2 else m.const(0)
    if type(count.obj) is not int or not can_unbox(count):
        return None
    if type(args[0].obj) not in _SIZED:
        return None
    inner = m.iterator_of(args[0])
    if inner is None:
        return None
    op = m.emit(NewEnumerate(m.int_of(count), inner.ref))
    return Traced(enumerate(inner.obj, count.obj), op, PERMANENT)


@rule(iter)
def _iter(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | Frame[Traced] | None:
    return m.get_iter(frame, args[0]) if len(args) == 1 else None


@rule(getattr)
def _getattr(
    m: Operators, frame: Frame[Traced], args: list[Traced]
) -> Traced | Frame[Traced] | None:
    if len(args) != 2 or type(args[1].ref) is not Const or type(args[1].obj) is not str:
        return None
    return m.getattr(frame, args[0], args[1].obj)


@rule(object.__init__)
def _object_init(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    return m.const(None) if len(args) == 1 else None


@rule(callable)
def _callable(m: Operators, frame: Frame[Traced], args: list[Traced]) -> Traced | None:
    if len(args) != 1 or not m.version_of(m.type_of(args[0])):
        return None
    return m.const(builtins.callable(args[0].obj))
