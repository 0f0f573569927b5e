"""Handlers of exceptions that are foreseen are part of the trace, and make no exception there."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from tracer_vm import MiniJit, fail_every, fail_nth

from hotloop_ir.trace import Trace

EMPTY: dict[int, int] = {}
NOTHING: list[int] = []


class Node:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.next: str | None = ""

    def step(self) -> None:
        place = self.place
        try:
            found = self.text[place]
        except IndexError:
            self.next = None
            return
        self.place = place + 1
        self.next = found


class Loud:
    seen: list[object] = []  # noqa: RUF012 - every death is noted here

    def __del__(self) -> None:
        Loud.seen.append(sys.exc_info()[0])


def missing_keys(n: int) -> list[int]:
    table, found = {1: 10, 4: 40}, []
    for i in range(n):
        try:
            value = table[i % 5]
        except KeyError:
            value = -1
        found.append(value)
    return found


def continues(n: int) -> int:
    table, total = {1: 10, 4: 40}, 0
    for i in range(n):
        try:
            value = table[i % 5]
        except (IndexError, KeyError):
            continue
        total += value
    return total


def outside(n: int) -> list[int]:
    row, found = (1, 2, 3), []
    for i in range(-n, n):
        last = i
        try:
            last = row[i]
        except LookupError:
            pass
        found.append(last)
    return found


def other_clause(n: int) -> list[int]:
    table: dict[str, int] = {}
    text, total, found = "abc", 0, []
    for i in range(n):
        try:
            total += len(text[i % 4]) + table["abc"[i % 3]]
        except IndexError:
            total = 7
        except KeyError:
            total = 70
        found.append(total)
    return found


def tried(table: dict[int, int], key: int) -> int:
    return table[key]


def from_callee(n: int) -> int:
    table, total = {0: 3}, 0
    for i in range(n):
        try:
            total += tried(table, i % 3)
        except KeyError:
            total += 100
    return total


def memo(table: dict[int, list[int]], key: int) -> None:
    try:
        table[key].append(key)
    except KeyError:
        table[key] = [key]


def remembers(n: int) -> dict[int, list[int]]:
    table: dict[int, list[int]] = {}
    for i in range(n):
        memo(table, i // 2)
    return table


def steps(n: int) -> list[str | None]:
    node, found = Node("ab"), []
    for _ in range(n):
        node.step()
        found.append(node.next)
        if node.next is None:
            node = Node("abcd")
    return found


class Stop(Exception):
    pass


class Told(Exception):
    made: list[object] = []  # noqa: RUF012 - every instance is noted here

    def __init__(self, what: object) -> None:
        Told.made.append(self)


def stopping(i: int) -> int:
    if i % 3:
        raise Stop
    if i % 2:
        raise Stop(i, "odd")
    return i


def told_to_stop(n: int) -> int:
    total = 0
    for i in range(n):
        try:
            total += stopping(i)
        except Stop:
            total += 1000
    return total


def told_of(n: int) -> list[object]:
    Told.made = []
    found: list[object] = []
    for i in range(n):
        try:
            raise Told(i)
        except Told:
            pass
        found.append(len(Told.made))
    for told in Told.made:
        assert isinstance(told, Told) and told.__traceback__ is not None
    return found


def raises_known(n: int) -> list[object]:
    known = Stop("known")
    found: list[object] = []
    for i in range(n):
        try:
            raise known
        except Stop:
            last = i
        found.append(last)
    assert known.__traceback__ is not None
    return found


def appends(n: int) -> list[object]:
    found: list[object] = []
    for i in range(n):
        try:
            found.append(NOTHING[i])
        except IndexError:
            found.append(i)
    return [*found, sys.exc_info()]


def bound(n: int) -> list[str]:
    found = []
    for i in range(n):
        try:
            NOTHING[i]
        except IndexError as error:
            found.append(str(error))
    return found


def looks(n: int) -> list[object]:
    found: list[object] = []
    for i in range(n):
        try:
            EMPTY[i]
        except KeyError:
            found.append(repr(sys.exc_info()[1]))
    return found


def raises_again(n: int) -> list[object]:
    found: list[object] = []
    for i in range(n):
        try:
            try:
                EMPTY[i]
            except KeyError:
                raise ValueError(i) from None
        except ValueError as error:
            found.append((error.args, repr(error.__context__)))
    return found


def in_handler(n: int) -> list[object]:
    found: list[object] = []
    for i in range(n):
        try:
            EMPTY[i]
        except KeyError:
            try:
                NOTHING[i]
            except IndexError as error:
                found.append(repr(error.__context__))
    return found


def loops_in_handler(n: int) -> int:
    total = 0
    for i in range(n):
        try:
            EMPTY[i]
        except KeyError:
            for j in (1, 2):
                total += j
    return total


def finally_runs(n: int) -> list[object]:
    found: list[object] = []
    for i in range(n):
        try:
            try:
                EMPTY[i]
            finally:
                found.append(i)
        except KeyError:
            pass
    return found


def dies_in_handler(n: int) -> list[object]:
    Loud.seen = []
    for i in range(n):
        loud: object = Loud()
        try:
            EMPTY[i]
        except KeyError:
            loud = None
        assert loud is None
    return Loud.seen


RECORDED = [
    missing_keys,
    continues,
    outside,
    other_clause,
    from_callee,
    remembers,
    steps,
    told_to_stop,
]
LEFT = [
    appends, bound, looks, raises_again, in_handler, loops_in_handler, finally_runs,
    dies_in_handler, told_of, raises_known,
]  # fmt: skip


def raising(trace: Trace) -> list[str]:
    """Calls that raise what the handlers catch."""
    helpers = [getattr(op, "helper", None) for op in trace.ops]
    return [one.name for one in helpers if one is not None and one.name == "getitem_generic"]


@pytest.mark.parametrize("function", [*RECORDED, *LEFT])
@pytest.mark.parametrize("entries", [False, True])
def test_handlers_do_what_they_do_in_cpython(function: Callable[..., Any], entries: bool) -> None:
    for threshold in (1, 2, 3, 4):
        jit = MiniJit(threshold=threshold, entries=entries)
        assert jit.call(function, 24) == function(24)
        assert "INTERNAL" not in jit.aborts


@pytest.mark.parametrize("function", RECORDED)
def test_no_exception_is_made_in_a_trace(function: Callable[..., Any]) -> None:
    jit = MiniJit(threshold=2, bridge_threshold=1)
    assert jit.call(function, 24) == function(24)
    assert jit.traces and not set(jit.aborts) & {"RAISED", "EXCEPTION_STATE"}
    assert not any(map(raising, jit.traces))


@pytest.mark.parametrize("function", [*RECORDED, *LEFT])
def test_any_guard_in_a_handler_may_fail(function: Callable[..., Any]) -> None:
    expected = function(24)
    for number in range(1, 60, 2):
        assert MiniJit(fail=fail_nth(number)).call(function, 24) == expected, number
        assert MiniJit(fail=fail_every(number), entries=True).call(function, 24) == expected
