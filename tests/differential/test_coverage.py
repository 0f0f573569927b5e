"""coverage.py finds the same lines and branches with hotloop as without it.

Whatever tracer it uses, switched on in the middle of compiled loops, which are left. Of hotloop's
own files it finds none. (From the start on: docs/internals/testing.md, known.)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOUND = """
import coverage, os
cover = coverage.Coverage(data_file=None, branch=True)
def tell():
    data = cover.get_data()
    for path in sorted(data.measured_files()):
        print(os.path.basename(path), sorted(data.lines(path)), sorted(data.arcs(path)))
"""

IN_THE_MIDDLE = (
    FOUND
    + """
def odd(i):
    if i % 2:
        return True
    return False

def numbers(n):
    for i in range(n):
        if i % 50 == 49:
            yield -i
        else:
            yield i

def fails(i):
    if i % 60 == 59:
        raise ValueError(i)
    return i

class Steps:
    def __init__(self, by):
        self.by = by
    def __add__(self, i):
        return self.by + i if i < 150 else self.by

def inner(n):
    total = 0
    for i in range(n):
        total += i if odd(i) else 1
        if i > 1000:
            total += 1
    return total

def hot(n, first, last):
    total, steps = 0, Steps(2)
    for i in range(n):
        if i == first:
            cover.start()
        elif i == last:
            cover.stop()
        total += steps + i
        try:
            total += fails(i)
        except ValueError:
            total -= 1
        finally:
            total += 2
        total += [k for k in range(5) if odd(k)][1]
        if i > n:
            total = 0
    return total

def summed(n, first, last):
    total = 0
    for i in numbers(n):
        if i == first:
            cover.start()
        if i == last:
            cover.stop()
        total += inner(4)
    return total + sum(i for i in numbers(n) if odd(i))

for step in (hot, summed):
    for first, last in ((300, 310), (3, 290), (360, 362), (310, 1000)):
        print(step(400, first, last))
        tell()
        cover.stop()
        cover.erase()
"""
)


def measured(script: Path, hot: bool, **environ: str) -> str:
    """What a script that uses coverage.py prints."""
    command = [sys.executable, *(["-m", "hotloop", "run"] if hot else []), str(script)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, **environ, "PYTHONHASHSEED": "0"},
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


@pytest.mark.timeout(400)
@pytest.mark.parametrize("core", ["ctrace", "pytrace"])
def test_lines_and_branches_are_the_same(core: str, tmp_path: Path) -> None:
    """Line by line, arc by arc, file by file; and compiled code ran when it was switched on."""
    script, stats = tmp_path / "script.py", tmp_path / "stats"
    script.write_text(IN_THE_MIDDLE)
    plain = measured(script, False, COVERAGE_CORE=core)
    knobs = {"STRESS": "hot", "STRICT": "1", "BUDGET": "1", "STATS_JSON": str(stats)}
    knobs |= {f"{name}_THRESHOLD": "5" for name in ("LOOP", "ENTRY", "BRIDGE")}
    environ = {f"HOTLOOP_{name}": value for name, value in knobs.items()}
    assert measured(script, True, COVERAGE_CORE=core, **environ) == plain
    assert "[(" in plain
    assert json.loads(stats.read_text())["entries"] > 0
