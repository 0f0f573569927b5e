"""The shapes of compiled loops: no more operations, guards, allocations and calls than there were.

All cases run in one process; a case that kills it fails, and the rest runs in another one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import loops_containers
import loops_generators
import loops_objects
import loops_values
import shapes
from shapes import CASES, Found, Shape

assert (
    loops_values.__doc__
    and loops_containers.__doc__
    and loops_objects.__doc__
    and loops_generators.__doc__
)
NAMES = list(CASES)
RUNNER = Path(shapes.__file__)


def run_cases(names: list[str]) -> dict[str, Found]:
    """What came out of each case, by name."""
    command = [sys.executable, str(RUNNER), *names]
    environ = dict(os.environ, HOTLOOP_BUDGET="1")  # however busy the machine is
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environ)
    found: dict[str, Found] = {}
    for line in done.stdout.splitlines():
        data = json.loads(line)
        shape = data.pop("shape")
        found[data["name"]] = Found(**data, shape=Shape(**shape) if shape else None)
    missing = [name for name in names if name not in found]
    if missing:
        why = f"the process ended with {done.returncode}: {done.stderr[-500:]}"
        found[missing[0]] = Found(missing[0], problem=why)
        found |= run_cases(missing[1:]) if missing[1:] else {}
    return found


@pytest.fixture(scope="module")
def results() -> dict[str, Found]:
    """Every case, run once."""
    return run_cases(NAMES)


def test_there_are_enough_loops() -> None:
    matched = [name for name, case in CASES.items() if case.pattern or case.marks]
    assert len(matched) >= 30


@pytest.mark.parametrize("name", NAMES)
def test_shape(name: str, results: dict[str, Found]) -> None:
    assert not results[name].problem, results[name].problem


def test_a_loop_that_grew_is_noticed() -> None:
    assert Shape(8, 3, 0, 0).within(Shape(8, 3, 0, 0))
    for worse in (Shape(9, 3, 0, 0), Shape(8, 4, 0, 0), Shape(8, 3, 1, 0), Shape(8, 3, 0, 1)):
        assert not worse.within(Shape(8, 3, 0, 0))


def test_a_pattern_that_does_not_match_is_shown() -> None:
    """In a process of its own, with the case's pattern replaced."""
    script = (
        "import sys; sys.path[:0] = [sys.argv[1]]; import shapes, loops_values, dataclasses;"
        "marks = {'add': 'i0 = int_mul(i1, i2)'};"
        "case = dataclasses.replace(shapes.CASES['int_sum'], marks=marks);"
        "print(shapes.check('int_sum', case).problem)"
    )
    command = [sys.executable, "-c", script, str(RUNNER.parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "stops matching at: " in done.stdout
    assert "int_add_ovf" in done.stdout
