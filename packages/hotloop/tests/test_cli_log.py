"""Logs: one line format, several channels, a file, and nothing at all while off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotloop import log
from hotloop.errors import UsageError


@pytest.fixture(autouse=True)
def all_off() -> Iterator[None]:
    yield
    log.configure("")


def test_every_line_begins_with_its_channel(tmp_path: Path) -> None:
    file = tmp_path / "log"
    log.configure(f"trace,abort:{file}")
    assert (log.TRACE.on, log.OPT.on, log.ABORT.on) == (True, False, True)
    log.TRACE.write("loop 1 a.py:3 f: 2 bytecodes, 2 ops", "i0 = int_add(i1, 1)\njump(i0)\n")
    log.OPT.write("not seen")
    log.ABORT.write("a.py:9 f: too long é")
    assert file.read_text().splitlines() == [
        "[trace] loop 1 a.py:3 f: 2 bytecodes, 2 ops",
        "[trace]   i0 = int_add(i1, 1)",
        "[trace]   jump(i0)",
        "[abort] a.py:9 f: too long é",
    ]


def test_a_file_is_appended_to_and_may_hold_the_process_id(tmp_path: Path) -> None:
    log.configure(f"opt:{tmp_path}/%p.log")
    log.OPT.write("one")
    log.configure(f"opt:{tmp_path}/%p.log")
    log.OPT.write("two")
    assert (tmp_path / f"{os.getpid()}.log").read_text() == "[opt] one\n[opt] two\n"


def test_the_low_descriptors_are_left_to_the_program(tmp_path: Path) -> None:
    before = os.dup(0)
    os.close(before)
    log.configure(f"opt:{tmp_path}/log")
    after = os.dup(0)
    os.close(after)
    assert after == before


def test_stderr_is_the_default(capfd: pytest.CaptureFixture[str]) -> None:
    log.configure("exit")
    log.EXIT.write("guard 3 a.py:3: back to CPython")
    assert capfd.readouterr() == ("", "[exit] guard 3 a.py:3: back to CPython\n")


def test_a_log_that_cannot_be_written_falls_silent(tmp_path: Path) -> None:
    log.ASM.send_to(1 << 20)
    log.ASM.write("lost")
    assert not log.ASM.on


def test_what_makes_no_sense_is_told() -> None:
    with pytest.raises(UsageError, match="no log channel is called 'trase'"):
        log.configure("trase")
    with pytest.raises(UsageError, match="cannot write /nowhere/log: No such file"):
        log.configure("opt:/nowhere/log")
