"""The balance checker: proves the reference counts of a trace, independently of the pass.

Invariants, on every path (to each exit, to the end)
  1. every reference the trace gets (inputs, label params, new results, old contents of
     stores, increfs) is given up exactly once: decref, a consuming operand, the end of the
     trace, or ``owned`` of the snapshot the path leaves by
  2. ``owned`` of a snapshot is exactly what the trace owns there, one reference each
  3. a value is alive wherever it is used: owned, immortal, or in memory that nothing since
     can have changed, of an object that is alive in turn; what a snapshot names is alive
     also if Python code ran in the call or death that leaves by it
  4. plain ``decref`` is used only where the death cannot run Python code
  5. counting is complete: no ``resume_point`` is left

A simple, slow simulation: it looks at every borrowed value at every event. For tests and
for the verify mode between passes; must not be used to build a trace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, Final

from hotloop_ir.descr import Descr
from hotloop_ir.op import Effect, Op, Own
from hotloop_ir.ops.control import Finish, Jump, Label, Leave, ResumePoint
from hotloop_ir.ops.guard import GuardIs
from hotloop_ir.ops.memory import GetField, GetItem, SetField, SetItem
from hotloop_ir.ops.refcount import Decref, DecrefChecked, Incref
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.trace import Trace
from hotloop_ir.value import Const, Param, Type, Value
from hotloop_optimizer.refcount.effects import (
    ANY_MEMORY,
    consumed,
    is_null,
    place_of,
    place_touched,
    result_own,
    writes_of,
)
from hotloop_optimizer.refcount.facts import Death, Facts
from hotloop_optimizer.refcount.liveness import Leaves

__all__ = ["BalanceError", "check_balance"]


class BalanceError(AssertionError):
    """Reference counts are wrong. The message names the op and the value."""


def check_balance(trace: Trace) -> None:
    """Prove the reference counts of a trace that went through the refcount pass.

    Raises BalanceError on the first path that loses, duplicates or uses a dead reference.
    """
    _Checker(trace).check()


class _Holder:
    """A counted reference in memory: of which object, by way of which mutable memory classes."""

    __slots__ = ("base", "memory")

    def __init__(self, base: Value[Any] | None, *memory: str) -> None:
        self.base = base
        self.memory = frozenset(memory)

    def survives(self, writes: Collection[str]) -> bool:
        """Whether the reference is certainly still there after these writes."""
        if not writes or not self.memory:
            return True
        return not ("*" in writes or ANY_MEMORY in self.memory or self.memory & set(writes))


_NOWHERE: Final = _Holder(None, ANY_MEMORY)


def _held_by(base: Value[Any], descr: Descr) -> _Holder:
    return _Holder(base) if descr.immutable else _Holder(base, descr.memory)


class _Checker:
    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.leaves = Leaves(trace.ops)
        self.counts: dict[Value[Any], int] = {}
        self.same: dict[Value[Any], Value[Any]] = {}  # old content -> the value it is
        self.holders: dict[Value[Any], list[_Holder]] = {}
        self.immortal: set[Value[Any]] = set()
        self.facts = Facts(trace.inputs, trace.known, trace.replaced)
        self.carried: dict[Op[Any], dict[Value[Any], int]] = {}
        self.at: Op[Any] = trace.ops[0]

    def check(self) -> None:
        self.enter(self.trace.inputs, self.trace.borrowed)
        for op in self.trace.ops:
            self.at = op
            self.op(op)

    def require(self, holds: bool, message: str, value: Value[Any] | None = None) -> None:
        if not holds:
            where = self.trace.ops.index(self.at)
            what = "" if value is None else f" ({self.name(value)})"
            raise BalanceError(f"op {where} {self.at.mnemonic}: {message}{what}")

    def name(self, value: Value[Any]) -> str:
        if isinstance(value, Op) and value in self.trace.ops:
            return f"op {self.trace.ops.index(value)} {value.mnemonic}"
        if value in self.trace.inputs:
            return f"input {self.trace.inputs.index(value)}"
        return repr(value)

    def enter(self, params: tuple[Param[Any], ...], borrowed: Collection[Value[Any]]) -> None:
        for param in params:
            if param.type is Type.REF:
                if param in borrowed:
                    self.hold(param, _NOWHERE)
                else:
                    self.counts[param] = 1
            elif param.type is Type.RAW:  # whoever jumps here has checked that it is valid
                self.immortal.add(param)

    # --- what is alive ----------------------------------------------------------------------

    def real(self, value: Value[Any]) -> Value[Any]:
        """The one value that stands for all known to be the same object."""
        while value in self.same:
            value = self.same[value]
        return value

    def add(self, value: Value[Any], change: int) -> None:
        value = self.real(value)
        count = self.counts.get(value, 0) + change
        if count:
            self.counts[value] = count
        else:
            self.counts.pop(value, None)

    def alive(self, value: Value[Any], writes: Collection[str] = ()) -> bool:
        """Whether a value is alive, even if memory of these classes was changed."""
        return self._alive(self.real(value), writes, set())

    def _alive(self, value: Value[Any], writes: Collection[str], asked: set[Value[Any]]) -> bool:
        if isinstance(value, Const) or value in self.immortal:
            return True
        if self.counts.get(value, 0) > 0:
            return True
        asked.add(value)
        for holder in self.holders.get(value, ()):
            if holder.survives(writes):
                base = None if holder.base is None else self.real(holder.base)
                if base is None or (base not in asked and self._alive(base, writes, asked)):
                    return True
        return False

    def path(self, value: Value[Any], asked: set[Value[Any]]) -> _Holder | None:
        """One holder for a chain of holders up to an object that is alive by itself.

        A store through ``value`` never breaks it: of the objects of the chain that are the
        same as ``value``, the nearest to the root hangs on places of other objects only.
        """
        if self.counts.get(value, 0) > 0 or isinstance(value, Const) or value in self.immortal:
            return _Holder(value)
        asked.add(value)
        for holder in self.holders.get(value, ()):
            base = None if holder.base is None else self.real(holder.base)
            if base is not None and base not in asked:
                above = self.path(base, asked)
                if above is not None:
                    return _Holder(above.base, *holder.memory, *above.memory)
        return None

    def hold(self, value: Value[Any], holder: _Holder) -> None:
        """A place holds a value; others may hold it too."""
        if not isinstance(value, Const):
            self.holders.setdefault(self.real(value), []).append(holder)

    def lose(self, writes: Collection[str]) -> None:
        """Memory of these classes may have changed."""
        for value, holders in list(self.holders.items()):
            self.holders[value] = [holder for holder in holders if holder.survives(writes)]

    def prune(self) -> None:
        """Forget the holders of values that are gone (their count may rise again)."""
        for value in [v for v in self.holders if not self.alive(v)]:
            del self.holders[value]

    # --- ops --------------------------------------------------------------------------------

    def op(self, op: Op[Any]) -> None:
        self.require(not isinstance(op, ResumePoint), "a resume_point is left")
        writes = writes_of(op)
        for arg in op.args:
            if arg.type is Type.REF and not is_null(arg):
                self.require(self.alive(arg), "uses a value that may be dead", arg)
        if isinstance(op, Incref):
            self.add(op.ref, 1)
        elif isinstance(op, Decref | DecrefChecked):
            self.decref(op)
        elif isinstance(op, Label | Jump):
            self.pass_on(op)
        else:
            self.other(op, writes)

    def other(self, op: Op[Any], writes: frozenset[str]) -> None:
        taken = consumed(op)
        for position in taken:
            value = op.args[position]
            if value.type is Type.REF and not is_null(value):
                self.add(value, -1)
        if isinstance(op, Finish):
            self.require(not self.counts, "references are lost at the end", self._first())
            return
        if op.effect is Effect.CALL:
            for position, arg in enumerate(op.args):
                if arg.type is Type.REF and position not in taken and not is_null(arg):
                    self.require(self.alive(arg, writes), "an operand may die in the call", arg)
        if op.snapshot is not None:
            self.snapshot(op.snapshot, writes)
        elif op.effect is Effect.CALL:
            self.settled()
        self.after(op, writes, taken)
        if isinstance(op, Leave):
            self.counts.clear()

    def after(self, op: Op[Any], writes: frozenset[str], taken: tuple[int, ...]) -> None:
        """The new state: memory, results, facts."""
        self.facts.learn(op)
        if isinstance(op, SetField | SetItem):
            self.store(op, writes)
            return
        if writes:
            self.lose(writes)
            self.facts.forget(writes)
        self.result(op)
        if isinstance(op, GuardIs):
            self.learn_constant(op)
        if op.effect is Effect.ALLOC:
            for position in taken:
                descr = place_of(op, position)
                if descr is not None and op.args[position].type is Type.REF:
                    self.hold(op.args[position], _held_by(op, descr))

    def result(self, op: Op[Any]) -> None:
        own = result_own(op)
        if isinstance(op, GetField | GetItem):
            descr = op.descr
            place = place_touched(op)
            if op.type in (Type.REF, Type.RAW):
                self.hold(op, _held_by(op.base, descr))
            if op.type is Type.REF:
                self.facts.loaded(descr.memory, place, op)
        elif own is Own.NEW:
            self.add(op, 1)
        elif own is Own.BORROWED:
            base = op.args[0] if op.args and op.args[0].type is Type.REF else None
            self.hold(op, _NOWHERE if base is None else _Holder(base, ANY_MEMORY))
        elif op.type is Type.REF:
            self.immortal.add(op)

    def learn_constant(self, op: GuardIs) -> None:
        """An object known to be a constant is kept alive by the trace."""
        for value, other in ((op.ref, op.other), (op.other, op.ref)):
            if isinstance(other, Const):
                self.immortal.add(self.real(value))

    def store(self, op: SetField | SetItem, writes: frozenset[str]) -> None:
        """The old content comes to the trace, the new one is held by the place."""
        place = place_touched(op)
        old = self.facts.contents(op.descr.memory, place)
        if len(old) == 1 and not isinstance(old[0], Const):
            self.same[op] = old[0]
        elif old:
            self.facts.set_death(op, self.facts.death_of_contents(op.descr.memory, place))
        self.add(op, 1)
        base = self.real(op.base)
        borrowed = _NOWHERE in self.holders.get(base, ())  # as in `path`: not by its own place
        kept = _NOWHERE if borrowed else self.path(base, set())
        self.lose(writes)
        if kept is not None:
            self.hold(op.base, kept)
        self.facts.stored(op.descr.memory, place, op.value)
        self.hold(op.value, _held_by(op.base, op.descr))

    # --- deaths, exits, ends ----------------------------------------------------------------

    def decref(self, op: Decref | DecrefChecked) -> None:
        value = op.ref
        real = self.real(value)
        owned = self.counts.get(real, 0) > 0 or isinstance(real, Const)
        self.require(owned, "drops a reference it does not own", value)
        death = min(self.facts.death(value), self.facts.death(real))
        if real in self.immortal:
            death = Death.LEAF
        if isinstance(op, Decref):
            self.require(death is not Death.ANY, "the death may run Python code", value)
        self.add(value, -1)
        if death is not Death.LEAF:
            for held, holders in list(self.holders.items()):
                self.holders[held] = [holder for holder in holders if holder is not _NOWHERE]
        self.prune()
        if isinstance(op, DecrefChecked):
            self.snapshot(op.snapshot, ("*",))

    def settled(self) -> None:
        """No reference was given away that the trace did not have."""
        for value, count in self.counts.items():
            right = count > 0 and not isinstance(value, Const)
            self.require(right, "a reference is given away that is not there", value)

    def snapshot(self, snapshot: Snapshot, writes: Collection[str]) -> None:
        """Check a way out that is taken after memory of these classes was changed."""
        self.settled()
        self.require(len(set(snapshot.owned)) == len(snapshot.owned), "a value is owned twice")
        owned = Counter([self.real(value) for value in snapshot.owned])
        for value, count in self.counts.items():
            self.require(owned[value] >= count, "the exit does not know of a reference", value)
        for value, count in owned.items():
            self.require(self.counts.get(value, 0) >= count, "the exit owns too much", value)
        for frame in snapshot.frame.chain():
            for value in self.leaves.of_frame(frame):
                self.require(self.alive(value, writes), "a slot's value may be dead", value)

    def _first(self) -> Value[Any] | None:
        return next(iter(self.counts), None)

    def pass_on(self, op: Label | Jump) -> None:
        for value in op.args:
            if value.type is Type.REF and not is_null(value):
                self.add(value, -1)
        self.settled()
        left = dict(self.counts)
        if isinstance(op, Jump):
            expected = self.carried.get(op.target, {}) if isinstance(op.target, Label) else {}
            self.require(left == expected, "references are lost at the jump", self._first())
            return
        params = op.params
        if op in self.trace.targets:
            self.require(not left, "references are lost at the label", self._first())
        self.carried[op] = left
        self.counts = dict(left)
        self.holders.clear()
        self.facts = Facts(params, self.trace.known, self.trace.replaced)
        self.enter(params, ())
