"""Guards: dropped when already known, else emitted and learnt from."""

from __future__ import annotations

from typing import Any

from hotloop_ir.op import Op
from hotloop_ir.ops import boolean, guard, integer
from hotloop_ir.value import FALSE, NULL_OBJECT, TRUE, Const, Value

from hotloop_optimizer import bounds
from hotloop_optimizer.engine import Engine, InvalidTrace, visits
from hotloop_optimizer.virtuals import Virtual, is_box
from hotloop_optimizer.visit_pure import identity


@visits(guard.GuardTrue, guard.GuardFalse)
def visit_guard_bool(engine: Engine, op: Op[Any]) -> None:
    """A branch: afterwards the condition is a constant."""
    expected = TRUE if isinstance(op, guard.GuardTrue) else FALSE
    assume(engine, op, engine.find(op.args[0]), expected)


def assume(engine: Engine, op: Op[Any], condition: Value[Any], expected: Const[Any]) -> None:
    """Guard (with the snapshot of ``op``) that a resolved BOOL has a value."""
    if isinstance(condition, Const):
        if condition.value is not expected.value:
            raise InvalidTrace(op.mnemonic)
        return
    if engine.imports is not None and engine.imports.constant(condition, expected):
        learn_bool(engine, condition, expected)
        return
    wanted = guard.GuardTrue if expected is TRUE else guard.GuardFalse
    if type(op) is wanted:
        engine.emit(op, condition)
    else:
        assert op.snapshot is not None
        engine.append(wanted(condition, engine.lower(op.snapshot)))
    learn_bool(engine, condition, expected)


def learn_bool(engine: Engine, condition: Value[Any], expected: Const[Any]) -> None:
    """A condition is now known; so is its negation's operand, and bounds of what it compares."""
    engine.learn(condition, expected)
    truth = bool(expected.value)
    if isinstance(condition, boolean.BoolNot):
        inner = engine.find(condition.value)
        if not isinstance(inner, Const):
            learn_bool(engine, inner, FALSE if truth else TRUE)
    elif isinstance(condition, Op):
        for value, bound in bounds.narrow(condition, truth, engine.bound_of):
            found = engine.find(value)
            if isinstance(found, Const):
                continue
            if bound.is_constant:
                engine.learn(found, engine.find(bound.constant))
            else:
                engine.bounds[found] = bound
        if isinstance(condition, boolean.RefIs) and truth:
            learn_same(engine, condition)


def learn_same(engine: Engine, condition: boolean.RefIs) -> None:
    """``lhs is rhs`` holds: with a constant on one side, the other side is that constant."""
    lhs, rhs = engine.find(condition.lhs), engine.find(condition.rhs)
    if isinstance(rhs, Const) and not isinstance(lhs, (Const, Virtual)):
        engine.learn(lhs, rhs)
    elif isinstance(lhs, Const) and not isinstance(rhs, (Const, Virtual)):
        engine.learn(rhs, lhs)


@visits(guard.GuardType)
def visit_guard_type(engine: Engine, op: guard.GuardType) -> None:
    """Exact type; dropped if known."""
    ref = engine.find(op.ref)
    known = engine.type_of(ref)
    if known is op.cls:
        return
    if known is not None:
        raise InvalidTrace(f"{known.__name__} is never {op.cls.__name__}")
    if engine.imports is not None and engine.imports.exact_type(ref, op.cls):
        learn_type(engine, ref, op.cls)
        return
    engine.emit(op, ref)
    learn_type(engine, ref, op.cls)


def learn_type(engine: Engine, ref: Value[Any], cls: type) -> None:
    """A REF has been seen to be of an exact type (and so is not NULL)."""
    engine.nonnull.add(ref)
    if cls is type(None):
        engine.learn(ref, engine.find(Const(ref.type, None)))
    else:
        engine.types[ref] = cls


@visits(guard.GuardIs)
def visit_guard_is(engine: Engine, op: guard.GuardIs) -> None:
    """Identity, usually with a constant; afterwards the value is that constant."""
    ref, other = engine.find(op.ref), engine.find(op.other)
    decided = identity(engine, ref, other)
    if decided is not None:
        assume(engine, op, engine.find(decided), TRUE)
        return
    ref, other = engine.real(ref), engine.real(other)
    if isinstance(other, Const) and engine.imports is not None:
        if engine.imports.constant(ref, other):
            engine.learn(ref, other)
            return
    engine.emit(op, ref, other)
    if isinstance(other, Const):
        engine.learn(ref, other)
    elif isinstance(ref, Const):
        engine.learn(other, ref)


@visits(guard.GuardNonnull, guard.GuardRawNonnull)
def visit_guard_nonnull(engine: Engine, op: Op[Any]) -> None:
    """Not NULL; a virtual, a constant object and anything of a known type is not."""
    value = engine.find(op.args[0])
    if isinstance(value, Virtual) or value in engine.nonnull:
        return
    if isinstance(value, Const):
        if value.value is NULL_OBJECT or value.value == 0 and isinstance(op, guard.GuardRawNonnull):
            raise InvalidTrace("NULL is never an object")
        return
    if engine.imports is None or not engine.imports.not_null(value):
        engine.emit(op, value)
    engine.nonnull.add(value)


@visits(guard.GuardInt)
def visit_guard_int(engine: Engine, op: guard.GuardInt) -> None:
    """An exact number; afterwards the value is that constant."""
    value, expected = engine.find(op.value), engine.find(op.expected)
    if value is expected:
        return
    if isinstance(value, Const) and isinstance(expected, Const):
        raise InvalidTrace(f"{value.value} is never {expected.value}")
    constant = isinstance(expected, Const)
    if constant and engine.imports is not None and engine.imports.constant(value, expected):
        engine.learn(value, expected)
        return
    engine.emit(op, value, expected)
    if constant:
        engine.learn(value, expected)


@visits(guard.GuardNoInterrupt)
def visit_guard_no_interrupt(engine: Engine, op: guard.GuardNoInterrupt) -> None:
    """Always stays: it looks at the outside world."""
    engine.emit(op)
