"""The machine that runs Prolog: clauses, unification, choice points.

Goals wait in a linked list of continuations, alternatives on a stack of choice points; bindings are
undone from a trail. Clauses are chosen by the functor of the first argument.
"""

from __future__ import annotations

from collections.abc import Callable

from prolog_reader import TRUE, Struct, Term, Var, atom, read_clauses, show


class PrologError(Exception):
    """A goal that makes no sense, or a term that was thrown and not caught."""

    def __init__(self, ball: Term) -> None:
        super().__init__(show(ball))
        self.ball = ball


def deref(term: Term) -> Term:
    """What a variable is bound to, in the end."""
    while isinstance(term, Var):
        bound = term.bound
        if bound is None:
            return term
        term = bound
    return term


class Clause:
    """A head, its variables numbered from 0, and the goals of its body."""

    def __init__(self, head: Term, body: list[Term], count: int) -> None:
        self.head = head
        self.body = body
        self.count = count
        self.erased = False
        first = head.args[0] if isinstance(head, Struct) else None
        self.key = key_of(first)


class Slot:
    """A variable of a clause, by its number."""

    def __init__(self, number: int) -> None:
        self.number = number


def key_of(term: Term | None) -> object:
    """What clauses are indexed by: functor or constant; None for a variable."""
    if isinstance(term, Struct):
        return term.key
    if isinstance(term, (Var, Slot)) or term is None:
        return None
    return term


class Predicate:
    """The clauses of one functor, and their index."""

    def __init__(self) -> None:
        self.clauses: list[Clause] = []
        self.index: dict[object, list[Clause]] | None = None
        self.without_key: list[Clause] = []

    def add(self, clause: Clause, first: bool) -> None:
        """A new clause, before or after all others."""
        self.clauses = [clause, *self.clauses] if first else [*self.clauses, clause]
        self.index = None

    def remove(self, clause: Clause) -> None:
        """Take a clause out; calls that are under way do not use it any more."""
        clause.erased = True
        self.clauses = [one for one in self.clauses if one is not clause]
        self.index = None

    def matching(self, first: Term) -> list[Clause]:
        """The clauses whose first argument may match."""
        key = key_of(first)
        if key is None:
            return self.clauses
        if self.index is None:
            self.make_index()
        assert self.index is not None
        return self.index.get(key, self.without_key)

    def make_index(self) -> None:
        """Lists of clauses by key, in order, those without a key in all of them."""
        keys = {clause.key for clause in self.clauses if clause.key is not None}
        self.index = {
            key: [one for one in self.clauses if one.key is None or one.key == key] for key in keys
        }
        self.without_key = [one for one in self.clauses if one.key is None]


class Frame:
    """Goals that are still to be done: one, and all after it. A cut goes back to `height`."""

    def __init__(self, goal: Term | None, after: Frame | None, height: int) -> None:
        self.goal = goal
        self.after = after
        self.height = height


class Choice:
    """Where to go on after a failure: the trail's height, and what to try instead."""

    def __init__(self, trail: int, goal: Term, clauses: list[Clause], place: int, after: Frame):
        self.trail = trail
        self.goal = goal
        self.clauses = clauses
        self.place = place
        self.after = after


class Catch(Choice):
    """A choice point that offers nothing but the handler of a catch/3."""


CUT, FAIL = atom("!"), atom("fail")
NOTHING: list[Clause] = []
Builtin = Callable[["Machine", "list[Term]", Frame], bool]


class Machine:
    """A database of predicates, and one run at a time."""

    def __init__(self, builtins: dict[tuple[str, int], Builtin]) -> None:
        self.builtins = builtins
        self.predicates: dict[tuple[str, int], Predicate] = {}
        self.trail: list[Var] = []
        self.choices: list[Choice] = []
        self.inferences = 0
        self.frame: Frame | None = None

    def consult(self, text: str) -> None:
        """Add all clauses of a text."""
        for term in read_clauses(text):
            self.add(term, False)

    def add(self, term: Term, first: bool) -> None:
        """Add one clause."""
        term = deref(term)
        body: Term = TRUE
        if isinstance(term, Struct) and term.key == (":-", 2):
            body = term.args[1]
            term = deref(term.args[0])
        slots: dict[Var, Slot] = {}
        head = slotted(term, slots)
        goals = [slotted(goal, slots) for goal in conjuncts(body)]
        key = head.key if isinstance(head, Struct) else (show(head), 0)
        predicate = self.predicates.get(key)
        if predicate is None:
            predicate = self.predicates[key] = Predicate()
        predicate.add(Clause(head, goals, len(slots)), first)

    def solve(self, goal: Term, limit: int, collect: Term) -> list[Term]:
        """Copies of `collect` for the first solutions of a goal."""
        kept = self.choices, self.frame
        self.choices = []
        found: list[Term] = []
        self.frame = Frame(goal, Frame(None, None, 0), 0)
        running = True
        while running:
            if self.run():
                found.append(copied(collect, {}))
                running = len(found) < limit and self.backtrack()
            else:
                running = False
        self.choices, self.frame = kept
        return found

    def run(self) -> bool:
        """Do goals until none is left; False if there is no (more) solution."""
        while True:
            frame = self.frame
            assert frame is not None
            goal = frame.goal
            if goal is None:
                return True
            try:
                done = self.step(deref(goal), frame)
            except PrologError as error:
                self.handle(error)
                continue
            if not done and not self.backtrack():
                return False

    def step(self, goal: Term, frame: Frame) -> bool:
        """Do one goal; False if it fails."""
        after = frame.after
        if isinstance(goal, Struct):
            builtin = self.builtins.get(goal.key)
            if builtin is not None:
                self.frame = after
                return builtin(self, goal.args, frame)
            predicate = self.predicates.get(goal.key)
            if predicate is None:
                raise PrologError(
                    Struct("unknown", [Struct("/", [atom(goal.name), len(goal.args)])])
                )
            self.inferences += 1
            assert after is not None
            return self.try_clauses(goal, predicate.matching(deref(goal.args[0])), 0, after)
        if goal is CUT:
            del self.choices[frame.height :]
            self.frame = after
            return True
        if goal is TRUE or goal is FAIL:
            self.frame = after
            return goal is TRUE
        predicate = self.predicates.get((show(goal), 0))
        if predicate is None:
            raise PrologError(Struct("unknown", [goal]))
        self.inferences += 1
        assert after is not None
        return self.try_clauses(goal, predicate.clauses, 0, after)

    def try_clauses(self, goal: Term, clauses: list[Clause], place: int, after: Frame) -> bool:
        """Enter the first clause whose head matches; the rest becomes a choice point."""
        height = len(self.choices)
        trail = len(self.trail)
        count = len(clauses)
        while place < count:
            clause = clauses[place]
            place += 1
            if clause.erased:
                continue
            slots: list[Term | None] = [None] * clause.count
            if self.match_head(clause.head, goal, slots):
                if place < count:
                    self.choices.append(Choice(trail, goal, clauses, place, after))
                frame = after
                for body_goal in reversed(clause.body):
                    frame = Frame(built(body_goal, slots), frame, height)
                self.frame = frame
                return True
            self.undo(trail)
        return False

    def match_head(self, head: Term, goal: Term, slots: list[Term | None]) -> bool:
        """Unify the arguments of a head with those of a goal."""
        if not isinstance(head, Struct):
            return True
        assert isinstance(goal, Struct)
        head_args, goal_args = head.args, goal.args
        for index in range(len(head_args)):
            if not self.match(head_args[index], goal_args[index], slots):
                return False
        return True

    def match(self, pattern: Term, term: Term, slots: list[Term | None]) -> bool:
        """Unify a part of a head with a term; copies of the head are made only where needed."""
        if isinstance(pattern, Slot):
            bound = slots[pattern.number]
            if bound is None:
                slots[pattern.number] = term
                return True
            return self.unify(bound, term)
        term = deref(term)
        if isinstance(term, Var):
            self.bind(term, built(pattern, slots))
            return True
        if isinstance(pattern, Struct):
            if not isinstance(term, Struct) or pattern.key != term.key:
                return False
            for index in range(len(pattern.args)):
                if not self.match(pattern.args[index], term.args[index], slots):
                    return False
            return True
        return pattern == term

    def unify(self, a: Term, b: Term) -> bool:
        """Make two terms equal."""
        a, b = deref(a), deref(b)
        if a is b:
            return True
        if isinstance(a, Var):
            self.bind(a, b)
            return True
        if isinstance(b, Var):
            self.bind(b, a)
            return True
        if isinstance(a, Struct):
            if not isinstance(b, Struct) or a.key != b.key:
                return False
            for index in range(len(a.args)):
                if not self.unify(a.args[index], b.args[index]):
                    return False
            return True
        return a == b

    def bind(self, variable: Var, term: Term) -> None:
        """Give a variable its value, so that it can be taken back."""
        variable.bound = term
        self.trail.append(variable)

    def undo(self, height: int) -> None:
        """Take values back."""
        trail = self.trail
        while len(trail) > height:
            trail.pop().bound = None

    def backtrack(self) -> bool:
        """Go on with the newest alternative; False if there is none."""
        while self.choices:
            choice = self.choices.pop()
            self.undo(choice.trail)
            if isinstance(choice, Catch):
                continue
            if choice.clauses is NOTHING:
                self.frame = choice.after
                return True
            if self.try_clauses(choice.goal, choice.clauses, choice.place, choice.after):
                return True
        return False

    def handle(self, error: PrologError) -> None:
        """Go to the innermost catch/3 whose ball matches. Raises the error if there is none."""
        ball = copied(error.ball, {})
        while self.choices:
            choice = self.choices.pop()
            self.undo(choice.trail)
            if isinstance(choice, Catch):
                goal = choice.goal
                assert isinstance(goal, Struct)
                if self.unify(goal.args[1], ball):
                    self.frame = Frame(goal.args[2], choice.after, len(self.choices))
                    return
                self.undo(choice.trail)
        raise error


def conjuncts(body: Term) -> list[Term]:
    """The goals of a body, from left to right."""
    goals = []
    body = deref(body)
    while isinstance(body, Struct) and body.key == (",", 2):
        goals.append(body.args[0])
        body = deref(body.args[1])
    goals.append(body)
    return goals


def slotted(term: Term, slots: dict[Var, Slot]) -> Term:
    """A copy with numbered slots in the place of variables."""
    term = deref(term)
    if isinstance(term, Var):
        if term not in slots:
            slots[term] = Slot(len(slots))
        return slots[term]
    if isinstance(term, Struct):
        return Struct(term.name, [slotted(argument, slots) for argument in term.args])
    return term


def built(term: Term, slots: list[Term | None]) -> Term:
    """A copy with what the slots stand for, new variables where they stand for nothing yet."""
    if isinstance(term, Slot):
        value = slots[term.number]
        if value is None:
            value = slots[term.number] = Var()
        return value
    if isinstance(term, Struct):
        args = []
        for argument in term.args:
            args.append(built(argument, slots))
        return Struct(term.name, args)
    return term


def copied(term: Term, variables: dict[Var, Var]) -> Term:
    """A copy with new variables."""
    term = deref(term)
    if isinstance(term, Var):
        return variables.setdefault(term, Var())
    if isinstance(term, Struct):
        return Struct(term.name, [copied(argument, variables) for argument in term.args])
    return term
