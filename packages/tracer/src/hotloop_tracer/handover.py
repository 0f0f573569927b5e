"""From traced frames back to frames of plain objects, for whoever runs the program on.

It must not change the frames it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotloop_interp.frame import NULL, Frame, Slot
from hotloop_tracer.recording_operators import OperatorRest
from hotloop_tracer.traced import Traced


def concrete_slot(slot: Slot[Traced]) -> Slot[object]:
    """The object of a slot."""
    return NULL if slot is NULL else slot.obj


def concrete_frame(frame: Frame[Traced], parent: Frame[object] | None) -> Frame[object]:
    """One frame with plain objects."""
    made: Frame[object] = Frame(
        frame.code,
        frame.globals,
        frame.builtins,
        [concrete_slot(slot) for slot in frame.localsplus],
        func=frame.func,
        f_locals=concrete_slot(frame.f_locals),
        parent=parent,
    )
    made.stack = [concrete_slot(slot) for slot in frame.stack]
    made.index = frame.index
    made.return_kind = frame.return_kind
    made.payload = concrete_slot(frame.payload)
    made.note = frame.note
    made.generator = concrete_slot(frame.generator)
    rest: Any = frame.continuation
    if isinstance(rest, OperatorRest):
        made.continuation = rest.concrete()
    return made


def concrete_chain(innermost: Frame[Traced]) -> list[Frame[object]]:
    """The frames of a chain with plain objects, outermost first."""
    chain: list[Frame[Traced]] = []
    frame: Frame[Traced] | None = innermost
    while frame is not None:
        chain.append(frame)
        frame = frame.parent
    result: list[Frame[object]] = []
    for traced in reversed(chain):
        result.append(concrete_frame(traced, result[-1] if result else None))
    return result


def release(frames: Sequence[Frame[object]]) -> None:
    """Take the objects out of frames (outermost first) that the recorder has taken over."""
    for number, frame in enumerate(frames):
        frame.localsplus, frame.stack = [], []
        if number:  # what the outermost one's caller does with its result is not recorded
            frame.payload, frame.continuation = NULL, None


def clear_slots(frame: Frame[Traced]) -> None:
    """The frame is over: its slots lose their objects in order (_PyFrame_Clear)."""
    slots = frame.localsplus
    for index in range(len(slots)):
        slots[index] = NULL
    frame.stack.clear()
