"""Does the code compiled for a merge point save more than it costs to enter and to leave?

Entering and leaving compiled code takes as long as a dozen or two bytecodes take in the
interpreter. Every so often the counts that exits and loops keep are turned into an estimate of the
time saved and lost at each merge point. One that goes on losing is left to the interpreter for a
while; what the others have saved is what compiling may cost (``budget``). Must not record,
compile or throw code away: other compiled code may still call it.
"""

from __future__ import annotations

from time import monotonic_ns, thread_time_ns
from typing import Any, Final

from hotloop.core.codes import Point
from hotloop.core.compiler import ROUNDS_WORTH_IT
from hotloop.core.side_exit import SideExit
from hotloop.frames.resume import ExitKind
from hotloop_backend_x86.compile import LONG, CompiledTrace
from hotloop_ir.op import Op
from hotloop_ir.ops.control import Label
from hotloop_ir.trace import Trace

SAVED: Final = 4
"""Nanoseconds that a recorded bytecode takes less in compiled code."""
LEAVING: Final = 60
"""Nanoseconds for entering, and leaving through a guard."""
FINISHING: Final = 50
"""The same for leaving through a ``finish``."""
FRAME: Final = 65
"""Nanoseconds more for each inlined frame that must be made."""
INTERVAL: Final = 100_000_000
"""Nanoseconds between two looks at the counts, at least ..."""
SPARSE: Final = 200
"""... and at least so many times what a look takes."""
NEW: Final = 1200
"""Passes of an exit until it counts: mostly it has a bridge by then."""
LOSS: Final = 3_000_000
"""Nanoseconds lost at a merge point before it is left alone ..."""
CREDIT: Final = 10_000_000
"""... and most of what it had saved before that counts against them."""
REST: Final = 1_000_000
"""Passes for which it is left alone, REST_FACTOR times as many each time."""
REST_FACTOR: Final = 8


def distances(trace: Trace, bytecodes: int) -> dict[Op[Any], float]:
    """How many bytecodes lie before each way out of a trace, about.

    Rounds before the one in which the trace is left are not in it.
    """
    found: dict[Op[Any], float] = {}
    section: list[Op[Any]] = []
    for op in (*trace.ops, None):
        if op is None or isinstance(op, Label):
            share = bytecodes / max(1, len(section))
            found |= {one: i * share for i, one in enumerate(section) if one.snapshot is not None}
            section = []
        else:
            section.append(op)
    return found


class Way:
    """A way out of compiled code and what leaving by it is worth, in nanoseconds."""

    __slots__ = ("bytecodes", "gain", "seen", "side")

    def __init__(self, side: SideExit, bytecodes: float) -> None:
        assert side.guard.snapshot is not None
        self.side = side
        #: From where compiled code was entered, not counting rounds.
        self.bytecodes = bytecodes
        inlined = side.guard.snapshot.frame.parent is not None
        frames = sum(1 for _ in side.guard.snapshot.frame.chain()) - 1 if inlined else 0
        finishes = side.record.kind == ExitKind.FINISH
        self.gain = bytecodes * SAVED - (FINISHING if finishes else LEAVING + FRAME * frames)
        self.seen = 0

    def change(self) -> float:
        """What it has brought since the last time, but for its first passes."""
        count = self.side.record.counter
        new, self.seen = count - self.seen, count
        return new * self.gain if count > NEW else 0.0


class Rounds:
    """A loop, and what a round is worth."""

    __slots__ = ("code", "gain", "long", "seen")

    def __init__(self, code: CompiledTrace, bytecodes: int) -> None:
        self.code = code
        self.long = len(code.trace.ops) >= LONG
        self.gain = bytecodes * SAVED
        self.seen = 0

    def change(self) -> float:
        """What its rounds have brought since the last time."""
        count = self.code.counter[0]
        new, self.seen = count - self.seen, count
        return float(new * self.gain)


class Account:
    """What was compiled for one merge point, its bridges included, and what that brings."""

    __slots__ = ("balance", "generation", "loops", "rests", "ways")

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self.ways: dict[SideExit, Way] = {}
        self.loops: list[Rounds] = []
        self.balance = 0.0
        self.rests = 0

    def change(self) -> float:
        """What it has brought since the last time.

        (A copy of the ways is looked at: other threads add to them.)
        """
        brought = sum([way.change() for way in list(self.ways.values())])
        return brought + sum([loop.change() for loop in self.loops])

    @property
    def proven(self) -> bool:
        """Whether there is a short loop that was worth better code: its rounds are not counted."""
        return any(loop.seen >= ROUNDS_WORTH_IT and not loop.long for loop in self.loops)


class Profit:
    """The accounts of all merge points. One per driver."""

    def __init__(self) -> None:
        #: Nanoseconds that compiled code has saved so far, by the estimate.
        self.saved = 0.0
        self._accounts: dict[Point, Account] = {}
        self._next_look = 0

    def add(
        self,
        point: Point,
        code: CompiledTrace,
        sides: list[SideExit],
        bytecodes: int,
        after: SideExit | None,
    ) -> None:
        """Something was compiled for a merge point: a trace of so many bytecodes, and its exits.

        ``after``: the exit that it is the bridge of.
        """
        account = self._accounts.get(point)
        if account is None or account.generation != point.renewals:
            account = self._accounts[point] = Account(point.renewals)
        before = 0.0
        if after is not None and after in account.ways:
            before = account.ways[after].bytecodes
        where = distances(code.trace, bytecodes)
        for side in sides:
            account.ways[side] = Way(side, before + where.get(side.guard, 0.0))
        if any(isinstance(op, Label) for op in code.trace.ops):
            account.loops.append(Rounds(code, bytecodes))

    def forget(self, point: Point) -> None:
        """What was compiled for a merge point is freed."""
        self._accounts.pop(point, None)

    def look(self) -> None:
        """Bring the accounts up to date, if it is time."""
        if monotonic_ns() < self._next_look:
            return
        began = thread_time_ns()
        for point, account in list(self._accounts.items()):
            brought = account.change()
            self.saved += brought
            account.balance = min(account.balance + brought, CREDIT)
            if account.balance < -LOSS and not account.proven and point.compiled is not None:
                self.leave_alone(point, account)
        took = thread_time_ns() - began
        self._next_look = monotonic_ns() + max(INTERVAL, SPARSE * took)

    @staticmethod
    def leave_alone(point: Point, account: Account) -> None:
        """Let the interpreter pass a merge point for a while."""
        point.record.counter = REST * REST_FACTOR**account.rests
        account.rests += 1
        account.balance = 0.0
