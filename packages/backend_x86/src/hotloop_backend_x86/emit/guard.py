"""Emitters of the guards."""

from __future__ import annotations

from hotloop_backend_x86 import stress
from hotloop_backend_x86.emitter import UNLIKELY, Emitter, emits
from hotloop_backend_x86.layout import facts
from hotloop_ir.ops.guard import (
    GuardFalse,
    GuardInt,
    GuardIs,
    GuardNoInterrupt,
    GuardNonnull,
    GuardRawNonnull,
    GuardTrue,
    GuardType,
)
from hotloop_ir.value import NULL_OBJECT, Const


@emits("guard_true")
def guard_true(e: Emitter, op: GuardTrue) -> None:
    e.guard(e.use(op.condition), op)


@emits("guard_false")
def guard_false(e: Emitter, op: GuardFalse) -> None:
    e.guard_not(e.use(op.condition), op)


@emits("guard_type")
def guard_type(e: Emitter, op: GuardType) -> None:
    cls = e.let(f"load ptr, ptr {e.at(op.ref, facts()['PyObject.ob_type'])}")
    e.guard(e.let(f"icmp eq ptr {cls}, {e.object(op.cls)}"), op)
    e.nonnull.add(op.ref)


@emits("guard_is")
def guard_is(e: Emitter, op: GuardIs) -> None:
    e.guard(e.let(f"icmp eq ptr {e.use(op.ref)}, {e.use(op.other)}"), op)
    if isinstance(op.other, Const) and op.other.value is not NULL_OBJECT:
        e.nonnull.add(op.ref)


@emits("guard_nonnull")
def guard_nonnull(e: Emitter, op: GuardNonnull) -> None:
    e.guard(e.let(f"icmp ne ptr {e.use(op.ref)}, null"), op)
    e.nonnull.add(op.ref)


@emits("guard_raw_nonnull")
def guard_raw_nonnull(e: Emitter, op: GuardRawNonnull) -> None:
    e.guard(e.let(f"icmp ne ptr {e.use(op.raw)}, null"), op)


@emits("guard_int")
def guard_int(e: Emitter, op: GuardInt) -> None:
    e.guard(e.let(f"icmp eq i64 {e.use(op.value)}, {e.use(op.expected)}"), op)


@emits("guard_no_interrupt")
def guard_no_interrupt(e: Emitter, op: GuardNoInterrupt) -> None:
    """Two loads and compares; whether a collection is really due is asked in a cold block (at level
    0: always, it is less to compile).

    The loads are volatile: other threads and signal handlers set the eval breaker.
    """
    forced = stress.round_due(e) or "false"
    if e.level == 0:
        due = e.let(f"call i1 {e.native('hl_interrupt_due')}(ptr %buf)")
        leaves = e.let(f"or i1 {due}, {forced}")
        leaving, go_on = e.way_out(e.exit(op)), e.fresh_block()
        e.branch(leaves, leaving, go_on, UNLIKELY)
        e.block(go_on)
        return
    breaker = e.let(f"load volatile i32, ptr {e.symbol('hl_eval_breaker')}")
    count = e.let(f"load volatile i32, ptr {e.symbol('hl_gc_count')}")
    threshold = e.let(f"load volatile i32, ptr {e.symbol('hl_gc_threshold')}")
    asked = e.let(f"icmp ne i32 {breaker}, 0")
    full = e.let(f"icmp sgt i32 {count}, {threshold}")
    site = e.exit(op)
    check, go_on = e.fresh_block(), e.fresh_block()
    maybe = e.let(f"or i1 {asked}, {full}")
    if forced != "false":
        maybe = e.let(f"or i1 {maybe}, {forced}")
    e.branch(maybe, check, go_on, UNLIKELY)
    due, leaves = e.fresh(), e.fresh()
    e.cold.append(f"{check}:")
    e.cold.append(f"{due} = call i1 {e.native('hl_interrupt_due')}(ptr %buf)")
    e.cold.append(f"{leaves} = or i1 {due}, {forced}")
    e.cold.append(f"br i1 {leaves}, label %{e.cold_way_out(site)}, label %{go_on}")
    e.block(go_on)
