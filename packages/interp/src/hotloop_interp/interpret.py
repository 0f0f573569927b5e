"""`run`: execute a function by the interpreter, as a library call."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType, FunctionType
from typing import Protocol, TypeVar, cast

from hotloop_interp.concrete import ConcreteMachine
from hotloop_interp.concrete.base import DRIVER_DEPTH, Callee, builtins_of
from hotloop_interp.concrete.shadows import native_shadow
from hotloop_interp.driver import Done, Failed, run_frame
from hotloop_interp.frame import Frame
from hotloop_interp.frame_access import add_recursion_room, available, set_handled_exception
from hotloop_interp.sealed import seal

seal(globals())

R = TypeVar("R")


class Hooks(Protocol):
    """What a caller of `run` can watch."""

    def instruction(self, frame: Frame[object]) -> None:
        """Called before each instruction; `frame.instr` is it, `frame.stack` its operands."""


class HookedMachine(ConcreteMachine):
    """A concrete machine that tells `Hooks` what it does."""

    def __init__(self, hooks: Hooks) -> None:
        super().__init__()
        self.hooks = hooks
        self.hooked = self.watches = True

    def before_instruction(self, frame: Frame[object]) -> None:
        super().before_instruction(frame)
        if frame.parent is not None:
            self.hooks.instruction(frame)


def run(
    function: Callable[..., R], /, *args: object, hooks: Hooks | None = None, **kwargs: object
) -> R:
    """Call `function(*args, **kwargs)` by the interpreter: its result or its exception.

    Python functions that it calls are interpreted too; Python code that C code calls back runs
    natively. Raises RuntimeError on an interpreter whose frames are unknown, and
    `UnsupportedOpcode` (an `InterpreterStop`) where something is not interpreted.
    """
    reason = available()
    if reason:
        raise RuntimeError(reason)
    machine = ConcreteMachine() if hooks is None else HookedMachine(hooks)
    done = run_with(machine, sys._getframe(1), function, args, kwargs)
    if isinstance(done, Failed):
        raise done.exception
    return cast(R, done.value)


def native_depth(caller: FrameType) -> int:
    """How many frames there are already, for the recursion limit."""
    depth = 0
    frame: FrameType | None = caller
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    return depth


def _entry(function: Callee, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
    """What the outermost interpreted frame executes."""
    return function(*args, **kwargs)


_ENTRY = cast(FunctionType, _entry)


def run_with(
    machine: ConcreteMachine,
    caller: FrameType,
    function: Callee,
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> Done[object] | Failed:
    """Call a function by `machine`, on behalf of the native frame `caller`.

    The call is made by a frame that stands for `caller`: it has that frame's frame object, and
    no traceback entry of its own.
    """
    entry: Frame[object] = Frame(
        _ENTRY.__code__, globals(), builtins_of(_ENTRY), [function, args, kwargs], func=_ENTRY
    )
    entry.shadow = native_shadow(caller)
    entry.depth = native_depth(caller)
    handled = machine.topmost()
    add_recursion_room(DRIVER_DEPTH)
    machine.begin()
    try:
        return run_frame(machine, entry)
    finally:
        machine.end()
        set_handled_exception(handled)
        add_recursion_room(-DRIVER_DEPTH)
