"""Guards that fail on purpose, for tests of the ways out.

A guard takes part if its snapshot is that of an instruction about to be executed
(``Snapshot.redoes``): what CPython then does is the same whether the guard holds or not. One with
the state of the other outcome of an effect never does. Must not be used but by tests: nothing here
is fast.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, Final

from hotloop_backend_x86.arena import Words

if TYPE_CHECKING:
    from hotloop_backend_x86.emitter import Emitter
    from hotloop_ir.op import Op
    from hotloop_ir.trace import Trace

_START: Final = 0x9E3779B97F4A7C15  # of the xorshift generator in machine code


@dataclass
class Failures:
    """Which executions of guards fail although they hold. Nothing does by default.

    ``every``: every n-th execution of any guard. ``once``: every guard once, at one of its first
    n executions. ``guard``: only that guard, numbered in the order of compilation from 0; ``when``
    is its n-th execution, 0 all of them, -1 a random half. ``rounds``: loops are left at every n-th
    round. ``seed``: what random choices are drawn from.
    """

    every: int = 0
    once: int = 0
    guard: int = -1
    when: int = 0
    rounds: int = 0
    seed: int = 0
    numbers: dict[tuple[int, int], int] = field(default_factory=dict)
    traces: list[Trace] = field(default_factory=list)


class _Active:
    """What is wanted now, and the words that count for it."""

    def __init__(self) -> None:
        self.wanted: Failures | None = None
        self.executed = Words([0])
        self.rounds = Words([0])
        self.state = Words([1])
        self.random = Random(0)


_active: Final = _Active()


def fail(wanted: Failures | None) -> None:
    """Compile guards from now on so that they fail as described; None: as they are."""
    _active.wanted = wanted
    _active.executed[0] = _active.rounds[0] = 0
    if wanted is not None:
        _active.random = Random(wanted.seed)
        _active.state[0] = (_START ^ wanted.seed) >> 1 or 1


def fail_every(every: int) -> None:
    """Let every n-th execution of a guard fail from now on; 0: none."""
    fail(Failures(every=every) if every else None)


def _word(words: Words) -> str:
    return f"inttoptr (i64 {words.address} to ptr)"


def _counted(e: Emitter, words: Words) -> str:
    """Count one more in a word; the count."""
    count = e.let(f"add i64 {e.let(f'load i64, ptr {_word(words)}')}, 1")
    e.line(f"store i64 {count}, ptr {_word(words)}")
    return count


def _every(e: Emitter, words: Words, every: int) -> str:
    rest = e.let(f"urem i64 {_counted(e, words)}, {every}")
    return e.let(f"icmp eq i64 {rest}, 0")


def _at(e: Emitter, execution: int) -> str:
    """True at the n-th time that this very place is executed."""
    words = Words([0])
    e.keep.append(words)
    return e.let(f"icmp eq i64 {_counted(e, words)}, {execution}")


def _randomly(e: Emitter) -> str:
    """One step of xorshift64; its lowest bit."""
    value = e.let(f"load i64, ptr {_word(_active.state)}")
    for shift in ("shl", "lshr", "shl"):
        amount = {"shl": 13, "lshr": 7}[shift]
        value = e.let(f"xor i64 {value}, {e.let(f'{shift} i64 {value}, {amount}')}")
    e.line(f"store i64 {value}, ptr {_word(_active.state)}")
    return e.let(f"trunc i64 {value} to i1")


def _number(e: Emitter, wanted: Failures) -> int:
    """The number of the guard at hand; the same when a trace is compiled again."""
    key = id(e.trace), len(e.exits)
    if key not in wanted.numbers:
        wanted.numbers[key] = len(wanted.numbers)
        wanted.traces.append(e.trace)  # so that its id stays its own
    return wanted.numbers[key]


def due(e: Emitter, op: Op[Any]) -> str | None:
    """The text of an i1 that says whether a guard fails although it holds; None: never."""
    wanted = _active.wanted
    if wanted is None or op.snapshot is None or not op.snapshot.redoes:
        return None
    if wanted.every:
        return _every(e, _active.executed, wanted.every)
    if wanted.once:
        return _at(e, _active.random.randint(1, wanted.once))
    if wanted.guard >= 0 and _number(e, wanted) == wanted.guard:
        if wanted.when < 0:
            return _randomly(e)
        return _at(e, wanted.when) if wanted.when else "true"
    return None


def round_due(e: Emitter) -> str | None:
    """The text of an i1 that says whether a loop is to be left at its end; None: never."""
    wanted = _active.wanted
    if wanted is None or not wanted.rounds:
        return None
    return _every(e, _active.rounds, wanted.rounds)
