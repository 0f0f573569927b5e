"""What operations answer: values, frames to enter, ends of iteration, continuations, unwinding.

Shared by handlers, machines and the driver; it must not know any operation.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, Generic, Literal, Protocol, TypeAlias

from hotloop_interp.frame import Frame, V
from hotloop_interp.sealed import seal
from hotloop_ir.slotted import slotted

if TYPE_CHECKING:
    from hotloop_interp.machine import Machine

seal(globals())

Result: TypeAlias = V | Frame[V]
"""A value, or a frame to enter whose result stands for it."""


class Exhausted(enum.Enum):
    """The type of `EXHAUSTED`."""

    EXHAUSTED = "EXHAUSTED"


EXHAUSTED: Final[Literal[Exhausted.EXHAUSTED]] = Exhausted.EXHAUSTED
"""Answer of `for_iter` at the end of the loop."""


@slotted(frozen=True)
class Returned(Generic[V]):
    """Answer of `send` when the receiver has returned, not yielded."""

    value: V


class Continuation(Protocol[V]):
    """The rest of an operation that entered a Python frame in its middle."""

    def resume(self, machine: Machine[V], caller: Frame[V], value: V) -> Result[V]:
        """Go on with the value the frame returned; the result is pushed, or a frame entered."""


class Unwind(BaseException):
    """An exception that goes on unwinding: no traceback entry is added for this instruction.

    Mirrors `goto exception_unwind` of ceval.c (RERAISE, bare raise, END_ASYNC_FOR).
    """

    def __init__(self, exception: BaseException) -> None:
        super().__init__()
        self.exception = exception
