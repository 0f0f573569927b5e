"""Handing frames of the recorder to CPython, and CPython's frames to the recorder.

After a recording the program goes on from a chain of frames of plain objects: an exit
record is made for just this once, with every slot a value of a word array, and native code
obeys it like any side exit. Must not record or compile.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from hotloop.core.codes import CodeState
from hotloop.core.resume_data import ResumeBuilder, UnsupportedSnapshot, operator_of
from hotloop.frames.memory import drop_reference, object_at, peek, peek_double
from hotloop.frames.resume import (
    NULL,
    ExitKind,
    ExitRecord,
    Slot,
    copy,
    encode,
)
from hotloop.frames.resume import Frame as ResumeFrame
from hotloop_interp.frame import NULL as EMPTY
from hotloop_interp.frame import Frame, ReturnKind
from hotloop_interp.frame import Slot as ObjectSlot
from hotloop_interp.frame_access import LiveFrame
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import Type, Value


def take_frame(address: int, state: CodeState, pc: int) -> Frame[object]:
    """The live frame at an address, which is suspended at ``pc`` of the original code.

    The objects are moved out of it: nothing but the result keeps them alive.
    """
    live = LiveFrame(address)
    frame: Frame[object] = Frame(
        state.original, live.globals, live.builtins, [], func=live.function(), f_locals=live.locals
    )
    size = len(state.decoded.localsplus_names)
    frame.index = state.decoded.index_at[pc]
    slots = live.take_slots(0, live.stacktop)
    frame.localsplus, frame.stack = slots[:size], slots[size:]
    return frame


def read_values(buf: int, values: Sequence[Value[Any]]) -> list[object]:
    """What an exit has left in the buffer, as Python objects (None for NULL)."""
    found: list[object] = []
    for number, value in enumerate(values):
        place = buf + 8 * number
        if value.type is Type.FLOAT:
            found.append(peek_double(place))
        elif value.type is Type.BOOL:
            found.append(peek(place) != 0)
        elif value.type is Type.REF:
            address = peek(place)
            found.append(object_at(address) if address else EMPTY)
        else:
            found.append(peek(place))
    return found


def drop_owned(snapshot: Snapshot | None, values: Sequence[Value[Any]], buf: int) -> None:
    """Drop the trace's own references at an exit, when the frames are made from others."""
    assert snapshot is not None
    owned = set(snapshot.owned)
    for number, value in enumerate(values):
        address = peek(buf + 8 * number) if value in owned and value.type is Type.REF else 0
        if address:
            drop_reference(address)


class Handover:
    """One use of native resume: ``request`` is what the slow path returns."""

    def __init__(self, builder: ResumeBuilder) -> None:
        self.builder = builder
        self.words: list[int] = []
        self.keep: list[object] = []

    def add(self, value: ObjectSlot[object]) -> Slot:
        """A slot holding a reference to an object."""
        if value is EMPTY:
            return NULL
        self.keep.append(value)
        self.words.append(id(value))
        return copy(len(self.words) - 1)

    def request(
        self, frames: Sequence[Frame[object]], pending: BaseException | None
    ) -> tuple[object, ...]:
        """Go on from these frames (outermost first). Raises UnsupportedSnapshot."""
        resumed: list[ResumeFrame] = []
        for number, frame in enumerate(frames):
            if frame.parent is not None:
                self.shim(resumed, frame, frame.parent)
            inner = frames[number + 1] if number + 1 < len(frames) else None
            resumed.append(self.frame(frame, inner, pending is not None))
        program = encode(resumed, self.builder.trampolines)
        kind = ExitKind.GUARD if pending is None else ExitKind.EXCEPTION
        record = ExitRecord(program, kind, -1)
        words = array("q", self.words or [0])
        return record.address, words.buffer_info()[0], pending, record, words, self.keep

    def frame(
        self, frame: Frame[object], inner: Frame[object] | None, raising: bool
    ) -> ResumeFrame:
        """One frame, and the one that it has called."""
        state = self.builder.states(frame.code)
        make = ResumeFrame.at
        if inner is not None and inner.return_kind is not ReturnKind.ITER:
            make = ResumeFrame.suspended
        elif inner is None and raising:
            make = ResumeFrame.raising
        is_generator = frame.return_kind is ReturnKind.ITER
        callee = frame.generator if is_generator else frame.func or EMPTY
        function = NULL if frame.parent is None else self.add(callee)
        slots = [self.add(value) for value in frame.localsplus]
        stack = [self.add(value) for value in frame.stack]
        made = make(state.rewritten, frame.instr.start, slots, stack, function)
        made.generator = is_generator
        return made

    def shim(self, resumed: list[ResumeFrame], frame: Frame[object], caller: Frame[object]) -> None:
        """The hidden frame a return kind needs, if any."""
        kind, shims = frame.return_kind, self.builder.shims
        if kind is ReturnKind.INIT:
            resumed.append(shims.init.frame(self.add(frame.payload)))
        elif kind is ReturnKind.CONTINUE:
            rest: Any = frame.continuation
            operands = self.add((rest.left, rest.right, rest.step))
            resumed.append(shims.operator.frame(operands, self.add(operator_of(caller.instr))))
        elif kind not in (ReturnKind.PUSH, ReturnKind.ITER):
            raise UnsupportedSnapshot(f"return kind {kind.value}")
