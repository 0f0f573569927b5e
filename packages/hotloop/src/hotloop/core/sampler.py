"""Where does the time go? A thread that looks a few hundred times a second, then less.

Every look takes the Python stacks of all threads and tells the engine which frames are
there; it decides nothing. The thread is a raw one (``_thread``), so that ``threading`` is
neither imported nor shows it, and it backs off while it sees nothing new.
"""

from __future__ import annotations

import _thread
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from hotloop.frames.auditing import Auditing

BACKOFF = 1.15
SLOWEST = 0.05  # seconds between looks when nothing new is seen


class Sampler:
    """Looks at the stacks of all other threads. ``look`` gets (thread id, innermost frame)
    and says whether it saw something new; ``rest`` is called after every look.
    """

    def __init__(
        self,
        interval: float,
        look: Callable[[int, FrameType], bool],
        rest: Callable[[], None],
        auditing: Auditing,
    ) -> None:
        self._interval = interval
        self._look = look
        self._rest = rest
        self._auditing = auditing
        self._generation = 0
        #: Held while something is looked at, and then perhaps imported or compiled.
        self.busy = _thread.RLock()
        self.looks = 0

    def start(self) -> None:
        """Start looking (again). Idempotent."""
        if self._generation % 2 == 0:
            self._generation += 1
            self._run()
            if self._generation == 1:
                os.register_at_fork(after_in_child=self._after_fork)

    def stop(self) -> None:
        """Stop looking; the thread ends within one interval."""
        if self._generation % 2 == 1:
            self._generation += 1

    def _run(self) -> None:
        _thread.start_new_thread(self._loop, (self._generation,))

    def _after_fork(self) -> None:
        """A forked child has no sampling thread: give it one."""
        if self._generation % 2 == 1:
            self._generation += 2
            self._run()

    def _look_at_all(self, own: int) -> bool:
        """One look.

        Collections are not turned off: compiled code in other threads keeps what it has found
        turned on or off until it is left, and the program would see it.
        """
        new = False
        for ident, frame in sys._current_frames().items():
            if ident != own:
                new = self._look(ident, frame) or new
        return new

    def _loop(self, generation: int) -> None:
        own = _thread.get_ident()
        pause = self._interval
        while True:
            time.sleep(pause)
            if generation != self._generation:
                return
            self.looks += 1
            self._auditing.hold()
            with self.busy:
                new = self._look_at_all(own)
                self._rest()
            self._auditing.release()
            pause = self._interval if new else pause * BACKOFF
            if pause > SLOWEST:  # (this frame's builtins are those that the program may rebind)
                pause = SLOWEST
