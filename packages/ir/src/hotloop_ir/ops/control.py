"""The shape of a trace: labels, jumps, leaving, and marks of resumable points."""

from __future__ import annotations

from typing import Any

from hotloop_ir.op import Effect, Op, operation
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import Param, Ref, Value, Void


@operation("label", effect=Effect.CONTROL)
class Label(Op[Void]):
    """A loop header inside a trace. ``initial`` are the values of its params on falling in."""

    initial: tuple[Value[Any], ...]
    params: tuple[Param[Any], ...]


@operation("jump", effect=Effect.CONTROL)
class Jump(Op[Void]):
    """Go to a label with these values; ends a trace.

    ``target`` is a ``Label`` of this trace, or a ``trace.Target`` of a compiled one.
    """

    operands: tuple[Value[Any], ...]
    target: Any


@operation("leave", effect=Effect.CONTROL)
class Leave(Op[Void]):
    """Leave compiled code at the snapshot; ends a trace."""

    snapshot: Snapshot


@operation("finish", effect=Effect.CONTROL, consumes=(0,))
class Finish(Op[Void]):
    """The outermost frame of an entry trace returns ``value``; ends a trace.

    The snapshot is the RETURN_VALUE with the value on the stack; the locals have died
    before (reference counting drops every other owned value ahead of this op).
    """

    value: Value[Ref]
    snapshot: Snapshot


@operation("resume_point", effect=Effect.CONTROL)
class ResumePoint(Op[Void]):
    """A bytecode boundary at which the trace may be left, without code of its own.

    Emitted where an object whose death can run Python code may have died: reference
    counting places such deaths here, with a way out if they changed the world.
    """

    snapshot: Snapshot
