"""Audit events: those of hotloop's own work go to nobody, some of the program's tell the recorder.

Hooks are code of the program (``sys.addaudithook``).
A hook that were told of our imports, our ``compile`` and ``id`` would see what CPython never shows
it, and would run in the middle of a recording, of itself perhaps. CPython has a list of
hooks; while a thread is at work for hotloop, a list is in its place whose hooks are called for all
other threads. While the recorder runs code of the program, there is one hook more, which notes
whether somebody looks at frames. Must not import anything: every program that is looked at has it.
"""

from __future__ import annotations

import os
from _thread import get_ident

from hotloop.frames.memory import OBJECTS, WORDS, add_reference, peek, symbol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from hotloop_ir.layout import Layout

_LOOKS = frozenset({"sys._getframe", "sys._current_frames", "sys.settrace", "sys.setprofile"})


def place_of_hooks(layout: Layout) -> int:
    """Address of the word with the interpreter's list of hooks; 0 while there is none."""
    running = peek(symbol("_PyRuntime") + layout["_PyRuntimeState.gilstate.tstate_current"])
    interpreter = peek(running + layout["PyThreadState.interp"])
    return interpreter + layout["PyInterpreterState.audit_hooks"]


class _Hook:
    """A hook of the program, which is told of nothing that a thread does while it holds."""

    def __init__(self, hook: Callable[[str, object], object], busy: dict[int, int]) -> None:
        self._hook = hook
        self._busy = busy

    def __call__(self, event: str, arguments: object) -> None:
        if get_ident() not in self._busy:
            self._hook(event, arguments)


class Auditing:
    """From ``hold`` to ``release`` the events of the running thread go to no hook.

    Nothing is done while the program has none. From ``watch`` to ``unwatch`` code of the program
    runs, and it is noted whether it looks at frames. In what follows the checks of ``_swapped`` no
    call is made, so no other thread comes between (see ``frames.memory``). Nothing of ours runs
    where CPython calls trace and profile functions: it does not while a hook runs. One per process.
    """

    def __init__(self, layout: Layout) -> None:
        self._at = place_of_hooks(layout) >> 3
        #: How often each thread holds, by its ident; it is in there while it does.
        self._busy: dict[int, int] = {}
        #: The thread that is watched.
        self._watched = 0
        self._looked = False
        #: What stands in the place of CPython's list, and the calls that are put in there.
        self._shown: list[object] = []
        self._address = add_reference(self._shown)
        self._calls: list[object] = [self._note]
        self._placed = 0
        #: CPython's list, or the one it is given if the first hook is added in the meantime.
        self._hooks: list[Any] = []
        self._hooks_address = add_reference(self._hooks)
        self._swapped = False
        os.register_at_fork(after_in_child=self._after_fork)

    def _note(self, event: str, arguments: object) -> None:
        if event in _LOOKS and get_ident() == self._watched:
            self._looked = True

    def hold(self) -> None:
        """What the running thread does from here on is ours. May be nested."""
        if WORDS[self._at]:
            me = get_ident()
            self._busy[me] = self._busy.get(me, 0) + 1
            self._swap()

    def release(self) -> None:
        """As before."""
        if self._busy:
            me = get_ident()
            depth = self._busy.pop(me, 1) - 1
            if depth:
                self._busy[me] = depth
            self._swap_back()

    def watch(self) -> None:
        """What the running thread does from here on is the program's. One thread at a time."""
        self._watched = get_ident()
        self._swap()

    def unwatch(self) -> bool:
        """As before; whether code that was watched has looked at frames, or can from now on."""
        self._watched = 0
        self._swap_back()
        looked, self._looked = self._looked, False
        return looked

    def _swap(self) -> None:
        if self._swapped:
            self._take_in()
            return
        if WORDS[self._at]:
            hooks: Any = OBJECTS[self._at]
            for hook in hooks[len(self._calls) - 1 :]:
                self._calls.append(_Hook(hook, self._busy))
        count = len(self._calls)
        if not self._swapped:
            self._swapped = True
            if WORDS[self._at]:
                self._hooks = OBJECTS[self._at]  # type: ignore[assignment]
                self._hooks_address = WORDS[self._at]
            self._placed = count
            self._shown[:] = self._calls
            WORDS[self._at] = self._address

    def _take_in(self) -> None:
        """Code of the program may have added hooks to what stands in the place of the list."""
        while len(self._shown) > self._placed:
            index = self._placed
            made = _Hook(self._shown[index], self._busy)  # type: ignore[arg-type]
            if index == self._placed:  # else another thread was quicker
                self._hooks += [self._shown[index]]
                self._calls += [made]
                self._shown[index] = made
                self._placed = index + 1

    def _swap_back(self) -> None:
        if self._swapped:
            self._take_in()
        if self._swapped and not self._busy and not self._watched:
            self._swapped = False
            self._hooks += self._shown[self._placed :]  # one that came just now
            self._shown[self._placed :] = []
            WORDS[self._at] = self._hooks_address if self._hooks else 0

    def _after_fork(self) -> None:
        """In a child only the thread that forked is left."""
        for ident in [one for one in self._busy if one != get_ident()]:
            del self._busy[ident]
        if self._watched != get_ident():
            self._watched = 0
        self._swap_back()
