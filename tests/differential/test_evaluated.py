"""The small programs once more, their traces run by the evaluator: they do what the IR says.

All else is as with machine code, which gives the same results (test_differential.py): so both
executors of traces do. Traces are run as optimised, with the reference counts that the last pass
has put in; the evaluator holds nothing by itself, so that objects die when the trace lets them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import stress
from differential import differences

ROOT = Path(__file__).parents[2]
PARTS = 4

EVERY = 6
"""One benchmark of so many; the evaluator takes a thousand times as long as machine code."""

BROKEN = """
import hotloop
from hotloop_ir.ops.integer import IntAdd

IntAdd.evaluate = classmethod(lambda cls, lhs, rhs: lhs + rhs + 1)

@hotloop.jit(threshold=2)
def count(n):
    total = 0
    for i in range(n):
        total = total + i
    return total

print(count(50), sum(range(50)))
"""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_evaluated_traces_do_what_cpython_does(part: int) -> None:
    """Every program, byte for byte: threads, signals, tracebacks, the moments of death."""
    mine = stress.all_programs()[part::PARTS]
    found, hot = differences(stress.fit_for(stress.EVALUATED, mine), stress.EVALUATED)
    assert not found, "\n".join(found)
    assert sum(outcome.loops for outcome in hot.values()) > 0
    assert sum(outcome.entries for outcome in hot.values()) > 0


def outcome(path: Path, words: list[str], **environ: str) -> tuple[str, str, int]:
    """Output, errors and status of a program, under hotloop if there are knobs."""
    start = ["-m", "hotloop", "run"] if environ else []
    done = subprocess.run(
        [sys.executable, *start, str(path), *words],
        capture_output=True,
        text=True,
        timeout=200,
        env={**os.environ, **environ, "PYTHONHASHSEED": "0"},
        stdin=subprocess.DEVNULL,
    )
    return done.stdout, done.stderr, done.returncode


@pytest.mark.timeout(600)
def test_evaluated_benchmarks_do_what_cpython_does(tmp_path: Path) -> None:
    """Some programs of the suite that are written here, with their small inputs."""
    runs = []
    for path in sorted((ROOT / "benchmarks" / "programs").glob("*.py")):
        quick = re.search(r"^# quick: (.*)$", path.read_text("utf-8"), re.MULTILINE)
        if quick is not None:  # a program, and not a part of one
            runs.append((path, quick[1].split()))
    report = tmp_path / "stats"
    knobs = {f"HOTLOOP_{name}_THRESHOLD": "2" for name in ("LOOP", "ENTRY", "BRIDGE")}
    knobs |= {"HOTLOOP_STRESS": "hot,evaluator", "HOTLOOP_STRICT": "1", "HOTLOOP_BUDGET": "1"}
    for path, words in runs[3::EVERY]:
        assert outcome(path, words) == outcome(path, words, HOTLOOP_STATS_JSON=str(report), **knobs)
        stats = json.loads(report.read_text())
        assert stats["loops"] > 0 and not any(
            one["reason"] == "INTERNAL" for one in stats["aborts"]
        )


def test_the_evaluator_is_what_runs_traces(tmp_path: Path) -> None:
    """An op with another meaning shows in the result."""
    program = tmp_path / "program.py"
    program.write_text(BROKEN)
    out, err, status = outcome(program, [], HOTLOOP_EXECUTOR="evaluator")
    assert (err, status) == ("", 0)
    found, right = out.split()
    assert found != right
    assert outcome(program, [], HOTLOOP_EXECUTOR="x86") == (f"{right} {right}\n", "", 0)
