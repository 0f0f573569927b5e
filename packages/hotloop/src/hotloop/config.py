"""The knobs: what they are, what they mean, and reading them from the environment.

A knob is one field of :class:`Config`. Its environment variable is ``HOTLOOP_`` and the name in
capitals, its option of ``hotloop run`` is the name with dashes; the option wins. The table in
docs/cli.md and ``hotloop run --help`` are made from the fields. This module imports dataclasses
(10 ms), so start-up imports it only when a knob is set; it must not import the engine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import TypeVar

from hotloop import log
from hotloop.config_values import (
    Executor,
    Place,
    Stress,
    read_bool,
    read_bytes,
    read_count,
    read_executor,
    read_natural,
    read_passes,
    read_places,
    read_seconds,
    read_share,
    read_stress,
    read_text,
)
from hotloop.errors import UsageError, near

T = TypeVar("T")

PREFIX = "HOTLOOP_"


def knob(default: T, reader: Callable[[str], T], help: str, value: str = "N") -> T:
    """Declare a knob: its default, how to read it, help, and what the help calls its value.

    Returns a dataclass field; the declared type is that of the default, as with ``field``. A knob
    whose value is called "" is a switch.
    """
    made: T = field(default=default, metadata={"reader": reader, "help": help, "value": value})
    return made


def _read_log(text: str) -> str:
    log.parse(text)
    return text


@dataclass(frozen=True, kw_only=True)
class Config:
    """All knobs. Immutable: read once when hotloop starts, handed to every part that needs it."""

    # what is hot
    loop_threshold: int = knob(1000, read_count, "iterations of a loop before it is recorded")
    entry_threshold: int = knob(1000, read_count, "calls of a function before it is recorded")
    bridge_threshold: int = knob(
        1000, read_count, "failures of a guard before a bridge is recorded"
    )
    sampling_interval: float = knob(
        0.005, read_seconds, "seconds between two looks at where time goes", "TIME"
    )
    budget: float = knob(
        0.2,
        read_share,
        "largest share of the elapsed time spent recording and compiling (1: no limit)",
        "SHARE",
    )
    only: tuple[Place, ...] = knob(
        (), read_places, "compile nothing but what starts at these places", "FILE[:LINE],..."
    )
    except_: tuple[Place, ...] = knob(
        (), read_places, "compile nothing that starts at these places", "FILE[:LINE],..."
    )
    # recording
    trace_limit: int = knob(4000, read_count, "most operations in a trace; longer ones are aborted")
    inline_depth: int = knob(10, read_natural, "most calls inlined into one another")
    unroll_limit: int = knob(2, read_natural, "most iterations of one inner loop in a trace")
    retries: int = knob(3, read_natural, "aborts at one merge point before it is given up")
    # optimising
    passes_off: frozenset[str] = knob(
        frozenset(), read_passes, "parts of the optimizer to leave out; all: every one", "NAME,..."
    )
    verify: bool = knob(
        False, read_bool, "verify traces before the first pass of the optimizer and after each", ""
    )
    check_refcounts: bool = knob(
        False, read_bool, "check the balance of reference counts along every path of a trace", ""
    )
    # running
    executor: Executor = knob(
        Executor.X86,
        read_executor,
        "what runs traces: x86, evaluator (for tests), or none (nothing is compiled)",
        "NAME",
    )
    code_memory_limit: int = knob(
        64 << 20, read_bytes, "most bytes of machine code; the least used is freed", "BYTES"
    )
    strict: bool = knob(False, read_bool, "raise errors of hotloop itself; for tests", "")
    stress: Stress = knob(
        Stress(), read_stress, "mistakes made on purpose, for tests (docs/cli.md)", "NAME[=N],..."
    )
    # seeing
    dumps: str = knob("", read_text, "keep traces hotloop fails to compile in FOLDER", "FOLDER")
    stats: bool = knob(False, read_bool, "print a table of what was done on stderr at exit", "")
    stats_json: str = knob("", read_text, "write the statistics as JSON to FILE at exit", "FILE")
    log: str = knob(
        "", _read_log, "log channels: trace, opt, asm, exit, abort", "CHANNEL,...[:FILE]"
    )

    def allows(self, filename: str, line: int) -> bool:
        """Whether ``only`` and ``except_`` let the code that starts at this line be compiled."""
        if self.only and not any(place.matches(filename, line) for place in self.only):
            return False
        return not any(place.matches(filename, line) for place in self.except_)


_THRESHOLDS = ("loop_threshold", "entry_threshold", "bridge_threshold")


def knobs() -> dict[str, Field[object]]:
    """Every knob by the name of its option (without the dashes in front)."""
    return {option_name(one): one for one in fields(Config)}


def option_name(one: Field[object]) -> str:
    """The option of a knob, without ``--``."""
    return one.name.rstrip("_").replace("_", "-")


def variable_name(one: Field[object]) -> str:
    """The environment variable of a knob."""
    return PREFIX + one.name.rstrip("_").upper()


def load(environ: Mapping[str, str], options: Mapping[str, str] | None = None) -> Config:
    """The knobs set by environment variables and by options (names without ``--``).

    Raises UsageError, with one line that names variable or option, for a value that cannot be
    read and for a variable that looks like a knob but is none.
    """
    table = knobs()
    by_variable = {variable_name(one): one for one in table.values()}
    found: dict[str, object] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX):
            continue
        if variable not in by_variable:
            raise UsageError(f"no such variable: {variable}{near(variable, by_variable)}")
        if text:
            found[by_variable[variable].name] = _read(by_variable[variable], variable, text)
    for option, text in (options or {}).items():
        found[table[option].name] = _read(table[option], f"--{option}", text)
    config = replace(Config(), **found)  # type: ignore[arg-type]  # values by field name
    if config.stress.hot:
        ones = {name: 1 for name in _THRESHOLDS if name not in found}
        config = replace(config, **ones)  # type: ignore[arg-type]  # values by field name
    if config.stress.bridges and "bridge_threshold" not in found:
        config = replace(config, bridge_threshold=1)
    if config.stress.evaluator and "executor" not in found:
        config = replace(config, executor=Executor.EVALUATOR)
    return config


def _read(one: Field[object], where: str, text: str) -> object:
    reader: Callable[[str], object] = one.metadata["reader"]
    try:
        return reader(text)
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from None


_current: Config | None = None


def current() -> Config:
    """The knobs of this process: those ``install`` was given, else those of the environment.

    Raises UsageError as ``load`` does.
    """
    global _current
    if _current is None:
        _current = load(os.environ)
    return _current


def install(config: Config) -> None:
    """Make these the knobs of this process. Must be called before the engine starts."""
    global _current
    _current = config
