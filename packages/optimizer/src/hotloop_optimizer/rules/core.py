"""The table of rules and the one function that applies them. Knows no law itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from hotloop_ir.op import Op
from hotloop_ir.value import Const, Value

Emit: TypeAlias = Callable[[Op[Any]], Value[Any] | None]
ConstantOf: TypeAlias = Callable[[Value[Any]], Const[Any] | None]
DefinitionOf: TypeAlias = Callable[[Value[Any]], Op[Any] | None]


class Match:
    """What a rule may ask while it looks at an op, and how it makes its replacement."""

    __slots__ = ("_constant_of", "_definition_of", "_emit")

    def __init__(self, constant_of: ConstantOf, definition_of: DefinitionOf, emit: Emit) -> None:
        self._constant_of = constant_of
        self._definition_of = definition_of
        self._emit = emit

    def constant(self, value: Value[Any]) -> Any:
        """The Python value of a constant operand; None if it is none (REF: not for them)."""
        const = self._constant_of(value)
        return None if const is None else const.value

    def split(self, op: Op[Any]) -> tuple[Value[Any], Any]:
        """The operands of a commutative op as (value, constant); the constant may be None."""
        lhs, rhs = op.args
        constant = self.constant(rhs)
        if constant is not None:
            return lhs, constant
        return rhs, self.constant(lhs)

    def definition(self, value: Value[Any], kind: type[Op[Any]]) -> tuple[Value[Any], ...] | None:
        """The operands of the op of class ``kind`` that computes a value; else None."""
        op = self._definition_of(value)
        return op.args if type(op) is kind and op is not None else None

    def operation(self, value: Value[Any]) -> Op[Any] | None:
        """The op that computes a value, if it is one."""
        return self._definition_of(value)

    def emit(self, op: Op[Any]) -> Value[Any]:
        """Put another op in the place of the matched one."""
        result = self._emit(op)
        assert result is not None
        return result


Rule: TypeAlias = Callable[[Any, Match], Value[Any] | None]

_rules: dict[type[Op[Any]], list[Rule]] = {}
_fired: dict[str, int] = {}


def rule(*kinds: type[Op[Any]]) -> Callable[[Rule], Rule]:
    """Register a rule for these op classes. Raises ValueError on a name used twice."""

    def register(function: Rule) -> Rule:
        name = function.__name__
        if name in _fired:
            raise ValueError(f"rule {name!r} is declared twice")
        _fired[name] = 0
        for kind in kinds:
            _rules.setdefault(kind, []).append(function)
        return function

    return register


def simplify(
    op: Op[Any], constant_of: ConstantOf, definition_of: DefinitionOf, emit: Emit
) -> Value[Any] | None:
    """A simpler value equal to the op's result, or None.

    ``constant_of`` gives the constant an operand is known to be, ``definition_of`` the op
    that computes it; ``emit`` is called for the op a rule puts in place of ``op``, and
    gives its value. The first rule that matches wins.
    """
    rules = _rules.get(type(op))
    if rules is None:
        return None
    match = Match(constant_of, definition_of, emit)
    for function in rules:
        result = function(op, match)
        if result is not None:
            _fired[function.__name__] += 1
            return result
    return None


def fired() -> dict[str, int]:
    """How often each rule has matched since the start of the process."""
    return dict(_fired)


def all_rules() -> tuple[tuple[type[Op[Any]], Rule], ...]:
    """Every (op class, rule), in order of declaration within a class."""
    return tuple([(kind, function) for kind, found in _rules.items() for function in found])
