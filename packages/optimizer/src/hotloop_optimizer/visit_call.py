"""Calls, marks and ends of traces."""

from __future__ import annotations

from typing import Any

from hotloop_ir import descr as d
from hotloop_ir.helper import Helper
from hotloop_ir.op import Op
from hotloop_ir.ops import call, control, pyobj
from hotloop_ir.value import Type, Value, const_int

from hotloop_optimizer.engine import Engine, visits
from hotloop_optimizer.virtuals import Virtual


@visits(call.Call, call.CallMayRaise)
def visit_call(engine: Engine, op: Any) -> Value[Any] | None:
    """A runtime helper: reuse an elidable result, else call and forget what it writes."""
    helper: Helper = op.helper
    if helper.name == "list_append":
        base = engine.find(op.args[0])
        if isinstance(base, Virtual) and isinstance(base.template, pyobj.NewList):
            base.fields.append(engine.find(op.args[1]))
            engine.changed()
            return engine.find(const_int(0)) if op.type is not Type.VOID else None
    args = tuple([engine.real(arg) for arg in op.args])
    key = (call.Call, helper.name, *args)
    if helper.elidable:
        known = engine.available.get(key)
        if known is not None:
            return engine.find(known)
    return emit_call(engine, op, args, key)


def emit_call(
    engine: Engine, op: Any, args: tuple[Value[Any], ...], key: tuple[object, ...]
) -> Value[Any]:
    """Emit a helper call and what follows from its declaration."""
    helper: Helper = op.helper
    if not helper.elidable:
        for arg in args:
            engine.escape(arg)
    new = engine.emit(op, *args)
    if helper.writes:
        engine.forget(helper.writes)
    if helper.elidable:
        engine.available[key] = new
    if helper.result_class is not None:
        engine.types[new] = helper.result_class
        engine.nonnull.add(new)
    elif new.type is Type.REF and helper.errors.value == "null":
        engine.nonnull.add(new)
    return new


@visits(call.CallPython)
def visit_call_python(engine: Engine, op: call.CallPython) -> Value[Any]:
    """Arbitrary code: everything it can see is real, nothing mutable stays known."""
    args = tuple([engine.real(arg) for arg in op.args])
    for arg in args:
        engine.escape(arg)
    new = engine.emit(op, *args)
    engine.forget(frozenset({"*"}))
    engine.nonnull.add(new)
    return new


@visits(control.ResumePoint)
def visit_resume_point(engine: Engine, op: control.ResumePoint) -> None:
    """The last of several marks in a row is enough."""
    out = engine.out
    if out and isinstance(out[-1], control.ResumePoint):
        out.pop()
    engine.emit(op)


@visits(control.Leave)
def visit_leave(engine: Engine, op: Op[Any]) -> None:
    """The end of a trace."""
    engine.emit(op)
