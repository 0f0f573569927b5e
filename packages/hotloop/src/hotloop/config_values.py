"""The value types of the knobs and how each is read from text. Must not know which knobs exist.

Every reader takes the text a user wrote and returns a value, or raises ValueError whose message
continues the sentence "HOTLOOP_X: ...".
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

T = TypeVar("T")


class Executor(enum.Enum):
    """What runs optimised traces."""

    X86 = "x86"
    """Machine code."""
    EVALUATOR = "evaluator"
    """The reference evaluator, in Python: for tests."""
    NONE = "none"
    """Nothing: the program runs as it would under python, in this same process."""


@dataclass(frozen=True)
class Place:
    """A file, or one line of it, as written in ``--only`` and ``--except``."""

    file: str
    line: int | None = None

    def matches(self, filename: str, line: int) -> bool:
        """Whether a loop or function at this line of this file is meant.

        ``file`` matches a whole path, or its last components: ``shapes.py`` matches
        ``/src/geometry/shapes.py`` but not ``/src/myshapes.py``.
        """
        if filename != self.file and not filename.endswith("/" + self.file.removeprefix("./")):
            return False
        return self.line is None or self.line == line


@dataclass(frozen=True)
class GuardFailure:
    """Which execution of one static guard fails although its condition holds."""

    guard: int
    """The guard, numbered in the order in which guards are compiled, from 0."""
    when: int | None = None
    """The n-th execution, from 1; None is every execution."""
    random: bool = False
    """A random half of the executions, drawn from the seed; ``when`` is None then."""


class FaultStage(enum.Enum):
    """Where errors of hotloop itself are made on purpose."""

    RECORDER = "recorder"
    OPTIMIZER = "optimizer"
    BACKEND = "backend"
    RESUME = "resume"
    HANDOVER = "handover"
    DRIVER = "driver"


@dataclass(frozen=True)
class Fault:
    """Every n-th call of a stage raises."""

    stage: FaultStage
    every: int


@dataclass(frozen=True)
class Stress:
    """What ``HOTLOOP_STRESS`` asks for: mistakes made on purpose, to test the ways out."""

    hot: bool = False
    """Functions get merge points when they are made; every threshold that was not set is 1."""
    bridges: bool = False
    """A bridge is recorded when a guard fails for the first time."""
    guard_every: int | None = None
    """Every n-th guard that is executed fails."""
    exits: int | None = None
    """Every guard fails once: at one of its first n executions, drawn from the seed."""
    guard: GuardFailure | None = None
    """One guard fails: ``guard=17`` always, ``guard=17@3`` the third time, ``guard=17@random``."""
    deopt_every: int | None = None
    """Compiled code is left at every n-th loop iteration."""
    record_stop: int | None = None
    """A recording stops at every bytecode with a chance of one in n, drawn from the seed."""
    throw_away: int | None = None
    """Compiled code is thrown away at every n-th exit that asks for a bridge."""
    free: int | None = None
    """At every n-th request for something to be compiled, code that has not run since is freed."""
    gc: bool = False
    """The collector's threshold is 1: a collection at nearly every allocation."""
    memory_fails: int | None = None
    """Every n-th request for code memory is refused."""
    evaluator: bool = False
    """Traces are run by the evaluator, not as machine code."""
    audit: int | None = None
    """Reference counts are audited around every n-th run of compiled code."""
    fault: Fault | None = None
    """Every n-th call of what a stage consists of raises an error: ``fault=recorder@100``."""
    seed: int = 0
    """The seed of everything random here."""


def read_count(text: str) -> int:
    """A whole number, at least 1."""
    number = _whole(text)
    if number < 1:
        raise ValueError(f"{text!r} is not a whole number of at least 1")
    return number


def read_natural(text: str) -> int:
    """A whole number, at least 0."""
    number = _whole(text)
    if number < 0:
        raise ValueError(f"{text!r} is negative")
    return number


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def read_bytes(text: str) -> int:
    """A number of bytes, with an optional unit K, M or G (powers of 1024)."""
    lowered = text.strip().lower().removesuffix("b")
    unit = lowered[-1:] if lowered[-1:].isalpha() else ""
    digits = lowered.removesuffix(unit)
    if unit not in _UNITS or not digits.isdecimal():
        raise ValueError(f"{text!r} is not a number of bytes (examples: 65536, 512K, 64M)")
    return int(digits) * _UNITS[unit]


def read_share(text: str) -> float:
    """A share between 0 and 1, or a percentage."""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValueError(f"{text!r} is not a share between 0 and 1")
    return share


def read_seconds(text: str) -> float:
    """A positive number of seconds, or of milliseconds with the unit ms."""
    try:
        seconds = float(text.removesuffix("ms").removesuffix("s"))
    except ValueError:
        seconds = -1.0
    if text.endswith("ms"):
        seconds /= 1000
    if not 0 < seconds < 3600:
        raise ValueError(f"{text!r} is not a time (examples: 0.005, 5ms)")
    return seconds


_BOOLS = {"1": True, "on": True, "yes": True, "true": True}
_BOOLS |= {"0": False, "off": False, "no": False, "false": False, "": False}


def read_bool(text: str) -> bool:
    """1/0, on/off, yes/no, true/false; the empty text is false."""
    try:
        return _BOOLS[text.lower()]
    except KeyError:
        raise ValueError(f"{text!r} is neither on nor off (write 1 or 0)") from None


def read_text(text: str) -> str:
    """Any text that is not empty."""
    if not text:
        raise ValueError("it is empty")
    return text


PASSES = ("bounds", "cse", "dce", "heap", "peel", "rules", "virtuals")
"""The parts of the optimizer that can be left out: ``hotloop_optimizer.pipeline.PARTS``."""


def read_passes(text: str) -> frozenset[str]:
    """Parts of the optimizer separated by commas; ``all`` is every one."""
    names = frozenset(name for part in text.split(",") if (name := part.strip()))
    unknown = sorted(names - {"all", *PASSES})
    if unknown:
        raise ValueError(f"no pass is called {unknown[0]!r} (known: all, {', '.join(PASSES)})")
    return frozenset(PASSES) if "all" in names else names


def read_executor(text: str) -> Executor:
    """One of the executors."""
    try:
        return Executor(text)
    except ValueError:
        known = ", ".join(member.value for member in Executor)
        raise ValueError(f"{text!r} is not an executor ({known})") from None


def read_places(text: str) -> tuple[Place, ...]:
    """``file`` or ``file:line``, separated by commas."""
    return tuple(_place(part.strip()) for part in text.split(",") if part.strip())


def _place(text: str) -> Place:
    file, colon, line = text.rpartition(":")
    if not colon:
        return Place(text)
    if not file or not line.isdecimal():
        raise ValueError(f"{text!r} is not file or file:line")
    return Place(file, int(line))


def _guard_failure(text: str) -> GuardFailure:
    number, _, when = text.partition("@")
    if when == "random":
        return GuardFailure(read_natural(number), random=True)
    if when in ("", "always"):
        return GuardFailure(read_natural(number))
    return GuardFailure(read_natural(number), read_count(when))


def _fault(text: str) -> Fault:
    stage, at, every = text.partition("@")
    try:
        return Fault(FaultStage(stage), read_count(every if at else "1"))
    except ValueError:
        known = ", ".join(member.value for member in FaultStage)
        raise ValueError(f"{text!r} is not STAGE@N (stages: {known})") from None


_STRESS_READERS: Mapping[str, Callable[[str], object]] = {
    "hot": read_bool,
    "bridges": read_bool,
    "evaluator": read_bool,
    "free": read_count,
    "gc": read_bool,
    "guard": _guard_failure,
    "fault": _fault,
    "seed": read_natural,
}


def read_stress(text: str) -> Stress:
    """``name`` or ``name=value``, separated by commas, for example ``hot,guard-every=3,seed=7``."""
    known = {field.name.replace("_", "-"): field.name for field in fields(Stress)}
    found: dict[str, object] = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        if not name:
            continue
        if name not in known:
            raise ValueError(f"no stress is called {name!r} (known: {', '.join(known)})")
        reader = _STRESS_READERS.get(name, read_count)
        if reader is not read_bool and name != "audit" and not equals:
            raise ValueError(f"{name} needs a value: {name}=N")
        try:
            found[known[name]] = reader(value if equals else "1")
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return Stress(**found)  # type: ignore[arg-type]  # the readers are chosen by field name
