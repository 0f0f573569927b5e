"""Calls: helpers against their references, Python callables, exceptions, what surrounds a call."""

import copy
import gc
import math
import signal
import sys
from typing import Any

import pytest

from hotloop_backend_x86.compile import X86Backend
from hotloop_backend_x86.memory import CODE, Activation, write_word
from hotloop_backend_x86.testing import Left, enter, exit_state, keep_alive
from hotloop_ir import helpers  # noqa: F401 - declares them
from hotloop_ir.helper import Errors, helper_named
from hotloop_ir.op import Op
from hotloop_ir.ops import call, guard, integer
from hotloop_ir.ops.control import Jump, Leave
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.trace import Trace, TraceKind
from hotloop_ir.value import NULL_OBJECT, Param, Type, Value, const_int

LEVELS = pytest.mark.parametrize("level", [0, 1, 2])


def state(*values: Value[Any]) -> Snapshot:
    return Snapshot(FrameState(None, None, 0, values, ()))


class Number:
    def __init__(self, value: int) -> None:
        self.value = value

    def __add__(self, other: object) -> object:
        return ("sum", self.value, other)

    def __bool__(self) -> bool:
        raise KeyError("no truth")

    def __iter__(self) -> Any:
        return iter("xyz")


class Eager:
    def __next__(self) -> int:
        raise RuntimeError("not yet")

    def __iter__(self) -> Any:
        return self


def function_with(a: int, b: int = 2, *rest: object, c: int = 3) -> tuple[object, ...]:
    return (a, b, rest, c)


CASES: list[tuple[str, tuple[Any, ...]]] = [
    ("number_add", (1, 2.5)),
    ("number_add", (Number(3), "x")),
    ("number_add", (1, "x")),
    ("number_pow", (2, 100)),
    ("number_pow", (0, -1)),
    ("number_ipow", (3, 4)),
    ("number_truediv", (1, 0)),
    ("number_iadd", ([1], (2,))),
    ("number_neg", (True,)),
    ("int_mul_big", (2**70, -3)),
    ("int_floordiv_big", (2**70, 0)),
    ("compare_lt", (1, 2)),
    ("compare_lt", (1, "2")),
    ("compare_ge_safe", ("b", "a")),
    ("compare_eq_safe", (1.0, 1)),
    ("is_true", ([],)),
    ("is_true", (Number(1),)),
    ("float_pow", (2.0, 0.5)),
    ("float_pow", (10.0, 400.0)),
    ("float_floordiv", (7.5, -2.0)),
    ("float_floordiv", (-0.0, 3.0)),
    ("float_floordiv", (1e300, 1e-300)),
    ("float_floordiv", (math.inf, 2.0)),
    ("float_mod", (7.5, -2.0)),
    ("float_mod", (-1e-20, 3.0)),
    ("float_mod", (6.0, -3.0)),
    ("float_mod", (5.0, math.inf)),
    ("list_append", ([1], 5)),
    ("list_append", (list(range(100)), 5)),
    ("list_pop_last", ([1, 2, 3],)),
    ("list_pop_last", ([1],)),
    ("list_pop", ([1, 2, 3], 0)),
    ("list_pop", ([1, 2, 3], -1)),
    ("list_pop", ([1, 2, 3], 3)),
    ("list_pop", ([], 0)),
    ("list_insert", ([1, 2], 1, 9)),
    ("list_slice", ([1, 2, 3, 4], 1, 3)),
    ("list_repeat", ([1, 2], 3)),
    ("list_concat", ([1], [2])),
    ("list_extend", ([1], (2, 3))),
    ("list_copy", ([1, 2],)),
    ("list_reverse", ([1, 2],)),
    ("list_contains_safe", ([1, 2], 2)),
    ("list_index", ([1, 2], 2)),
    ("list_index", ([1, 2], 5)),
    ("list_to_tuple", ([1, 2],)),
    ("tuple_slice", ((1, 2, 3), 0, 2)),
    ("tuple_concat", ((1,), (2,))),
    ("list_from_iterable", (Number(1),)),
    ("dict_get_safe", ({"a": 1}, "a")),
    ("dict_get_safe", ({"a": 1}, "b")),
    ("dict_get_hinted", ({"a": 1}, "a", 0)),
    ("dict_get_hinted", ({1: 1, "a": 1}, "a", 1)),
    ("dict_set_safe", ({"a": 1}, "b", [2])),
    ("dict_add_safe", ({"a": 1}, "b", [2])),
    ("dict_contains_safe", ({1: 2}, 1)),
    ("dict_del_safe", ({1: 2}, 1)),
    ("dict_del_safe", ({1: 2}, 3)),
    ("dict_getitem", ({1: 2}, 3)),
    ("dict_new", ()),
    ("build_set", (1, 2, 1)),
    ("build_set", (1, [])),
    ("build_set", ()),
    ("build_map", ("a", 1, "b", 2)),
    ("build_map", ([], 1)),
    ("str_concat", ("a", "bc")),
    ("str_getchar", ("abc", 1)),
    ("str_getchar", ("a\xe9", 1)),
    ("str_getchar", ("a\u20ac", 1)),
    ("str_getchar", ("\U0001f600b", 0)),
    ("str_eq", ("abc", "abc"[:2] + "c")),
    ("str_eq", ("\u20acx", "\u20ac" + "x")),
    ("str_eq", ("abc", "abd")),
    ("str_eq", ("ab\xe9", "ab\u20ac")),
    ("str_eq", ("", "")),
    ("str_ord", ("\u20ac",)),
    ("str_slice", ("abcdef", 1, 3)),
    ("str_contains", ("abc", "bc")),
    ("str_build", ("a", "", "b\u20ac")),
    ("str_join", ("-", ["a", "b"])),
    ("str_join", ("-", [1])),
    ("str_from_int", (-12345678901234,)),
    ("chr", (0x20AC,)),
    ("str_format_value", (3.5, ".2f")),
    ("str_of", (Number,)),
    ("getattr_generic", (Number(5), "value")),
    ("getattr_generic", (Number(5), "missing")),
    ("setattr_generic", (Number(5), "value", 4)),
    ("contains_generic", ("abc", "b")),
    ("contains_generic", (5, "b")),
    ("len_generic", ([1, 2],)),
    ("len_generic", (5,)),
    ("isinstance_generic", (True, int)),
    ("hash_of", ("abc",)),
    ("hash_of", ([],)),
    ("get_iter", (5,)),
    ("iter_next", (iter([7]),)),
    ("iter_next", (iter([]),)),
    ("iter_next", (Eager(),)),
    ("call_ex", (function_with, (1, 2, 3), {"c": 4})),
    ("call_ex", (function_with, (1,), NULL_OBJECT)),
    ("math_sin", (0.5,)),
    ("math_atan2", (1.0, -2.0)),
    ("math_exp", (1000.0,)),
]


def copy_of(value: Any) -> Any:
    if isinstance(value, list | dict):
        return value.copy()
    return copy.copy(value) if type(value) is type(iter([])) else value


def expected_of(reference: Any, operands: list[Any]) -> Any:
    try:
        return reference(*operands)
    except Exception as error:
        return error


@LEVELS
@pytest.mark.parametrize(("name", "operands"), CASES)
def test_helpers_do_what_their_references_say(
    name: str, operands: tuple[Any, ...], level: int
) -> None:
    helper = helper_named(name)
    types = helper.params * len(operands) if helper.variadic else helper.params
    params: list[Param[Any]] = [Param(type) for type in types]
    op: Op[Any]
    if helper.errors is Errors.NEVER:
        op = call.Call(tuple(params), helper)
    else:
        op = call.CallMayRaise(tuple(params), helper, state(*params))
    ops = [op, Leave(state(op) if op.type is not Type.VOID else state())]
    trace = keep_alive(Trace(params, ops, TraceKind.BRIDGE))
    code = X86Backend().compile(trace, level)
    mine = [[copy_of(value) for value in operands] for _ in range(2)]
    expected = expected_of(helper.reference, mine[0])
    if isinstance(expected, Exception):
        with pytest.raises(type(expected)) as caught:
            enter([code], mine[1])
        assert str(caught.value) == str(expected)
    else:
        found = enter([code], mine[1]).values[op]
        assert type(found) is type(expected)
        if isinstance(found, float):
            assert found.hex() == expected.hex()
        else:
            assert found == expected
    for left, right in zip(*mine, strict=True):
        if isinstance(left, list | dict):
            assert left == right
    code.free()


def python_call(
    count: int, kwnames: tuple[str, ...] = ()
) -> tuple[Trace, call.CallPython, list[Param[Any]]]:
    function: Param[Any] = Param(Type.REF)
    operands: list[Param[Any]] = [Param(Type.REF) for _ in range(count)]
    number: Param[Any] = Param(Type.INT)
    op = call.CallPython(function, tuple(operands), kwnames, state(function, number))
    params = [function, *operands, number]
    return Trace(params, [op, Leave(state(op))]), op, params


@LEVELS
def test_python_functions_are_called(level: int) -> None:
    trace, op, _ = python_call(3, ("c",))
    code = X86Backend().compile(trace, level)
    assert enter([code], [function_with, 1, 5, 9, 0]).values[op] == (1, 5, (), 9)
    keywords = [lambda *a, **k: (a, k), 1, 2, 3, 0]
    assert enter([code], keywords).values[op] == ((1, 2), {"c": 3})
    trace, op, _ = python_call(0)
    code = X86Backend().compile(trace, level)
    assert enter([code], [list, 0]).values[op] == []


@LEVELS
def test_an_exception_leaves_at_the_call(level: int) -> None:
    trace, op, params = python_call(1)
    code = X86Backend().compile(trace, level)
    activation = Activation()
    with pytest.raises(ValueError, match="invalid literal"):
        enter([code], [int, "x", 55], activation)
    exit = next(exit for exit in code.exits if exit.guard is op)
    assert exit_state(exit, activation) == {params[0]: int, params[2]: 55}


@LEVELS
def test_a_call_shows_where_it_is_and_allows_collections(level: int) -> None:
    trace, op, _params = python_call(1)
    code = X86Backend().compile(trace, level)
    exit = next(exit for exit in code.exits if exit.guard is op)
    write_word(exit.record + 40, 0x1234)
    activation = Activation()
    seen: list[Any] = []

    def look(_: object) -> str:
        seen.append(activation.record_word(-4) == exit.record)
        seen.append(activation.call_line())
        seen.append(gc.isenabled())
        return "done"

    left = enter([code], [look, None, 99], activation)
    assert left.values[op] == "done"
    assert seen == [True, 0x1234, True]
    assert activation.record_word(-4) == 0
    assert activation.record_word(-3) == 1


@LEVELS
def test_a_callee_may_turn_collections_off_or_on(level: int) -> None:
    trace, _, _ = python_call(0)
    code = X86Backend().compile(trace, level)
    activation = Activation()
    try:
        enter([code], [gc.disable, 0], activation)
        assert not gc.isenabled()
        assert activation.record_word(-3) == 0
        enter([code], [gc.enable, 0], activation)
        assert gc.isenabled()
    finally:
        gc.enable()


def interrupt_trace() -> tuple[Trace, Op[Any]]:
    op = guard.GuardNoInterrupt(state())
    return Trace([], [op, Leave(state())]), op


@LEVELS
def test_no_interrupt_goes_on(level: int) -> None:
    trace, op = interrupt_trace()
    code = X86Backend().compile(trace, level)
    gc.collect()
    assert enter([code], []).op is not op


@LEVELS
def test_a_collection_that_is_due_leaves(level: int) -> None:
    trace, op = interrupt_trace()
    code = X86Backend().compile(trace, level)
    old = gc.get_threshold()
    made = [[] for _ in range(50)]  # type: ignore[var-annotated]
    gc.collect()
    try:
        gc.set_threshold(10)
        gc.disable()
        made += [[] for _ in range(50)]
        assert enter([code], []).op is not op  # due, but collections are off
        activation = Activation()
        gc.enable()
        gc.disable()
        write_word(activation.address - 24, 1)
        record = _run_enabled(code.address, activation)
        assert record == code.exits[0].record
        gc.set_threshold(0)
        assert _run_enabled(code.address, activation) != code.exits[0].record
    finally:
        gc.set_threshold(*old)
        gc.enable()


def _run_enabled(address: int, activation: Activation) -> int:
    """Enter as if collections had been on, without a chance for one before."""
    write_word(activation.address - 24, 1)
    return int(CODE(address)(activation.address, 0))


@LEVELS
def test_a_signal_leaves_the_loop(level: int) -> None:
    """A signal that comes while the loop runs only sets the eval breaker."""
    count: Param[Any] = Param(Type.INT)
    check = guard.GuardNoInterrupt(state(count))
    more = integer.IntAdd(count, const_int(1))
    code = X86Backend().compile(Trace([count], [check, more, Jump((more,), None)]), level)
    handled: list[int] = []
    old = signal.signal(signal.SIGVTALRM, lambda number, frame: handled.append(number))
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.02)
        left = enter([code], [0])
        assert left.op is check
        assert left.values[count] > 1000
        assert handled == [signal.SIGVTALRM]
    finally:
        signal.signal(signal.SIGVTALRM, old)


@LEVELS
def test_arguments_keep_their_counts(level: int) -> None:
    trace, op, _ = python_call(2)
    code = X86Backend().compile(trace, level)
    first, second = object(), object()
    counts = sys.getrefcount(first), sys.getrefcount(second)
    left: Left = enter([code], [lambda a, b: a is b, first, second, 0])
    assert left.values[op] is False
    # The inputs' references stay with the trace, nothing else.
    assert (sys.getrefcount(first), sys.getrefcount(second)) == (counts[0] + 1, counts[1] + 1)
