"""Snapshots: the interpreter state to resume from when a guard fails.

A snapshot is a chain of frame states, innermost first. Every slot is a value of the
trace, a constant, ``None`` (empty slot, or NULL on the stack), or an allocation op that
is *not* part of the trace: an object whose allocation was removed, described by the
operands of its constructor and built only when the exit is taken. Frame states are
immutable and shared between snapshots.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from hotloop_ir.value import Value

Slot: TypeAlias = Value[Any] | None


class ReturnKind(enum.Enum):
    """What happens to the value an inlined frame returns to its caller."""

    PUSH = "push"  # it is the result of the caller's instruction
    INIT = "init"  # ``__init__``: must be None; the new instance is pushed instead
    TRUTH = "truth"  # ``__bool__``/``__len__`` asked by a branch
    DISCARD = "discard"  # ``__setattr__``, ``__setitem__``: result dropped, nothing pushed
    BINARY = "binary"  # operator method: NotImplemented continues the protocol
    ITER = "iter"  # a generator, ``function`` itself: the next item of the caller's FOR_ITER


class FrameState:
    """One interpreter frame.

    ``code``/``function`` are opaque to the IR. ``pc`` is the byte offset, in the code as
    CPython compiled it, of the instruction to resume at; in a ``parent`` it is the
    call-like instruction the frame is suspended in. ``locals`` are CPython's
    localsplus (locals, cells, free), ``stack`` the operand stack from the bottom; for a
    parent, without the operands its suspended instruction has consumed.
    ``extra`` is a value the return kind needs: the instance for INIT; for ITER a constant INT,
    the bits of the slots that still are in the generator's own frame.
    """

    __slots__ = ("code", "extra", "function", "locals", "parent", "pc", "return_kind", "stack")

    def __init__(
        self,
        code: Any,
        function: Value[Any] | None,
        pc: int,
        locals: tuple[Slot, ...],
        stack: tuple[Slot, ...],
        parent: FrameState | None = None,
        return_kind: ReturnKind = ReturnKind.PUSH,
        extra: Slot = None,
    ) -> None:
        self.code = code
        self.function = function
        self.pc = pc
        self.locals = locals
        self.stack = stack
        self.parent = parent
        self.return_kind = return_kind
        self.extra = extra

    def chain(self) -> Iterator[FrameState]:
        """This frame and its callers, innermost first."""
        frame: FrameState | None = self
        while frame is not None:
            yield frame
            frame = frame.parent

    def slots(self) -> Iterator[Value[Any]]:
        """Every non-empty slot of this frame only, functions and extras included."""
        if self.function is not None:
            yield self.function
        if self.extra is not None:
            yield self.extra
        for slot in self.locals:
            if slot is not None:
                yield slot
        for slot in self.stack:
            if slot is not None:
                yield slot

    def map(self, change: Callable[[Value[Any]], Value[Any]]) -> FrameState:
        """A copy with every slot changed; ``self`` if nothing did (parents included)."""
        parent = None if self.parent is None else self.parent.map(change)
        function = None if self.function is None else change(self.function)
        extra = None if self.extra is None else change(self.extra)
        new_locals = tuple([None if s is None else change(s) for s in self.locals])
        new_stack = tuple([None if s is None else change(s) for s in self.stack])
        return FrameState(
            self.code, function, self.pc, new_locals, new_stack, parent, self.return_kind, extra
        )


class Snapshot:
    """Where to go on when a guard fails: the innermost frame state (its chain follows).

    ``owned`` is filled by the reference-counting pass: the values whose reference the
    trace owns at this point. The way out moves each into the first slot that names it,
    or drops it if none does; slots naming other values get a new reference.
    ``redoes``: the innermost frame is about to execute its instruction, which then does
    whatever is right; false for the state after an effect whose other outcome the guard stands
    for: only a guard that really fails may leave there.
    """

    __slots__ = ("frame", "owned", "redoes")

    def __init__(
        self, frame: FrameState, owned: tuple[Value[Any], ...] = (), redoes: bool = True
    ) -> None:
        self.frame = frame
        self.owned = owned
        self.redoes = redoes

    def values(self) -> Iterator[Value[Any]]:
        """Every non-empty slot of every frame, innermost frame first (with repeats)."""
        for frame in self.frame.chain():
            yield from frame.slots()
