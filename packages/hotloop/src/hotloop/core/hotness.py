"""Which functions get merge points: those in which time is seen to go.

The sampler shows stacks; a code object seen often enough is rewritten, if it has a loop or
is called recursively. Frames that are already running the old code are moved. Must not
record or compile.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Final
from weakref import ref

from hotloop.config import Config
from hotloop.core.codes import Codes, CodeState
from hotloop.core.hiding import PACKAGES
from hotloop.frames.memory import OBJECTS, WORDS
from hotloop.frames.moving import Mover
from hotloop_interp.decode import decode
from hotloop_interp.protocol import CO_GENERATOR_LIKE, is_plain_generator

SIGHTINGS: Final = 2  # looks in which a code object must be seen
DEPTH: Final = 12  # frames of a stack that are looked at


def own_files() -> tuple[str, ...]:
    """How files begin whose code is never rewritten: in the folders of hotloop's packages, and
    what imports, because hotloop's imports would come upon merge points of their own.
    """
    folders = ["<frozen importlib"]
    for name in PACKAGES:
        module = sys.modules.get(name)
        if module is not None and module.__file__:
            folders.append(os.path.dirname(module.__file__) + os.sep)
    return tuple(folders)


class Hotness:
    """Decides from sightings. ``look`` is the sampler's callback."""

    def __init__(
        self, config: Config, codes: Codes, mover: Mover, start: Callable[[], bool]
    ) -> None:
        self.config = config
        self.codes = codes
        self.mover = mover
        #: Brings in the compiler; says whether it is there.
        self.start = start
        self._frame_offset = mover.layout["PyFrameObject.f_frame"]
        self._function_offset = mover.layout["_PyInterpreterFrame.f_func"]
        #: Where the source files of hotloop's own packages are.
        self.own_files = own_files()
        self._seen: dict[int, tuple[ref[CodeType], int]] = {}

    def look(self, ident: int, frame: FrameType) -> bool:
        """Look at one thread's stack; says whether something new was rewritten or moved."""
        new = False
        above: FrameType | None = frame
        if frame.f_code.co_filename.startswith(self.own_files):
            return False  # hotloop at work
        on_stack: dict[int, int] = {}
        for _ in range(DEPTH):
            if above is None:
                break
            code = above.f_code
            on_stack[id(code)] = on_stack.get(id(code), 0) + 1
            new = self.consider(ident, above, on_stack[id(code)] > 1) or new
            above = above.f_back
        return new

    def consider(self, ident: int, frame: FrameType, recursive: bool) -> bool:
        """One frame of a stack."""
        code = frame.f_code
        state = self.codes.state(code)
        if code.co_filename.startswith(self.own_files):
            return False
        if is_plain_generator(code) and state is not None:
            return False
        if state is not None and state.armed:
            return code is state.original and self.catch_up(ident, frame, state)
        known, seen = self._seen.get(id(code), (None, 0))
        if known is None or known() is not code:
            known, seen = ref(code), 0
        self._seen[id(code)] = (known, seen + 1)
        if seen + 1 < SIGHTINGS or not self.worth_it(code, recursive):
            return False
        self.rewrite(frame)
        return True

    def function_of(self, frame: FrameType) -> Any:
        """The function a frame of another thread runs (read in one step: it may go on)."""
        inner = id(frame) + self._frame_offset >> 3
        return OBJECTS[WORDS[inner] + self._function_offset >> 3]

    def worth_it(self, code: CodeType, recursive: bool) -> bool:
        """Whether merge points in this code could lead to something.

        Generators have none, but become part of the loops that take their items.
        """
        if code.co_flags & CO_GENERATOR_LIKE:
            return is_plain_generator(code)
        return recursive or decode(code).has_loops

    def rewrite(self, frame: FrameType) -> None:
        """Give the function of a frame merge points, and those made of the same code later."""
        code = frame.f_code
        function: Any = self.function_of(frame)
        state = self.codes.state(code)
        if state is None and function.__code__ is code:
            state = self.codes.install(function)
        if state is None:
            state = self.codes.prepare(code)
        if frame.f_back is not None:
            self.codes.install_in_constants(frame.f_back.f_code, state)
        self.codes.arm(state)

    def rewrite_inside(self, code: CodeType) -> None:
        """Merge points everywhere in what ``code``, which is about to run, makes functions of."""
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self.rewrite_all(constant)
                self.codes.install_in_constants(code, self.codes.prepare(constant))

    def rewrite_all(self, code: CodeType) -> CodeType:
        """Code with merge points everywhere: in it, and in what it makes functions of."""
        state = self.codes.prepare(code)
        self.rewrite_inside(code)
        self.codes.arm(state)
        return state.rewritten.code

    def catch_up(self, ident: int, frame: FrameType, state: CodeState) -> bool:
        """A frame still runs the old code: move it, and fix the function it came from."""
        function: Any = self.function_of(frame)
        if function.__code__ is state.original:
            self.codes.install(function)
        if frame.f_back is not None:
            self.codes.install_in_constants(frame.f_back.f_code, state)
        return self.start() and self.mover.move(ident, state.rewritten)
