"""The small programs once more, their traces run by the evaluator: they do what the IR says.

Machine code gives the same results (test_differential.py): so both executors of traces do.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))

NOT_EVALUATED = {
    "when objects die: the evaluator, being Python, holds those of a round for longer": {
        "death_order",
        "exceptions_foreseen",
        "finalizers",
        "gc_moments",
        "generators",
        "refcounts",
        "searches",
    },
    "tracebacks and frames, in which it finds those of the interpreter itself": {
        "bound_builtins",
        "frames_seen",
        "recursion_limit",
        "settrace",
        "slices",
    },
    "signals and threads in the middle of an instruction of the interpreter": {
        "interrupt",
        "signal_handlers",
        "threads",
    },
    "builtins that it needs itself are rebound": {"monkey_builtins"},
    "memory of arrays, which it has no access to": {"number_arrays"},
}
"""What programs show that only machine code can do exactly, and which do."""


def outcome(*command: str) -> tuple[str, str, int]:
    """Output, errors and status of a process."""
    done = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": ":".join(sys.path)},
        stdin=subprocess.DEVNULL,
    )
    return done.stdout, done.stderr, done.returncode


def difference(path: Path, *arguments: str) -> str:
    """What differs between CPython and the evaluator; empty if nothing does."""
    out, _, status = outcome(str(path), *arguments)
    script = ROOT / "packages" / "tracer" / "tests" / "tracer_script.py"
    found, errors, ended = outcome(str(script), str(path), *arguments)
    if (out, status) != (found, ended):
        return f"{path.name}: status {status} and {ended}\n{out}\n-- and --\n{found}{errors}"
    if not re.search(r"^traces [1-9]", errors, re.MULTILINE):
        return f"{path.name}: nothing was recorded"
    return ""


def differences(runs: list[tuple[Path, str]]) -> str:
    """What differs in any of some runs of programs with an argument."""
    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(difference, path, *text.split()) for path, text in runs]
        return "\n".join([one.result() for one in found if one.result()])


@pytest.mark.timeout(600)
def test_evaluated_traces_do_what_cpython_does() -> None:
    """Program by program, but for what no evaluator written in Python can show."""
    left_out = set().union(*NOT_EVALUATED.values())
    assert left_out <= {path.stem for path in PROGRAMS}
    assert not differences([(path, "") for path in PROGRAMS if path.stem not in left_out])


@pytest.mark.timeout(600)
def test_evaluated_benchmarks_do_what_cpython_does() -> None:
    """The programs of the suite that are written here, with their small inputs."""
    runs = []
    for path in sorted((ROOT / "benchmarks" / "programs").glob("*.py")):
        quick = re.search(r"^# quick: (.*)$", path.read_text("utf-8"), re.MULTILINE)
        if quick is not None:  # a program, and not a part of one
            runs.append((path, quick[1]))
    assert not differences(runs)
