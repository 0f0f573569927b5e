"""How long machine code has run so far. What is counted is in ``native_clock.py``.

Ticks of the time stamp counter become nanoseconds by comparing it with the system's clock over the
whole time since the native code was loaded. Must not count anything itself.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from time import perf_counter_ns

from hotloop.frames.memory import peek


class MachineClock:
    """Reads the clock of machine code. One per process.

    ``functions`` are the addresses of the native functions, ``words`` is that of ``clock_open``,
    ``clock_since`` and ``clock_ticks`` in the runtime block.
    """

    def __init__(self, functions: Mapping[str, int], words: int) -> None:
        self._now = ctypes.PYFUNCTYPE(ctypes.c_int64)(functions["hl_clock_now"])
        #: For native code of others that goes on in the interpreter for a while.
        self.symbols = {name: functions[name] for name in ("hl_clock_pause", "hl_clock_go_on")}
        self._open, self._since, self._ticks = words, words + 8, words + 16
        self._began_ticks: int = self._now()
        self._began_ns = perf_counter_ns()

    def nanoseconds(self) -> int:
        """Time in machine code until now, what it calls included, in all threads together."""
        now: int = self._now()
        passed = perf_counter_ns() - self._began_ns
        ticks = peek(self._ticks)
        if peek(self._open):
            ticks += now - peek(self._since)
        return round(ticks * passed / max(1, now - self._began_ticks))
