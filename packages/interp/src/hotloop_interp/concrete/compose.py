"""Continuations put together: what follows an operation that may itself enter frames."""

from __future__ import annotations

from hotloop_interp.frame import Frame, ReturnKind, entered
from hotloop_interp.machine import Continuation, Machine, Result
from hotloop_interp.sealed import seal
from hotloop_ir.slotted import slotted

seal(globals())


@slotted(frozen=True)
class Constant:
    """The result is dropped; the operation's own is a constant."""

    value: object

    def resume(
        self, machine: Machine[object], caller: Frame[object], value: object
    ) -> Result[object]:
        return self.value


@slotted(frozen=True)
class Plain:
    """The result is the operation's."""

    def resume(
        self, machine: Machine[object], caller: Frame[object], value: object
    ) -> Result[object]:
        return value


@slotted(frozen=True)
class Instance:
    """The end of a class call: __init__ returned."""

    made: object

    def resume(
        self, machine: Machine[object], caller: Frame[object], value: object
    ) -> Result[object]:
        machine.check_init_result(value)
        return self.made


@slotted(frozen=True)
class Composed:
    """First one, then the other."""

    inner: Continuation[object]
    outer: Continuation[object]

    def resume(
        self, machine: Machine[object], caller: Frame[object], value: object
    ) -> Result[object]:
        return then(machine, caller, self.inner.resume(machine, caller, value), self.outer)


def then(
    machine: Machine[object],
    caller: Frame[object],
    result: Result[object],
    outer: Continuation[object],
) -> Result[object]:
    """Go on with `outer` when `result`, a value or a frame to enter, is there."""
    if not entered(result, caller):
        return outer.resume(machine, caller, result)
    inner: Continuation[object] = Plain()
    if result.return_kind is ReturnKind.INIT:
        inner = Instance(result.payload)
    elif result.return_kind is ReturnKind.CONTINUE:
        assert result.continuation is not None
        inner = result.continuation
    result.return_kind = ReturnKind.CONTINUE
    result.continuation = Composed(inner, outer)
    return result
