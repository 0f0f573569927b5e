"""Copies of the recorder's own Python functions, one for each kind of generator they consume.

A copy runs in the program's stead of a builtin, so its frames are hidden; its loop is compiled for
one kind of generator. It lives as long as the generators' code. Must not record or compile.
"""

from __future__ import annotations

from types import CodeType, FunctionType
from weakref import ref

from hotloop.core.codes import Codes
from hotloop.frames.hidden import hide
from hotloop.frames.rewrite import ENTRY
from hotloop_ir.layout import Layout


class Copies:
    """All copies of the process."""

    def __init__(self, codes: Codes, layout: Layout) -> None:
        self.codes = codes
        self.layout = layout
        self._made: dict[tuple[int, int], tuple[ref[CodeType], FunctionType]] = {}

    def copy_for(self, function: FunctionType, code: CodeType) -> FunctionType | None:
        """The copy of a function for generators of a code; None if it came to nothing."""
        key = id(function), id(code)
        known = self._made.get(key)
        if known is None or known[0]() is not code:
            gone = ref(code, lambda _: self._made.pop(key, None))
            known = self._made[key] = gone, self._copy(function, code)
        copy = known[1]
        return copy if self._is_good(copy) else None

    def _copy(self, function: FunctionType, place: CodeType) -> FunctionType:
        """In logs and statistics it is where the generator is."""
        code = function.__code__
        code = code.replace(
            co_filename=place.co_filename,
            co_firstlineno=place.co_firstlineno,
            co_linetable=_one_line(len(code.co_code) // 2),
        )
        made = FunctionType(code, function.__globals__, function.__name__, function.__defaults__)
        state = self.codes.install(made)
        state.inlinable = False
        hide(code, self.layout)
        hide(state.rewritten.code, self.layout)
        return made

    def _is_good(self, copy: FunctionType) -> bool:
        """Whether no merge point in it has failed for good."""
        state = self.codes.state(copy.__code__)
        assert state is not None
        loops = [point for point in state.points.values() if point.pc != ENTRY]
        return all(point.failures < self.codes.config.retries for point in loops)


def _one_line(units: int) -> bytes:
    """The location table of so many code units that are all in the first line."""
    full, rest = divmod(units, 8)
    sizes = [8] * full + [rest] * bool(rest)
    return b"".join(bytes((128 | 13 << 3 | size - 1, 0)) for size in sizes)
