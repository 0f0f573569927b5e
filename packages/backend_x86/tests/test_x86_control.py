"""Loops, labels, selectors, bridges, jumps between traces, calls of entry traces."""

import ctypes
from typing import Any

import pytest

from hotloop_backend_x86.arena import Arena
from hotloop_backend_x86.codemap import disassemble
from hotloop_backend_x86.compile import CompiledTrace, X86Backend
from hotloop_backend_x86.emitter import Uncompilable
from hotloop_backend_x86.memory import Activation
from hotloop_backend_x86.symbols import finish_call
from hotloop_backend_x86.testing import enter, exit_state
from hotloop_ir.op import Op
from hotloop_ir.ops import control, floats, guard, integer, pyobj
from hotloop_ir.ops.call import CallEntry
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.trace import Target, Trace, TraceKind
from hotloop_ir.value import Param, Type, Value, const_float, const_int, const_ref

LEVELS = pytest.mark.parametrize("level", [0, 1, 2])


def state(*values: Value[Any]) -> Snapshot:
    return Snapshot(FrameState(None, None, 0, values, ()))


def number() -> Param[Any]:
    return Param(Type.INT)


def counting(limit: int) -> tuple[Trace, Op[Any]]:
    """``while i < limit: total += i; i += 1`` with a float and a bool carried along."""
    i, total, x, flag = number(), number(), Param[Any](Type.FLOAT), Param[Any](Type.BOOL)
    less = integer.IntLt(i, const_int(limit))
    end = guard.GuardTrue(less, state(i, total, x, flag))
    added = integer.IntAddOvf(total, i, state(i, total, x, flag))
    more = integer.IntAdd(i, const_int(1))
    half = floats.FloatAdd(x, const_float(0.5))
    odd = integer.IntEq(integer.IntAnd(i, const_int(1)), const_int(1))
    parity = odd.args[0]
    assert isinstance(parity, Op)
    ops: list[Op[Any]] = [less, end, added, more, half, parity, odd]
    ops.append(control.Jump((more, added, half, odd), None))
    return Trace([i, total, x, flag], ops), end


@LEVELS
def test_a_loop_runs_until_a_guard_fails(level: int) -> None:
    trace, end = counting(1000)
    code = X86Backend().compile(trace, level)
    left = enter([code], [0, 0, 1.5, False])
    assert left.op is end
    assert list(left.values.values()) == [1000, 499500, 501.5, True]


def peeled(limit: int, target: Target | None) -> tuple[Trace, Op[Any], control.Label]:
    """A preamble that unboxes, and a loop that counts."""
    boxed = Param[Any](Type.REF)
    start = pyobj.UnboxInt(boxed, state(boxed))
    i = number()
    label = control.Label((start,), (i,))
    more = integer.IntAdd(i, const_int(1))
    less = integer.IntLt(more, const_int(limit))
    end = guard.GuardTrue(less, state(more))
    trace = Trace([boxed], [start, label, more, less, end, control.Jump((more,), label)])
    if target is not None:
        trace.targets[label] = target
    return trace, end, label


@LEVELS
def test_a_label_is_entered_by_falling_in_and_from_outside(level: int) -> None:
    target = Target("loop", (Type.INT,))
    trace, _, _ = peeled(100, target)
    code = X86Backend().compile(trace, level)
    assert list(enter([code], [5]).values.values()) == [100]
    assert target.code == (code.address, 1)
    activation = Activation()
    activation.write(0, Type.INT, 98)
    assert activation.run(code.address, 1) == code.exits[-1].record
    assert activation.read(0, Type.INT) == 100
    assert activation.run(code.address, 1) == code.exits[-1].record
    assert activation.read(0, Type.INT) == 101


@LEVELS
def test_loop_invariants_may_come_from_before_a_label_without_target(level: int) -> None:
    limit, i = number(), number()
    twice = integer.IntAdd(limit, limit)
    label = control.Label((const_int(0),), (i,))
    more = integer.IntAdd(i, const_int(1))
    less = integer.IntLt(more, twice)
    end = guard.GuardTrue(less, state(more))
    ops: list[Op[Any]] = [twice, label, more, less, end, control.Jump((more,), label)]
    code = X86Backend().compile(Trace([limit], ops), level)
    assert list(enter([code], [21]).values.values()) == [42]


@LEVELS
def test_two_labels_and_a_jump_to_the_second(level: int) -> None:
    first, second = number(), number()
    one = control.Label((const_int(3),), (first,))
    shifted = integer.IntAdd(first, const_int(10))
    two = control.Label((shifted,), (second,))
    more = integer.IntAdd(second, const_int(1))
    less = integer.IntLt(more, const_int(20))
    end = guard.GuardTrue(less, state(more))
    ops: list[Op[Any]] = [one, shifted, two, more, less, end, control.Jump((more,), two)]
    trace = Trace([], ops)
    trace.targets = {one: Target("one", (Type.INT,)), two: Target("two", (Type.INT,))}
    trace.start = Target("start", ())
    code = X86Backend().compile(trace, level)
    assert trace.start.code == (code.address, 0)
    activation = Activation()
    for selector, given in ((0, 0), (1, 5), (2, 17)):
        activation.write(0, Type.INT, given)
        activation.run(code.address, selector)
        assert activation.read(0, Type.INT) == 20
    activation.write(0, Type.INT, 50)
    activation.run(code.address, 1)
    assert activation.read(0, Type.INT) == 61


@LEVELS
def test_params_may_be_swapped_on_the_way_back(level: int) -> None:
    a, b, count = number(), number(), number()
    less = integer.IntGt(count, const_int(0))
    end = guard.GuardTrue(less, state(a, b))
    down = integer.IntSub(count, const_int(1))
    trace = Trace([a, b, count], [less, end, down, control.Jump((b, a, down), None)])
    code = X86Backend().compile(trace, level)
    assert list(enter([code], [1, 2, 3]).values.values()) == [2, 1]


@LEVELS
def test_a_bridge_continues_a_failed_guard_and_jumps_back(level: int) -> None:
    backend = X86Backend()
    target = Target("loop", (Type.INT,))
    trace, end, _ = peeled(100, target)
    code = backend.compile(trace, level)
    exit = next(exit for exit in code.exits if exit.guard is end)
    passed = number()
    small = integer.IntLt(passed, const_int(110))
    out = guard.GuardTrue(small, state(passed))
    more = integer.IntAdd(passed, const_int(3))
    ops: list[Op[Any]] = [small, out, more, control.Jump((more,), target)]
    bridge = backend.compile(Trace([passed], ops, TraceKind.BRIDGE), level)
    backend.attach(exit, bridge)
    left = enter([code, bridge], [5])
    assert left.op is out
    assert list(left.values.values()) == [112]  # 100, 104, 108, 112
    backend.detach(exit)
    assert list(enter([code, bridge], [5]).values.values()) == [100]


@LEVELS
def test_exit_values_of_all_types_reach_a_bridge(level: int) -> None:
    backend = X86Backend()
    values = [number(), Param[Any](Type.FLOAT), Param[Any](Type.BOOL), Param[Any](Type.REF)]
    end = control.Leave(state(*values))
    code = backend.compile(Trace(values, [end]), level)
    assert code.exits[0].values == tuple(values)
    again = [Param[Any](value.type) for value in values]
    out = control.Leave(state(*reversed(again)))
    bridge = backend.compile(Trace(again, [out], TraceKind.BRIDGE), level)
    backend.attach(code.exits[0], bridge)
    left = enter([code, bridge], [-3, -0.0, True, "text"])
    assert [left.values[param] for param in reversed(again)] == ["text", True, -0.0, -3]


def test_levels_can_be_mixed_in_one_tree() -> None:
    backend = X86Backend()
    trace, end = counting(10)
    code = backend.compile(trace, 0)
    exit = next(exit for exit in code.exits if exit.guard is end)
    inputs = [Param[Any](value.type) for value in exit.values]
    trace.start = Target("start", (Type.INT, Type.INT, Type.FLOAT, Type.BOOL))
    trace.start.code = (code.address, 0)
    enough = integer.IntLt(inputs[1], const_int(200))
    out = guard.GuardTrue(enough, state(*inputs))
    jump = control.Jump((const_int(0), *inputs[1:]), trace.start)
    bridge = backend.compile(Trace(inputs, [enough, out, jump], TraceKind.BRIDGE), 1)
    backend.attach(exit, bridge)
    left = enter([code, bridge], [0, 0, 0.0, False])
    assert left.op is out
    assert left.values[inputs[1]] == 225


# --- calls of compiled functions ------------------------------------------------------------


def factorial() -> tuple[Trace, CallEntry]:
    """``def f(n): return n * f(n - 1) if n > 1 else 1``, the last branch a failing guard."""
    boxed = Param[Any](Type.REF)
    n = pyobj.UnboxInt(boxed, state(boxed))
    large = integer.IntGt(n, const_int(1))
    end = guard.GuardTrue(large, state(boxed))
    less = integer.IntSub(n, const_int(1))
    argument = pyobj.BoxInt(less)
    start = Target("f", (Type.REF,))
    inner = CallEntry(const_ref(None), (argument,), start, state(boxed))
    rest = pyobj.UnboxInt(inner, state(boxed, inner))
    product = integer.IntMulOvf(n, rest, state(boxed, inner))
    result = pyobj.BoxInt(product)
    ops: list[Op[Any]] = [n, large, end, less, argument, inner, rest, product, result]
    ops.append(control.Finish(result, state(result)))
    trace = Trace([boxed], ops, TraceKind.ENTRY)
    trace.start = start
    return trace, inner


def one_bridge(backend: X86Backend, code: CompiledTrace) -> None:
    """``return 1`` at the guard that fails for the smallest n."""
    exit = next(exit for exit in code.exits if isinstance(exit.guard, guard.GuardTrue))
    param = Param[Any](Type.REF)
    value = pyobj.BoxInt(const_int(1))
    ops: list[Op[Any]] = [value, control.Finish(value, state(value))]
    bridge = backend.compile(Trace([param], ops, TraceKind.BRIDGE), code.level)
    backend.attach(exit, bridge)
    bridges.append(bridge)


bridges: list[object] = []
"""Attached code is kept by whoever attaches it: its exits lead to memory of the CompiledTrace."""


@LEVELS
def test_recursion_stays_in_compiled_code(level: int) -> None:
    backend = X86Backend()
    trace, _ = factorial()
    code = backend.compile(trace, level)
    one_bridge(backend, code)
    activation = Activation()
    for n, expected in ((1, 1), (2, 2), (5, 120), (19, 121645100408832000)):
        activation.write(0, Type.REF, n)
        record = activation.run(code.address)
        assert ctypes.c_int64.from_address(record + 16).value == 4
        assert activation.read(0, Type.REF) == expected
        assert activation.record_word(-4) == 0


@LEVELS
def test_little_stack_leaves_before_a_compiled_call(level: int) -> None:
    backend = X86Backend()
    trace, inner = factorial()
    code = backend.compile(trace, level)
    activation = Activation()
    ctypes.c_int64.from_address(activation.address - 40).value = (1 << 63) - 1
    left = enter([code], [5], activation)
    assert isinstance(left.op, control.Leave)
    assert left.op.snapshot is inner.snapshot


FINISH = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_int64)


@LEVELS
def test_a_callee_that_leaves_is_run_to_its_end(level: int) -> None:
    backend = X86Backend()
    trace, _ = factorial()
    code = backend.compile(trace, level)
    seen: list[tuple[bool, int]] = []

    def finish(buffer: int, record: int) -> int:
        exit = next(exit for exit in code.exits if exit.record == record)
        value = ctypes.cast(ctypes.c_int64.from_address(buffer).value, ctypes.py_object).value
        seen.append((isinstance(exit.guard, guard.GuardTrue), value))
        return 1

    callback = FINISH(finish)
    old = finish_call[0]
    backend.set_finish_call(ctypes.cast(callback, ctypes.c_void_p).value or 0)
    activation = Activation()
    try:
        activation.write(0, Type.REF, 5)
        activation.run(code.address)
    finally:
        backend.set_finish_call(old)
    assert seen == [(True, 1)]
    assert activation.read(0, Type.REF) == 120
    assert activation.record_word(-3) == 1


@LEVELS
def test_deep_recursion_leaves_when_the_stack_is_short(level: int) -> None:
    backend = X86Backend()
    trace, _ = factorial()
    code = backend.compile(trace, level)
    one_bridge(backend, code)
    activation = Activation()
    ctypes.c_int64.from_address(activation.address - 40).value = (1 << 63) - 1
    activation.write(0, Type.REF, 5)
    record = activation.run(code.address)
    exit = next(exit for exit in code.exits if exit.record == record)
    assert isinstance(exit.guard, control.Leave)
    assert list(exit_state(exit, activation).values()) == [5]


# --- what cannot be compiled ----------------------------------------------------------------


def test_more_values_than_the_buffer_holds_are_refused() -> None:
    inputs = [number() for _ in range(3)]
    many = [integer.IntAdd(inputs[0], inputs[1]) for _ in range(241)]
    with pytest.raises(Uncompilable, match="244 values"):
        X86Backend().compile(Trace(inputs, [*many, control.Leave(state(*many))]), 0)
    with pytest.raises(Uncompilable, match="240 inputs"):
        X86Backend().compile(Trace([number() for _ in range(241)], [control.Leave(state())]), 0)


def test_a_jump_to_code_that_is_gone_is_refused() -> None:
    backend = X86Backend()
    target = Target("loop", (Type.INT,))
    trace, _, _ = peeled(100, target)
    backend.compile(trace, 0).free()
    assert target.code is None
    param = number()
    with pytest.raises(Uncompilable, match="has no code"):
        backend.compile(Trace([param], [control.Jump((param,), target)], TraceKind.BRIDGE), 0)


# --- code memory ----------------------------------------------------------------------------


def test_code_memory_is_given_back_and_used_again() -> None:
    arena = Arena(1 << 20)
    backend = X86Backend(arena)
    trace, _ = counting(10)
    addresses = set()
    for _ in range(50):
        code = backend.compile(trace, 0)
        addresses.add(code.address)
        assert code.size > 0 and arena.used == code.size
        code.free()
    assert arena.used == 0
    assert len(addresses) == 1
    assert arena.statistics()["loads"] == 50


def test_every_op_appears_in_the_disassembly() -> None:
    trace, _ = counting(10)
    code = X86Backend().compile(trace, 0)
    text = disassemble(code)
    for op in trace.ops:
        assert op.mnemonic in text
    assert "ret" in text or "jmp" in text


def test_better_code_replaces_code_that_is_entered_and_keeps_its_bridges() -> None:
    backend = X86Backend()
    trace, _ = factorial()
    code = backend.compile(trace, 0)
    one_bridge(backend, code)
    activation = Activation()
    better = code
    for round in range(2):
        activation.write(0, Type.REF, 5)
        activation.run(code.address)
        assert activation.read(0, Type.REF) == 120
        if round == 0:
            assert code.counter[0] == 5
            better = backend.recompile(code, 2)
            assert better.address != code.address
            assert better.exits is code.exits
    assert code.counter[0] == 5
    bridges.append(better)
