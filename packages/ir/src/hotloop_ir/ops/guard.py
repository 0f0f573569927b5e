"""Guards: leave the trace unless the condition holds. Names say what holds after them."""

from __future__ import annotations

from typing import Any

from hotloop_ir.op import Effect, Op, operation
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import Bool, Int, Raw, Ref, Value, Void


@operation("guard_true", effect=Effect.GUARD)
class GuardTrue(Op[Void]):
    """Goes on if ``condition`` is true."""

    condition: Value[Bool]
    snapshot: Snapshot


@operation("guard_false", effect=Effect.GUARD)
class GuardFalse(Op[Void]):
    """Goes on if ``condition`` is false."""

    condition: Value[Bool]
    snapshot: Snapshot


@operation("guard_type", effect=Effect.GUARD)
class GuardType(Op[Void]):
    """Goes on if ``type(ref) is cls`` (``Py_TYPE``, exact). ``ref`` is not NULL."""

    ref: Value[Ref]
    cls: Any
    snapshot: Snapshot


@operation("guard_is", effect=Effect.GUARD)
class GuardIs(Op[Void]):
    """Goes on if ``ref is other`` (usually a constant; NULL allowed)."""

    ref: Value[Ref]
    other: Value[Ref]
    snapshot: Snapshot


@operation("guard_nonnull", effect=Effect.GUARD)
class GuardNonnull(Op[Void]):
    """Goes on if ``ref`` is not NULL."""

    ref: Value[Ref]
    snapshot: Snapshot


@operation("guard_raw_nonnull", effect=Effect.GUARD)
class GuardRawNonnull(Op[Void]):
    """Goes on if the address is not 0 (inline attribute values exist, say)."""

    raw: Value[Raw]
    snapshot: Snapshot


@operation("guard_int", effect=Effect.GUARD)
class GuardInt(Op[Void]):
    """Goes on if ``value == expected`` (version tags, lengths)."""

    value: Value[Int]
    expected: Value[Int]
    snapshot: Snapshot


@operation("guard_no_interrupt", effect=Effect.GUARD)
class GuardNoInterrupt(Op[Void]):
    """Goes on if no signal, GIL request, pending call or collection is due (back edges)."""

    snapshot: Snapshot


@operation("guard_room", effect=Effect.GUARD)
class GuardRoom(Op[Void]):
    """Goes on if the inlined frames of its snapshot may be entered: C stack, recursion limit."""

    snapshot: Snapshot
