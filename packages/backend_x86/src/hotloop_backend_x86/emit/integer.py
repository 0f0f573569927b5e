"""Emitters of the integer operations. LLVM's plain ``add``, ``sub``, ``mul`` wrap."""

from __future__ import annotations

from typing import Any, Final

from hotloop_backend_x86.emitter import EmitFunction, Emitter, emits
from hotloop_ir.op import Op
from hotloop_ir.ops.integer import (
    IntFloordiv,
    IntFromBool,
    IntInvert,
    IntLshiftOvf,
    IntMod,
    IntNeg,
    IntToFloat,
)
from hotloop_ir.value import Const, Value

_BINARY: Final = {
    "int_add": "add",
    "int_sub": "sub",
    "int_mul": "mul",
    "int_and": "and",
    "int_or": "or",
    "int_xor": "xor",
    "int_lshift": "shl",
    "int_rshift": "ashr",
    "int_lt": "icmp slt",
    "int_le": "icmp sle",
    "int_gt": "icmp sgt",
    "int_ge": "icmp sge",
    "int_eq": "icmp eq",
    "int_ne": "icmp ne",
}
_CHECKED: Final = {"int_add_ovf": "sadd", "int_sub_ovf": "ssub", "int_mul_ovf": "smul"}


def _binary(instruction: str) -> EmitFunction:
    def emit(e: Emitter, op: Op[Any]) -> None:
        lhs, rhs = op.args
        e.define(op, f"{instruction} i64 {e.use(lhs)}, {e.use(rhs)}")

    return emit


def _checked(name: str) -> EmitFunction:
    def emit(e: Emitter, op: Op[Any]) -> None:
        lhs, rhs = op.args
        operands = f"i64 {e.use(lhs)}, i64 {e.use(rhs)}"
        pair = e.let(f"call {{i64, i1}} @llvm.{name}.with.overflow.i64({operands})")
        overflow = e.let(f"extractvalue {{i64, i1}} {pair}, 1")
        e.guard_not(overflow, op)
        e.define(op, f"extractvalue {{i64, i1}} {pair}, 0")

    return emit


for _mnemonic, _instruction in _BINARY.items():
    emits(_mnemonic)(_binary(_instruction))
for _mnemonic, _instruction in _CHECKED.items():
    emits(_mnemonic)(_checked(_instruction))


@emits("int_invert")
def int_invert(e: Emitter, op: IntInvert) -> None:
    e.define(op, f"xor i64 {e.use(op.value)}, -1")


@emits("int_neg")
def int_neg(e: Emitter, op: IntNeg) -> None:
    e.define(op, f"sub i64 0, {e.use(op.value)}")


@emits("int_lshift_ovf")
def int_lshift_ovf(e: Emitter, op: IntLshiftOvf) -> None:
    """Shifted back it must be the same; the count must be below 64 (as unsigned)."""
    lhs, rhs = e.use(op.lhs), e.use(op.rhs)
    count = e.let(f"and i64 {rhs}, 63")
    shifted = e.let(f"shl i64 {lhs}, {count}")
    back = e.let(f"ashr i64 {shifted}, {count}")
    same = e.let(f"icmp eq i64 {back}, {lhs}")
    small = e.let(f"icmp ult i64 {rhs}, 64")
    e.guard(e.let(f"and i1 {same}, {small}"), op)
    e.names[op] = shifted


def _power_of_two(value: Value[Any]) -> int | None:
    """The exponent of a constant that is a positive power of two."""
    if isinstance(value, Const) and isinstance(value.value, int) and value.value > 0:
        number = value.value
        if number & (number - 1) == 0:
            return number.bit_length() - 1
    return None


def _borrow(e: Emitter, rest: str, rhs: str) -> str:
    """Whether the truncated quotient is one too large: a rest of the wrong sign."""
    signs = e.let(f"xor i64 {rest}, {rhs}")
    differ = e.let(f"icmp slt i64 {signs}, 0")
    some = e.let(f"icmp ne i64 {rest}, 0")
    return e.let(f"and i1 {differ}, {some}")


@emits("int_floordiv")
def int_floordiv(e: Emitter, op: IntFloordiv) -> None:
    lhs, rhs = e.use(op.lhs), e.use(op.rhs)
    exponent = _power_of_two(op.rhs)
    if exponent is not None:
        e.define(op, f"ashr i64 {lhs}, {exponent}")
        return
    quotient = e.let(f"sdiv i64 {lhs}, {rhs}")
    product = e.let(f"mul i64 {quotient}, {rhs}")
    rest = e.let(f"sub i64 {lhs}, {product}")
    adjust = e.let(f"sext i1 {_borrow(e, rest, rhs)} to i64")
    e.define(op, f"add i64 {quotient}, {adjust}")


@emits("int_mod")
def int_mod(e: Emitter, op: IntMod) -> None:
    lhs, rhs = e.use(op.lhs), e.use(op.rhs)
    exponent = _power_of_two(op.rhs)
    if exponent is not None:
        e.define(op, f"and i64 {lhs}, {(1 << exponent) - 1}")
        return
    rest = e.let(f"srem i64 {lhs}, {rhs}")
    adjust = e.let(f"select i1 {_borrow(e, rest, rhs)}, i64 {rhs}, i64 0")
    e.define(op, f"add i64 {rest}, {adjust}")


@emits("int_to_float")
def int_to_float(e: Emitter, op: IntToFloat) -> None:
    e.define(op, f"sitofp i64 {e.use(op.value)} to double")


@emits("int_from_bool")
def int_from_bool(e: Emitter, op: IntFromBool) -> None:
    e.define(op, f"zext i1 {e.use(op.value)} to i64")
