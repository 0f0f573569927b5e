"""Why a recording is given up: a closed list, and the exception that carries it.

Statistics, documentation and tests key on the member; messages have no dynamic text. An abort is
raised only while the bytecode at hand has had no effect, so that CPython can redo it.
"""

from __future__ import annotations

import enum
from typing import Final

from hotloop_interp.unsupported import InterpreterStop


class AbortReason(enum.Enum):
    """Why a recording ended without a trace."""

    TRACE_TOO_LONG = "the trace has too many operations"
    INNER_LOOP_NOT_COMPILED = "an inner loop goes round too often and is not compiled yet"
    LOOP_IN_INLINED = "an inlined function has a loop that goes round too often"
    RAISED = "the recorded code raised an exception"
    TOO_DEEP = "the program recurses as deeply as it may"
    UNBOUND_CHANGED = "a local is bound at one end of the loop only"
    UNSUPPORTED_OPCODE = "an instruction that is not recorded"
    READS_FRAME = "a function that looks at the frame it is called from"
    CLASS_BODY = "names of a class body"
    IMPORT = "an import"
    EXCEPTION_STATE = "code of an exception handler"
    GENERATOR = "a generator or coroutine"
    NOT_IMPLEMENTED = "an operator method answered NotImplemented"
    BAD_RESULT = "a special method answered a value of the wrong type"
    SUPER_ESCAPES = "a super object that is not called at once"
    STRANGE_CLASS = "a class that its metaclass compares or hashes by code of its own"
    STRANGE_NAMES = "a namespace with keys that may run code when they are compared"
    MISSING_NAME = "a name that is not defined"
    UNPACK_MISMATCH = "an unpacking that fails"
    RETURNED_EARLY = "the loop was left before it came round"
    STOPPED = "the recording was told to stop (tests)"
    NOT_RESUMABLE = "a side exit from which no recording can start"
    INTERNAL = "an error of the recorder itself"


FUNCTION_AT_FAULT: Final = frozenset(
    {
        AbortReason.READS_FRAME, AbortReason.IMPORT, AbortReason.EXCEPTION_STATE,
        AbortReason.GENERATOR, AbortReason.UNSUPPORTED_OPCODE, AbortReason.CLASS_BODY,
        AbortReason.SUPER_ESCAPES, AbortReason.NOT_IMPLEMENTED, AbortReason.BAD_RESULT,
        AbortReason.STRANGE_CLASS,
    }
)  # fmt: skip
"""Reasons that lie in the function at hand: its callers can be recorded without it."""

AT_INSTRUCTION: Final = FUNCTION_AT_FAULT | {
    AbortReason.RAISED, AbortReason.MISSING_NAME, AbortReason.UNPACK_MISMATCH
}  # fmt: skip
"""Reasons that lie in one instruction: what was recorded before it can end in front of it."""


class Abort(InterpreterStop):
    """Ends a recording. ``reason`` is the member; ``detail`` is for logs only."""

    def __init__(self, reason: AbortReason, detail: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail


class ProgramRaised(InterpreterStop):
    """The program's own exception, raised by a residual call that really ran.

    ``pending``: what the program is still to raise; None if the instruction at hand, which has not
    been executed, does that by itself.
    """

    def __init__(self, exception: BaseException, *, executed: bool = True) -> None:
        super().__init__()
        self.exception = exception
        self.pending = exception if executed else None


class Finished(InterpreterStop):
    """The trace is complete: nothing of the instruction at hand has happened."""
