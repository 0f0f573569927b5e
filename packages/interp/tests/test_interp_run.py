"""`run`, its hooks, and what holds between instructions."""

import sys
import traceback
from collections.abc import Iterator
from importlib import import_module
from types import FrameType

import pytest

import hotloop_interp
from hotloop_interp.concrete import ConcreteMachine
from hotloop_interp.frame import NULL, Frame
from hotloop_interp.handlers import HANDLERS
from hotloop_interp.unsupported import InterpreterStop, UnsupportedOpcode


class Watcher:
    """Hooks that check each boundary and keep what was executed."""

    def __init__(self) -> None:
        self.ops: list[str] = []

    def instruction(self, frame: Frame[object]) -> None:
        assert len(frame.stack) == frame.instr.depth, frame
        self.ops.append(frame.instr.op)


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def squares(n: int) -> Iterator[int]:
    for i in range(n):
        try:
            yield i * i
        finally:
            pass


def test_stack_depth_is_the_static_one() -> None:
    def program() -> list[int]:
        out = []
        for item in squares(4):
            try:
                out.append(fib(item) // (item - 1))
            except ZeroDivisionError as error:
                out.append(len(str(error)))
        return out

    watcher = Watcher()
    assert hotloop_interp.run(program, hooks=watcher) == program()
    assert watcher.ops.count("YIELD_VALUE") == 4


def test_arguments_are_passed_on() -> None:
    def program(*args: int, **named: int) -> object:
        return args, named

    assert hotloop_interp.run(program, 1, 2, key=3) == ((1, 2), {"key": 3})
    assert hotloop_interp.run(program) == ((), {})


def test_anything_callable_can_be_run() -> None:
    class Made:
        def __init__(self, value: int) -> None:
            self.value = value

        def __call__(self) -> int:
            return self.value

    made = hotloop_interp.run(Made, 5)
    assert made.value == 5
    assert hotloop_interp.run(made) == 5
    assert hotloop_interp.run(len, "abc") == 3


def test_a_class_that_is_not_ready_yet_is_made_ready() -> None:
    made: type = import_module("_testbuffer").staticarray

    def program() -> bytes:
        return bytes(made())[:3]

    assert type.__dict__["__mro__"].__get__(made) is None
    assert hotloop_interp.run(program) == program()


def test_traceback_shows_the_program_below_run() -> None:
    def inner() -> None:
        raise KeyError("x")

    def outer() -> None:
        inner()

    with pytest.raises(KeyError) as caught:
        hotloop_interp.run(outer)
    names = [entry.name for entry in traceback.extract_tb(caught.value.__traceback__)]
    assert names[1:] == ["run", "outer", "inner"]


def test_frames_behind_run_are_those_of_the_program() -> None:
    def deep() -> list[str]:
        names: list[str] = []
        back: FrameType | None = sys._getframe()
        while back is not None and len(names) < 3:
            names.append(back.f_code.co_name)
            back = back.f_back
        return names

    def middle() -> list[str]:
        return deep()

    here = sys._getframe().f_code.co_name
    assert hotloop_interp.run(middle) == ["deep", "middle", here]


def test_stop_leaves_the_frame_at_the_boundary(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stop(InterpreterStop):
        pass

    seen: list[Frame[object]] = []

    def stopping(self: ConcreteMachine, frame: Frame[object], *rest: object) -> object:
        seen.append(frame)
        raise Stop

    def program(a: int, b: int) -> int:
        return a + b

    monkeypatch.setattr(ConcreteMachine, "binary", stopping)
    with pytest.raises(Stop):
        hotloop_interp.run(program, 3, 4)
    (frame,) = seen
    assert frame.instr.op == "BINARY_OP"
    assert frame.stack == [3, 4]
    assert frame.localsplus == [3, 4]


def test_opcode_without_handler_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def program() -> int:
        return -fib(3)

    monkeypatch.delitem(HANDLERS, "UNARY_NEGATIVE")
    with pytest.raises(UnsupportedOpcode) as caught:
        hotloop_interp.run(program)
    assert caught.value.op == "UNARY_NEGATIVE"


def test_locals_that_are_unbound_are_null() -> None:
    class Look:
        def instruction(self, frame: Frame[object]) -> None:
            if frame.instr.op == "STORE_FAST":
                assert frame.localsplus == [NULL]

    def program() -> None:
        value = 5
        del value

    hotloop_interp.run(program, hooks=Look())


def test_replaced_builtins_do_not_disturb_the_interpreter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def program() -> list[object]:
        import builtins

        kept = len, isinstance, range
        builtins.len = builtins.isinstance = builtins.range = lambda *args: 99  # type: ignore[misc, assignment]
        try:
            return [len(""), isinstance(1, int), range(3), [*"ab"], {"a": 1}]
        finally:
            builtins.len, builtins.isinstance, builtins.range = kept  # type: ignore[misc]

    assert hotloop_interp.run(program) == program()
