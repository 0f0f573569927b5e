"""One forward walk over a straight run: where references are made, moved and dropped.

The walk knows, at every op, which values the trace owns a reference of and through which
memory the others are kept alive (``holders``). A borrowed value gets a reference only right
before an op that may take its holder away; an owned one moves into what takes it over and
is borrowed from there. Values die after their last use, at once if that is harmless, else
at the next op whose snapshot is the state at that very place.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hotloop_ir.op import Effect, Op, Own
from hotloop_ir.ops.control import Finish, Jump, Label, Leave, ResumePoint
from hotloop_ir.ops.guard import GuardNoInterrupt
from hotloop_ir.ops.memory import GetField, GetItem, SetField, SetItem
from hotloop_ir.snapshot import FrameState
from hotloop_ir.value import Const, Type, Value
from hotloop_optimizer.refcount.deaths import Owner
from hotloop_optimizer.refcount.effects import (
    ANY_MEMORY,
    consumed,
    is_null,
    place_of,
    place_touched,
    restartable_after,
    result_own,
    writes_of,
)
from hotloop_optimizer.refcount.facts import Death
from hotloop_optimizer.refcount.holders import Link
from hotloop_optimizer.refcount.liveness import RefcountError


class LateDeathError(Exception):
    """A death after the last snapshot: what that names must live to the end of the run."""


class Walk(Owner):
    """The walk itself: ops, what they take over, and the end of the run."""

    __slots__ = ()

    def walk(self) -> None:
        """Write the run with its reference counts."""
        part = self._part
        self._bury(part.start - 1)
        for index in range(part.start, part.end):
            self._step(index, self._ops[index])
        last = self._ops[part.end]
        if isinstance(last, Leave):
            self._out.op(last, self._owned)
        elif isinstance(last, Jump | Label):
            self._pass_on(part.end, last)
        elif isinstance(last, Finish):
            self._finish(last)
        else:
            raise RefcountError(f"a trace ends in {last.mnemonic}")

    # --- one op -----------------------------------------------------------------------------

    def _step(self, index: int, op: Op[Any]) -> None:
        if op.effect is Effect.PURE:
            self._out.op(op, ())
            self._facts.learn(op)
            if op.type is Type.REF:
                self._immortal.add(op)
            self._bury(index)
            return
        if op.snapshot is not None or op.effect is Effect.CALL:
            if not isinstance(op, ResumePoint):
                self._recent.clear()
        if op.snapshot is not None:
            self._reach_point(op, op.snapshot.frame)
        if isinstance(op, ResumePoint):
            self._bury(index)
            return
        writes = writes_of(op)
        heir = self._before_writes(index, op, writes) if writes else None
        self._consume(index, op)
        self._out.op(op, self._owned)
        self._restartable = restartable_after(op, self._restartable)
        if not self._restartable:
            self._point = None
        self._facts.learn(op)
        if isinstance(op, SetField | SetItem):
            self._after_store(op)
        elif writes:
            self._facts.forget(writes)
        self._result(op, heir)
        self._bury(index)

    def _reach_point(self, op: Op[Any], frame: FrameState) -> None:
        """Deaths waiting for a way out happen before the op, if its snapshot is valid here."""
        if isinstance(op, ResumePoint | GuardNoInterrupt | Finish):
            self._restartable = True
        if not self._restartable:
            return
        self._point = frame
        if self._pending:
            for dead in self._pending:
                self._die_checked(dead, frame)
            self._pending.clear()

    def _result(self, op: Op[Any], heir: Value[Any] | None) -> None:
        """Who has the reference to the result."""
        if isinstance(op, GetField | GetItem):
            place = place_touched(op)
            if op.type is Type.REF or op.type is Type.RAW:
                link = Link(op.base, op.descr.memory, op.descr.immutable, place)
                self._holders.borrow(op, link)
            if op.type is Type.REF:
                self._facts.loaded(op.descr.memory, place, op)
            else:
                self._holders.drop(op)
            return
        own = result_own(op)
        if own is Own.NEW:
            if heir is None:
                self._owned[op] = None
        elif own is Own.BORROWED:
            base = op.args[0] if op.args and op.args[0].type is Type.REF else None
            self._lenders.add(base)
            self._holders.borrow(op, Link(base, ANY_MEMORY, False))
        elif op.type is Type.REF:
            self._immortal.add(op)

    # --- writes -----------------------------------------------------------------------------

    def _before_writes(self, index: int, op: Op[Any], writes: frozenset[str]) -> Value[Any] | None:
        """References for borrowed values that the op may release.

        A store gives the old content's reference to the trace. If a live value is that
        content, it inherits the reference and is returned; the result then has none. The
        same if the old content was increfed just before to be stored elsewhere (a swap).
        """
        store = op.effect is Effect.WRITE
        heir = self._heir(index, op) if isinstance(op, SetField | SetItem) else None
        if heir in self._recent:
            self._out.cancel(self._recent.pop(heir))
        elif heir is not None:
            self._own(heir)
        for value in self._holders.lost_by_write(writes):
            if not store or self._live.last_use[value] > index:
                self._hold(value)
        return heir

    def _heir(self, index: int, op: SetField | SetItem) -> Value[Any] | None:
        if self._live.last_use[op] != index:
            return None
        place = place_touched(op)
        contents = self._facts.contents(op.descr.memory, place)
        if len(contents) != 1:
            return None
        value = contents[0]
        if value in self._recent:
            return value
        if value not in self._holders.active:
            return None
        if self._live.last_use[value] == index and value is not op.value:
            return None
        return value if self._holders.links[value].key == place else None

    def _after_store(self, op: SetField | SetItem) -> None:
        place = place_touched(op)
        memory = op.descr.memory
        old = self._facts.contents(memory, place)
        if old:
            self._facts.set_death(op, self._facts.death_of_contents(memory, place))
        self._facts.stored(memory, place, op.value)

    # --- operands taken over ----------------------------------------------------------------

    def _consume(self, index: int, op: Op[Any]) -> None:
        """Give up or duplicate the references an op takes over."""
        positions = consumed(op)
        if not positions:
            return
        others: set[Value[Any]] = {a for i, a in enumerate(op.args) if i not in positions}
        if op.snapshot is not None:
            others |= self._leaves.of_snapshot(op.snapshot)
        given: set[Value[Any]] = set()
        for position in positions:
            value = op.args[position]
            if value.type is not Type.REF or is_null(value):
                continue
            ends = self._live.last_use.get(value) == index and value not in others
            if value not in self._owned:
                if value not in given:
                    self._check_known(value)
                position = self._out.incref(value)
                if op.effect is Effect.WRITE and not isinstance(value, Const):
                    self._recent[value] = position
                continue
            link = self._new_home(op, position, value)
            if link is not None:
                self._move(value, link, not ends)
            elif ends:
                del self._owned[value]
                given.add(value)
                for child in self._holders.lost_by_death(value):
                    self._hold(child)
            else:
                self._out.incref(value)

    def _new_home(self, op: Op[Any], position: int, value: Value[Any]) -> Link | None:
        """How a value is kept alive by the op that takes it over; None if nobody knows."""
        if isinstance(op, SetField | SetItem):
            if self._holders.hangs_on(op.base, value):
                return None
            if self._holders.root(op.base)[0] is None:
                return None  # what is overwritten may have kept the base alive
            return Link(op.base, op.descr.memory, op.descr.immutable, place_touched(op))
        descr = place_of(op, position) if op.effect is Effect.ALLOC else None
        return None if descr is None else Link(op, descr.memory, descr.immutable)

    def _move(self, value: Value[Any], link: Link, live: bool) -> None:
        del self._owned[value]
        self._holders.borrow(value, link)
        if not live:
            self._holders.drop(value)

    # --- the end of the run -----------------------------------------------------------------

    def _finish(self, op: Finish) -> None:
        """Everything but the returned value dies before the return."""
        assert op.snapshot is not None
        self._reach_point(op, op.snapshot.frame)
        passed = {op.value}
        harmless = self._late_deaths(passed)
        frame = op.snapshot.frame
        while self._pending:
            for dead in self._pending:
                frame = self._die_at(dead, frame)
            self._pending.clear()
            harmless = self._late_deaths(passed)  # with what was held over those deaths
        self._let_go(passed)
        self._die_all(harmless)
        if op.value not in self._owned:
            self._check_known(op.value)
            self._out.incref(op.value)
        self._out.op(op, ())

    def _late_deaths(self, passed: Collection[Value[Any]]) -> list[Value[Any]]:
        """Values still owned at the end and not passed on join those that wait.

        The harmless ones are given back: they die last, a way out may still name them.
        """
        harmless = []
        for value in list(self._owned):
            if value not in passed and value not in self._pending:
                if self._facts.death(value) is Death.ANY:
                    self._wait(value)
                else:
                    harmless.append(value)
        return harmless

    def _let_go(self, passed: Collection[Value[Any]]) -> None:
        """Only ways out have needed what is borrowed and not passed on."""
        for value in [value for value in self._holders.active if value not in passed]:
            self._holders.drop(value)

    def _die_all(self, harmless: list[Value[Any]]) -> None:
        for value in harmless:
            self._die(value, self._facts.death(value))

    def _pass_on(self, index: int, op: Jump | Label) -> None:
        """Pass the operands on, each with a reference."""
        operands = (*op.args, *self._passed)
        passed = {arg for arg in operands if arg.type is Type.REF}
        harmless = self._late_deaths(passed)
        while self._pending:
            self._die_late(index)
            harmless = self._late_deaths(passed)  # with what was held over those deaths
        self._let_go(passed)
        self._die_all(harmless)
        moved: set[Value[Any]] = set()
        for value in operands:
            if value.type is not Type.REF or is_null(value):
                continue
            if value in self._owned and value not in moved:
                moved.add(value)
            else:
                if value not in moved:
                    self._check_known(value)
                self._out.incref(value)
        self._out.op(op, ())

    def _die_late(self, index: int) -> None:
        """Deaths after the last op with a snapshot: its state still is the state here."""
        frame = self._point
        if frame is None or not self._restartable:
            raise RefcountError("a death that may run Python code after the last snapshot")
        if self._tail is None:
            last_use = self._live.last_use
            for state in frame.chain():
                for leaf in self._leaves.of_frame(state):
                    if last_use[leaf] < index and leaf not in self._pending:
                        raise LateDeathError
        for dead in self._pending:
            frame = self._die_at(dead, frame)
        self._pending.clear()
        self._point = frame
