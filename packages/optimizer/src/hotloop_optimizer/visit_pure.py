"""Arithmetic, comparisons and arithmetic guards: folding, rules, bounds, reuse."""

from __future__ import annotations

from typing import Any

from hotloop_ir.op import Effect, GuardFailed, Op
from hotloop_ir.ops import boolean, floats, integer, pyobj
from hotloop_ir.value import FALSE, TRUE, Const, Type, Value
from hotloop_optimizer import bounds, rules
from hotloop_optimizer.engine import Engine, InvalidTrace, visits
from hotloop_optimizer.virtuals import BOXES, Virtual, is_box, is_null

_PLAIN: dict[type[Op[Any]], type[Op[Any]]] = {
    integer.IntAddOvf: integer.IntAdd,
    integer.IntSubOvf: integer.IntSub,
    integer.IntMulOvf: integer.IntMul,
    integer.IntLshiftOvf: integer.IntLshift,
}


def fold(op: Op[Any], args: tuple[Value[Any], ...]) -> Const[Any] | None:
    """The constant result if every operand is constant. Raises InvalidTrace if a guard fails."""
    operands: list[Any] = []
    for arg in args:
        if type(arg) is not Const:
            return None
        operands.append(arg.value)
    try:
        return Const(op.type, type(op).evaluate(*operands))
    except GuardFailed:
        raise InvalidTrace(op.mnemonic) from None
    except (ArithmeticError, ValueError):
        return None


def available(engine: Engine, op: Op[Any], args: tuple[Value[Any], ...]) -> Value[Any] | None:
    """A value already computed for this expression."""
    if "cse" in engine.off:
        return None
    found = engine.available.get((type(op), *args))
    if found is None and op.commutative:
        found = engine.available.get((type(op), args[1], args[0]))
    if found is None and engine.imports is not None:
        found = engine.imports.expression(op, args)
    return None if found is None else engine.find(found)


def visit_pure(engine: Engine, op: Op[Any]) -> Value[Any] | None:
    """Fold, simplify, reuse or emit a pure op or an arithmetic guard."""
    args = engine.resolve(op.args)
    found: Value[Any] | None = fold(op, args)
    if found is not None:
        return found
    found = available(engine, op, args)
    if found is not None:
        return found
    candidate = op if args is op.args else op.rebuild(args, op.snapshot)
    if "rules" not in engine.off:
        found = rules.simplify(candidate, engine.constant_of, engine.definition_of, engine.visit)
        if found is not None:
            return engine.find(found)
    return emit_pure(engine, op, candidate, args)


def emit_pure(
    engine: Engine, op: Op[Any], candidate: Op[Any], args: tuple[Value[Any], ...]
) -> Value[Any]:
    """Emit, with what the bounds of the operands say about the result."""
    bound = bounds.UNBOUNDED
    if op.type is Type.INT:
        plain = _PLAIN.get(type(op))
        if plain is not None and bounds.cannot_overflow(candidate, engine.bound_of):
            made = visit_pure(engine, plain(*args))
            assert made is not None
            return made
        bound = bounds.bound_of(candidate, engine.bound_of)
        if plain is None and bound.is_constant:
            return Const(Type.INT, bound.lower)
    elif op.type is Type.BOOL:
        decided = bounds.decide(candidate, engine.bound_of)
        if decided is not None:
            return TRUE if decided else FALSE
    new = engine.emit(op, args)
    engine.available[(type(op), *args)] = new
    if not bound.is_unbounded:
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
    lhs, rhs = engine.resolve(op.args)
    decided = identity(engine, lhs, rhs)
    if decided is not None:
        return engine.find(decided)
    args = engine.real_all(op.args)
    found = available(engine, op, args)
    if found is not None:
        return found
    new = engine.emit(op, args)
    engine.available[(type(op), *args)] = new
    return new


def identity(engine: Engine, lhs: Value[Any], rhs: Value[Any]) -> Value[Any] | None:
    """Whether two resolved REFs are one object, as a BOOL value; None if not known."""
    if lhs is rhs:
        return TRUE
    if type(lhs) is Const and type(rhs) is Const:
        return TRUE if lhs.value is rhs.value else FALSE
    for one, other in ((lhs, rhs), (rhs, lhs)):
        if is_null(one) and (type(other) is Virtual or other in engine.nonnull):
            return FALSE
        if type(other) is Const and is_box(one, pyobj.BoxBool):
            assert type(one) is Virtual
            if other.value is True:
                return one.fields[0]
            if other.value is not False:
                return FALSE
        if type(one) is Virtual and type(one.template) not in BOXES:
            return FALSE  # a new object; a number may be one that is shared
        if one in engine.fresh and type(other) is Const:
            return FALSE
    type_l, type_r = engine.type_of(lhs), engine.type_of(rhs)
    if type_l is not None and type_r is not None and type_l is not type_r:
        return FALSE
    return None
