"""Frame states and snapshots of frames of traced values.

A state is made only when an operation asks for one, at most once a bytecode. The states of
suspended callers are made once and shared by everything recorded inside their callee.
"""

from __future__ import annotations

from types import CodeType
from typing import Any, Final

from hotloop_interp.frame import NULL, Frame, ReturnKind
from hotloop_ir import snapshot as ir
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.value import Ref, Value
from hotloop_tracer.traced import Traced

KINDS: Final[dict[ReturnKind, ir.ReturnKind]] = {
    ReturnKind.PUSH: ir.ReturnKind.PUSH,
    ReturnKind.INIT: ir.ReturnKind.INIT,
    ReturnKind.DISCARD: ir.ReturnKind.DISCARD,
    ReturnKind.TRUTH: ir.ReturnKind.TRUTH,
    ReturnKind.CONTINUE: ir.ReturnKind.BINARY,
    ReturnKind.ITER: ir.ReturnKind.ITER,
}
"""What the IR calls the return kinds that recording uses."""


class Shadow:
    """What the recorder keeps beside a frame (``Frame.shadow``).

    ``function`` is the value of the running function, ``parent`` the state of the suspended
    caller once it was asked for, ``extra`` what the return kind needs, ``rounds`` counts arrivals
    at loop headers, ``start`` is the number of ops before it was entered, ``cells`` is the closure
    of a function made in this trace.
    """

    __slots__ = ("cells", "depth", "extra", "function", "parent", "rounds", "start")

    def __init__(
        self,
        depth: int,
        function: Value[Ref] | None = None,
        extra: Value[Any] | None = None,
        start: int = 0,
    ) -> None:
        self.depth = depth
        self.function = function
        self.extra = extra
        self.parent: FrameState | None = None
        self.start = start
        self.rounds: dict[int, int] = {}
        self.cells: tuple[Traced, ...] | None = None


def shadow_of(frame: Frame[Traced]) -> Shadow:
    """The recorder's part of a frame."""
    shadow = frame.shadow
    assert isinstance(shadow, Shadow)
    return shadow


def codes_of(frame: Frame[Traced]) -> list[CodeType]:
    """The code of a frame and its callers."""
    codes: list[CodeType] = []
    at: Frame[Traced] | None = frame
    while at is not None:
        codes.append(at.code)
        at = at.parent
    return codes


def refs(slots: list[Any]) -> tuple[Any, ...]:
    """The IR values of slots of a frame, None for the empty ones."""
    return tuple([None if slot is NULL else slot.ref for slot in slots])


def _caller_state(frame: Frame[Traced], shadow: Shadow) -> FrameState | None:
    if shadow.parent is None and frame.parent is not None:
        caller = frame.parent
        shadow.parent = state_at(caller, caller.instr.offset)
    return shadow.parent


def state_at(frame: Frame[Traced], pc: int, stack: tuple[Any, ...] | None = None) -> FrameState:
    """The state of a frame that goes on at byte offset ``pc``, perhaps with another stack."""
    shadow = frame.shadow
    assert isinstance(shadow, Shadow)
    return FrameState(
        frame.code,
        shadow.function,
        pc,
        refs(frame.localsplus),
        refs(frame.stack) if stack is None else stack,
        shadow.parent or _caller_state(frame, shadow),
        KINDS[frame.return_kind],
        shadow.extra,
    )


def with_operands(state: FrameState, operands: list[Value[Ref]]) -> FrameState:
    """The state with other values on top of the operand stack."""
    return FrameState(
        state.code,
        state.function,
        state.pc,
        state.locals,
        (*state.stack[: -len(operands)], *operands),
        state.parent,
        state.return_kind,
        state.extra,
    )


def snapshot_of(frame: Frame[Traced]) -> Snapshot:
    """The snapshot at the start of the instruction at hand."""
    return Snapshot(state_at(frame, frame.decoded.instrs[frame.index].start))
