"""Who is measured: CPython, hotloop on the same CPython, and every other implementation found.

A contestant turns a benchmark into a command line and an environment. Nothing is measured here.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from installed import NUMBA, PROGRAMS, PYSTON
from registry import HERE, Benchmark

RUN_ONE = HERE / "run_one.py"
PROBE_SECONDS = 20.0
PYENV = Path.home() / ".pyenv" / "versions"
VERSION = "import platform as p; print(p.python_implementation(), p.python_version())"


@dataclass(frozen=True)
class Work:
    """One process to run: which program, and how much of it."""

    benchmark: Benchmark
    iterations: int
    loops: int
    argument: str
    quick: bool

    def options(self) -> list[str]:
        """The same for run_one.py."""
        given = ["--iterations", str(self.iterations), "--loops", str(self.loops)]
        given += ["--argument", self.argument] if self.argument else []
        return given + (["--quick"] if self.quick else [])


class Contestant(ABC):
    """An implementation that can run benchmark programs."""

    name: str
    version: str

    @abstractmethod
    def command(self, work: Work) -> list[str] | None:
        """The command line that does the work; None if it has no version of that program."""

    def environment(self) -> dict[str, str]:
        """The caller's environment with a fixed hash seed."""
        return dict(os.environ, PYTHONHASHSEED="0")


@dataclass(frozen=True)
class Python(Contestant):
    """A Python interpreter, and the folders it is lent so that the programs' packages are found."""

    name: str
    version: str
    executable: str
    search_path: tuple[str, ...] = ()

    def start(self, arguments: Sequence[str]) -> list[str]:
        """The command line that runs a script, the first of the arguments."""
        return [self.executable, *arguments]

    def command(self, work: Work) -> list[str] | None:
        """run_one.py does it."""
        return self.start([str(RUN_ONE), work.benchmark.name, *work.options()])

    def environment(self) -> dict[str, str]:
        """The packages of the benchmarks come first."""
        environment = super().environment()
        folders = [str(PROGRAMS.folder)] if PROGRAMS.folder.exists() else []
        folders += self.search_path
        if environment.get("PYTHONPATH"):
            folders.append(environment["PYTHONPATH"])
        if folders:
            environment["PYTHONPATH"] = os.pathsep.join(folders)
        return environment


@dataclass(frozen=True)
class Hotloop(Python):
    """The interpreter that everything is compared with, under `hotloop run`."""

    def start(self, arguments: Sequence[str]) -> list[str]:
        """The same with hotloop in between."""
        return [self.executable, "-m", "hotloop", "run", *arguments]


@dataclass(frozen=True)
class PystonLite(Python):
    """An old CPython with pyston_lite switched on."""

    def start(self, arguments: Sequence[str]) -> list[str]:
        """pyston_lite has to be switched on by a call, before the script."""
        script = "import pyston_lite, runpy, sys; pyston_lite.enable(); del sys.argv[0]; "
        script += "sys.path[0] = sys.argv[0].rpartition('/')[0]; "
        script += "runpy.run_path(sys.argv[0], run_name='__main__')"
        return [self.executable, "-c", script, *arguments]


@dataclass(frozen=True)
class Numba(Python):
    """The twins that are written for Numba, on the interpreter that everything is compared with."""

    def command(self, work: Work) -> list[str] | None:
        """Only kernels have such a twin."""
        if work.benchmark.twin("_numba.py") is None:
            return None
        script = [str(RUN_ONE), work.benchmark.name, *work.options(), "--twin", "_numba.py"]
        return self.start(script)


@dataclass
class Gcc(Contestant):
    """The twins in C, compiled on first use into a folder that the caller removes."""

    name: str
    version: str
    executable: str
    folder: Path
    compiled: dict[Path, list[str] | None] = field(default_factory=dict)

    def command(self, work: Work) -> list[str] | None:
        """Only kernels have a twin. One that does not compile raises CalledProcessError."""
        source = work.benchmark.twin(".c")
        if source is None:
            return None
        binary = self.folder / source.stem
        if not binary.exists():
            options = ["-O2", "-o", str(binary), str(source), "-lm"]
            subprocess.run([self.executable, *options], check=True, capture_output=True)
        return [str(binary), str(work.iterations), *shlex.split(work.argument)]


def python_version(executable: str) -> str:
    """Implementation and version, as "CPython 3.11.7"; empty if it does not start."""
    try:
        done = subprocess.run(
            [executable, "-c", VERSION], capture_output=True, text=True, timeout=PROBE_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def can_import(executable: str, modules: str, lent: str = "") -> bool:
    """Does the interpreter find these modules by itself, or in a folder that it is lent?"""
    command = [executable, "-c", f"import {modules}"]
    environment = dict(os.environ)
    if lent:
        environment["PYTHONPATH"] = lent
    try:
        done = subprocess.run(
            command, capture_output=True, check=False, timeout=PROBE_SECONDS, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def lent_folders(sources: bool) -> tuple[str, ...]:
    """What an interpreter without packages is lent: this checkout's source and our packages."""
    found = [str(path) for path in sorted(HERE.parent.glob("packages/*/src"))] if sources else []
    return (*found, *(path for path in sys.path if path.endswith("site-packages")))


def base_and_hotloop(executable: str) -> tuple[Python, Hotloop] | None:
    """The interpreter that everything is compared with, plain and under hotloop.

    None if it is not CPython 3.11.
    """
    version = python_version(executable)
    if not version.startswith("CPython 3.11."):
        return None
    alone = can_import(executable, "hotloop, llvmlite, pyperformance")
    folders = () if alone else lent_folders(sources=True)
    base = Python("CPython 3.11", version, executable, folders)
    return base, Hotloop("hotloop", "this checkout", executable, folders)


def _candidates(command: str, pattern: str) -> Iterator[str]:
    """Executables that may be an interpreter: on the path, then those of pyenv."""
    found = shutil.which(command)
    if found:
        yield found
    for folder in sorted(PYENV.glob(pattern), reverse=True):
        yield str(folder / "bin" / command)


def _first(command: str, pattern: str, begins: str) -> tuple[str, str] | None:
    for executable in _candidates(command, pattern):
        version = python_version(executable)
        if version.startswith(begins):
            return executable, version
    return None


def _pyston() -> tuple[str, str] | None:
    for minor in (10, 9, 8, 7):
        for executable in _candidates(f"python3.{minor}", f"3.{minor}*"):
            if can_import(executable, "pyston_lite", str(PYSTON.folder)):
                return executable, python_version(executable)
    return None


PEERS = ("CPython 3.12", "CPython 3.13", "PyPy", "pyston_lite", "Numba", "gcc -O2")
INSTALLABLE = ("pyston_lite", "Numba")  # by hotloop bench --install-peers


def find_peer(name: str, base: Python, folder: Path) -> Contestant | None:
    """One of PEERS, if this machine has it. `folder` is where compiled twins go."""
    lent = lent_folders(sources=False)
    if name.startswith("CPython 3."):
        minor = name.partition(" ")[2]
        python = _first(f"python{minor}", f"{minor}*", f"CPython {minor}.")
        return Python(name, python[1], python[0], lent) if python else None
    if name == "PyPy":
        pypy = _first("pypy3", "pypy3*", "PyPy ")
        return Python(name, pypy[1], pypy[0], lent) if pypy else None
    if name == "pyston_lite":
        pyston = _pyston()
        folders = (str(PYSTON.folder), *lent)
        return PystonLite(name, pyston[1], pyston[0], folders) if pyston else None
    if name == "Numba":
        if not can_import(base.executable, "numba", str(NUMBA.folder)):
            return None
        folders = (str(NUMBA.folder), *base.search_path)
        return Numba(name, base.version, base.executable, folders)
    gcc = shutil.which("gcc")
    return Gcc(name, gcc, gcc, folder) if gcc else None
