"""What is known of the values at a side exit, found when a bridge is recorded from it.

The compiled trace is walked from its start to the exit: the guards on the way say what the
bridge need not ask again. Must not assume anything of a label's params but what every jump to
it has to establish.
"""

from __future__ import annotations

from typing import Any

from hotloop.core.side_exit import SideExit
from hotloop_ir.op import Op
from hotloop_ir.ops import call, control, guard, pyobj, refcount
from hotloop_ir.trace import Trace
from hotloop_ir.value import Value
from hotloop_optimizer.peel import HeaderState
from hotloop_optimizer.virtuals import ALLOCATIONS, class_of
from hotloop_tracer.objects import type_is_permanent

_UNBOXED: dict[type[Op[Any]], type] = {pyobj.UnboxFloat: float, pyobj.UnboxBool: bool}


def known_types(side: SideExit) -> dict[Value[Any], type]:
    """The exact types of values that are live at an exit."""
    if side.compiled is None:
        return {}
    live = set(side.values)
    facts = types_before(side.compiled.trace.trace, side.guard)
    if isinstance(side.guard, refcount.DecrefChecked):  # a finaliser has run
        facts = _lasting(facts)
    return {value: cls for value, cls in facts.items() if value in live}


def types_before(trace: Trace, last: Op[Any]) -> dict[Value[Any], type]:
    """The exact types known just before an op of an optimised trace.

    The backend has ways out of its own, a `leave` with the snapshot of the call it stands before:
    when there is no room to recurse.
    """
    known: dict[Value[Any], type] = {}
    known.update(trace.known.items())
    for op in trace.ops:
        if op is last or (isinstance(last, control.Leave) and op.snapshot is last.snapshot):
            return known
        if isinstance(op, control.Label):
            known = _lasting(known)
            known.update(_of_label(trace, op))
        else:
            _note(op, known)
    return {}  # nobody knows where it is


def _lasting(known: dict[Value[Any], type]) -> dict[Value[Any], type]:
    """What stays true whatever code runs."""
    return {value: cls for value, cls in known.items() if type_is_permanent(cls)}


def _note(op: Op[Any], known: dict[Value[Any], type]) -> None:
    """What is known after an op."""
    if isinstance(op, guard.GuardType):
        known[op.ref] = op.cls
    elif type(op) in _UNBOXED:
        known[op.args[0]] = _UNBOXED[type(op)]
    elif type(op) in ALLOCATIONS:
        known[op] = class_of(op)
    elif may_run_python(op):
        for value in [value for value, cls in known.items() if not type_is_permanent(cls)]:
            del known[value]


def may_run_python(op: Op[Any]) -> bool:
    """Whether code of the program may run inside an op, which can assign ``__class__``."""
    if isinstance(op, (call.CallPython, call.CallEntry)):
        return True
    return isinstance(op, (call.Call, call.CallMayRaise)) and op.helper.runs_python


def _of_label(trace: Trace, label: Op[Any]) -> dict[Value[Any], type]:
    """What every jump to a label has proved of its params."""
    target = trace.targets.get(label)
    if target is None or not isinstance(target.state, HeaderState):
        return {}
    ops = [short.op for short in target.state.shorts]
    return {op.ref: op.cls for op in ops if isinstance(op, guard.GuardType)}
