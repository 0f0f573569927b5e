"""What the Prolog machine knows without a program: control, arithmetic, terms, the database."""

from __future__ import annotations

from prolog_machine import (
    NOTHING,
    Builtin,
    Catch,
    Choice,
    Frame,
    Machine,
    PrologError,
    copied,
    deref,
)
from prolog_reader import EMPTY, TRUE, Atom, Struct, Term, Var, atom


def evaluate(term: Term) -> int:
    """The value of an arithmetic expression. Raises PrologError."""
    term = deref(term)
    if isinstance(term, int):
        return term
    if isinstance(term, Struct) and len(term.args) == 2:
        left, right = evaluate(term.args[0]), evaluate(term.args[1])
        name = term.name
        if name == "+":
            return left + right
        if name == "-":
            return left - right
        if name == "*":
            return left * right
        if name in ("//", "/"):
            return left // right
        if name == "mod":
            return left % right
    raise PrologError(Struct("type_error", [atom("evaluable"), term]))


def is_(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """X is Expression."""
    return machine.unify(args[0], evaluate(args[1]))


def less(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """A < B."""
    return evaluate(args[0]) < evaluate(args[1])


def less_or_equal(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """A =< B."""
    return evaluate(args[0]) <= evaluate(args[1])


def greater(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """A > B."""
    return evaluate(args[0]) > evaluate(args[1])


def greater_or_equal(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """A >= B."""
    return evaluate(args[0]) >= evaluate(args[1])


def equal_numbers(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """A =:= B."""
    return evaluate(args[0]) == evaluate(args[1])


def different_numbers(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """A =\\= B."""
    return evaluate(args[0]) != evaluate(args[1])


def unify(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """A = B."""
    return machine.unify(args[0], args[1])


def not_unify(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """A \\= B."""
    height = len(machine.trail)
    same = machine.unify(args[0], args[1])
    machine.undo(height)
    return not same


def and_(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """A, B."""
    machine.frame = Frame(args[0], Frame(args[1], frame.after, frame.height), frame.height)
    return True


def or_(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """A ; B, and (If -> Then ; Else)."""
    after = frame.after
    height = len(machine.choices)
    otherwise = Frame(args[1], after, frame.height)
    machine.choices.append(Choice(len(machine.trail), TRUE, NOTHING, 0, otherwise))
    first = deref(args[0])
    if isinstance(first, Struct) and first.key == ("->", 2):
        then = Frame(first.args[1], after, frame.height)
        machine.frame = Frame(first.args[0], Frame(atom("!"), then, height), height + 1)
    else:
        machine.frame = Frame(first, after, frame.height)
    return True


def if_then(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """If -> Then."""
    return or_(machine, [Struct("->", args), atom("fail")], frame)


def not_(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """\\+ A."""
    return or_(machine, [Struct("->", [args[0], atom("fail")]), TRUE], frame)


def call(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """call(Goal, Arguments...)."""
    goal = deref(args[0])
    if len(args) > 1:
        if isinstance(goal, Struct):
            goal = Struct(goal.name, [*goal.args, *args[1:]])
        elif isinstance(goal, Atom):
            goal = Struct(goal.name, args[1:])
    machine.frame = Frame(goal, frame.after, len(machine.choices))
    return True


def catch(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """catch(Goal, Ball, Handler)."""
    after = frame.after
    assert after is not None
    machine.choices.append(Catch(len(machine.trail), Struct("catch", args), NOTHING, 0, after))
    machine.frame = Frame(args[0], after, len(machine.choices))
    return True


def throw(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """throw(Ball)."""
    raise PrologError(copied(args[0], {}))


def findall(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """findall(Template, Goal, List)."""
    after = machine.frame
    found = machine.solve(args[1], 1 << 60, args[0])
    machine.frame = after
    result: Term = EMPTY
    for term in reversed(found):
        result = Struct(".", [term, result])
    return machine.unify(args[2], result)


def assertz(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """assertz(Clause)."""
    machine.add(copied(args[0], {}), False)
    return True


def asserta(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """asserta(Clause)."""
    machine.add(copied(args[0], {}), True)
    return True


def retract(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """retract(Fact): the first that matches."""
    goal = deref(args[0])
    key = goal.key if isinstance(goal, Struct) else ("", 0)
    predicate = machine.predicates.get(key)
    if predicate is None:
        return False
    for clause in predicate.clauses:
        height = len(machine.trail)
        slots: list[Term | None] = [None] * clause.count
        if clause.body == [TRUE] and machine.match_head(clause.head, goal, slots):
            predicate.remove(clause)
            return True
        machine.undo(height)
    return False


def var(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """var(X)."""
    return isinstance(deref(args[0]), Var)


def same(machine: Machine, args: list[Term], frame: Frame) -> bool:
    """A == B, for constants and variables."""
    a, b = deref(args[0]), deref(args[1])
    return a is b or (isinstance(a, int) and a == b)


BUILTINS: dict[tuple[str, int], Builtin] = {
    ("is", 2): is_,
    ("<", 2): less,
    ("=<", 2): less_or_equal,
    (">", 2): greater,
    (">=", 2): greater_or_equal,
    ("=:=", 2): equal_numbers,
    ("=\\=", 2): different_numbers,
    ("=", 2): unify,
    ("\\=", 2): not_unify,
    (",", 2): and_,
    (";", 2): or_,
    ("->", 2): if_then,
    ("\\+", 1): not_,
    ("call", 1): call,
    ("call", 2): call,
    ("call", 3): call,
    ("catch", 3): catch,
    ("throw", 1): throw,
    ("findall", 3): findall,
    ("assertz", 1): assertz,
    ("asserta", 1): asserta,
    ("retract", 1): retract,
    ("var", 1): var,
    ("==", 2): same,
}
