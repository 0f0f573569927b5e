"""What a walk knows of ownership at one point of a run, and how values die.

Harmless deaths happen at once; the others wait for a point with a way out, because Python
code may run in them and nothing the trace knows need be true after it.
"""

from __future__ import annotations

from typing import Any

from hotloop_ir.snapshot import FrameState
from hotloop_ir.trace import Trace
from hotloop_ir.value import Const, Type, Value
from hotloop_optimizer.refcount.facts import Death, Facts
from hotloop_optimizer.refcount.holders import UNKNOWN, Holders
from hotloop_optimizer.refcount.liveness import Leaves, Liveness, RefcountError, Run
from hotloop_optimizer.refcount.output import Output, without


class Owner:
    """Owned and borrowed values, facts, and the deaths that wait."""

    __slots__ = (
        "_facts",
        "_holders",
        "_immortal",
        "_leaves",
        "_lenders",
        "_live",
        "_ops",
        "_out",
        "_owned",
        "_part",
        "_passed",
        "_pending",
        "_point",
        "_recent",
        "_restartable",
        "_tail",
    )

    def __init__(
        self,
        trace: Trace,
        part: Run,
        leaves: Leaves,
        out: Output,
        passed: tuple[Value[Any], ...],
        tail: FrameState | None,
    ) -> None:
        """``passed``: what the label or jump at the end hands on besides its operands.

        ``tail``: a frame state whose references are kept up to the end of the run.
        """
        self._passed = passed
        self._ops = trace.ops
        self._part = part
        self._leaves = leaves
        self._out = out
        self._tail = tail
        self._live = Liveness(trace, part, leaves, passed, tail)
        self._facts = Facts(part.params, trace.known, trace.replaced)
        self._owned: dict[Value[Any], None] = {}
        self._immortal: set[Value[Any]] = set()
        self._holders = Holders(self._owned, self._immortal)
        self._pending: list[Value[Any]] = []
        #: what a helper has given a borrowed result of (itself, perhaps)
        self._lenders: set[Value[Any] | None] = set()
        self._restartable = True
        self._point: FrameState | None = None
        #: value -> its incref for a store with no way out since (see ``_heir``)
        self._recent: dict[Value[Any], int] = {}
        for param in part.params:
            if param.type is Type.REF:
                if part.start == 0 and param in trace.borrowed:
                    self._holders.borrow(param, UNKNOWN)
                else:
                    self._owned[param] = None
            elif param.type is Type.RAW:  # whoever jumps here has checked that it is valid
                self._immortal.add(param)
        for value in part.invariant:
            self._owned[value] = None

    # --- ownership --------------------------------------------------------------------------

    def _hold(self, value: Value[Any]) -> None:
        """A reference of the trace's own for a borrowed value."""
        self._out.incref(value)
        self._own(value)

    def _own(self, value: Value[Any]) -> None:
        self._holders.own(value)
        self._owned[value] = None

    def _check_known(self, value: Value[Any]) -> None:
        if not isinstance(value, Const):
            if value not in self._holders.links and value not in self._immortal:
                raise RefcountError(f"{value!r} is used outside the run that defines it")

    # --- deaths -----------------------------------------------------------------------------

    def _bury(self, index: int) -> None:
        """Deal with the values whose last use is the op at ``index``."""
        dying = self._live.dying.get(index)
        if dying is None:
            return
        for value in dying:
            self._holders.drop(value)
        for value in dying:
            if value in self._owned:
                death = self._facts.death(value)
                if death is Death.ANY:
                    self._wait(value)
                else:
                    self._die(value, death)

    def _wait(self, value: Value[Any]) -> None:
        """A death waits; those that wait stay in CPython's order.

        Values no snapshot has named (what a store replaced, say) die inside the bytecode,
        hence first; the others with the slots they were in, oldest state first, inner
        frames first, locals before the operand stack, from the bottom. Ways out from here on
        drop them in the same order, behind all else.
        """
        self._pending.append(value)
        if len(self._pending) < 2:
            return
        self._pending.sort(key=self._death_key)
        for dead in self._pending:
            del self._owned[dead]
            self._owned[dead] = None

    def _die(self, dead: Value[Any], death: Death) -> None:
        self._recent.clear()
        if death is Death.QUIET or dead in self._lenders:
            for child in self._holders.lost_by_death(dead):
                self._hold(child)
        del self._owned[dead]
        self._out.decref(dead)

    def _die_checked(self, dead: Value[Any], frame: FrameState) -> None:
        if self._facts.death(dead) is not Death.ANY:  # learned since its last use
            self._die(dead, self._facts.death(dead))
            return
        named: set[Value[Any]] = set()
        if self._holders.active:
            for state in frame.chain():
                named.update(self._leaves.of_frame(state))
        for child in self._holders.lost_by_death(dead, named):
            self._hold(child)
        del self._owned[dead]
        self._recent.clear()
        self._out.decref_checked(dead, frame, self._owned)

    def _death_key(self, value: Value[Any]) -> tuple[int, int, int]:
        index, frame = self._live.named.get(value, (-1, None))
        if frame is None:
            return (-1, 0, 0)
        depth = sum(1 for _ in frame.chain())
        slots = self._leaves.of_frame(frame)
        last = len(slots) - 1 - slots[::-1].index(value)  # the others have let go of it before
        return (index, -depth, last)

    def _die_at(self, dead: Value[Any], frame: FrameState) -> FrameState:
        """A death that empties the slots still holding the value; the frame state after it.

        A removed allocation that holds it is as dead: what is used later is passed on.
        """
        if any(dead in self._leaves.of_frame(state) for state in frame.chain()):
            frame = without(frame, dead, self._leaves)
            if any(dead in self._leaves.of_frame(state) for state in frame.chain()):
                raise RefcountError("a frame that goes on needs a value that dies at the end")
        self._die_checked(dead, frame)
        return frame
