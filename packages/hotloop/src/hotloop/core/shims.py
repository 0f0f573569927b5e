"""Hidden frames between a caller and an inlined callee whose result is not simply pushed.

CPython does such work in C between two Python frames (``slot_tp_init`` checks the result of
``__init__`` and gives the instance instead). On an exit inside the callee a *shim* frame
stands in that place: a Python function suspended in the call of the callee, invisible to
the program, which does the rest when the callee returns. Must not be called directly.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

from hotloop.core.codes import CodeState
from hotloop.frames.hidden import hide
from hotloop.frames.resume import NULL, Frame, Slot, const
from hotloop_ir.layout import Layout
from hotloop_tracer.recording_operators import OperatorRest, after_decline


def _init(instance: object, call: Callable[[], object]) -> object:
    """slot_tp_init and type_call: ``__init__`` gives None, the call gives the instance."""
    result = call()
    if result is not None:
        name = type(result).__name__
        raise TypeError(f"__init__() should return None, not '{name}'")
    return instance


def _operator(operands: tuple[Any, Any, int], op: str, call: Callable[[], object]) -> object:
    """binary_op1 and do_richcompare: NotImplemented lets the other operand try."""
    result = call()
    if result is NotImplemented:
        left, right, step = operands
        return after_decline(OperatorRest(op, left, right, step))
    return result


class Shim:
    """One shim function: suspended in its first call, given arguments in its first locals."""

    def __init__(self, function: FunctionType, state: CodeState) -> None:
        self.function = function
        self.state = state
        calls = [i for i in state.decoded.instrs if i.op == "CALL"]
        self.pc = calls[0].start
        self.size = len(state.decoded.localsplus_names)

    def frame(self, *arguments: Slot) -> Frame:
        """The shim frame of a resume program."""
        slots = [*arguments, *([NULL] * (self.size - len(arguments)))]
        return Frame.suspended(self.state.rewritten, self.pc, slots, (), const(self.function))


class Shims:
    """All shims of the process."""

    def __init__(self, layout: Layout, prepare: Callable[[CodeType], CodeState]) -> None:
        self.layout = layout
        self.prepare = prepare
        self.init = self._shim(_init)
        self.operator = self._shim(_operator)

    def _shim(self, function: Any) -> Shim:
        state = self.prepare(function.__code__)
        hide(state.rewritten.code, self.layout)
        return Shim(function, state)
