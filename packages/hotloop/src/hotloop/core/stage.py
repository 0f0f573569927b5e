"""The frames being recorded, as code of the program sees them that the recorder runs.

The frame the recording began in is there, but stands at its merge point; those of inlined functions
are only in the recorder. While code of the program runs, the one gets the line it has come to
and the others frame objects with function, line and locals. Must not record.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import getrefcount
from types import CodeType, FrameType
from typing import Any

from hotloop.core.codes import CodeState
from hotloop.frames.auditing import Auditing
from hotloop_interp import frame_access
from hotloop_interp.frame import NULL, Frame
from hotloop_interp.frame_access import LiveFrame
from hotloop_tracer.handover import concrete_slot
from hotloop_tracer.traced import Traced


class Stage:
    """Implements ``hotloop_tracer.options.Stage``. One per driver; ``root`` is 0 for no frame."""

    def __init__(self, states: Callable[[CodeType], CodeState], auditing: Auditing) -> None:
        self.states = states
        self.auditing = auditing
        self.looked = False
        self.root = 0
        self.made: list[FrameType] = []
        self.chain: list[Frame[Traced]] = []

    def show(self, frame: Frame[Traced]) -> LiveFrame | None:
        """Make the frames visible from a frame of the recorder on; None: there was no memory."""
        chain: list[Frame[Traced]] = []
        at: Frame[Traced] | None = frame
        while at is not None:
            chain.append(at)
            at = at.parent
        chain.reverse()
        self.chain = chain
        try:
            live = LiveFrame(self.build(chain, frame, self.made))
        except Exception:  # better an unseen frame than a call not made
            return None
        self.auditing.watch()
        return live

    def call(self, live: LiveFrame, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call code of the program from the frame that was shown. Nothing is allocated before.

        What others make this thread raise may come here, too: there is nothing to do after it.
        """
        return frame_access.call_in_frame(live, function, args, kwargs)

    def hide(self) -> None:
        """The call is over."""
        self.looked = self.auditing.unwatch()
        while self.made:
            self.retire(self.made, self.chain)
        self.chain = []

    def build(self, chain: list[Frame[Traced]], frame: Frame[Traced], made: list[FrameType]) -> int:
        """Make the frames of a chain visible; the address of the innermost."""
        back = self.root
        if back:
            self.point(LiveFrame(back), chain[0], len(chain) == 1)
            del chain[0]
        else:
            back = frame_access.current_frame().address
        for one in chain:
            made.append(self.make(one, back, one is frame))
            back = frame_access.live_frame(made[-1]).address
        return back

    def point(self, live: LiveFrame, frame: Frame[Traced], innermost: bool) -> None:
        """Set the instruction pointer to the running instruction."""
        rewritten = self.states(frame.code).rewritten
        instr = frame.instr
        live.last = (
            rewritten.raising_at(instr.start) if innermost else rewritten.suspended_at(instr.offset)
        )

    def make(self, frame: Frame[Traced], back: int, innermost: bool) -> FrameType:
        """A frame object that looks like a running frame."""
        code = self.states(frame.code).rewritten.code
        made = frame_access.new_frame_object(code, frame.globals, NULL)
        live = frame_access.adopt(made, back)
        if frame.func is not None:
            live.set_function(frame.func)
        live.write_slots(0, [concrete_slot(slot) for slot in frame.localsplus])
        self.point(live, frame, innermost)
        return made

    def retire(self, made: list[FrameType], chain: list[Frame[Traced]]) -> None:
        """The call is over; whoever holds the innermost frame object keeps a copy of the frame."""
        frame = made.pop()
        held = getrefcount(frame) > 2
        if not held:
            count = len(chain[len(made)].localsplus)
            frame_access.live_frame(frame).write_slots(0, [NULL] * count)
        frame_access.retire(frame, made[-1] if held and made else None)
