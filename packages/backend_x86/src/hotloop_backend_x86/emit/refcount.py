"""Emitters of reference counting.

Code that is wanted at once calls helpers: there is many times less of it to be compiled.
"""

from __future__ import annotations

from typing import Any

from hotloop_backend_x86.emitter import LIKELY, UNLIKELY, Emitter, emits
from hotloop_ir.ops.refcount import Decref, DecrefChecked, Incref
from hotloop_ir.value import NULL_OBJECT, Const, Value


def _known_null(value: Value[Any]) -> bool:
    return isinstance(value, Const) and value.value is NULL_OBJECT


def _may_be_null(e: Emitter, value: Value[Any]) -> bool:
    return not isinstance(value, Const) and value not in e.nonnull


def _skip_null(e: Emitter, value: Value[Any]) -> str | None:
    """Branch around what follows if the reference is NULL; the block to end with, if any."""
    if not _may_be_null(e, value):
        return None
    some, done = e.fresh_block(), e.fresh_block()
    e.branch(e.let(f"icmp ne ptr {e.use(value)}, null"), some, done, LIKELY)
    e.block(some)
    return done


def add_reference(e: Emitter, reference: str) -> None:
    """One more reference to what is not NULL."""
    count = e.let(f"load i64, ptr {reference}")
    more = e.let(f"add i64 {count}, 1")
    e.line(f"store i64 {more}, ptr {reference}")


def _drop_reference(e: Emitter, reference: str) -> str:
    """One reference less; whether it was the last."""
    count = e.let(f"load i64, ptr {reference}")
    less = e.let(f"add i64 {count}, -1")
    e.line(f"store i64 {less}, ptr {reference}")
    return e.let(f"icmp eq i64 {less}, 0")


@emits("incref")
def incref(e: Emitter, op: Incref) -> None:
    if _known_null(op.ref):
        return
    if e.level == 0 and _may_be_null(e, op.ref):
        e.line(f"call void {e.native('hl_add_reference')}(ptr {e.use(op.ref)})")
        return
    done = _skip_null(e, op.ref)
    add_reference(e, e.use(op.ref))
    if done is not None:
        e.jump(done)
        e.block(done)


@emits("decref")
def decref(e: Emitter, op: Decref) -> None:
    if _known_null(op.ref):
        return
    if e.level == 0:
        e.line(f"call void {e.native('hl_drop_reference')}(ptr {e.use(op.ref)})")
        return
    done = _skip_null(e, op.ref) or e.fresh_block()
    reference = e.use(op.ref)
    dead = e.fresh_block()
    e.branch(_drop_reference(e, reference), dead, done, UNLIKELY)
    e.cold.append(f"{dead}:")
    e.cold.append(f"call void {e.native('hl_dealloc')}(ptr {reference})")
    e.cold.append(f"br label %{done}")
    e.block(done)


@emits("decref_checked")
def decref_checked(e: Emitter, op: DecrefChecked) -> None:
    """A death is examined in a cold block; a harmless one goes on, another one leaves."""
    if _known_null(op.ref):
        return
    if e.level == 0:
        _drop_checked(e, op)
        return
    done = _skip_null(e, op.ref) or e.fresh_block()
    reference = e.use(op.ref)
    dead = e.fresh_block()
    e.branch(_drop_reference(e, reference), dead, done, UNLIKELY)
    site = e.exit(op)
    dirty = e.fresh()
    e.cold.append(f"{dead}:")
    operands = f"ptr {reference}, ptr %buf, i64 {site.record}"
    e.cold.append(f"{dirty} = call i1 {e.native('hl_dealloc_checked')}({operands})")
    e.cold.append(f"br i1 {dirty}, label %{e.cold_way_out(site)}, label %{done}")
    e.block(done)


def _drop_checked(e: Emitter, op: DecrefChecked) -> None:
    site = e.exit(op)
    operands = f"ptr {e.use(op.ref)}, ptr %buf, i64 {site.record}"
    dirty = e.let(f"call i1 {e.native('hl_drop_checked')}({operands})")
    way_out, done = e.way_out(site), e.fresh_block()
    e.branch(dirty, way_out, done, UNLIKELY)
    e.block(done)
