"""Reference counting. Only the last optimizer pass emits these."""

from __future__ import annotations

from hotloop_ir.op import Effect, Op, operation
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import Ref, Value, Void


@operation("incref", effect=Effect.REFCOUNT)
class Incref(Op[Void]):
    """One reference more. Nothing for NULL."""

    ref: Value[Ref]


@operation("decref", effect=Effect.REFCOUNT)
class Decref(Op[Void]):
    """One reference less; the death of this object cannot run Python code. Nothing for NULL."""

    ref: Value[Ref]


@operation("decref_checked", effect=Effect.REFCOUNT)
class DecrefChecked(Op[Void]):
    """One reference less; if the object dies and its death ran (or may have run) Python
    code, leave at the snapshot, because nothing the trace knows need be true any more.
    Nothing for NULL.
    """

    ref: Value[Ref]
    snapshot: Snapshot
