"""Calls that stay calls: runtime helpers and residual calls of Python callables."""

from __future__ import annotations

from typing import Any

from hotloop_ir.helper import Helper
from hotloop_ir.op import Effect, Op, Own, operation
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import Ref, Value


@operation("call", effect=Effect.CALL, own=Own.HELPER, type_from="helper.result")
class Call(Op[Any]):
    """Call a helper that cannot fail (``Errors.NEVER``)."""

    operands: tuple[Value[Any], ...]
    helper: Helper


@operation("call_may_raise", effect=Effect.CALL, own=Own.HELPER, type_from="helper.result")
class CallMayRaise(Op[Any]):
    """Call a helper that may raise; a raised exception leaves the trace at the snapshot.

    The exception then propagates from the snapshot's instruction as if that raised it.
    A ``NULL_OR_STOP`` helper gives NULL for "exhausted" without leaving.
    """

    operands: tuple[Value[Any], ...]
    helper: Helper
    snapshot: Snapshot


@operation("call_python", effect=Effect.CALL, own=Own.NEW)
class CallPython(Op[Ref]):
    """``callable(*args)``, the last ``len(kwnames)`` of them by keyword (vectorcall).

    Runs arbitrary code; an exception leaves the trace at the snapshot. The frames of
    the snapshot are visible to the code that runs.
    """

    callable: Value[Ref]
    operands: tuple[Value[Ref], ...]
    kwnames: tuple[str, ...]
    snapshot: Snapshot


@operation("call_entry", effect=Effect.CALL, own=Own.NEW)
class CallEntry(Op[Ref]):
    """Call the compiled entry trace of a Python function, arguments as its inputs.

    ``target`` is the ``trace.Target`` of the entry (its ``start``). The result is what the
    function returns, whether the callee runs to its ``finish`` in compiled code or leaves
    and is run to its end by the interpreter. Otherwise like ``call_python``: runs arbitrary
    code, an exception leaves the trace at the snapshot. ``function`` is the callee, for
    frames. The arguments are borrowed; the callee gets references of its own. A ``target`` that is
    the start of a loop continues an inlined frame, which is no part of the snapshot; such a call
    cannot be redone (``redoes`` is false), takes the arguments over, since nobody else has them any
    more, and a ``guard_room`` must come before it.
    """

    function: Value[Ref]
    operands: tuple[Value[Ref], ...]
    target: Any
    snapshot: Snapshot
