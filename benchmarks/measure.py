"""Runs benchmark programs in fresh processes and collects what they report.

A process is one of two sides: plain CPython, or the same interpreter under `hotloop run`. This file
starts, times and reads processes; it neither computes ratios nor prints.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from registry import Benchmark

HERE = Path(__file__).resolve().parent
RUN_ONE = HERE / "run_one.py"
POLL_SECONDS = 0.01


class Side(Enum):
    """Who runs the program."""

    CPYTHON = "CPython"
    HOTLOOP = "hotloop"


@dataclass(frozen=True)
class Ended:
    """A process that ended: all it left."""

    status: int
    output: str
    errors: str
    cpu: float
    wall: float


@dataclass(frozen=True)
class Sample:
    """One process that measured one program: CPU seconds of each iteration and of the whole.

    The note is the first line it wrote to stderr: hotloop's, if it could not compile anything.
    """

    iterations: tuple[float, ...]
    whole: float
    checksum: str
    peak_kib: int
    note: str = ""

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


@dataclass(frozen=True)
class Interpreter:
    """A python executable, and what its processes need in PYTHONPATH to find hotloop."""

    executable: str
    search_path: tuple[str, ...] = ()

    @staticmethod
    def prepare(executable: str) -> "Interpreter":
        """An interpreter that can import hotloop and pyperformance.

        If it cannot by itself, it is lent the packages of the running one. Raises OSError when
        the executable cannot be started.
        """
        probe = [executable, "-c", "import hotloop, llvmlite, pyperformance"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return Interpreter(executable)
        sources = [str(path) for path in sorted(HERE.parent.glob("packages/*/src"))]
        sites = [path for path in sys.path if path.endswith("site-packages")]
        return Interpreter(executable, tuple(sources + sites))

    def command(self, side: Side, arguments: list[str]) -> list[str]:
        """The command line that runs a script (the first argument) on a side."""
        if side is Side.HOTLOOP:
            return [self.executable, "-m", "hotloop", "run", *arguments]
        return [self.executable, *arguments]

    def environment(self) -> dict[str, str]:
        """The caller's environment with a fixed hash seed and the lent packages."""
        environment = dict(os.environ, PYTHONHASHSEED="0")
        if self.search_path:
            environment["PYTHONPATH"] = os.pathsep.join(self.search_path)
        return environment

    def version(self) -> str:
        """Implementation and version, as "CPython 3.11.7"; empty if it does not start."""
        code = "import platform as p; print(p.python_implementation(), p.python_version())"
        done = subprocess.run([self.executable, "-c", code], capture_output=True, text=True)
        return done.stdout.strip()


def run_process(command: list[str], environment: dict[str, str], timeout: float) -> Ended:
    """Run a command to its end; its CPU time is from the kernel, all threads included.

    A process over the time limit is killed and has the status of that signal. On KeyboardInterrupt
    the process is killed before the exception goes on.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=environment
        )
        try:
            cpu = _wait(process, start + timeout)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.perf_counter() - start
        output.seek(0)
        errors.seek(0)
        return Ended(process.returncode, output.read(), errors.read(), cpu, wall)


def _wait(process: "subprocess.Popen[bytes]", deadline: float) -> float:
    """Reap the process, killing it at the deadline; its user and system time."""
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_utime + usage.ru_stime
        if time.perf_counter() > deadline:
            process.send_signal(signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def measure(
    interpreter: Interpreter, side: Side, benchmark: Benchmark, iterations: int, timeout: float
) -> Sample | Failure:
    """One fresh process of one program on one side."""
    arguments = [str(RUN_ONE), benchmark.name, "--iterations", str(iterations)]
    command = interpreter.command(side, arguments)
    ended = run_process(command, interpreter.environment(), timeout)
    if ended.status != 0:
        return Failure(_why(ended))
    try:
        return _read(ended)
    except (ValueError, KeyError, IndexError):
        return Failure(f"unreadable output: {ended.output[-200:]!r}")


def _read(ended: Ended) -> Sample:
    lines = [json.loads(line) for line in ended.output.splitlines()]
    times = tuple(float(line["cpu"]) for line in lines[:-1])
    last = lines[-1]
    note = ended.errors.strip().partition("\n")[0]
    return Sample(times, ended.cpu, str(last["checksum"]), int(last["peak_kib"]), note)


def _why(ended: Ended) -> str:
    last = (ended.errors.strip().splitlines() or ["no message"])[-1]
    if ended.status < 0:
        return f"killed by {signal.Signals(-ended.status).name}: {last}"
    return f"exit status {ended.status}: {last}"
