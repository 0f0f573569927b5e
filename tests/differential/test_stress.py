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

import stress
from differential import Mode, differences

EVERY = 14
"""Each mode takes one program of so many."""

MACHINE_CODE = [mode for mode in stress.MODES if mode is not stress.EVALUATED]
"""The evaluator has all programs (test_evaluated.py)."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", MACHINE_CODE, ids=lambda mode: mode.name)
def test_stress(mode: Mode) -> None:
    """The same streams and status, no error of hotloop itself, and compiled code took part."""
    mine = stress.all_programs()[MACHINE_CODE.index(mode) % EVERY :: EVERY]
    found, hot = differences(stress.fit_for(mode, mine), mode)
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


def test_modes_and_programs_can_be_chosen(capfd: pytest.CaptureFixture[str]) -> None:
    """What `make stress ARGS=...` does: a line for what was run, a sum, a status."""
    assert stress.main(["--modes", "bridges at once,verified", "calls", "floats"]) == 0
    first, second, last = capfd.readouterr().out.splitlines()
    assert first.startswith("bridges at once: calls floats: 0 differ, ")
    assert second.startswith("verified: calls floats: 0 differ, ")
    assert last == "2 programs, 2 modes, 0 differ"


def test_what_differs_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With the status of a failure; and what does not exist is an error."""
    program = tmp_path / "program.py"
    program.write_text("import sys\nprint('hotloop' in sys.modules)\n")
    assert stress.main(["--modes", "collections", str(program)]) == 1
    said = capfd.readouterr().out
    assert "collections: program: 1 differ, " in said and "CPython False" in said
    for words in (["--modes", "sometimes"], ["no_such_program"]):
        with pytest.raises(SystemExit):
            stress.main(words)
