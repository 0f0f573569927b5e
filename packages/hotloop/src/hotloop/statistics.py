"""What hotloop did, counted: the engine fills :class:`Counters`, users read :class:`Stats`.

Counting must cost next to nothing: plain attributes and dicts, no locks; numbers of several
threads may lose an increment. Must not import the engine or rich.
"""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass
from threading import get_ident
from time import perf_counter_ns


class Phase(enum.Enum):
    """What hotloop does with a thread's time. Everything else is the program itself."""

    RECORDING = "recording"
    OPTIMISING = "optimising"
    COMPILING = "compiling"


class Clock:
    """Exclusive time per phase of one thread: time in an inner phase is not counted in the outer.

    ``enter`` and ``leave`` nest. For one thread; ``Counters.clock`` gives each its own.
    """

    __slots__ = ("_mark", "_open", "nanoseconds")

    def __init__(self) -> None:
        self.nanoseconds = dict.fromkeys(Phase, 0)
        self._open: list[Phase] = []
        self._mark = 0

    def enter(self, phase: Phase) -> None:
        """Begin a phase inside the present one."""
        now = perf_counter_ns()
        if self._open:
            self.nanoseconds[self._open[-1]] += now - self._mark
        self._open.append(phase)
        self._mark = now

    def leave(self) -> int:
        """End the innermost phase. Returns the nanoseconds since the last ``enter`` or ``leave``.

        Raises IndexError if no phase is open.
        """
        phase = self._open.pop()
        now = perf_counter_ns()
        spent = now - self._mark
        self.nanoseconds[phase] += spent
        self._mark = now
        return spent


class Counters:
    """The live counters of a process. The engine increments; nobody else writes."""

    __slots__ = (
        "_clocks",
        "aborts",
        "bridges",
        "code_bytes",
        "code_bytes_freed",
        "compiled_ops",
        "entries",
        "exits",
        "given_up",
        "guards",
        "guards_optimised",
        "invalidated",
        "loops",
        "optimised_ops",
        "recorded_bytecodes",
        "recorded_ops",
        "started_ns",
    )

    def __init__(self, started_ns: int = 0) -> None:
        self.started_ns = started_ns or perf_counter_ns()
        self.loops = 0
        self.bridges = 0
        self.entries = 0
        self.exits = 0
        self.invalidated = 0
        self.given_up = 0
        self.recorded_bytecodes = 0
        self.recorded_ops = 0
        self.guards = 0
        self.optimised_ops = 0
        self.guards_optimised = 0
        self.compiled_ops = 0
        self.code_bytes = 0
        self.code_bytes_freed = 0
        self.aborts: dict[tuple[str, str, int], int] = {}
        self._clocks: dict[int, Clock] = {}

    def abort(self, reason: str, filename: str, line: int) -> None:
        """Count a recording that was given up, at the place where it could not go on."""
        key = (reason, filename, line)
        self.aborts[key] = self.aborts.get(key, 0) + 1

    @property
    def clock(self) -> Clock:
        """The clock of the calling thread."""
        ident = get_ident()
        clock = self._clocks.get(ident)
        if clock is None:
            clock = self._clocks[ident] = Clock()
        return clock

    def snapshot(self, machine_code: int = 0) -> Stats:
        """The counters as they are now; ``machine_code``: nanoseconds, which others measure."""
        seconds = dict.fromkeys(Phase, 0.0)
        for clock in list(self._clocks.values()):
            for phase, spent in clock.nanoseconds.items():
                seconds[phase] += spent / 1e9
        aborts = [
            Abort(reason, filename, line, count)
            for (reason, filename, line), count in self.aborts.items()
        ]
        plain = {name: getattr(self, name) for name in _PLAIN}
        return Stats(
            elapsed=(perf_counter_ns() - self.started_ns) / 1e9,
            recording=seconds[Phase.RECORDING],
            optimising=seconds[Phase.OPTIMISING],
            compiling=seconds[Phase.COMPILING],
            machine_code=machine_code / 1e9,
            aborts=tuple(sorted(aborts, key=lambda one: (-one.count, one.filename, one.line))),
            **plain,
        )


@dataclass(frozen=True)
class Abort:
    """Recordings given up for one reason at one place."""

    reason: str
    filename: str
    line: int
    count: int


@dataclass(frozen=True, kw_only=True)
class Stats:
    """What hotloop has done in this process so far. Times are in seconds."""

    loops: int = 0
    """Loops recorded and compiled."""
    bridges: int = 0
    """Bridges recorded at side exits, compiled and attached."""
    entries: int = 0
    """Times compiled code was entered from CPython."""
    exits: int = 0
    """Times compiled code was left for CPython."""
    invalidated: int = 0
    """Compiled traces given up because an assumption broke."""
    given_up: int = 0
    """Merge points that will not be recorded again."""
    recorded_bytecodes: int = 0
    """Bytecodes recorded."""
    recorded_ops: int = 0
    """IR operations recorded, guards included."""
    guards: int = 0
    """Guards recorded."""
    optimised_ops: int = 0
    """IR operations left by the optimizer, guards included."""
    guards_optimised: int = 0
    """Guards left by the optimizer."""
    compiled_ops: int = 0
    """IR operations turned into machine code."""
    code_bytes: int = 0
    """Bytes of machine code made."""
    code_bytes_freed: int = 0
    """Bytes of machine code given back."""
    elapsed: float = 0.0
    """Since hotloop was started."""
    recording: float = 0.0
    """Spent recording."""
    optimising: float = 0.0
    """Spent optimising."""
    compiling: float = 0.0
    """Spent making machine code."""
    machine_code: float = 0.0
    """Spent running machine code, what it calls included."""
    aborts: tuple[Abort, ...] = ()
    """Recordings given up, by reason and place, the most frequent first."""

    def to_json(self) -> str:
        """The same as a JSON object, keys as the fields here."""
        import json

        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"


_PLAIN = tuple(
    one.name for one in dataclasses.fields(Stats) if one.type == "int" and one.name != "aborts"
)
