"""How handlers are registered, and what they answer.

`HANDLERS` is filled by the `@handles` decorators of the modules beside this one. It must not be
changed at run time.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Protocol, TypeAlias

from hotloop_interp.decode import Instr
from hotloop_interp.frame import Frame, ReturnKind, Slot, V, entered
from hotloop_interp.machine import Machine, Result
from hotloop_interp.sealed import seal

seal(globals())


class Leave(enum.Enum):
    """The frame is left; the value is on top of its stack."""

    RETURN = "return"
    YIELD = "yield"


Control: TypeAlias = int | Frame[V] | Leave | None
"""Where to go on: None the next instruction, an int that instruction, a Frame enter it."""


class Handler(Protocol):
    """A handler: does one instruction of `frame` by operations of `machine`."""

    def __call__(self, frame: Frame[V], m: Machine[V], instr: Instr) -> Control[V]:
        """Do it; raises what the program raises, `Unwind` or an `InterpreterStop`."""


class Finisher(Protocol):
    """Takes what an entered frame returned (or yielded), for all kinds but PUSH."""

    def __call__(
        self, frame: Frame[V], m: Machine[V], callee: Frame[V], value: V, leave: Leave
    ) -> Control[V]:
        """Finish the calling instruction of `frame`."""


class Brancher(Protocol):
    """Takes the truth value that an instruction waited for."""

    def __call__(self, frame: Frame[V], m: Machine[V], instr: Instr, truth: bool) -> Control[V]:
        """Finish the instruction."""


HANDLERS: dict[str, Handler] = {}
"""Opcode name to handler."""

FINISHERS: dict[ReturnKind, Finisher] = {}
"""What happens to the result of an entered frame, by its kind."""

BRANCHES: dict[str, Brancher] = {}
"""For each instruction that waits for a truth value, what follows."""


def handles(*ops: str) -> Callable[[Handler], Handler]:
    """Register a handler for opcodes."""

    def register(handler: Handler) -> Handler:
        for op in ops:
            assert op not in HANDLERS, f"two handlers for {op}"
            HANDLERS[op] = handler
        return handler

    return register


def finishes(kind: ReturnKind) -> Callable[[Finisher], Finisher]:
    """Register the finisher of a return kind."""

    def register(finisher: Finisher) -> Finisher:
        FINISHERS[kind] = finisher
        return finisher

    return register


def branches(*ops: str) -> Callable[[Brancher], Brancher]:
    """Register what follows a truth value, for opcodes."""

    def register(brancher: Brancher) -> Brancher:
        for op in ops:
            BRANCHES[op] = brancher
        return brancher

    return register


def settle(frame: Frame[V], pops: int, result: Result[V]) -> Frame[V] | None:
    """End of an instruction with one result: pop the operands, push the result or enter it."""
    stack = frame.stack
    if pops:
        del stack[-pops:]
    if type(result) is Frame and entered(result, frame):
        return result
    stack.append(result)  # type: ignore[arg-type]
    return None


def enter_or_drop(frame: Frame[V], pops: int, result: Frame[V] | None) -> Frame[V] | None:
    """End of an instruction without a result: pop the operands, perhaps enter a frame."""
    frame.drop(pops)
    return result


def replace_top(frame: Frame[V], pops: int, *values: Slot[V]) -> None:
    """Pop `pops` slots and push `values`."""
    frame.drop(pops)
    frame.stack.extend(values)
