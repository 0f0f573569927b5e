"""Peers: found where they are, named where they are not, and no harm done by one that is broken."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import bench
import contestants
import installed
from contestants import PEERS, Numba, PystonLite, Python, find_peer

VERSION = '#!/bin/sh\nif [ "$1" = -c ]; then echo PyPy 3.9.16; exit 0; fi\n'
BASE = Python("CPython 3.11", "CPython 3.11", sys.executable)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH; nothing of pyenv, nothing installed for peers."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(contestants, "PYENV", tmp_path / "no-pyenv")
    for name in ("NUMBA", "PYSTON"):
        monkeypatch.setattr(contestants, name, installed.Packages(tmp_path / name, ()))
    return folder


def script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def test_peers_that_are_not_there_are_named_and_left_out(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(contestants, "can_import", lambda *_: False)
    assert bench.run(["fib", "--quick"]) == 0
    output = capsys.readouterr().out
    assert f"not found, left out: {', '.join(PEERS)} (hotloop bench --install-peers gets " in output
    assert "steady state against" not in output


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ("kill -SEGV $$", "killed by SIGSEGV: no message"),
        ("echo out of luck >&2; exit 3", "exit status 3: out of luck"),
        ("while :; do :; done", "over the time limit of 2 s"),
        ("echo hello", "unreadable output: 'hello\\n'"),
        ("sleep 100 & wait", "over the time limit of 2 s"),
    ],
)
def test_a_broken_peer_is_marked_and_the_rest_goes_on(
    path: Path, capsys: pytest.CaptureFixture[str], does: str, reason: str
) -> None:
    os.symlink("/bin/sleep", path / "sleep")
    script(path / "pypy3", f"{VERSION}{does}\n")
    assert bench.run(["fib", "--quick", "--peers", "pypy", "--timeout", "2"]) == 0
    output = capsys.readouterr().out
    assert f"failed fib, PyPy: {reason}" in output
    assert "geomean (1)" in output


def test_a_peer_with_a_wrong_answer_makes_the_status_1(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = '{"iteration": 0, "cpu": 0.1}\n{"checksum": "0", "peak_kib": 1}\n'
    script(path / "pypy3", f"{VERSION}printf '{lines}'\n")
    assert bench.run(["fib", "--quick", "--peers", "pypy"]) == 1
    assert "WRONG fib, PyPy: checksum 0, not " in capsys.readouterr().out


def test_an_old_python_counts_only_with_pyston_lite(path: Path, tmp_path: Path) -> None:
    script(path / "python3.10", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    assert find_peer("pyston_lite", BASE, tmp_path) is None
    (tmp_path / "PYSTON").mkdir()
    (tmp_path / "PYSTON" / "pyston_lite.py").write_text("def enable(): pass\n")
    found = find_peer("pyston_lite", BASE, tmp_path)
    assert isinstance(found, PystonLite)
    assert found.executable == str(path / "python3.10")
    assert found.search_path[0] == str(tmp_path / "PYSTON")


def test_numba_is_lent_to_the_base(path: Path, tmp_path: Path) -> None:
    (tmp_path / "NUMBA").mkdir()
    (tmp_path / "NUMBA" / "numba.py").write_text("")
    found = find_peer("Numba", BASE, tmp_path)
    assert isinstance(found, Numba)
    assert found.executable == sys.executable
    assert found.search_path[0] == str(tmp_path / "NUMBA")


def test_a_peer_that_cannot_be_installed_does_not_keep_the_next_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for name, text in (("bad", "no-such-peer==1\n"), ("good", "# nothing\n")):
        (tmp_path / f"{name}.txt").write_text(text)
        lists = ((str(tmp_path / f"{name}.txt"), ()),)
        place = "NUMBA" if name == "bad" else "PYSTON"
        monkeypatch.setattr(bench, place, installed.Packages(tmp_path / name, lists))
    (tmp_path / "good").mkdir()
    assert bench.run(["--install-peers"]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("hotloop bench: pip: ")
    assert "no-such-peer==1" in errors
    assert errors.count("\n") == 1
    assert (tmp_path / "good" / "installed-from.txt").exists()
    assert not (tmp_path / "bad").exists()


def wait_for_child(process: int, word: str) -> str:
    """The first child with that word in its command line."""
    children = Path(f"/proc/{process}/task/{process}/children")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for child in children.read_text().split():
            if word in Path(f"/proc/{child}/cmdline").read_text():
                return child
        time.sleep(0.05)
    raise AssertionError(f"no child runs {word}")


def test_ctrl_c_ends_the_process_that_is_measured(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hotloop", "bench", "fib", "--peers", "none"]
    record = tmp_path / "out.json"
    running = subprocess.Popen(
        [*command, "--iterations", "100000", "--json", str(record)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    measured = wait_for_child(running.pid, "run_one.py")
    running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert "interrupted: the tables have what was measured so far" in output
    assert '"interrupted": true' in record.read_text()
    assert not Path(f"/proc/{measured}").exists()
