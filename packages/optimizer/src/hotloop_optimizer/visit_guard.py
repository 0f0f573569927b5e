"""Guards: dropped when already known, else emitted and learnt from."""

from __future__ import annotations

from typing import Any

from hotloop_ir.op import Op
from hotloop_ir.ops import boolean, guard
from hotloop_ir.value import FALSE, TRUE, Const, Value
from hotloop_optimizer import bounds
from hotloop_optimizer.engine import Engine, InvalidTrace, visits
from hotloop_optimizer.virtuals import Virtual, is_null
from hotloop_optimizer.visit_pure import identity


@visits(guard.GuardTrue, guard.GuardFalse)
def visit_guard_bool(engine: Engine, op: Op[Any]) -> None:
    """A branch: afterwards the condition is a constant."""
    expected = TRUE if type(op) is guard.GuardTrue else FALSE
    assume(engine, op, engine.find(op.args[0]), expected)


def assume(engine: Engine, op: Op[Any], condition: Value[Any], expected: Const[Any]) -> None:
    """Guard (with the snapshot of ``op``) that a resolved BOOL has a value."""
    if type(condition) is Const:
        if condition.value is not expected.value:
            raise InvalidTrace(op.mnemonic)
        return
    imports = engine.imports
    if imports is not None and imports.constant(condition, expected):
        learn_bool(engine, condition, expected)
        return
    if type(condition) is boolean.BoolNot:
        assume(engine, op, engine.find(condition.value), FALSE if expected is TRUE else TRUE)
        engine.learn(condition, expected)
        return
    wanted = guard.GuardTrue if expected is TRUE else guard.GuardFalse
    if type(op) is wanted:
        engine.emit(op, (condition,))
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
        if type(inner) is not Const:
            learn_bool(engine, inner, FALSE if truth else TRUE)
    elif isinstance(condition, boolean.RefIs):
        learn_identity(engine, condition, truth)
    elif isinstance(condition, Op):
        for value, bound in bounds.narrow(condition, truth, engine.bound_of):
            found = engine.find(value)
            if type(found) is Const:
                continue
            if bound.is_constant:
                engine.learn(found, bound.constant)
            else:
                engine.bounds[found] = bound


def learn_identity(engine: Engine, condition: boolean.RefIs, same: bool) -> None:
    """What is, or is not, the same object as a constant."""
    lhs, rhs = engine.find(condition.lhs), engine.find(condition.rhs)
    for value, other in ((lhs, rhs), (rhs, lhs)):
        if type(other) is Const and type(value) is not Const and type(value) is not Virtual:
            if same:
                engine.learn(value, other)
            elif is_null(other):
                engine.nonnull.add(value)
            return


@visits(guard.GuardType)
def visit_guard_type(engine: Engine, op: guard.GuardType) -> None:
    """Exact type; dropped if known."""
    ref = engine.find(op.args[0])
    known = engine.type_of(ref)
    if known is op.cls:
        return
    if known is not None:
        raise InvalidTrace(f"{known.__name__} is never {op.cls.__name__}")
    imports = engine.imports
    if imports is None or not imports.exact_type(ref, op.cls):
        engine.emit(op, (ref,))
    learn_type(engine, ref, op.cls)


def learn_type(engine: Engine, ref: Value[Any], cls: type) -> None:
    """A REF has been seen to be of an exact type (and so is not NULL)."""
    engine.set_type(ref, cls)
    if cls is type(None) and type(ref) is not Const:
        engine.learn(ref, engine.find(Const(ref.type, None)))


@visits(guard.GuardIs)
def visit_guard_is(engine: Engine, op: guard.GuardIs) -> None:
    """Identity, usually with a constant; afterwards the value is that constant."""
    ref, other = engine.resolve(op.args)
    decided = identity(engine, ref, other)
    if decided is not None:
        assume(engine, op, engine.find(decided), TRUE)
        for one, same in ((ref, other), (other, ref)):
            if type(one) is Virtual and type(same) is Const:
                engine.learn(one, same)
        return
    ref, other = engine.real_all(op.args)
    if type(ref) is Const:
        ref, other = other, ref
    imports = engine.imports
    if imports is None or not imports.constant(ref, other):
        engine.emit(op, (ref, other))
    if type(other) is Const:
        engine.learn(ref, other)


@visits(guard.GuardNonnull, guard.GuardRawNonnull)
def visit_guard_nonnull(engine: Engine, op: Op[Any]) -> None:
    """Not NULL; a virtual, a constant object and anything of a known type is not."""
    value = engine.find(op.args[0])
    if type(value) is Virtual or value in engine.nonnull:
        return
    if type(value) is Const:
        if is_null(value) or (type(op) is guard.GuardRawNonnull and value.value == 0):
            raise InvalidTrace("NULL is never an object")
        return
    imports = engine.imports
    if imports is None or not imports.not_null(value):
        engine.emit(op, (value,))
    engine.nonnull.add(value)


@visits(guard.GuardInt)
def visit_guard_int(engine: Engine, op: guard.GuardInt) -> None:
    """An exact number; afterwards the value is that constant."""
    value, expected = engine.resolve(op.args)
    if value is expected:
        return
    if type(value) is Const:
        if type(expected) is Const:
            raise InvalidTrace(f"{value.value} is never {expected.value}")
        value, expected = expected, value
    imports = engine.imports
    if imports is None or not imports.constant(value, expected):
        engine.emit(op, (value, expected))
    if type(expected) is Const:
        engine.learn(value, expected)


@visits(guard.GuardNoInterrupt, guard.GuardRoom)
def visit_guard_no_interrupt(engine: Engine, op: Op[Any]) -> None:
    """Always stays: it looks at the outside world."""
    engine.emit(op, ())
