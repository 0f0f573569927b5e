"""A slice of the small programs in every stress mode (docs/cli.md): results must not change.

Every mode takes other programs; all of them in all modes is `make stress`. That a mode does what it
says is tested beside the part that does it, but where only a whole process can show it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import differential

PROGRAMS = sorted(str(path) for path in (Path(__file__).parent / "programs").glob("*.py"))

LEFT_OUT = {"guards fail": {"gc_cycles"}, "recordings stop": {"recursion_limit"}}
"""Programs that a mode is not for. With a request for a bridge in nearly every round, what hotloop
frees after it is taken off the collector's count of allocations: collections come too late.
Where recordings stop at the recursion limit, RecursionError comes up to two levels too early
(docs/internals/testing.md, known)."""


MODES = [
    differential.Mode("bridges at once", 5, "bridges"),
    differential.Mode("guards fail", 5, "guard-every=3"),
    differential.Mode("every guard fails once", 3, "exits=6,seed=1"),
    differential.Mode("one guard fails at random", 3, "guard=5@random"),
    differential.Mode("left at every second round", 3, "deopt-every=2"),
    differential.Mode("recordings stop", 1, "record-stop=12,seed=3"),
    differential.Mode("code is thrown away", 2, "throw-away=2"),
    differential.Mode("collections", 3, "gc"),
    differential.Mode("no code memory", 3, "memory-fails=2"),
    differential.Mode("little code memory", 3, "", (("code_memory_limit", "64K"),)),
    differential.Mode("verified", 3, "guard-every=11", checked=True),
    *[
        differential.Mode(f"without {part}", 3, "guard-every=7", (("passes_off", part),), True)
        for part in ("heap", "peel", "virtuals", "all")
    ],
]

EVERY = 14
"""Each mode takes one program of so many."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_stress(mode: differential.Mode) -> None:
    """The same streams and status, no error of hotloop itself, and compiled code took part."""
    mine = PROGRAMS[MODES.index(mode) % EVERY :: EVERY]
    left_out = LEFT_OUT.get(mode.name, set())
    programs = [path for path in mine if Path(path).stem not in left_out]
    found, hot = differential.differences(programs, mode)
    assert not found, "\n".join(found)
    assert sum(outcome.loops for outcome in hot.values()) > 0
    assert sum(outcome.entries for outcome in hot.values()) > 0


def test_everything_is_hot_at_once(tmp_path: Path) -> None:
    """``hot`` compiles what is called twice, though no sample has seen it."""
    program = tmp_path / "program.py"
    program.write_text(
        "def g(i):\n    return i + 1\n"
        "def f(n):\n    return sum([g(i) for i in range(n)])\n"
        "print(f(5), f(6))\n"
    )
    environ = dict(os.environ, HOTLOOP_STRESS="hot", HOTLOOP_STATS_JSON=str(tmp_path / "stats"))
    done = subprocess.run(
        [sys.executable, "-m", "hotloop", "run", str(program)],
        capture_output=True,
        text=True,
        env=environ,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("15 21\n", "", 0)
    assert json.loads((tmp_path / "stats").read_text())["loops"] > 0


def test_a_stress_that_does_not_exist_is_told_in_a_line() -> None:
    """One line, status 2, and the program is not run."""
    for text in ("often", "guard-every", "record-stop=0"):
        environ = dict(os.environ, HOTLOOP_STRESS=text)
        command = [sys.executable, "-m", "hotloop", "run", "-c", "print(1)"]
        done = subprocess.run(command, capture_output=True, text=True, env=environ)
        assert done.returncode == 2 and not done.stdout
        assert done.stderr.count("\n") == 1 and "HOTLOOP_STRESS" in done.stderr
