"""What hotloop does raises no audit events: hooks are code of the program (``sys.addaudithook``).

A hook that were told of our imports, our ``compile`` and ``id`` would see what CPython never shows
it, and would run in the middle of a recording, of itself perhaps. CPython iterates over a list of
hooks; while a thread is at work for hotloop, a list is in its place that is empty for that thread
and for no other. Must not import anything: every program that is looked at has it.
"""

from __future__ import annotations

import os
from _thread import get_ident

from hotloop.frames.memory import OBJECTS, WORDS, add_reference, peek, symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from hotloop_ir.layout import Layout

_all = list.__iter__


def place_of_hooks(layout: Layout) -> int:
    """Address of the word with the interpreter's list of hooks; 0 while there is none."""
    running = peek(symbol("_PyRuntime") + layout["_PyRuntimeState.gilstate.tstate_current"])
    interpreter = peek(running + layout["PyThreadState.interp"])
    return interpreter + layout["PyInterpreterState.audit_hooks"]


class _Shown(list[object]):
    """The hooks that the running thread's events go to."""

    def __init__(self, busy: dict[int, int]) -> None:
        self._busy = busy

    def __iter__(self) -> Iterator[object]:
        return iter(()) if get_ident() in self._busy else _all(self)


class Auditing:
    """From ``hold`` to ``release`` the events of the running thread go to no hook.

    Nothing is done while the program has none. In what follows the check of ``_swapped`` no call
    is made, so no other thread comes between (see ``frames.memory``). One per process.
    """

    def __init__(self, layout: Layout) -> None:
        self._at = place_of_hooks(layout) >> 3
        self._busy: dict[int, int] = {}
        self._shown = _Shown(self._busy)
        self._address = add_reference(self._shown)
        self._hooks: list[object] = []
        self._hooks_address = 0
        self._swapped = False
        os.register_at_fork(after_in_child=self._after_fork)

    def hold(self) -> None:
        """What the running thread does from here on is ours. May be nested."""
        if not WORDS[self._at]:
            return
        me = get_ident()
        self._busy[me] = self._busy.get(me, 0) + 1
        if not self._swapped:
            self._swapped = True
            self._hooks_address = WORDS[self._at]
            self._hooks = OBJECTS[self._at]  # type: ignore[assignment]
            self._shown[:] = self._hooks
            WORDS[self._at] = self._address

    def release(self) -> None:
        """As before."""
        if not self._busy:
            return
        me = get_ident()
        depth = self._busy.pop(me, 1) - 1
        if depth:
            self._busy[me] = depth
        if self._swapped and not self._busy:
            self._swapped = False
            self._hooks[:] = self._shown[:]  # somebody may have added one
            WORDS[self._at] = self._hooks_address

    def _after_fork(self) -> None:
        """In a child only the thread that forked is left."""
        for ident in [one for one in self._busy if one != get_ident()]:
            del self._busy[ident]
