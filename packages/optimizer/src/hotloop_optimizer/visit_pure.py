"""Arithmetic, comparisons and arithmetic guards: folding, rules, bounds, reuse."""

from __future__ import annotations

from typing import Any

from hotloop_ir.op import Effect, GuardFailed, Op
from hotloop_ir.ops import boolean, floats, integer
from hotloop_ir.value import FALSE, TRUE, Const, Type, Value

from hotloop_optimizer import bounds, rules
from hotloop_optimizer.engine import Engine, InvalidTrace, visits
from hotloop_optimizer.virtuals import Virtual, is_box

_PLAIN: dict[type[Op[Any]], type[Op[Any]]] = {
    integer.IntAddOvf: integer.IntAdd,
    integer.IntSubOvf: integer.IntSub,
    integer.IntMulOvf: integer.IntMul,
    integer.IntLshiftOvf: integer.IntLshift,
}


def fold(op: Op[Any], args: tuple[Value[Any], ...]) -> Const[Any] | None:
    """The constant result if every operand is constant. Raises InvalidTrace if a guard fails."""
    for arg in args:
        if not isinstance(arg, Const):
            return None
    try:
        return Const(op.type, type(op).evaluate(*[arg.value for arg in args]))  # type: ignore[attr-defined]
    except GuardFailed:
        raise InvalidTrace(op.mnemonic) from None
    except (ArithmeticError, ValueError):
        return None


def available(engine: Engine, op: Op[Any], args: tuple[Value[Any], ...]) -> Value[Any] | None:
    """A value already computed for this expression."""
    key = (type(op), *args)
    found = engine.available.get(key)
    if found is None and op.commutative:
        found = engine.available.get((type(op), args[1], args[0]))
    if found is None and engine.imports is not None:
        found = engine.imports.expression(op, args)
    return None if found is None else engine.find(found)


def visit_pure(engine: Engine, op: Op[Any]) -> Value[Any] | None:
    """Fold, simplify, reuse or emit a pure op or an arithmetic guard."""
    args = tuple([engine.find(arg) for arg in op.args])
    folded = fold(op, args)
    if folded is not None:
        return engine.find(folded)
    found = available(engine, op, args)
    if found is not None:
        return found
    candidate = op.rebuild(args, op.snapshot)
    simpler = rules.simplify(candidate, engine.constant_of, engine.definition_of, engine.visit)
    if simpler is not None:
        return engine.find(simpler)
    return emit_pure(engine, op, candidate, args)


def emit_pure(
    engine: Engine, op: Op[Any], candidate: Op[Any], args: tuple[Value[Any], ...]
) -> Value[Any]:
    """Emit, with what the bounds of the operands say about the result."""
    bound = bounds.UNBOUNDED
    if op.type is Type.INT:
        bound = bounds.bound_of(candidate, engine.bound_of)
        if bound.is_constant:
            return engine.find(Const(Type.INT, bound.lower))
        plain = _PLAIN.get(type(op))
        if plain is not None and bounds.cannot_overflow(candidate, engine.bound_of):
            made = visit_pure(engine, plain(*args))
            assert made is not None
            return made
    elif op.type is Type.BOOL:
        decided = bounds.decide(candidate, engine.bound_of)
        if decided is not None:
            return TRUE if decided else FALSE
    new = engine.emit(op, *args)
    engine.available[(type(op), *args)] = new
    if op.type is Type.INT and not bound.is_unbounded:
        engine.bounds[new] = bound
    return new


visits(
    *[
        op_class
        for module in (integer, floats, boolean)
        for op_class in vars(module).values()
        if isinstance(op_class, type)
        and issubclass(op_class, Op)
        and op_class is not Op
        and op_class.effect in (Effect.PURE, Effect.GUARD)
        and op_class is not boolean.RefIs
    ]
)(visit_pure)


@visits(boolean.RefIs)
def visit_ref_is(engine: Engine, op: boolean.RefIs) -> Value[Any]:
    """Identity: decided by constants, types and virtuals where possible."""
    lhs, rhs = engine.find(op.lhs), engine.find(op.rhs)
    decided = identity(engine, lhs, rhs)
    if decided is not None:
        return decided
    args = (engine.real(lhs), engine.real(rhs))
    found = available(engine, op, args)
    if found is not None:
        return found
    new = engine.emit(op, *args)
    engine.available[(type(op), *args)] = new
    return new


def identity(engine: Engine, lhs: Value[Any], rhs: Value[Any]) -> Value[Any] | None:
    """Whether two resolved REFs are one object, as a BOOL value; None if not known."""
    if lhs is rhs:
        return TRUE
    if isinstance(lhs, Const) and isinstance(rhs, Const):
        return TRUE if lhs.value is rhs.value else FALSE
    for one, other in ((lhs, rhs), (rhs, lhs)):
        if is_null(one) and (isinstance(other, Virtual) or other in engine.nonnull):
            return FALSE
        truth = _bool_identity(one, other)
        if truth is not None:
            return truth
    type_l, type_r = engine.type_of(lhs), engine.type_of(rhs)
    if type_l is not None and type_r is not None and type_l is not type_r:
        return FALSE
    mutable = [v for v in (lhs, rhs) if isinstance(v, Virtual) and type_l not in (int, float, bool)]
    return FALSE if mutable else None


def _bool_identity(one: Value[Any], other: Value[Any]) -> Value[Any] | None:
    from hotloop_ir.ops.pyobj import BoxBool

    if isinstance(one, Virtual) and is_box(one, BoxBool) and isinstance(other, Const):
        if other.value is True:
            return one.fields[0]
        if other.value is not False:
            return FALSE
    return None


def is_null(value: Value[Any]) -> bool:
    """Whether a resolved value is the null reference."""
    from hotloop_ir.value import NULL_OBJECT

    return isinstance(value, Const) and value.value is NULL_OBJECT
