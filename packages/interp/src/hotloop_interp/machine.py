"""What a handler may do: the operations of the language over an opaque value type.

`Machine[V]` is implemented by `ConcreteMachine` (V = object) and by the recording machine. A
handler sees a V only through these methods, so one that pushes a raw object is a type error.

Rules of every operation:

* It raises the program's exception as the exception itself. Anything that is not the program's
  (an abort of recording) derives from `unsupported.InterpreterStop`.
* It changes nothing of the frame. The handler pops operands after it succeeded, so a frame is
  at an instruction boundary whenever an operation raises.
* Where the result type is `Result[V]`, it may answer a new `Frame` whose parent is the frame
  given: the driver enters it, and its result is treated as its `return_kind` says.
"""

from __future__ import annotations

from hotloop_interp.frame import Frame, V
from hotloop_interp.operations import NameOps, ValueOps
from hotloop_interp.operations_calls import CallOps, ExceptionOps
from hotloop_interp.results import EXHAUSTED, Continuation, Exhausted, Result, Returned, Unwind
from hotloop_interp.sealed import seal

__all__ = [
    "EXHAUSTED",
    "CallOps",
    "Continuation",
    "ExceptionOps",
    "Exhausted",
    "Machine",
    "NameOps",
    "Result",
    "Returned",
    "Unwind",
    "ValueOps",
]

seal(globals())


class Machine(ValueOps[V], NameOps[V], CallOps[V], ExceptionOps[V]):
    """All operations, and the events of the driver."""

    def lasti_of(self, value: V) -> int:
        """The instruction offset that unwinding pushed for RERAISE, in code units.

        -1 is allowed: the frame's line is then that of the RERAISE.
        """
        return -1

    watches: bool = False
    """Whether `run_frame` calls `before_instruction`."""

    def switched(self, frame: Frame[V]) -> None:
        """Called when another frame becomes the running one."""

    def before_instruction(self, frame: Frame[V]) -> None:
        """Called at every instruction boundary, before the instruction at `frame.index`."""
