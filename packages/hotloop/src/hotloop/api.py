"""The public API: ``enable``, ``disable``, ``disabled``, ``jit`` and ``stats``.

Talks to the engine through :class:`hotloop.engine_protocol.EngineProtocol` and loads it on first
use. Where there can be no engine (an unknown build of CPython, a broken install) everything here
does nothing, and says so once, in one line on stderr: the program must run as if hotloop were
not there. Must not import anything heavy at the top: every run does import it.
"""

from __future__ import annotations

import os
import sys

from hotloop import log
from hotloop.runner_imports import own_imports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import TypeVar, overload

    from hotloop.engine_protocol import EngineProtocol, F
    from hotloop.statistics import Stats

    E = TypeVar("E", bound=BaseException)


class EngineUnavailable(Exception):
    """hotloop cannot compile in this process. The message is one line saying why."""


_engine: EngineProtocol | None = None
_missing = False  # there is no engine, and the user has been told
_paused = 0  # nesting of `with disabled()`
_enabled = False  # what the user asked for, whatever `disabled` says


def enable() -> None:
    """Compile what is hot from now on. Does nothing if HOTLOOP=0 or hotloop cannot work here.

    Raises UsageError (a ValueError) if a HOTLOOP_* variable makes no sense.
    """
    global _enabled
    _enabled = True
    if _engine is None:
        _load()
    elif not _paused:
        _engine.enable()


def disable() -> None:
    """Compile nothing more and do not enter compiled code, until ``enable``."""
    global _enabled
    _enabled = False
    if _engine is not None:
        _engine.disable()


class disabled:
    """``with hotloop.disabled(): ...`` runs the block in CPython alone. Blocks nest."""

    def __enter__(self) -> None:
        global _paused
        _paused += 1
        if _engine is not None:
            _engine.disable()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        global _paused
        _paused -= 1
        if _engine is not None and _enabled and not _paused:
            _engine.enable()


if TYPE_CHECKING:

    @overload
    def jit(function: F) -> F: ...
    @overload
    def jit(*, threshold: int | None = None) -> Callable[[F], F]: ...


def jit(function: F | None = None, *, threshold: int | None = None) -> F | Callable[[F], F]:
    """Mark a function as hot: its loops and calls are counted from its first call on.

    Use bare (``@hotloop.jit``) or with options (``@hotloop.jit(threshold=10)``: iterations or calls
    before recording). Returns the same function. Without an engine it does nothing. Raises
    TypeError for what is not a Python function, ValueError for a threshold under 1.
    """
    if threshold is not None and threshold < 1:
        raise ValueError(f"threshold must be at least 1, not {threshold}")
    if function is None:
        return lambda marked: _mark(marked, threshold)
    return _mark(function, threshold)


def _mark(function: F, threshold: int | None) -> F:
    if not hasattr(function, "__code__"):
        raise TypeError(f"hotloop.jit takes a Python function, not {type(function).__name__}")
    engine = _load()
    if engine is None:
        return function
    marked: F = engine.jit(function, threshold)
    return marked


def stats() -> Stats:
    """What hotloop has done in this process so far; all zero if it never started."""
    if _engine is not None:
        return _engine.stats()
    from hotloop.statistics import Stats

    return Stats()


def start() -> None:
    """``enable``, for a whole run: with the reports at exit that the knobs ask for."""
    if knobs_set():
        from hotloop.config import current

        knobs = current()
        if knobs.stats or knobs.stats_json:
            from hotloop.statistics_report import at_exit

            at_exit(stats, knobs.stats, knobs.stats_json)
    enable()
    if _engine is not None and knobs_set() and current_stress_hot():
        _engine.rewrite_everything()


def current_stress_hot() -> bool:
    """Whether everything is to be hot at once."""
    from hotloop.config import current

    return current().stress.hot


def _load() -> EngineProtocol | None:
    """The engine, enabled if wanted; None, after one line on stderr the first time, if none."""
    global _engine
    if _engine is not None or _missing or os.environ.get("HOTLOOP") == "0":
        return _engine
    if knobs_set() and not _configure():
        return None
    try:
        with own_imports():
            module = __import__("hotloop.engine", fromlist=["get_engine"])
        engine: EngineProtocol = module.get_engine()
        if _enabled and not _paused:
            engine.enable()
    except EngineUnavailable as error:
        warn_uncompiled(str(error))
    except Exception as error:
        from traceback import format_exc

        log.ABORT.write("the engine does not start", format_exc())
        warn_uncompiled(f"the engine does not start ({type(error).__name__}: {error})")
    else:
        _engine = engine
    return _engine


def knobs_set() -> bool:
    """Whether any knob may differ from its default (else the slow module config is not loaded)."""
    return "hotloop.config" in sys.modules or any(
        name.startswith("HOTLOOP_") for name in os.environ
    )


def _configure() -> bool:
    """Read the knobs and open the logs. Returns whether an engine is wanted."""
    from hotloop.config import current
    from hotloop.config_values import Executor

    knobs = current()
    if knobs.log:
        log.configure(knobs.log)
    return knobs.executor is not Executor.NONE


def warn_uncompiled(reason: str) -> None:
    """Say once, in one line on stderr, why the program runs uncompiled."""
    global _missing
    if _missing:
        return
    _missing = True
    line = f"hotloop: {reason}; the program runs uncompiled\n"
    try:
        os.write(2, line.encode("utf-8", "backslashreplace"))
    except OSError:
        pass
