"""Rewriting code: every offset, position, jump and handler survives; behaviour is the same."""

from __future__ import annotations

import importlib.util
import traceback
from collections.abc import Iterator
from types import CodeType, FunctionType

import pytest

from hotloop.frames.assembly import parse
from hotloop.frames.rewrite import ENTRY, EXTRA_STACK, TAIL_UNITS, MergePoint, rewrite
from hotloop_interp.decode import decode

MODULES = [
    "argparse", "ast", "asyncio.base_events", "asyncio.tasks", "calendar", "collections",
    "contextlib", "dataclasses", "decimal", "_pydecimal", "difflib", "email.message", "enum",
    "functools", "inspect", "json.decoder", "logging", "pickle", "random", "re._parser",
    "statistics", "string", "subprocess", "tarfile", "textwrap", "tokenize", "typing",
    "unittest.mock", "urllib.parse", "zipfile",
]  # fmt: skip


def nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for item in code.co_consts:
        if isinstance(item, CodeType):
            yield from nested(item)


def module_code(name: str) -> CodeType:
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.origin is not None
    with open(spec.origin, "rb") as file:
        return compile(file.read(), spec.origin, "exec")


def all_points(code: CodeType, trigger: object = False) -> list[MergePoint]:
    """A merge point at the entry and at every loop header."""
    decoded = decode(code)
    headers = sorted(decoded.loop_headers)
    starts = [decoded.instrs[header].start for header in headers]
    points = [MergePoint(start, trigger, None) for start in starts]
    return [MergePoint(ENTRY, trigger, None), *points]


@pytest.mark.parametrize("name", MODULES)
def test_every_unit_keeps_its_position(name: str) -> None:
    for code in nested(module_code(name)):
        rewritten = rewrite(code, all_points(code))
        old, new = list(code.co_positions()), list(rewritten.code.co_positions())
        for offset in range(0, len(code.co_code), 2):
            there = rewritten.to_new(offset)
            assert new[there // 2] == old[offset // 2]
        for instruction in parse(code)[0]:
            assert rewritten.to_old(rewritten.to_new(instruction.old)) == instruction.old
        assert rewritten.code.co_stacksize == code.co_stacksize + EXTRA_STACK
        assert rewritten.tail == len(rewritten.code.co_code) - 2 * TAIL_UNITS


@pytest.mark.parametrize("name", MODULES[::5])
def test_rewriting_nothing_changes_nothing_but_the_tail(name: str) -> None:
    for code in nested(module_code(name)):
        rewritten = rewrite(code, [])
        assert rewritten.code.co_code[: rewritten.tail] == code.co_code
        assert rewritten.code.co_exceptiontable == code.co_exceptiontable
        lines = [row for row in rewritten.code.co_lines() if row[0] < rewritten.tail]
        assert lines == list(code.co_lines())
        assert rewritten.code.co_consts == code.co_consts


@pytest.mark.parametrize("name", MODULES[::3])
def test_same_handlers_and_targets(name: str) -> None:
    """Rows of the exception table and jumps point at the same instructions as before."""
    for code in nested(module_code(name)):
        rewritten = rewrite(code, all_points(code))
        was, now = decode(code), decode(rewritten.code)
        for instr in was.instrs:
            if instr.depth < 0:
                continue
            twin = now.instrs[now.index_at[rewritten.resume_at(instr.start)]]
            assert (twin.op, twin.argval, twin.depth) == (instr.op, instr.argval, instr.depth)
            handler, other = was.handlers[instr.index], now.handlers[twin.index]
            assert (handler is None) == (other is None)
            if handler is not None and other is not None:
                target = now.instrs[other.target].offset
                assert rewritten.to_old(target) == was.instrs[handler.target].start
                assert (other.depth, other.lasti) == (handler.depth, handler.lasti)
            if instr.jump is not None and twin.jump is not None:
                reached = rewritten.to_old(now.instrs[twin.jump].start)
                assert reached == was.instrs[instr.jump].start


class Counting:
    """A trigger that never fires and says how often it was asked."""

    asked = 0

    def __bool__(self) -> bool:
        Counting.asked += 1
        return False


def long_loop(lines: int) -> FunctionType:
    """A function whose loop is too long for one-byte jumps."""
    body = "\n".join(f"        total += i * {n} - (total and {n})" for n in range(lines))
    source = f"def long(n):\n    total = 0\n    for i in range(n):\n{body}\n    return total\n"
    space: dict[str, FunctionType] = {}
    exec(source, space)
    return space["long"]


@pytest.mark.parametrize("lines", [1, 6, 7, 8, 9, 10, 11, 12, 60, 2000])
def test_jumps_of_every_length(lines: int) -> None:
    function = long_loop(lines)
    expected = function(5)
    function.__code__ = rewrite(function.__code__, all_points(function.__code__, Counting())).code
    Counting.asked = 0
    assert function(5) == expected
    assert Counting.asked == 7  # entry, first header, five times back


def failing(values: list[int]) -> list[object]:
    seen: list[object] = []
    while values:
        value = values.pop()
        try:
            seen.append(10 // value)
        except ZeroDivisionError:
            seen.append(traceback.format_exc())
        for _ in range(2):
            with pytest.raises(KeyError):
                raise KeyError(value)
    raise ValueError(seen)


def test_tracebacks_are_the_same() -> None:
    texts = []
    for code in (failing.__code__, rewrite(failing.__code__, all_points(failing.__code__)).code):
        function = FunctionType(code, globals())
        with pytest.raises(ValueError) as caught:
            function([1, 0, 2])
        texts.append("".join(traceback.format_tb(caught.value.__traceback__)) + str(caught.value))
    assert texts[0] == texts[1]


def test_suspended_and_raising_places() -> None:
    def sample(f: object, x: int) -> object:
        return f(x, key=x)  # type: ignore[operator]

    code = sample.__code__
    rewritten = rewrite(code, [MergePoint(ENTRY, False, None)])
    call = next(i for i in decode(code).instrs if i.op == "CALL")
    raw = rewritten.code.co_code
    start, last = rewritten.resume_at(call.start), rewritten.suspended_at(call.start)
    names = decode(rewritten.code)
    assert names.instrs[names.index_at[start]].op == "CALL"
    assert raw[start] != raw[rewritten.raising_at(call.start)]  # KW_NAMES comes first
    assert last == rewritten.raising_at(call.start) + 8  # four caches
    assert rewritten.to_new(call.last) == last


def test_places_where_nothing_can_stand() -> None:
    def delegating(x: Iterator[int]) -> Iterator[int]:
        yield from x

    instrs = decode(delegating.__code__).instrs
    send = next(i for i in instrs if i.op == "SEND")
    for offset in (3, send.start, instrs[send.next].start, instrs[send.next + 1].start):
        with pytest.raises(ValueError):
            rewrite(delegating.__code__, [MergePoint(offset, False, None)])
