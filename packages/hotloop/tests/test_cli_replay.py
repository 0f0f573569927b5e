"""Traces that hotloop fails to compile are kept, and can be tried again without the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import collections, math
class Point:
    def __init__(self, x):
        self.x = x
def area(p, by=2.0):
    return math.sqrt(p.x * by)
TABLE = {"a": 1, 2: 3}
def hot(n):
    total, queue = 0.0, collections.deque()
    for i in range(n):
        p = Point(i % 7)
        total += area(p) + TABLE["a"] + len(queue)
        for item in (1, "b", None):
            if item is None:
                total += 1
    return total
print([round(hot(60)) for _ in range(3)])
"""


def hotloop(*words: str, **knobs: str) -> subprocess.CompletedProcess[str]:
    environ = dict(os.environ, **{f"HOTLOOP_{name}": value for name, value in knobs.items()})
    command = [sys.executable, "-m", "hotloop", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environ)


def dumps_of(stage: str, folder: Path) -> list[Path]:
    """Run the program with a stage that always fails."""
    stress = f"hot,fault={stage}@1"
    folder.mkdir()
    done = hotloop("run", "--dumps", str(folder), "-c", PROGRAM, STRESS=stress, BUDGET="1")
    assert (done.stdout, done.stderr, done.returncode) == ("[248, 248, 248]\n", "", 0)
    return sorted(folder.iterdir())


@pytest.mark.parametrize("stage", ["optimizer", "backend"])
def test_what_fails_is_kept_and_can_be_tried_again(stage: str, tmp_path: Path) -> None:
    """Without the fault it does not fail: the objects of the program are stood in for."""
    kept = dumps_of(stage, tmp_path / "kept")
    loops = [path for path in kept if "\nloop '" in path.read_text()]
    assert loops
    for path in loops[:2]:
        done = hotloop("replay", str(path))
        assert done.returncode == 0, path.read_text() + done.stdout + done.stderr
        assert "failed with    InjectedFault" in done.stdout
        assert done.stdout.count("no error") == 2


def test_a_trace_that_still_fails(tmp_path: Path) -> None:
    path = tmp_path / "one.dump"
    guards = "guard_type(r0, int) @0[r0]\nguard_type(r0, float) @0[r0]\nleave() @0[r0]\n"
    path.write_text(f"# hotloop dump 1\n# error E: why\n# off \nloop 'x' [r0]\n{guards}")
    done = hotloop("replay", str(path))
    assert done.returncode == 1 and not done.stderr
    assert "optimising     InvalidTrace" in done.stdout


@pytest.mark.parametrize(
    ("text", "complaint"),
    [(None, "No such file"), ("loop", "not a dump"), ("# hotloop dump 1\nloop [r0", "replay")],
)
def test_a_file_that_is_no_dump(text: str | None, complaint: str, tmp_path: Path) -> None:
    """One line on stderr, status 2."""
    path = tmp_path / "one.dump"
    if text is not None:
        path.write_text(text)
    done = hotloop("replay", str(path))
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.count("\n") == 1 and complaint in done.stderr
