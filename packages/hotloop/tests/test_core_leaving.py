"""Leaving compiled code: callees that leave in their middle, short loops, and what is retried."""

from __future__ import annotations

from pathlib import Path

from program_runs import run


def test_a_callee_leaves_while_its_thread_is_traced(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
        def down(n, action):
            if n == 0:
                return action()
            return down(n - 1, action) + 1

        hotloop.jit(down, threshold=3)
        for _ in range(60):
            assert down(30, lambda: 1) == 31
        calls = []

        def trace(frame, event, arg):
            calls.append(event)

        def last():
            sys.settrace(trace)
            return 0.5

        result = [down(30, last)]
        sys.settrace(None)
        result.append(down(30, lambda: 0.5))
        """,
    )
    assert found[3] == [30.5, 30.5]
    assert found[0] >= 1


def test_a_loop_reached_from_an_entry_is_compiled_once(tmp_path: Path) -> None:
    """The entry's trace goes over into the loop's instead of unrolling it."""
    loops, bridges, exits, result = run(
        tmp_path,
        """
        def total(items):
            found = 0
            for item in items:
                found += item
            return found

        def many(count):
            found = 0
            for number in range(count):
                found += total([number, number + 1, number + 2][: 1 + number % 3])
            return found

        hotloop.jit(total, threshold=5)
        hotloop.jit(many, threshold=50)
        result = [many(3000) for _ in range(4)] == [many(3000)] * 4
        """,
        bridge_threshold="20",
    )
    assert result is True
    assert loops >= 3
    assert bridges <= 12
    assert exits < 2500


def test_without_a_budget_nothing_more_is_compiled_than_the_advance_pays(tmp_path: Path) -> None:
    source = """
    from hotloop.core import budget
    budget.Budget.allows = lambda self: False

    def total(count):
        found = 0
        for number in range(count):
            found += number
        return found

    hotloop.jit(total, threshold=5)
    result = total(5000)
    """
    assert run(tmp_path, source) == [0, 0, 0, 12497500]


def test_a_loop_is_compiled_for_other_bound_locals_too(tmp_path: Path) -> None:
    loops, bridges, _exits, result = run(
        tmp_path,
        """
        def total(count, flag):
            if flag:
                extra = 1
            found = 0
            for number in range(count):
                found += number
            return found

        hotloop.jit(total, threshold=10)
        for turn in range(1500):
            assert total(20, False) == 190
        for turn in range(1500):
            assert total(20, True) == 190
        before = hotloop.stats().exits
        for turn in range(1000):
            assert total(20, turn % 2) == 190
        result = hotloop.stats().exits - before
        """,
        bridge_threshold="20",
    )
    assert loops == 3  # the entry, and two versions of the loop
    assert result <= 1100  # one finish a call
    assert bridges <= 8


def test_tracing_that_ends_in_a_callee_stays_off(tmp_path: Path) -> None:
    """Merge points do not ask while a thread is traced: a flag left set would end compiled code."""
    found = run(
        tmp_path,
        """
        def down(n, action):
            if n == 0:
                return action()
            return down(n - 1, action) + 1

        hotloop.jit(down, threshold=3)
        for _ in range(60):
            assert down(30, lambda: 1) == 31

        def trace(frame, event, arg):
            sys.settrace(None)

        def last():
            sys.settrace(trace)
            return 0.5

        result = []
        for _ in range(5):
            assert down(30, last) == 30.5
        before = hotloop.stats().exits
        for _ in range(50):
            assert down(30, lambda: 0.25) == 30.25
        result.append(hotloop.stats().exits - before)
        """,
        bridge_threshold="100000",
    )
    assert found[3][0] >= 50


def test_callees_that_leave_go_on_without_python_of_ours(tmp_path: Path) -> None:
    """But when an exit is new, hot or traced; and recursion is as deep as it would be."""
    found = run(
        tmp_path,
        """
        def down(n, odd):
            if n == 0:
                return depth() if odd else 0
            return down(n - 1, odd) + 1

        def depth():
            try:
                return depth() + 1
            except RecursionError:
                return 0

        deep = down(30, 1)
        hotloop.jit(down, threshold=3)
        for _ in range(60):
            down(30, 0)
        driver = hotloop.api._engine._driver
        asked = []
        hold = driver.quiet.hold
        driver.quiet.hold = lambda: asked.append(1) or hold()
        for n in range(80):
            assert down(30, n % 2) == (deep if n % 2 else 30)
        several = len(asked)
        for n in range(1000):
            assert down(30, 0.5 if n % 2 else 0) == (deep if n % 2 else 30)
        result = [several, len(asked) - several, sys.gettrace() is None]
        """,
        bridge_threshold="1000000000",
    )
    several, more, untraced = found[-1]
    assert untraced
    assert several < 60
    assert more < 60
