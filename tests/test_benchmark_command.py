"""`hotloop bench`: its tables and files, and one clear line for each kind of bad input."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import bench
import session
from contestants import Contestant, Hotloop, Python, Work
from measure import Failure, Sample
from registry import HERE

Answer = Sample | Failure | None


def fake(monkeypatch: pytest.MonkeyPatch, **answers: Answer) -> list[str]:
    """Measure at once and always the same, but what is given by name of contestant.

    Returns the list in which the measured contestants appear.
    """
    asked: list[str] = []
    stats: dict[str, object] = {"recorded_bytecodes": 10, "elapsed": 1.0, "loops": 3}

    def line_up(executable: str, peers: str, folder: Path) -> tuple[list[Contestant], list[str]]:
        names = ("CPython_3_11", "PyPy")
        plain, pypy = (Python(name, "CPython 3.11.7", sys.executable) for name in names)
        return [plain, Hotloop("hotloop", "", sys.executable), pypy], ["Numba"]

    def measure(contestant: Contestant, work: Work, timeout: float) -> Answer:
        asked.append(contestant.name)
        right = work.benchmark.full.checksum
        speed = 2.0 if contestant.name == "hotloop" else 1.0
        times = tuple(seconds / speed for seconds in (3.0, 2.0, 1.0, 1.0))
        good = Sample(times, sum(times) + 0.1, right, 30000, "", stats if speed > 1 else {})
        return answers.get(contestant.name, good)

    monkeypatch.setattr(bench, "line_up", line_up)
    monkeypatch.setattr(session, "measure", measure)
    return asked


def test_tables_and_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake(monkeypatch)
    record, page = tmp_path / "out.json", tmp_path / "out.html"
    assert bench.run(["fib", "nbody", "--json", str(record), "--html", str(page)]) == 0
    output = capsys.readouterr().out
    assert "2.00x" in output
    assert "not found, left out: Numba" in output
    assert "inside hotloop" in output
    data = json.loads(record.read_text())
    assert [row["name"] for row in data["programs"]] == ["nbody", "fib"]
    assert data["programs"][0]["results"]["hotloop"]["figures"]["steady"] == 2.0
    assert len(data["programs"][0]["results"]["PyPy"]["processes"]) == 3
    text = page.read_text()
    assert text.count("<svg") >= 5
    for outside in ("http:", "https:", "<script", "@import", "url("):
        assert outside not in text


def test_sides_are_interleaved_and_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = fake(monkeypatch)
    assert bench.run(["fib", "--rounds", "2"]) == 0
    assert asked == ["CPython_3_11", "hotloop", "PyPy", "hotloop", "PyPy", "CPython_3_11"]


def test_compare_with_an_old_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake(monkeypatch)
    record = tmp_path / "old.json"
    assert bench.run(["fib", "--json", str(record)]) == 0
    data = json.loads(record.read_text())
    data["programs"][0]["results"]["hotloop"]["figures"]["steady"] = 1.0
    record.write_text(json.dumps(data))
    assert bench.run(["fib", "--compare", str(record)]) == 0
    assert "1.00 → 2.00x" in capsys.readouterr().out


def test_only_what_was_measured_alike_is_compared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake(monkeypatch)
    record = tmp_path / "old.json"
    assert bench.run(["fib", "--json", str(record)]) == 0
    assert bench.run(["nbody", "--compare", str(record)]) == 0
    assert "no program was measured in both" in capsys.readouterr().out
    assert bench.run(["fib", "--quick", "--compare", str(record)]) == 2
    assert "was measured without --quick" in capsys.readouterr().err


def test_a_file_that_turns_out_unwritable_costs_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake(monkeypatch)
    page = tmp_path / "out.html"
    assert bench.run(["fib", "--json", "/dev/full", "--html", str(page)]) == 2
    said = capsys.readouterr()
    assert said.err == "hotloop bench: cannot write /dev/full: No space left on device\n"
    assert "2.00x" in said.out
    assert "<svg" in page.read_text()


def test_a_wrong_answer_is_marked_and_the_status_is_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = fake(monkeypatch, hotloop=Sample((1.0,), 1.0, "0" * 16, 3000))
    assert bench.run(["fib"]) == 1
    output = capsys.readouterr().out
    assert "WRONG fib, hotloop: checksum 0000000000000000, not " in output
    assert asked.count("hotloop") == 1  # not run again


def test_a_peer_that_hangs_is_marked_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake(monkeypatch, PyPy=Failure("over the time limit of 120 s"))
    assert bench.run(["fib", "nbody"]) == 0
    output = capsys.readouterr().out
    assert "failed fib, PyPy: over the time limit of 120 s" in output
    assert "2.00x" in output


def test_hotloop_that_crashes_gives_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch, hotloop=Failure("killed by SIGSEGV: no message"))
    assert bench.run(["fib"]) == 1


def test_ctrl_c_keeps_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = fake(monkeypatch)
    good: Callable[[Contestant, Work, float], Answer] = vars(session)["measure"]

    def interrupted(contestant: Contestant, work: Work, timeout: float) -> Answer:
        if len(asked) == 4:
            raise KeyboardInterrupt
        return good(contestant, work, timeout)

    monkeypatch.setattr(session, "measure", interrupted)
    record = tmp_path / "out.json"
    assert bench.run(["fib", "nbody", "--json", str(record)]) == 130
    output = capsys.readouterr().out
    assert "nbody" in output
    assert "interrupted" in output
    assert json.loads(record.read_text())["interrupted"] is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["richrds"], "no benchmark 'richrds'; did you mean richards"),
        (["generator"], "did you mean generators"),
        (["fib", "--python", "/nonexistent"], "/nonexistent is not CPython 3.11"),
        (["fib", "--python", "/bin/true"], "/bin/true is not CPython 3.11"),
        (["fib", "--peers", "jython"], "--peers: no peer 'jython'; there are all, none, CPython"),
        (["fib", "--json", "/nonexistent/a"], "cannot write /nonexistent/a: No such file"),
        (["fib", "--html", "/"], "cannot write /: Is a directory"),
        (["fib", "--compare", "/nonexistent"], "--compare: cannot read /nonexistent: No such"),
        (["fib", "--compare", __file__], "is not JSON"),
        (["fib", "--rounds", "0"], "0 is not in the range x>=1"),
        (["fib", "--roundz", "1"], "No such option"),
    ],
)
def test_bad_input_is_told_in_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.run(arguments) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.startswith("hotloop bench: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"format": 1, "programs": [{}]}', '{"format": 1, "programs": {"a": 1}}']
)
def test_a_file_of_another_kind_is_no_old_session(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    assert bench.run(["fib", "--compare", str(path)]) == 2
    assert "was not written by hotloop bench --json" in capsys.readouterr().err


def hotloop(*words: str, cwd: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    """The command itself, in a process."""
    command = [sys.executable, "-m", "hotloop", *words]
    environment = dict(os.environ, **environ)
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment)


def test_the_command_measures_for_real(tmp_path: Path) -> None:
    done = hotloop("bench", "fib", "sieve", "--quick", "--peers", "none", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sieve" in done.stdout


def test_the_command_says_where_the_programs_are_when_it_has_none(tmp_path: Path) -> None:
    """An installed hotloop, outside of any checkout."""
    import hotloop as package

    copied = tmp_path / "site"
    copied.mkdir()
    source = Path(package.__file__).parent
    subprocess.run(["cp", "-r", str(source), str(copied / "hotloop")], check=True)
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    found = os.pathsep.join([str(copied), *others])
    done = hotloop("bench", "fib", cwd=tmp_path, PYTHONPATH=found)
    assert done.returncode == 2
    assert done.stderr == (
        "hotloop: bench: the programs are not part of the installed package; "
        "run it inside a checkout of hotloop's repository\n"
    )


def test_options_that_are_written_down_exist() -> None:
    known = {name for one in (*bench.main.params, *bench.serve.params) for name in one.opts}
    root = HERE.parent
    documents = [root / name for name in ("Makefile", "README.md", "docs/benchmarking.md")]
    written = set()
    for path in [*documents, *(root / ".github" / "workflows").glob("*.yml")]:
        for line in path.read_text().splitlines():
            if re.search(r"(hotloop|make) bench", line):
                written |= set(re.findall(r"(?<=[\s`'\"])--[a-z-]+", line))
    assert len(written) > 8
    assert written <= known
