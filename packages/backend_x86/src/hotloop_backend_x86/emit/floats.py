"""Emitters of the floating-point operations: IEEE, no fast-math flags."""

from __future__ import annotations

from typing import Any, Final

from hotloop_backend_x86.emitter import EmitFunction, Emitter, emits
from hotloop_ir.op import Op
from hotloop_ir.ops.floats import FloatAbs, FloatNeg, FloatSqrt, FloatToInt

_BINARY: Final = {
    "float_add": "fadd",
    "float_sub": "fsub",
    "float_mul": "fmul",
    "float_truediv": "fdiv",
    "float_lt": "fcmp olt",
    "float_le": "fcmp ole",
    "float_gt": "fcmp ogt",
    "float_ge": "fcmp oge",
    "float_eq": "fcmp oeq",
    "float_ne": "fcmp une",
}


def _binary(instruction: str) -> EmitFunction:
    def emit(e: Emitter, op: Op[Any]) -> None:
        lhs, rhs = op.args
        e.define(op, f"{instruction} double {e.use(lhs)}, {e.use(rhs)}")

    return emit


for _mnemonic, _instruction in _BINARY.items():
    emits(_mnemonic)(_binary(_instruction))


@emits("float_neg")
def float_neg(e: Emitter, op: FloatNeg) -> None:
    e.define(op, f"fneg double {e.use(op.value)}")


@emits("float_abs")
def float_abs(e: Emitter, op: FloatAbs) -> None:
    e.define(op, f"call double @llvm.fabs.f64(double {e.use(op.value)})")


@emits("float_sqrt")
def float_sqrt(e: Emitter, op: FloatSqrt) -> None:
    e.define(op, f"call double @llvm.sqrt.f64(double {e.use(op.value)})")


@emits("float_to_int")
def float_to_int(e: Emitter, op: FloatToInt) -> None:
    """The bounds are -2**63 and 2**63, both exact doubles; a nan is outside."""
    value = e.use(op.value)
    above = e.let(f"fcmp oge double {value}, 0xC3E0000000000000")
    below = e.let(f"fcmp olt double {value}, 0x43E0000000000000")
    e.guard(e.let(f"and i1 {above}, {below}"), op)
    e.define(op, f"fptosi double {value} to i64")
