"""Every abort reason occurs, and the program goes on as if nothing had been recorded."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from types import FunctionType, TracebackType
from typing import Any, cast

import pytest
from tracer_vm import ALL_KINDS, MiniJit

from hotloop_interp.frame import Frame
from hotloop_ir.helper import helper_named
from hotloop_ir.ops.control import Leave
from hotloop_ir.ops.guard import GuardTrue
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.trace import TraceKind
from hotloop_ir.value import TRUE
from hotloop_tracer import AbortReason, Options
from hotloop_tracer.recording import RecordingMachine


class Number:
    def __init__(self, value: int) -> None:
        self.value = value

    def __add__(self, other: object) -> Any:
        return NotImplemented


class Right:
    def __init__(self, value: int) -> None:
        self.value = value

    def __radd__(self, other: Any) -> int:
        return 100 + int(self.value)


class Odd:
    def __init__(self, value: int) -> None:
        self.value = value

    def __bool__(self) -> Any:
        return self.value


class Parent:
    def hello(self) -> int:
        return 1


class Child(Parent):
    def hello(self) -> int:
        parent: Any = super()
        return int(parent.hello()) + 1


def too_long(n: int) -> int:
    total = 0
    for i in range(n):
        total += sum_of(i) + sum_of(i + 1) + sum_of(i + 2)
    return total


def sum_of(i: int) -> int:
    return i * 2 + i * 3 + i * 4 + i * 5 + i * 6


def inner_loop(n: int) -> int:
    total = 0
    for i in range(n):
        for j in range(12):
            total += i * j
    return total


def has_loop(n: int) -> int:
    total = 0
    for i in range(n):
        total += i
    return total


def loop_in_inlined(n: int) -> int:
    total = 0
    for _ in range(n):
        total += has_loop(20)
    return total


def raises_in_c(n: int) -> list[Any]:
    seen: list[Any] = []
    for i in range(n):
        try:
            seen.append(int("x" if i % 2 else "3"))
        except ValueError as error:
            entries = traceback.extract_tb(error.__traceback__)
            seen.append((str(error), [entry.name for entry in entries]))
    return seen


def raises_by_operator(n: int) -> list[Any]:
    seen: list[Any] = []
    for i in range(n):
        try:
            seen.append(10 // (i % 3))
        except ZeroDivisionError as error:
            seen.append(str(error))
    return seen


def unbound(n: int) -> int:
    total = 0
    for i in range(n):
        fresh = i
        total += fresh
        del fresh
        if i % 2:
            kept = i
            total += kept
    return total


def matches(n: int) -> int:
    total = 0
    for i in range(n):
        match i:
            case int(value):
                total += value
    return total


def reads_locals(n: int) -> int:
    total = 0
    for i in range(n):
        total += len(locals()) + i
    return total


def class_statement(n: int) -> int:
    total = 0
    for i in range(n):

        class Local:
            value = i

        total += Local.value
    return total


def imports(n: int) -> float:
    total = 0.0
    for i in range(n):
        import math

        total += math.sqrt(i)
    return total


def leaves_handler(n: int) -> int:
    total = 0
    for i in range(n):
        try:
            raise KeyError(i)
        except KeyError:
            while True:
                total += 1
                if total % 3 == 0:
                    break
    return total


def delegating(n: int) -> list[int]:
    def inner() -> Iterator[int]:
        for _ in range(n):
            yield from (1, 2)

    return list(inner())


def drives(n: int) -> Any:
    total = 0
    while n:
        n -= 1
        total = total + 1
    return total


def not_implemented(n: int) -> int:
    total = 0
    for i in range(n):
        total += Number(i) + Right(1)
    return total


def bad_truth(n: int) -> int:
    total = 0
    for i in range(n):
        try:
            if Odd(i):
                total += 1
        except TypeError:
            total += 10
    return total


def super_kept(n: int) -> int:
    total = 0
    child = Child()
    for _ in range(n):
        total += child.hello()
    return total


class Named:
    def __hash__(self) -> int:
        return hash("sum_of")

    def __eq__(self, other: object) -> bool:
        return False


class Comparing(type):
    """Its classes are compared by code, and cannot be hashed."""

    def __eq__(cls, other: object) -> bool:
        raise AssertionError


class Compared(metaclass=Comparing):
    """Has an attribute."""

    one = 1


def strange_class(n: int) -> int:
    total, compared = 0, Compared()
    for _ in range(n):
        total += compared.one
    return total


def with_strange_names(n: int) -> int:
    return sum([sum_of(i) for i in range(n)])


STRANGE: dict[Any, Any] = {Named(): 0, "sum_of": sum_of, "range": range, "sum": sum}
strange_names = FunctionType(with_strange_names.__code__, STRANGE)


def missing_name(n: int) -> int:
    total = 0
    for i in range(n):
        try:
            total += i + not_defined_anywhere  # type: ignore[name-defined]
        except NameError:
            total += 1
    return total


def unpack_set(n: int) -> int:
    total = 0
    for i in range(n):
        (only,) = {i}
        total += only
    return total


def short_loops(n: int) -> int:
    total = 0
    for i in range(n):
        for j in [i]:
            total += j
    return total


CASES: list[tuple[str, Callable[..., Any], dict[str, Any]]] = [
    ("TRACE_TOO_LONG", too_long, {"trace_limit": 60}),
    ("INNER_LOOP_NOT_COMPILED", inner_loop, {}),
    ("LOOP_IN_INLINED", loop_in_inlined, {}),
    ("RAISED", raises_in_c, {}),
    ("RAISED", raises_by_operator, {}),
    ("UNBOUND_CHANGED", unbound, {}),
    ("UNSUPPORTED_OPCODE", matches, {}),
    ("READS_FRAME", reads_locals, {}),
    ("CLASS_BODY", class_statement, {}),
    ("IMPORT", imports, {}),
    ("EXCEPTION_STATE", leaves_handler, {}),
    ("NOT_IMPLEMENTED", not_implemented, {}),
    ("BAD_RESULT", bad_truth, {}),
    ("SUPER_ESCAPES", super_kept, {}),
    ("MISSING_NAME", missing_name, {}),
    ("STRANGE_NAMES", strange_names, {}),
    ("STRANGE_CLASS", strange_class, {}),
    ("UNPACK_MISMATCH", unpack_set, {}),
    ("RETURNED_EARLY", short_loops, {}),
    ("STOPPED", short_loops, {"stop": lambda: True}),
]


@pytest.mark.parametrize(
    ("reason", "function", "limits"), CASES, ids=[c[1].__name__ for c in CASES]
)
def test_a_recording_is_given_up_and_the_program_goes_on(
    reason: str, function: Callable[..., Any], limits: dict[str, Any]
) -> None:
    options = Options(strict=True, return_kinds=ALL_KINDS, **limits)
    seen: set[str] = set()
    for threshold in (1, 2, 3, 4, 5):
        jit = MiniJit(options=options, threshold=threshold)
        assert repr(jit.call(function, 14)) == repr(function(14))
        seen.update(jit.aborts)
    assert reason in seen


def test_a_generator_is_not_delegated_to_inside_a_trace() -> None:
    jit = MiniJit()
    frame = _generator_frame()
    result = jit.recorder.record_loop(frame)
    assert result.abort is not None and result.abort.reason is AbortReason.GENERATOR


def _generator_frame() -> Frame[object]:
    def delegates(items: Any) -> Iterator[int]:
        for _ in items:
            yield from items

    code = delegates.__code__
    frame: Frame[object] = Frame(code, globals(), {}, [[1, 2]], func=cast(FunctionType, delegates))
    frame.localsplus += [None] * (len(frame.decoded.localsplus_names) - 1)
    frame.index = min(frame.decoded.loop_headers)
    frame.stack = [iter([1, 2])]
    return frame


def test_a_bridge_needs_the_frames_of_its_snapshot() -> None:
    jit = MiniJit()
    code = drives.__code__
    frame: Frame[object] = Frame(code, globals(), {}, [3, 0], func=cast(FunctionType, drives))
    state = FrameState(code, None, 0, (TRUE,), ())
    guard = GuardTrue(TRUE, Snapshot(state))
    result = jit.recorder.record_bridge(guard.snapshot, [], {}, [frame])
    assert result.abort is not None and result.abort.reason is AbortReason.NOT_RESUMABLE
    assert result.frames == [frame]


def test_a_trace_that_grew_too_long_leaves_out_its_largest_function() -> None:
    options = Options(strict=True, trace_limit=60)
    jit = MiniJit(options=options)
    assert jit.call(too_long, 30) == too_long(30)
    assert "TRACE_TOO_LONG" in jit.aborts
    assert any(op.mnemonic == "call_python" for trace in jit.traces for op in trace.ops)


def test_the_exception_of_a_residual_call_is_handed_over_unraised() -> None:
    def fails(text: str, n: int) -> int:
        total = 0
        for _ in range(n):
            total += int(text)
        return total

    code = fails.__code__
    frame: Frame[object] = Frame(code, globals(), __builtins__, ["x", 3, 0], func=fails)  # type: ignore[arg-type]
    iterator = iter(range(3))
    frame.localsplus += [0] * (len(frame.decoded.localsplus_names) - 3)
    frame.index = min(frame.decoded.loop_headers)
    frame.stack = [iterator]
    result = MiniJit().recorder.record_loop(frame)
    assert result.trace is None and isinstance(result.pending, ValueError)
    assert result.pending.__traceback__ is None
    assert result.frames[-1].instr.op == "CALL" and len(result.frames[-1].stack) == 5
    assert list(iterator) == [1, 2]


def appends(n: int) -> list[int]:
    found: list[int] = []
    for i in range(n):
        found.append(i)
        found.append(next(iter((i,))))
    return found


@pytest.mark.parametrize("call", range(1, 40, 2))
def test_an_error_of_the_recorder_itself_is_told_as_one(
    monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    """Wherever it comes, what has happened has happened once."""
    calls = [0]
    emit = RecordingMachine.emit

    def failing(self: Any, op: Any) -> Any:
        calls[0] += 1
        if calls[0] == call:
            helper_named("no such helper")
        return emit(self, op)

    monkeypatch.setattr(RecordingMachine, "emit", failing)
    jit = MiniJit(options=Options(return_kinds=ALL_KINDS), threshold=2)
    assert jit.call(appends, 14) == appends(14)
    assert calls[0] < call or jit.aborts.count("INTERNAL") == 1


def test_the_unset_name_of_the_program_is_no_error_of_the_recorder() -> None:
    def unset(n: int) -> object:
        for i in range(n):
            if i > 10:
                del i
            if i > 20:
                return i
        return None

    jit = MiniJit(options=Options(strict=True), threshold=2, bridge_threshold=1)
    with pytest.raises(UnboundLocalError):
        jit.call(unset, 14)
    assert "INTERNAL" not in jit.aborts


def catches_late(i: int) -> int:
    a, b, c = i + 1, i + 2, i + 3
    a, b, c = a * b, b * c, a * c
    a, b, c = a + b, b + c, a + c
    try:
        a += int("x")
    except ValueError as error:
        a -= cast("TracebackType", error.__traceback__).tb_lineno
    return a + b + c


def matches_late(i: int) -> int:
    a, b, c = i + 1, i + 2, i + 3
    a, b, c = a * b, b * c, a * c
    a, b, c = a + b, b + c, a + c
    match i:
        case int(value):
            a += value
    return a + b + c


@pytest.mark.parametrize("function", [catches_late, matches_late])
def test_a_trace_ends_in_front_of_what_cannot_be_recorded(function: Any) -> None:
    jit = MiniJit(entries=True)
    for i in range(6):
        assert jit.call(function, i) == function(i)
    assert not jit.aborts
    assert isinstance(jit.traces[0].ops[-1], Leave)
    assert jit.traces[0].kind is TraceKind.ENTRY


def test_a_few_instructions_are_not_worth_a_trace() -> None:
    options = Options(strict=True, return_kinds=ALL_KINDS, least_trace=1000, least_bridge=1000)
    jit = MiniJit(options=options, entries=True)
    for i in range(6):
        assert jit.call(matches_late, i) == matches_late(i)
    assert "UNSUPPORTED_OPCODE" in jit.aborts
    assert not any(isinstance(trace.ops[-1], Leave) for trace in jit.traces)


def recurses(n: int) -> int:
    return 0 if n == 0 else 1 + recurses(n - 1)


def test_nothing_is_compiled_where_the_program_recurses_as_deeply_as_it_may() -> None:
    class Levels:
        def left(self) -> int:
            return 3

        def enter(self, depth: int) -> int:
            return 0

        def leave(self, saved: int) -> None:
            pass

    jit = MiniJit(entries=True)
    jit.recorder.levels = Levels()
    assert jit.call(recurses, 10) == 10
    assert "TOO_DEEP" in jit.aborts


def test_every_reason_has_a_test() -> None:
    listed = {case[0] for case in CASES} | {"GENERATOR", "TOO_DEEP", "NOT_RESUMABLE", "INTERNAL"}
    assert listed == {reason.name for reason in AbortReason}
