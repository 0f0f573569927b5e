"""Running single traces on the CPU, for tests of passes and of this backend.

``run`` compiles a trace, enters it with given inputs and says where and with which values
it was left. Reference counts are not balanced: objects that a trace makes or gets stay
alive for ever, so use it for tests only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotloop_backend_x86.compile import CompiledExit, CompiledTrace, X86Backend
from hotloop_backend_x86.memory import Activation, add_references
from hotloop_ir.leaving import DEAD, live_values
from hotloop_ir.op import Op
from hotloop_ir.ops.call import Call, CallMayRaise
from hotloop_ir.ops.refcount import Incref
from hotloop_ir.slotted import slotted
from hotloop_ir.trace import Trace
from hotloop_ir.value import NULL_OBJECT, Type, Value


@slotted(frozen=True)
class Left:
    """Where compiled code was left: the exit and the concrete value of each of its values."""

    exit: CompiledExit
    values: dict[Value[Any], Any]

    @property
    def op(self) -> Op[Any]:
        """The op whose exit was taken."""
        return self.exit.guard


def enter(
    codes: Sequence[CompiledTrace], inputs: Sequence[Any], activation: Activation | None = None
) -> Left:
    """Enter the first of ``codes`` and run until an exit of any of them is taken.

    REF inputs get a reference for the trace. Raises a Python exception the code left set.
    """
    if activation is None:
        activation = Activation()
    for index, (param, value) in enumerate(zip(codes[0].trace.inputs, inputs, strict=True)):
        activation.write(index, param.type, value)
        if param.type is Type.REF and value is not NULL_OBJECT:
            add_references(value, 1)
    record = activation.run(codes[0].address)
    for code in codes:
        for exit in code.exits:
            if exit.record == record:
                return Left(exit, exit_state(exit, activation))
    raise LookupError(f"no exit has the record {record:#x}")


def exit_state(exit: CompiledExit, activation: Activation) -> dict[Value[Any], Any]:
    """The values of an exit as they are in the buffer."""
    return {
        value: activation.read(index, value.type)
        for index, value in enumerate(live_values(exit.guard, exit.values))
        if value is not DEAD
    }


def run(trace: Trace, inputs: Sequence[Any], level: int = 0) -> Left:
    """Compile a trace without reference counting and enter it."""
    return enter([X86Backend().compile(keep_alive(trace), level)], inputs)


def keep_alive(trace: Trace) -> Trace:
    """The trace with one reference more for every operand that an op takes over."""
    ops: list[Op[Any]] = []
    for op in trace.ops:
        consumed = op.helper.consumes if isinstance(op, Call | CallMayRaise) else op.consumes
        taken = op.args if consumed is None else tuple([op.args[index] for index in consumed])
        ops.extend(Incref(value) for value in taken if value.type is Type.REF)
        ops.append(op)
    return trace.replace(ops)
