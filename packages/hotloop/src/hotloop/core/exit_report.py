"""Which side exits are taken most, and why they do not go on in compiled code.

For people who want to know where a program leaves its traces: with the log channel ``exit``
and ``--stats`` it is written at the end of a run. Must not change anything.
"""

from __future__ import annotations

from collections.abc import Iterable

from hotloop.core.side_exit import SideExit
from hotloop.frames.resume import ExitKind


def top_exits(exits: Iterable[SideExit], most: int = 40) -> str:
    """The exits taken most, one a line: count, kind, guard, place, and what became of it."""
    taken = [(side.record.counter, side) for side in exits]
    taken.sort(key=lambda pair: -pair[0])
    return "\n".join([describe(count, side) for count, side in taken[:most] if count])


def describe(count: int, side: SideExit) -> str:
    """One exit in one line."""
    snapshot = side.guard.snapshot
    assert snapshot is not None
    places = [f"{frame.code.co_name}+{frame.pc}" for frame in snapshot.frame.chain()]
    trace = side.compiled.trace.trace.name if side.compiled is not None else "?"
    kind = ExitKind(side.record.kind).name.lower()
    return (
        f"{count:8} exit {side.number} {kind} {side.guard.mnemonic}"
        f" at {' < '.join(places)} in {trace}: {fate(side)}"
    )


def fate(side: SideExit) -> str:
    """What became of an exit."""
    if side.bridge is not None:
        return f"bridge of {len(side.bridge.trace.ops)} ops"
    if side.failures:
        return f"{side.failures} recordings failed ({side.reason})"
    return "asked never" if not side.record.threshold else f"asks at {side.record.threshold}"
