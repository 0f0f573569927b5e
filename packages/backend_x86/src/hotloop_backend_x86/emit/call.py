"""Emitters of calls. What surrounds a call that may run Python code is in ``_python_call``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hotloop_backend_x86.emit.control import code_of
from hotloop_backend_x86.emit.refcount import add_reference
from hotloop_backend_x86.emitter import (
    UNLIKELY,
    Emitter,
    ExitSite,
    emits,
    forgets_values,
    pointer,
)
from hotloop_backend_x86.layout import facts, llvm_type
from hotloop_backend_x86.stores import FUNCTION_WORD
from hotloop_ir.helper import Errors, Helper
from hotloop_ir.op import Op
from hotloop_ir.ops.call import Call, CallEntry, CallMayRaise, CallPython
from hotloop_ir.ops.control import Leave
from hotloop_ir.ops.guard import GuardRoom
from hotloop_ir.snapshot import ReturnKind, Snapshot
from hotloop_ir.value import Type, Value

#: PY_VECTORCALL_ARGUMENTS_OFFSET (Include/cpython/abstract.h) as a signed word.
ARGUMENTS_OFFSET: Final = -(1 << 63)
#: Levels of recursion that compiled code leaves to the interpreter, which counts every frame.
LEVELS_KEPT = 64


def before_python(e: Emitter, record: int, levels: int = 0) -> None:
    """Make the activation look as CPython expects it while other code runs."""
    change_levels(e, -levels)
    e.line(f"call void {e.native('hl_before_python')}(ptr %buf, i64 {record})")


def after_python(e: Emitter, levels: int = 0) -> None:
    """Back in compiled code: no collections from here on; inline values may have moved."""
    e.line(f"call void {e.native('hl_after_python')}(ptr %buf)")
    change_levels(e, levels)


def check_stack(e: Emitter, op: Op[Any]) -> None:
    """Leave before a call that may recurse if little C stack is left (``buf[-5]``).

    The exit is that of a ``leave``: nothing is done yet and the interpreter, which needs no C
    stack for Python calls, redoes the instruction.
    """
    assert op.snapshot is not None
    e.max_arguments = max(e.max_arguments, 1)
    limit = e.let(f"load ptr, ptr {e.offset('%buf', -40)}")
    e.guard_not(e.let(f"icmp ult ptr %arguments, {limit}"), Leave(op.snapshot))


def check_depth(e: Emitter, op: Op[Any], levels: int) -> None:
    """Leave where CPython would refuse to recurse so many levels deeper."""
    assert op.snapshot is not None
    left = e.let(f"load i32, ptr {_levels_left(e)}")
    e.guard_not(e.let(f"icmp slt i32 {left}, {levels + LEVELS_KEPT}"), Leave(op.snapshot))


@emits("guard_room")
def guard_room(e: Emitter, op: GuardRoom) -> None:
    """What ``call_entry`` asks by itself unless its snapshot is that of a suspended caller."""
    check_stack(e, op)
    check_depth(e, op, levels_of(op.snapshot))


def levels_of(snapshot: Snapshot) -> int:
    """Levels of recursion that the inlined frames of a snapshot would count as in CPython.

    A class that is called counts itself, besides its ``__init__``.
    """
    inlined = [frame for frame in snapshot.frame.chain() if frame.parent is not None]
    return sum(2 if frame.return_kind is ReturnKind.INIT else 1 for frame in inlined)


def _levels_left(e: Emitter) -> str:
    """The address where the thread counts what it may still recurse."""
    thread = e.let(f"load ptr, ptr {e.offset('%buf', -16)}")
    return e.offset(thread, facts()["PyThreadState.recursion_remaining"])


def change_levels(e: Emitter, by: int) -> None:
    """Let code that is called from inlined frames recurse less deep, or as deep as before."""
    if by:
        place = _levels_left(e)
        left = e.let(f"load i32, ptr {place}")
        e.line(f"store i32 {e.let(f'add i32 {left}, {by}')}, ptr {place}")


def _operands(e: Emitter, helper: Helper, values: Sequence[Value[Any]]) -> str:
    if helper.variadic:
        array = argument_array(e, values, 0)
        return f"i64 {len(values)}, ptr {array}"
    texts = []
    for value in values:
        name = e.use(value)
        if value.type is Type.BOOL:
            name = e.let(f"zext i1 {name} to i64")
            texts.append(f"i64 {name}")
        else:
            texts.append(f"{llvm_type(value.type)} {name}")
    return ", ".join(texts)


def argument_array(e: Emitter, values: Sequence[Value[Any]], skip: int) -> str:
    """Store references to the argument array of the trace; the address of the first."""
    e.max_arguments = max(e.max_arguments, len(values) + skip, 1)
    for index, value in enumerate(values):
        place = e.offset("%arguments", 8 * (index + skip))
        e.line(f"store ptr {e.use(value)}, ptr {place}")
    return e.offset("%arguments", 8 * skip)


def _invoke(e: Emitter, helper: Helper, values: Sequence[Value[Any]]) -> str:
    """The call itself; the text of its result as a value of the helper's result type."""
    native = helper.symbol.startswith("hl_")
    target = e.native(helper.symbol) if native else e.symbol(helper.symbol)
    operands = _operands(e, helper, values)
    if helper.result is Type.VOID:
        e.line(f"call void {target}({operands})")
        return ""
    if helper.result is Type.BOOL:
        word = e.let(f"call {'i32' if helper.c_int else 'i64'} {target}({operands})")
        return e.let(f"icmp ne {'i32' if helper.c_int else 'i64'} {word}, 0")
    if helper.c_int:
        short = e.let(f"call i32 {target}({operands})")
        return e.let(f"sext i32 {short} to i64")
    return e.let(f"call {llvm_type(helper.result)} {target}({operands})")


def _check(e: Emitter, errors: Errors, result: str, site: ExitSite) -> None:
    """Leave if the call says that an exception is set."""
    if errors is Errors.NEVER:
        return
    go_on = e.fresh_block()
    if errors is Errors.NEGATIVE:
        bad = e.let(f"icmp slt i64 {result}, 0")
        e.branch(bad, e.way_out(site), go_on, UNLIKELY)
    elif errors is Errors.NULL:
        bad = e.let(f"icmp eq ptr {result}, null")
        e.branch(bad, e.way_out(site), go_on, UNLIKELY)
    else:
        ask = e.fresh_block()
        e.branch(e.let(f"icmp eq ptr {result}, null"), ask, go_on, UNLIKELY)
        pending, raised = e.fresh(), e.fresh()
        e.cold.append(f"{ask}:")
        e.cold.append(f"{pending} = call ptr {e.symbol('PyErr_Occurred')}()")
        e.cold.append(f"{raised} = icmp ne ptr {pending}, null")
        e.cold.append(f"br i1 {raised}, label %{e.cold_way_out(site)}, label %{go_on}")
    e.block(go_on)


@emits("call")
def call(e: Emitter, op: Call) -> None:
    helper = op.helper
    if helper.runs_python:
        before_python(e, 0)
    result = _invoke(e, helper, op.operands)
    if helper.runs_python:
        after_python(e)
    _finish(e, op, helper, result)


@emits("call_may_raise")
def call_may_raise(e: Emitter, op: CallMayRaise) -> None:
    helper = op.helper
    site = e.exit(op)
    assert op.snapshot is not None
    levels = levels_of(op.snapshot) if helper.runs_python else 0
    if helper.runs_python:
        before_python(e, site.record, levels)
    result = _invoke(e, helper, op.operands)
    if helper.runs_python:
        after_python(e, levels)
    _check(e, helper.errors, result, site)
    _finish(e, op, helper, result)
    if helper.errors is Errors.NULL:
        e.nonnull.add(op)


@emits("call_python")
def call_python(e: Emitter, op: CallPython) -> None:
    """PyObject_Vectorcall; the callee may use the word before the arguments."""
    site = e.exit(op)
    array = argument_array(e, op.operands, 1)
    positional = len(op.operands) - len(op.kwnames)
    names = e.object(op.kwnames) if op.kwnames else "null"
    callable = e.use(op.callable)
    assert op.snapshot is not None
    levels = levels_of(op.snapshot)
    before_python(e, site.record, levels)
    flags = positional + ARGUMENTS_OFFSET
    target = e.symbol("PyObject_Vectorcall")
    result = e.let(f"call ptr {target}(ptr {callable}, ptr {array}, i64 {flags}, ptr {names})")
    after_python(e, levels)
    _check(e, Errors.NULL, result, site)
    e.names[op] = result
    e.nonnull.add(op)
    e.values_pointers.clear()


@emits("call_entry")
def call_entry(e: Emitter, op: CallEntry) -> None:
    """The callee gets a buffer of its own on this frame, and references to its arguments."""
    levels = levels_of(op.snapshot) + op.target.levels
    if op.snapshot.redoes:
        check_stack(e, op)
        check_depth(e, op, levels)
    site = e.exit(op)
    e.calls_entries = True
    for index, value in enumerate(op.operands):
        argument = e.use(value)
        if op.snapshot.redoes:  # else they are taken over
            add_reference(e, argument)
        e.line(f"store ptr {argument}, ptr {e.offset('%inner', 8 * index)}")
    e.line(f"store ptr {e.use(op.function)}, ptr {e.offset('%inner', 8 * FUNCTION_WORD)}")
    code, selector = _entry_address(e, op)
    operands = f"ptr %buf, i64 {site.record}, ptr %inner, ptr {code}, i64 {selector}"
    operands += f", i32 {levels}"
    result = e.let(f"call ptr {e.native('hl_call_entry')}({operands})")
    _check(e, Errors.NULL, result, site)
    e.names[op] = result
    e.nonnull.add(op)
    e.values_pointers.clear()


def _entry_address(e: Emitter, op: CallEntry) -> tuple[str, int]:
    """Code and selector of the callee: this very trace, or another compiled one."""
    if op.target is e.trace.start:
        return "@trace", 0
    address, selector = code_of(op.target)
    return pointer(address), selector


def _finish(e: Emitter, op: Call | CallMayRaise, helper: Helper, result: str) -> None:
    if result:
        e.names[op] = result
    if forgets_values(helper):
        e.values_pointers.clear()
