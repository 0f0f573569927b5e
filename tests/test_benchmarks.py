"""The benchmark programs load and answer right, and figures are computed from them right."""

import ast
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import contestants
import summary
from contestants import RUN_ONE, Python, Work
from loader import LoadError, load_pyperformance
from measure import Ended, Failure, Sample, judge, measure, run_process
from registry import BENCHMARKS, HERE, Benchmark, Kind, UnknownBenchmark, find, from_file, select
from summary import Measured, break_even, figures, geometric_mean, inside, steady_seconds

OURS = [one.name for one in BENCHMARKS if one.path and one.path.parent.name == "programs"]
# A few of pyperformance's that need no other package and little time.
PACKAGED = [
    *("richards", "deltablue", "nbody", "fannkuch", "spectral_norm", "float", "chaos"),
    *("raytrace", "hexiom", "nqueens", "generators", "coroutines", "deepcopy", "scimark_lu"),
    *("pickle_pure_python", "telco", "logging_format", "regex_compile"),
]


def run_one(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """run_one.py in a process of its own."""
    command = [sys.executable, str(RUN_ONE), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("name", [*OURS, *PACKAGED])
def test_program_answers_right(name: str) -> None:
    done = run_one(name, "--quick")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["iteration"] == 0
    assert lines[-1]["checksum"] == find(name).quick.checksum
    assert lines[-1]["peak_kib"] > 1000


def test_names_are_unique_and_said_completely() -> None:
    names = [one.name for one in BENCHMARKS]
    assert len(set(names)) == len(names)
    for one in BENCHMARKS:
        assert one.about and all(one.features), one.name
        for checksum in (one.full.checksum, one.quick.checksum):
            assert len(checksum) == 16 and int(checksum, 16) >= 0, one.name
    assert {one.kind for one in BENCHMARKS} == set(Kind)


def test_selection_by_name_and_kind() -> None:
    assert [one.name for one in select(["fib", "nbody"])] == ["nbody", "fib"]
    assert all(one.kind is Kind.GENERATORS for one in select(["generators"])[1:])
    assert select([]) == [one for one in BENCHMARKS if not one.nightly]


def test_nightly_programs_run_only_by_name() -> None:
    (nightly,) = (one for one in BENCHMARKS if one.nightly)
    assert nightly not in select([nightly.kind.value])
    assert select([nightly.name]) == [nightly]


def test_unknown_name_suggests_a_near_one() -> None:
    with pytest.raises(UnknownBenchmark, match="did you mean richards"):
        find("richrds")
    with pytest.raises(UnknownBenchmark, match="did you mean numeric"):
        select(["numerik"])
    with pytest.raises(UnknownBenchmark, match="--list names them"):
        find("xyzzyxyzzy")


def test_unknown_pyperformance_program() -> None:
    with pytest.raises(LoadError, match="no program 'nothing'"):
        load_pyperformance("nothing", "nothing")


def test_bad_header_is_told(tmp_path: Path) -> None:
    path = tmp_path / "odd.py"
    path.write_text("# benchmark: numeric\n# about: something\n\nprint(1)\n")
    with pytest.raises(LoadError, match=r"odd\.py: bad benchmark lines at the top: 'features'"):
        from_file(path)


def test_scripts_know_nothing_of_hotloop() -> None:
    for one in BENCHMARKS:
        if one.path is not None:
            assert "hotloop" not in one.path.read_text(), one.name


def test_old_interpreters_can_read_what_they_import() -> None:
    shared = [HERE / f"{name}.py" for name in ("registry", "packaged", "loader", "witness")]
    scripts = [one.path for one in BENCHMARKS if one.path is not None]
    for path in [*shared, RUN_ONE, *scripts]:
        ast.parse(path.read_text(), feature_version=(3, 9))
        text = path.read_text()
        assert (
            not re.search(r"\| None(?!\")", text) or "from __future__ import annotations" in text
        ), path


def test_run_one_refuses_an_unknown_name() -> None:
    done = run_one("mandelbrto")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "did you mean mandelbrot" in done.stderr


def sample(*iterations: float, checksum: str = "a", whole: float = 1.0) -> Sample:
    """A made-up sample."""
    return Sample(iterations, whole, checksum, 20480)


def measured(base: list[Sample], ours: list[Sample], expected: str = "") -> Measured:
    """A program that both have run."""
    result = Measured("nbody", Kind.NUMERIC, expected)
    for one in base:
        result.add("base", one)
    for one in ours:
        result.add("hotloop", one)
    return result


def test_steady_state_ignores_warm_up_and_the_slower_half() -> None:
    assert steady_seconds([9.0, 9.0, 1.0, 5.0, 2.0, 7.0]) == 1.5
    assert steady_seconds([3.0]) == 3.0


def test_figures_are_medians_over_processes() -> None:
    base = [sample(4.0, seconds, whole=10.0) for seconds in (1.0, 3.0, 2.0)]
    ours = [sample(2.0, seconds, whole=4.0) for seconds in (0.5, 0.5, 4.0)]
    row = figures(measured(base, ours), "hotloop", "base")
    assert row is not None
    assert (row.steady, row.first, row.whole, row.memory) == (4.0, 2.0, 2.5, 20.0)
    assert row.spread == pytest.approx((2.0 - 0.5) / (2 * 0.5))


def test_warm_up_is_timed_from_the_start_of_the_process() -> None:
    ours = sample(4.0, 2.0, 1.0, 1.05, 1.0, 1.0, whole=10.55)
    assert summary.seconds_to_peak(ours) == pytest.approx(0.5 + 6.0)
    base = [1.0 * (index + 1) for index in range(5)]
    assert break_even(base, [3.0, 3.2, 3.4, 3.6, 3.8]) == 3.6
    assert break_even(base, [0.5, 1.0, 1.5, 2.0, 2.5]) == 0.5
    assert break_even(base, [3.0, 4.0, 5.0, 6.0, 7.0]) is None
    assert break_even(base, [0.5, 3.0, 2.5, 2.6, 2.7]) == 2.5


def test_geometric_mean() -> None:
    assert geometric_mean([1.0, 4.0, 16.0]) == pytest.approx(4.0)


def test_a_wrong_checksum_voids_the_figures() -> None:
    bad = measured([sample(1.0)], [sample(0.1, checksum="b")])
    assert bad.wrong("hotloop") == "checksum b, not a"
    assert figures(bad, "hotloop", "base") is None
    both = measured([sample(1.0)], [sample(0.1)], expected="c")
    assert both.wrong("base") == "checksum a, not c"


def test_what_hotloop_did_is_counted_per_bytecode() -> None:
    stats: dict[str, object] = {
        "recorded_bytecodes": 200,
        "optimised_ops": 300,
        "guards_optimised": 50,
        "machine_code": 1.0,
        "elapsed": 4.0,
        "aborts": [{"count": 2}, {"count": 3}],
    }
    own = inside([replace(sample(1.0), stats=stats)])
    assert own is not None
    assert (own.ops_per_bytecode, own.guards_per_bytecode) == (1.5, 0.25)
    assert (own.aborts, own.in_code) == (5.0, 0.25)
    assert inside([sample(1.0)]) is None


def test_a_killed_process_is_a_problem_with_its_signal() -> None:
    command = [sys.executable, "-c", "import os; os.kill(os.getpid(), 11)"]
    ended = run_process(command, {}, timeout=30.0)
    assert ended.status == -11
    failure = judge(ended, {}, 30.0)
    assert isinstance(failure, Failure)
    assert "SIGSEGV" in failure.reason


def test_a_process_over_its_time_is_killed() -> None:
    command = [sys.executable, "-c", "while True: pass"]
    ended = run_process(command, {}, timeout=0.2)
    assert judge(ended, {}, 0.2) == Failure("over the time limit of 0.2 s")


def test_a_process_that_has_to_wait_for_the_machine_is_not_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that hardly runs hangs."""
    command = [sys.executable, "-c", "import time; time.sleep(1)"]
    assert run_process(command, {}, timeout=0.3).late
    monkeypatch.setattr("measure.STILL", 0.0)
    assert not run_process(command, {}, timeout=0.3).late


def test_unreadable_output_is_a_failure() -> None:
    assert isinstance(judge(Ended(0, "not json\n", "", 1.0, 1.0), {}, 1.0), Failure)


def work(name: str) -> Work:
    """The smallest process of a program."""
    one = find(name)
    return Work(one, 1, 1, one.quick.argument, True)


def test_an_interpreter_that_is_not_there_is_a_failure() -> None:
    result = measure(Python("gone", "", "/nonexistent"), work("fib"), 10.0)
    assert result == Failure("cannot be started: No such file or directory")


def test_a_peer_without_a_version_of_the_program_is_left_out(tmp_path: Path) -> None:
    gcc = contestants.Gcc("gcc -O2", "gcc", "gcc", tmp_path)
    assert measure(gcc, work("richards"), 10.0) is None


def test_a_program_of_pyperformance_can_be_named_by_its_module() -> None:
    one: Benchmark = find("pprint_pformat")
    assert one.module == "pprint"
    assert one.path is None
