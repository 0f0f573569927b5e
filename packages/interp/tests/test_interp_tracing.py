"""Trace and profile functions get the events of interpreted frames that CPython would give."""

import cProfile
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import coverage
import pytest

from hotloop_interp import run

Event = tuple[str, int | None, str]


def helper(n: int) -> int:
    total = 0
    for item in [x * 2 for x in range(n)]:
        if item == 2:
            continue
        total += item
    return total


def failing() -> None:
    try:
        int("no")
    except ValueError:
        pass
    with_generator()
    raise KeyError("uncaught")


def with_generator() -> list[object]:
    def numbers() -> Any:
        got = yield 1
        yield got
        return "end"

    def outer() -> Any:
        result = yield from numbers()
        yield result

    return [*outer(), sorted([3, 1], key=lambda x: x)]


class Chunk:
    def __init__(self) -> None:
        self.left = 2

    def __aiter__(self) -> "Chunk":
        return self

    async def __anext__(self) -> int:
        if not self.left:
            raise StopAsyncIteration
        self.left -= 1
        return self.left


def asynchronous() -> object:
    async def consume() -> int:
        total = 0
        async for item in Chunk():
            total += item
        return total

    try:
        consume().send(None)
    except StopIteration as stop:
        return stop.value
    return None


def events(work: Callable[[], object], setter: Any) -> list[Event]:
    """What a trace or profile function is told while `work` runs."""
    told: list[Event] = []

    def tell(frame: FrameType, event: str, arg: object) -> Any:
        told.append((frame.f_code.co_name, frame.f_lineno, event))
        return tell

    setter(tell)
    try:
        work()
    except KeyError:
        pass
    finally:
        setter(None)
    return told


PROGRAMS = [lambda: helper(3), failing, with_generator, asynchronous]


@pytest.mark.parametrize("setter", [sys.settrace, sys.setprofile])
@pytest.mark.parametrize("index", range(len(PROGRAMS)))
def test_events_are_those_of_cpython(index: int, setter: Any) -> None:
    expected = events(PROGRAMS[index], setter)
    assert len(expected) > 5
    assert run(events, PROGRAMS[index], setter) == expected
    assert sys.gettrace() is None or sys.gettrace() is not setter


def test_trace_function_may_change_locals_and_jump() -> None:
    def work() -> list[int]:
        out = []
        value = 1
        out.append(value)
        out.append(99)
        out.append(value)
        return out

    first = work.__code__.co_firstlineno

    def traced() -> list[int]:
        def tell(frame: FrameType, event: str, arg: object) -> Any:
            if frame.f_code is work.__code__ and event == "line":
                if frame.f_lineno == first + 3:
                    frame.f_locals["value"] = 7
                if frame.f_lineno == first + 4:
                    frame.f_lineno = first + 5  # type: ignore[misc]
            return tell

        sys.settrace(tell)
        try:
            return work()
        finally:
            sys.settrace(None)

    assert run(traced) == traced() == [7, 7]


def test_tracing_of_the_native_caller_goes_on() -> None:
    told: list[str] = []

    def tell(frame: FrameType, event: str, arg: object) -> Any:
        if frame.f_code in (helper.__code__, with_generator.__code__):
            told.append(f"{frame.f_code.co_name} {event}")
        return tell

    before = sys.gettrace()
    sys.settrace(tell)
    try:
        run(helper, 1)
        inside = sys.gettrace()
        with_generator()
    finally:
        sys.settrace(before)
    assert inside is tell
    assert told.count("helper call") == 1
    assert told.count("helper return") == 1
    assert told.count("with_generator call") == 1


def profiled() -> dict[str, int]:
    profile = cProfile.Profile()
    profile.enable()
    try:
        helper(5)
        sorted([3, 1, 2], key=lambda item: -item)
        with_generator()
    finally:
        profile.disable()
    assert sys.getprofile() is None
    return {str(entry.code): entry.callcount for entry in profile.getstats()}


def test_profile_function_set_by_c_code() -> None:
    calls = run(profiled)
    assert calls == profiled()
    assert not any("hotloop_interp/" in name for name in calls)


def measured() -> list[int]:
    """The lines that coverage.py finds; its tracer sets itself by PyEval_SetTrace."""
    found = coverage.Coverage(data_file=None, config_file=False, include=[__file__])
    found.start()
    try:
        helper(5)
        with_generator()
    finally:
        found.stop()
    return sorted(found.get_data().lines(__file__) or [])


def test_trace_function_set_by_c_code() -> None:
    before = sys.gettrace()
    sys.settrace(None)
    try:
        expected = measured()
        assert len(expected) > 10
        assert run(measured) == expected
    finally:
        sys.settrace(before)
