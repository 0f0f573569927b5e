"""Calls, marks and ends of traces."""

from __future__ import annotations

from typing import Any, Final

from hotloop_ir import descr as d
from hotloop_ir.helper import EVERYTHING, Errors, Helper
from hotloop_ir.op import Op
from hotloop_ir.ops import call, control, pyobj
from hotloop_ir.value import Value, const_int
from hotloop_optimizer.engine import Engine, InvalidTrace, visits
from hotloop_optimizer.virtuals import MAX_NESTED, Virtual
from hotloop_optimizer.visit_object import storable

_LIST: Final = frozenset((d.LIST_LEN.memory, d.LIST_ITEM.memory))


@visits(call.Call, call.CallMayRaise)
def visit_call(engine: Engine, op: Any) -> Value[Any] | None:
    """A runtime helper: reuse an elidable result, else call and forget what it writes."""
    helper: Helper = op.helper
    if helper.name in ("list_append", "list_pop_last"):
        done = virtual_list(engine, op, helper.name)
        if done is not None:
            return done
    args = engine.real_all(op.args)
    if not helper.elidable:
        changes_list = bool(helper.writes) and helper.writes <= _LIST
        for arg in args[1:] if changes_list else args:
            engine.escape(arg)
        return emit_call(engine, op, args)
    key = (call.Call, helper, *args)
    known = engine.available.get(key)
    if known is not None:
        return engine.find(known)
    new = engine.available[key] = emit_call(engine, op, args)
    return new


def virtual_list(engine: Engine, op: Op[Any], name: str) -> Value[Any] | None:
    """``append`` and ``pop`` on a list that is not allocated; None if it has to be."""
    base = engine.find(op.args[0])
    if type(base) is not Virtual or type(base.template) is not pyobj.NewList:
        return None
    if name == "list_append":
        item = engine.find(op.args[1])
        if len(base.fields) >= MAX_NESTED or not storable(base, item):
            return None
        base.fields.append(item)
        engine.changed()
        return engine.find(const_int(0))
    if not base.fields:
        raise InvalidTrace("pop from an empty list")
    engine.changed()
    return engine.find(base.fields.pop())


def emit_call(engine: Engine, op: Any, args: tuple[Value[Any], ...]) -> Value[Any]:
    """Emit a helper call and what follows from its declaration."""
    helper: Helper = op.helper
    new = engine.emit(op, args)
    if helper.name == "list_append":
        engine.forget_place(d.LIST_LEN, args[0])  # no item changes
    elif helper.writes and helper.writes <= _LIST:  # such a helper changes its first operand
        engine.forget_place(d.LIST_LEN, args[0])
        engine.forget_place(d.LIST_ITEM, args[0])
    elif helper.writes:
        engine.forget(helper.writes)
    if helper.result_class is not None:
        engine.set_type(new, helper.result_class)
        if helper.result_class is list:
            engine.fresh.add(new)
    elif helper.errors is Errors.NULL:
        engine.nonnull.add(new)
    return new


@visits(call.CallPython, call.CallEntry)
def visit_call_python(engine: Engine, op: Op[Any]) -> Value[Any]:
    """Arbitrary code: everything it can see is real, nothing mutable stays known."""
    new = engine.emit(op, engine.real_all(op.args))
    engine.forget(EVERYTHING)
    engine.nonnull.add(new)
    return new


@visits(control.ResumePoint)
def visit_resume_point(engine: Engine, op: control.ResumePoint) -> None:
    """A place for deaths. Also of several in a row each is one: their order is that of deaths."""
    engine.emit(op, ())


@visits(control.Leave, control.Finish)
def visit_end(engine: Engine, op: Op[Any]) -> None:
    """The end of a trace."""
    engine.emit(op, engine.real_all(op.args))
