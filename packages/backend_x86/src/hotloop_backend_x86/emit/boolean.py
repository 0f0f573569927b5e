"""Emitters of the operations on truth values and identities."""

from __future__ import annotations

from hotloop_backend_x86.emitter import Emitter, emits
from hotloop_ir.ops.boolean import BoolNot, RefIs


@emits("bool_not")
def bool_not(e: Emitter, op: BoolNot) -> None:
    e.define(op, f"xor i1 {e.use(op.value)}, true")


@emits("ref_is")
def ref_is(e: Emitter, op: RefIs) -> None:
    e.define(op, f"icmp eq ptr {e.use(op.lhs)}, {e.use(op.rhs)}")
