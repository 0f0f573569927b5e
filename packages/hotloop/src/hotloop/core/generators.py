"""The frames of generators, for the recorder.

Generators run a rewritten twin of their code, without merge points: it has room on the stack for
the call by which a generator goes on in its middle (``frames.native_pending``). Must not record.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import CodeType, GeneratorType
from typing import Any

from hotloop.core.codes import CodeState
from hotloop.core.services import DriverServices
from hotloop.frames.memory import poke
from hotloop_interp.frame import NULL, Frame, Slot
from hotloop_interp.frame_access import (
    GEN_EXECUTING,
    GEN_SUSPENDED,
    generator_frame,
    generator_handled,
    generator_state,
    set_generator_state,
)
from hotloop_ir.layout import Layout
from hotloop_tracer.options import Suspended


class Generators:
    """Implements ``hotloop_tracer.options.GeneratorFrames``."""

    def __init__(self, services: DriverServices, layout: Layout) -> None:
        self.services = services
        self.codes = services.codes
        self._at = layout["PyGenObject.gi_iframe"] + layout["_PyInterpreterFrame.prev_instr"]

    def look(
        self, generator: GeneratorType[Any, Any, Any], parents: Sequence[CodeType]
    ) -> Suspended | None:
        """A generator that has not begun or is suspended, in no handler, and runs twin code."""
        state = generator_state(generator)
        handled = generator_handled(generator)
        if state >= GEN_EXECUTING or (handled is not NULL and handled is not None):
            return None
        live = generator_frame(generator)
        twin = self.codes.state(live.code)
        if twin is None or live.code is not twin.rewritten.code:
            self.prepare(generator, parents)
            return None
        if not twin.inlinable:
            return None
        instrs = twin.decoded.instrs
        last = instrs[twin.decoded.index_at[twin.rewritten.to_old(live.last)]]
        return Suspended(
            twin.original,
            live.function(),
            live.slots(0, live.stacktop),
            last.next,
            twin.base + live.last,
            state & 255,
        )

    def prepare(self, generator: GeneratorType[Any, Any, Any], parents: Sequence[CodeType]) -> None:
        """Let generators of its kind that are made from now on run twin code."""
        function = generator_frame(generator).function()
        if function.__code__ is generator.gi_code:
            state = self.codes.install(function)
            for code in parents:
                self.codes.install_in_constants(code, state)
            self.services.missing = True  # the next one will be recorded

    def take(self, generator: GeneratorType[Any, Any, Any]) -> None:
        """Empty its slots; from here on it is running."""
        take(generator)

    def suspend(
        self,
        generator: GeneratorType[Any, Any, Any],
        slots: Sequence[Slot[object]],
        address: int,
    ) -> None:
        """Give it its slots; from here on it is suspended, to go on behind ``address``."""
        live = generator_frame(generator)
        live.init_stack(0, slots)
        live.stacktop = len(slots)
        poke(id(generator) + self._at, address)
        set_generator_state(generator, GEN_SUSPENDED)

    def yield_address(self, code: CodeType, pc: int) -> int:
        """``prev_instr`` of generators suspended in the ``yield`` at ``pc``."""
        return self._state(code).raising_address(pc)

    def resume_address(self, code: CodeType, pc: int) -> int:
        """``prev_instr`` of those that go on with the instruction at ``pc``."""
        return self._state(code).resume_address(pc)

    def _state(self, code: CodeType) -> CodeState:
        state = self.codes.state(code)
        assert state is not None
        return state


def take(generator: GeneratorType[Any, Any, Any]) -> None:
    """Empty the slots of a generator; from here on it is running."""
    live = generator_frame(generator)
    set_generator_state(generator, GEN_EXECUTING)
    live.take_slots(0, live.stacktop)


def empty_generators(frames: Sequence[Frame[object]]) -> None:
    """Empty the slots of the generators in a chain of frames that has what was in them."""
    for frame in frames:
        if type(frame.generator) is GeneratorType:
            take(frame.generator)
