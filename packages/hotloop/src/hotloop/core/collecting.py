"""No collection by itself while hotloop is at work, without the program seeing that.

CPython collects when the count of allocations is above its threshold. So the count is made very
small for a while: `gc.isenabled` tells the truth, `gc.disable` and `gc.collect` of other threads
work, and all that they may notice is a collection that comes a little later. Must not allocate
what the collector counts between reading and writing the count.
"""

from __future__ import annotations

import ctypes
from typing import Final

from hotloop_ir.layout import Layout

_FAR: Final = 1 << 28
"""Allocations that are taken off the count: far more than anybody makes in the meantime."""


class Collections:
    """The collector of the process; implements ``hotloop_tracer.options.Collections``.

    From ``hold`` to ``release`` nothing is collected unless somebody asks for it. Threads hold
    independently of one another; a collection that was asked for resets the count for all of them.
    Our own allocations would be counted, and what we free would not: a collection each time.
    """

    def __init__(self, layout: Layout) -> None:
        get = ctypes.pythonapi.PyInterpreterState_Get
        get.restype = ctypes.c_void_p
        place = int(get()) + layout["PyInterpreterState.gc.generations[0].count"]
        # One statement on it calls nothing, so no other thread runs in its middle.
        self._count = ctypes.c_int32.from_address(place)
        self._before = 0

    def hold(self) -> None:
        """No collections from here on."""
        if self._count.value > -_FAR // 2:
            self._before = self._count.value
        self._count.value -= _FAR

    def release(self) -> None:
        """Collections as before, and what was allocated in the meantime is not counted."""
        if self._count.value < -_FAR // 2:
            self._count.value += _FAR
            if self._count.value > self._before:
                self._count.value = self._before
