"""Named reasons why something is not interpreted: never a wrong answer.

The closed list; a member that nothing raises is removed.
"""

import enum

from hotloop_interp.sealed import seal

seal(globals())


class Reason(enum.Enum):
    """Why the interpreter stopped at a bytecode boundary."""

    OPCODE = "an opcode that no handler is written for"


class InterpreterStop(BaseException):
    """Base of everything that stops interpretation without being the program's exception.

    The driver lets it through untouched: the frame stays valid at the boundary of the instruction
    that raised it. A recording machine derives its aborts from this class.
    """


class UnsupportedOpcode(InterpreterStop):
    """An instruction that is not interpreted; `reason` says why, `op` which."""

    def __init__(self, op: str, reason: Reason = Reason.OPCODE) -> None:
        super().__init__(f"{op}: {reason.value}")
        self.op = op
        self.reason = reason
