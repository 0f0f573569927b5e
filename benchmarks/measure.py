"""Runs benchmark programs in fresh processes and collects what they report.

This file starts, times and reads processes; it neither computes ratios nor prints.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from contestants import Contestant, Hotloop, Work

POLL_SECONDS = 0.01
TICKS = os.sysconf("SC_CLK_TCK")
STILL = 0.05  # part of the elapsed time of which a process runs that hangs


@dataclass(frozen=True)
class Ended:
    """A process that ended: all it left."""

    status: int
    output: str
    errors: str
    cpu: float
    wall: float
    late: bool = False


@dataclass(frozen=True)
class Sample:
    """One process that measured one program: CPU seconds of each iteration and of the whole.

    The note is the first line it wrote to stderr: hotloop's, if it could not compile anything.
    `stats` are hotloop's own counters (hotloop.Stats, as JSON).
    """

    iterations: tuple[float, ...]
    whole: float
    checksum: str
    peak_kib: int
    note: str = ""
    stats: dict[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Plain data for a JSON file."""
        return asdict(self)


@dataclass(frozen=True)
class Failure:
    """A process that did not measure anything, and why in one line."""

    reason: str

    def as_json(self) -> dict[str, object]:
        """Plain data for a JSON file."""
        return asdict(self)


def run_process(command: list[str], environment: dict[str, str], timeout: float) -> Ended:
    """Run a command to its end; its CPU time is from the kernel, all threads included.

    A process over the time limit is killed with all its children. The limit is one of processor
    time, for machines that do something else as well, unless the process stands still. On
    KeyboardInterrupt the process is killed before the exception goes on. Raises OSError if the
    command cannot be started.
    """
    with (
        tempfile.TemporaryFile("w+") as output,
        tempfile.TemporaryFile("w+") as errors,
        _Interrupts() as interrupts,
    ):
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )
        try:
            interrupts.let_through()
            cpu, late = _wait(process, start, timeout)
        except BaseException:
            _kill(process)
            process.wait()
            raise
        wall = time.perf_counter() - start
        output.seek(0)
        errors.seek(0)
        return Ended(process.returncode, output.read(), errors.read(), cpu, wall, late)


class _Interrupts:
    """Holds SIGINT and SIGTERM back until ``let_through``: while a process is being started nobody
    could kill it. The process itself starts with the handlers that all processes start with.
    """

    def __enter__(self) -> _Interrupts:
        """Note them from here on."""
        self._came = False
        numbers = (signal.SIGINT, signal.SIGTERM)
        self._handlers = {number: signal.signal(number, self._note) for number in numbers}
        return self

    def _note(self, *_: object) -> None:
        self._came = True

    def let_through(self) -> None:
        """As before from here on. Raises KeyboardInterrupt if there was one."""
        while self._handlers:
            signal.signal(*self._handlers.popitem())
        if self._came:
            raise KeyboardInterrupt

    def __exit__(self, *_: object) -> None:
        """The same if the process could not be started."""
        self.let_through()


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _is_late(pid: int, elapsed: float, timeout: float) -> bool:
    """Whether a process is over its limit, or has been there so long without doing much."""
    if elapsed <= timeout:
        return False
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    cpu = (int(user) + int(system)) / TICKS
    return cpu > timeout or cpu < STILL * elapsed


def _wait(process: subprocess.Popen[bytes], start: float, timeout: float) -> tuple[float, bool]:
    """Reap the process, killing it if it is late; its user and system time, and was it late."""
    late = False
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_utime + usage.ru_stime, late
        if late or _is_late(process.pid, time.perf_counter() - start, timeout):
            late = True
            _kill(process)
        time.sleep(POLL_SECONDS)


def measure(contestant: Contestant, work: Work, timeout: float) -> Sample | Failure | None:
    """One fresh process of one program; None if the contestant has no version of it."""
    try:
        command = contestant.command(work)
        if command is None:
            return None
        environment = contestant.environment()
        with tempfile.TemporaryDirectory() as folder:
            statistics = Path(folder) / "stats.json"
            if isinstance(contestant, Hotloop):
                environment["HOTLOOP_STATS_JSON"] = str(statistics)
            ended = run_process(command, environment, timeout)
            stats = json.loads(statistics.read_text()) if statistics.exists() else {}
    except subprocess.CalledProcessError as error:
        return Failure(f"the twin does not compile: {error.stderr.decode().strip()[-200:]}")
    except OSError as error:
        return Failure(f"cannot be started: {error.strerror}")
    return judge(ended, stats, timeout)


def judge(ended: Ended, stats: dict[str, object], timeout: float) -> Sample | Failure:
    """What a process measured, or why it did not."""
    if ended.late:
        return Failure(f"over the time limit of {timeout:g} s")
    if ended.status != 0:
        return Failure(_why(ended))
    try:
        return _read(ended, stats)
    except (ValueError, KeyError, IndexError, TypeError):
        return Failure(f"unreadable output: {ended.output[-200:]!r}")


def _read(ended: Ended, stats: dict[str, object]) -> Sample:
    lines = [json.loads(line) for line in ended.output.splitlines()]
    times = tuple(float(line["cpu"]) for line in lines[:-1])
    last = lines[-1]
    if not times:
        raise ValueError("no iterations")
    checksum = last["checksum"] if "checksum" in last else text_checksum(last["output"])
    note = ended.errors.strip().partition("\n")[0]
    return Sample(times, ended.cpu, str(checksum), int(last["peak_kib"]), note, stats)


def text_checksum(text: str) -> str:
    """What run_one.py prints for a program that printed this text; for twins, which print it."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _why(ended: Ended) -> str:
    last = (ended.errors.strip().splitlines() or ["no message"])[-1]
    if ended.status < 0:
        return f"killed by {signal.Signals(-ended.status).name}: {last}"
    return f"exit status {ended.status}: {last}"
