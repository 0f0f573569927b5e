"""What compiled code saves and costs: merge points left alone, and the time that may be spent."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from program_runs import output_of

from hotloop.core.budget import ADVANCE, Budget

_START = """
import json
import hotloop

def look():
    driver = hotloop.api._engine._driver
    driver.profit._next_look = 0
    driver.profit.look()
    return driver.profit.saved
"""


def run(tmp_path: Path, source: str, **knobs: str) -> Any:
    """What a program prints as JSON that marks what is to be compiled."""
    return json.loads(output_of(tmp_path, _START + textwrap.dedent(source), **knobs))


def test_a_function_that_leaves_at_once_is_left_alone(tmp_path: Path) -> None:
    before, after, right = run(
        tmp_path,
        """
        @hotloop.jit(threshold=10)
        def f(x):
            if x > 5:
                return x
            return x + 1

        def calls():
            return [f(n % 3 + 9 * (n % 100 > 1)) for n in range(90_000)]

        given = [n % 3 + 9 * (n % 100 > 1) for n in range(90_000)]
        expected = [n + 1 if n < 6 else n for n in given]
        for _ in range(20):
            f(1)
        right = calls() == expected
        look()
        right = right and calls() == expected
        look()
        before = hotloop.stats().exits
        right = right and calls() == expected
        print(json.dumps([before, hotloop.stats().exits, right]))
        """,
        bridge_threshold="1000000000",
    )
    assert right
    assert before > 90_000
    assert after == before


def test_a_loop_that_goes_round_pays(tmp_path: Path) -> None:
    """What it saves may be spent, and it is entered as before."""
    saved, entered = run(
        tmp_path,
        """
        @hotloop.jit(threshold=10)
        def f(n):
            found = 0
            for k in range(n):
                found += k ^ n
            return found

        for _ in range(10):
            f(100)
        look()
        driver = hotloop.api._engine._driver
        driver.compiler.tiered = True  # rounds are counted
        hotloop.api._engine._codes.forget_compiled()
        for _ in range(2000):
            f(100)
        saved, before = look(), hotloop.stats().exits
        f(100)
        print(json.dumps([saved, hotloop.stats().exits > before]))
        """,
    )
    assert saved > 100_000 * 4
    assert entered


def test_most_of_what_is_spent_must_be_earned() -> None:
    budget = Budget(0.2)
    budget.began -= 100 * ADVANCE  # as if so much time had passed
    budget.spent = ADVANCE
    assert budget.allows()
    budget.spent = 15 * ADVANCE
    assert not budget.allows()
    budget.earned = 20.0 * ADVANCE
    assert budget.allows()
    budget.spent = 30 * ADVANCE  # more than the share, whatever was earned
    budget.earned = 1000.0 * ADVANCE
    assert not budget.allows()
    unlimited = Budget(1.0)
    unlimited.spent = 1000 * ADVANCE
    assert unlimited.allows()
