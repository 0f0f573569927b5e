"""What the recorder asks about the rest of the program."""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import Any

from hotloop.config import Config
from hotloop.core.codes import Codes, Point
from hotloop.core.copies import Copies
from hotloop.core.finishing import Launcher
from hotloop.frames.native_launch import LENT_TO_CALLS
from hotloop.frames.rewrite import ENTRY
from hotloop_interp.frame import NULL, Frame
from hotloop_interp.protocol import CO_GENERATOR_LIKE, is_plain_generator
from hotloop_ir.layout import Layout
from hotloop_ir.trace import Target
from hotloop_optimizer.peel import HeaderState
from hotloop_tracer.options import Header

FIRST = 5  # rounds after which a loop is recorded that a trace leaves to its own
MOST_VERSIONS = 4  # traces of one loop, for different bound slots
SOON = 30  # calls or rounds after which code that others wait for is recorded


MOST_LED_TO = 2  # recordings that end before a loop because it will be compiled


class DriverServices:
    """Implements ``hotloop_tracer.options.Services`` over the process's codes."""

    def __init__(self, config: Config, codes: Codes, launcher: Launcher, layout: Layout) -> None:
        self.config = config
        self.codes = codes
        self.launcher = launcher
        self.copies = Copies(codes, layout)
        #: Whether the recording at hand met a call of code that is about to be compiled.
        self.missing = False

    def target_for(self, header: Header) -> Target | None:
        """The compiled loop at a merge point, if its slots were bound alike."""
        state = self.codes.state(header.code)
        if state is None:
            return None
        point = state.points.get(header.pc)
        target: Target | None = None if point is None else point.versions.get(header.bound)
        return target

    def start_for(self, header: Header) -> Target | None:
        """Where a compiled loop takes plain references: the start of its trace."""
        target = self.target_for(header)
        state = None if target is None else target.state
        return state.start if isinstance(state, HeaderState) else target

    def run(self, frame: Frame[object]) -> object:
        """Run a frame to its end, by CPython."""
        levels = self.launcher.levels
        levels.change(LENT_TO_CALLS - 1)  # the frame itself counts
        try:
            return self.launcher.run([frame], None)
        finally:
            levels.change(1 - LENT_TO_CALLS)

    def compile_first(self, header: Header, again: bool) -> bool:
        """Unless it was given up. The loop is recorded when it has come round a few times more.

        For other slots bound than it was compiled with, the exit that leads to it records it.
        """
        state = self.codes.state(header.code)
        point = None if state is None else state.points.get(header.pc)
        if point is None or not self.config.allows(*point.place):
            return False
        if point.compiled is not None:
            return again and self.lacks_version(point, header.bound)
        point.led_to += 1
        if point.failures >= self.config.retries or point.led_to > MOST_LED_TO:
            return False  # it hardly comes round: part of what leads to it
        point.record.counter = min(point.record.counter, FIRST)
        return True

    @staticmethod
    def lacks_version(point: Point, bound: tuple[bool, ...]) -> bool:
        """Whether a compiled loop is worth compiling again, for other bound slots."""
        return bound not in point.versions and len(point.versions) < MOST_VERSIONS

    def lacking(self, frame: Frame[object]) -> Point | None:
        """The loop whose header a frame is at, if it lacks a trace for such a frame.

        (Frames that leave to a header do not pass its merge point.)
        """
        state = self.codes.state(frame.code)
        point = None if state is None else state.points.get(frame.instr.start)
        if point is None or point.failures >= self.config.retries:
            return None
        return point if self.lacks_version(point, bound_slots(frame)) else None

    def may_inline(self, function: FunctionType) -> bool:
        """Unless it was given up; the function gets the code it will be resumed in."""
        state = self.codes.install(function)
        if state.decoded.has_loops:
            self.codes.arm(state, entry=False)
        return state.inlinable

    def entry_for(self, function: FunctionType, bound: tuple[bool, ...]) -> Target | None:
        """The compiled entry of a function, for arguments bound like this."""
        state = self.codes.state(function.__code__)
        point = None if state is None else state.points.get(ENTRY)
        if point is None:
            return None
        if point.compiled is None or point.bound != bound:
            if not point.failures and point.compiled is None:
                self.codes.arm(point.state, SOON)
                self.missing = True
            return None
        target: Target = point.target
        return target

    def give_up(self, code: CodeType, reason: Any) -> None:
        """Never inline it again: let it be compiled by itself, and soon."""
        state = self.codes.prepare(code)
        state.inlinable = False
        self.codes.arm(state, SOON)

    def compile_loops(self, code: CodeType) -> None:
        """When they have come round a few times more."""
        self.codes.arm(self.codes.prepare(code), SOON, entry=False)

    def running(self, code: CodeType) -> CodeType:
        """The rewritten code: what compiled code makes functions of must have merge points."""
        if code.co_flags & CO_GENERATOR_LIKE and not is_plain_generator(code):
            return code
        state = self.codes.prepare(code)
        if state.decoded.has_loops:
            self.codes.arm(state, entry=False)
        return state.rewritten.code

    def copy_for(self, function: FunctionType, code: CodeType) -> FunctionType | None:
        """A hidden copy of a function of ours, for generators of a code; None: it failed."""
        return self.copies.copy_for(function, code)

    def original(self, code: CodeType) -> CodeType:
        """The code as CPython compiled it."""
        state = self.codes.state(code)
        return code if state is None else state.original


def bound_slots(frame: Frame[object]) -> tuple[bool, ...]:
    """Which slots of a frame hold a value, as in ``Header.bound``."""
    return tuple([slot is not NULL for slot in (*frame.localsplus, *frame.stack)])
