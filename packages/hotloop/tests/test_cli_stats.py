"""Statistics: counted cheaply, nested times told apart, shown as a table and as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hotloop import statistics
from hotloop.statistics import Abort, Clock, Counters, Phase, Stats
from hotloop.statistics_report import render


class Ticks:
    """A clock of which the test moves the hands."""

    now = 0

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    made = Ticks()
    monkeypatch.setattr(statistics, "perf_counter_ns", made)
    return made


def test_time_in_an_inner_phase_is_not_counted_in_the_outer(ticks: Ticks) -> None:
    clock = Clock()
    clock.enter(Phase.RECORDING)
    ticks.now = 10
    clock.enter(Phase.OPTIMISING)
    ticks.now = 13
    clock.enter(Phase.COMPILING)
    ticks.now = 20
    assert clock.leave() == 7
    ticks.now = 21
    clock.leave()
    ticks.now = 25
    clock.leave()
    ticks.now = 100
    assert clock.nanoseconds == {
        Phase.RECORDING: 14,
        Phase.OPTIMISING: 4,
        Phase.COMPILING: 7,
    }
    with pytest.raises(IndexError):
        clock.leave()


def test_threads_have_clocks_of_their_own(ticks: Ticks) -> None:
    counters = Counters()
    assert counters.clock is counters.clock

    def work() -> None:
        counters.clock.enter(Phase.COMPILING)
        ticks.now = 2_000_000_000
        counters.clock.leave()

    counters.clock.enter(Phase.RECORDING)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    ticks.now = 3_000_000_000
    counters.clock.leave()
    stats = counters.snapshot(machine_code=500_000_000)
    assert (stats.recording, stats.compiling, stats.elapsed) == (3.0, 2.0, 3.0)
    assert stats.machine_code == 0.5


def test_counters_become_stats() -> None:
    counters = Counters()
    for name in Counters.__slots__:
        if not name.startswith("_") and name not in ("aborts", "started_ns"):
            setattr(counters, name, len(name))
    for _ in range(3):
        counters.abort("unsupported", "b.py", 3)
    counters.abort("trace too long", "a.py", 9)
    stats = counters.snapshot()
    assert stats.loops == 5 and stats.recorded_bytecodes == 18 and stats.guards_optimised == 16
    assert stats.aborts == (
        Abort("unsupported", "b.py", 3, 3),
        Abort("trace too long", "a.py", 9, 1),
    )
    data = json.loads(stats.to_json())
    assert data["aborts"][0] == {"reason": "unsupported", "filename": "b.py", "line": 3, "count": 3}
    assert set(data) == set(Stats.__dataclass_fields__)


def test_the_table_shows_counts_shares_and_places() -> None:
    aborts = tuple(Abort("reason", f"/x/{n}.py", n, 20 - n) for n in range(15))
    stats = Stats(
        loops=1234, elapsed=2.0, compiling=0.5, recorded_ops=90, optimised_ops=30, aborts=aborts
    )
    table = render(stats, width=100)
    for text in (
        "1,234",
        "0.500 s",
        "25.0 %",
        "30 after optimising",
        "/x/3.py:3",
        "and 3 more places",
    ):
        assert text in table


def run(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "program.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "hotloop", "run", "--executor=none", *options, "program.py"],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if not k.startswith("HOTLOOP")},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_report_comes_last_and_once(tmp_path: Path) -> None:
    text = (
        "import atexit, os, sys\n"
        "atexit.register(print, 'handler', file=sys.stderr)\n"
        "if os.fork() == 0: sys.exit()\n"
        "os.wait()\n"
        "sys.exit('the end')\n"
    )
    done = run(tmp_path, text, "--stats", "--stats-json=stats.json")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[:3] == ["handler", "the end", "handler"]
    assert lines[3].strip() == "hotloop"
    assert done.stderr.count("machine code") == 1
    assert json.loads((tmp_path / "stats.json").read_text())["loops"] == 0


def test_the_report_survives_what_the_program_did_to_stderr(tmp_path: Path) -> None:
    done = run(tmp_path, "import sys; sys.stderr = sys.stdout = None", "--stats")
    assert "machine code" in done.stderr
    done = run(tmp_path, "import os; os.close(2)", "--stats", "--stats-json=/nowhere/x")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, "", "--stats-json=/nowhere/x")
    assert done.stderr == "hotloop: cannot write /nowhere/x: No such file or directory\n"
