"""Comparing the interpreter with CPython: public, because other packages' tests use it.

`outcome` makes what a call did comparable; `assert_same` runs a function both ways.
"""

from __future__ import annotations

import sys
import traceback
from collections import Counter
from collections.abc import Callable
from types import TracebackType

from hotloop_interp.frame import Frame
from hotloop_interp.interpret import run

_OWN = __name__.partition(".")[0]


def _lines(trace: TracebackType | None) -> list[tuple[str, int | None]]:
    """(function, line) of the entries that are not of this package."""
    entries: list[tuple[str, int | None]] = []
    for frame, line in traceback.walk_tb(trace):
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] != _OWN:
            entries.append((frame.f_code.co_qualname, line))
    return entries


def describe(error: BaseException | None, depth: int = 5) -> object:
    """An exception with its text, traceback lines, cause, context and parts."""
    if error is None or not depth:
        return None
    parts = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return (
        type(error).__qualname__,
        str(error),
        _lines(error.__traceback__),
        getattr(error, "__notes__", None),
        error.__suppress_context__,
        describe(error.__cause__, depth - 1),
        describe(error.__context__, depth - 1),
        [describe(part, depth - 1) for part in parts],
    )


def outcome(call: Callable[[], object]) -> tuple[str, object]:
    """("value", result) or ("error", description) of a call."""
    error: BaseException
    try:
        return "value", call()
    except BaseException as caught:
        error = caught
    return "error", describe(error)


class OpcodeCounter:
    """Hooks that count the opcodes executed."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def instruction(self, frame: Frame[object]) -> None:
        """Count one."""
        self.counts[frame.instr.op] += 1


def assert_same(
    function: Callable[..., object], *args: object, hooks: OpcodeCounter | None = None
) -> None:
    """Run `function(*args)` by CPython and by the interpreter; raise AssertionError if they differ.

    The function must be repeatable: it is called twice.
    """
    handled = sys.exception()
    expected = outcome(lambda: function(*args))
    found = outcome(lambda: run(function, *args, hooks=hooks))
    assert found[0] == expected[0], f"{found} is not {expected}"
    assert repr(found) == repr(expected), f"{found}\nis not\n{expected}"
    assert sys.exception() is handled, "the handled exception was not restored"
