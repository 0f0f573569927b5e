"""The benchmark programs load, run deterministically, and their figures are computed right."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

import compare
import measure
from loader import LoadError, load_pyperformance
from measure import Ended, Failure, Interpreter, Sample, Side, run_process
from registry import BENCHMARKS, UnknownBenchmark, find
from report import as_json, problems, table
from summary import Measured, figures, geometric_mean, steady_seconds

NAMES = [
    *("richards", "deltablue", "nbody", "fannkuch", "spectral_norm", "float", "chaos"),
    *("raytrace", "hexiom", "mandelbrot", "pystone", "sieve", "fib"),
]
SMALL = {"mandelbrot": "24", "pystone": "50", "sieve": "100", "fib": "10"}
PROGRAMS = Path(measure.__file__).parent / "programs"


def run_one(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """run_one.py in a process of its own."""
    command = [sys.executable, str(measure.RUN_ONE), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_list_is_the_thirteen() -> None:
    assert [benchmark.name for benchmark in BENCHMARKS] == NAMES


def test_unknown_name_suggests_a_near_one() -> None:
    with pytest.raises(UnknownBenchmark, match="did you mean richards"):
        find("richrds")
    with pytest.raises(UnknownBenchmark, match="known: richards, "):
        find("xyzzy")


def test_unknown_pyperformance_program() -> None:
    with pytest.raises(LoadError, match="no program 'nothing'"):
        load_pyperformance("nothing")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SMALL])
def test_pyperformance_program_runs_and_repeats(name: str) -> None:
    first, second = (run_one(name, "--iterations", "1", "--loops", "1") for _ in range(2))
    assert first.returncode == 0, first.stderr
    lines = [json.loads(line) for line in first.stdout.splitlines()]
    assert lines[0]["iteration"] == 0
    assert lines[0]["cpu"] > 0
    assert lines[1]["checksum"] == json.loads(second.stdout.splitlines()[-1])["checksum"]
    assert lines[1]["peak_kib"] > 1000


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fib", "fib(10) = 55"),
        ("sieve", "25 primes below 100, the last is 97, their sum is 1060"),
        ("pystone", "50 passes: 5 True A B 22 83 1 3 17 DHRYSTONE PROGRAM, SOME STRING 18 2"),
        ("mandelbrot", "24 x 24 points, checksum "),
    ],
)
def test_script_prints_its_answer(name: str, expected: str) -> None:
    command = [sys.executable, str(PROGRAMS / f"{name}.py"), SMALL[name]]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].startswith(expected)


def test_scripts_know_nothing_of_hotloop() -> None:
    for path in PROGRAMS.glob("*.py"):
        assert "hotloop" not in path.read_text()


def test_run_one_refuses_an_unknown_name() -> None:
    done = run_one("mandelbrto")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "did you mean mandelbrot" in done.stderr


def sample(*iterations: float, checksum: str = "a", whole: float = 1.0) -> Sample:
    """A made-up sample."""
    return Sample(iterations, whole, checksum, 20480)


def test_steady_state_ignores_warm_up_and_the_slower_half() -> None:
    assert steady_seconds([9.0, 9.0, 1.0, 5.0, 2.0, 7.0]) == 1.5
    assert steady_seconds([3.0]) == 3.0


def test_figures_are_medians_over_processes() -> None:
    measured = Measured("nbody")
    for seconds in (1.0, 3.0, 2.0):
        measured.add(Side.CPYTHON, sample(4.0, seconds, whole=10.0))
    for seconds in (0.5, 0.5, 4.0):
        measured.add(Side.HOTLOOP, sample(2.0, seconds, whole=4.0))
    row = figures(measured)
    assert (row.steady, row.first, row.whole) == (4.0, 2.0, 2.5)
    assert row.hotloop_mib == 20.0


def test_geometric_mean() -> None:
    assert geometric_mean([1.0, 4.0, 16.0]) == pytest.approx(4.0)


def test_a_wrong_checksum_voids_the_figures() -> None:
    measured = Measured("nbody")
    measured.add(Side.CPYTHON, sample(1.0))
    measured.add(Side.HOTLOOP, sample(0.1, checksum="b"))
    assert measured.problem() == "checksum b, CPython has a"
    assert not measured.complete()
    assert as_json([measured])[0]["figures"] is None
    assert table([measured], "title").row_count == 1


def test_a_note_of_hotloop_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    measured = Measured("nbody")
    measured.add(Side.CPYTHON, sample(1.0))
    measured.add(Side.HOTLOOP, replace(sample(1.0), note="hotloop: the program runs uncompiled"))
    problems([measured], Console())
    assert capsys.readouterr().out == "note nbody: hotloop: the program runs uncompiled\n"


def test_a_killed_process_is_a_problem_with_its_signal() -> None:
    interpreter = Interpreter(sys.executable)
    command = interpreter.command(Side.CPYTHON, ["-c", "import os; os.kill(os.getpid(), 11)"])
    ended = run_process(command, interpreter.environment(), timeout=30.0)
    assert ended.status == -11


def test_a_process_over_its_time_is_killed() -> None:
    command = [sys.executable, "-c", "while True: pass"]
    assert run_process(command, {}, timeout=0.2).status == -9


def fake_measure(wrong: bool) -> object:
    """A stand-in for `measure` that answers at once."""

    def answer(
        interpreter: Interpreter, side: Side, benchmark: object, iterations: int, timeout: float
    ) -> Sample | Failure:
        bad = wrong and side is Side.HOTLOOP
        return sample(1.0, 1.0, checksum="b" if bad else "a")

    return answer


@pytest.mark.parametrize(("wrong", "status", "word"), [(False, 0, "1.00x"), (True, 1, "WRONG")])
def test_compare_prints_a_table(
    wrong: bool, status: int, word: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(compare, "measure", fake_measure(wrong))
    record = tmp_path / "out.json"
    arguments = ["fib", "nbody", "--pairs", "2", "--python", sys.executable, "--json", str(record)]
    done = CliRunner().invoke(compare.main, arguments)
    assert done.exit_code == status, done.output
    assert word in done.output
    (rows,) = json.loads(record.read_text()).values()
    assert [row["name"] for row in rows] == ["fib", "nbody"]


def test_compare_keeps_what_it_has_on_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def interrupted(
        interpreter: Interpreter, side: Side, benchmark: object, iterations: int, timeout: float
    ) -> Sample:
        calls.append(side)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return sample(1.0, 1.0)

    monkeypatch.setattr(compare, "measure", interrupted)
    done = CliRunner().invoke(compare.main, ["fib", "nbody", "--python", sys.executable])
    assert done.exit_code == compare.INTERRUPTED
    assert "fib" in done.output
    assert "interrupted" in done.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["richrds"], "did you mean richards"),
        (["fib", "--python", "/nonexistent"], "cannot run /nonexistent"),
        (["fib", "--python", "/bin/true"], "is not CPython 3.11"),
    ],
)
def test_compare_refuses_bad_input_in_one_line(arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(compare.main, arguments)
    assert done.exit_code == 1
    assert message in done.output
    assert "Traceback" not in done.output


def test_unreadable_output_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = Ended(0, "not json\n", "", 1.0, 1.0)
    monkeypatch.setattr(measure, "run_process", lambda *_: ended)
    result = measure.measure(Interpreter(sys.executable), Side.CPYTHON, BENCHMARKS[0], 1, 1.0)
    assert isinstance(result, Failure)
