"""Loads a benchmark program so that its measured function can be called in this process.

Two kinds are known: our own scripts in `programs/`, and the `bm_*` scripts of an installed
pyperformance. The latter hand their function to `pyperf.Runner`, which would start worker
processes; here they meet a stand-in that only remembers the function. The programs themselves
run unmodified. This file must not import hotloop or measure anything.
"""

import argparse
import contextlib
import importlib.util
import sys
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

PROGRAMS = Path(__file__).parent / "programs"

# The globals of a program we know nothing about: the one place where values are untyped.
Namespace = dict[str, Any]


class LoadError(Exception):
    """The program is not installed, or never handed over a function. The text says which."""


@dataclass(frozen=True)
class Program:
    """A loaded program: `run(loops)` does the measured work, `namespace` holds its globals."""

    run: Callable[[int], object]
    namespace: Namespace = field(repr=False)


class RunnerStandIn:
    """Takes the place of `pyperf.Runner`: parses arguments and keeps the function it is given."""

    handed: ClassVar[list[Callable[[int], object]]] = []

    def __init__(self, **options: object) -> None:
        self.metadata: dict[str, object] = {}
        self.argparser = argparse.ArgumentParser()

    def parse_args(self) -> argparse.Namespace:
        """The program's own defaults: no command line reaches it."""
        return self.argparser.parse_args([])

    def bench_func(self, name: str, function: Callable[..., object], *args: object) -> None:
        """Keep a function that is called once a loop; `run` returns its last result."""

        def run(loops: int) -> object:
            result: object = None
            for _ in range(loops):
                result = function(*args)
            return result

        self.handed.append(run)

    def bench_time_func(self, name: str, function: Callable[..., object], *args: object) -> None:
        """Keep a function that loops itself; its result is a time, so `run` returns None."""

        def run(loops: int) -> None:
            function(loops, *args)

        self.handed.append(run)


def load_script(path: Path, argument: int | None) -> Program:
    """Load one of our own scripts: a loop is one call of its `main` with `argument`."""
    namespace = _execute(path, name=path.stem)
    main: Callable[[list[str]], object] = namespace["main"]
    argv = [] if argument is None else [str(argument)]

    def run(loops: int) -> None:
        for _ in range(loops):
            main(argv)

    return Program(run, namespace)


def load_pyperformance(name: str) -> Program:
    """Load `bm_<name>` of the installed pyperformance.

    Raises LoadError when pyperformance or that program is missing.
    """
    path = pyperformance_folder() / f"bm_{name}" / "run_benchmark.py"
    if not path.exists():
        raise LoadError(f"pyperformance has no program {name!r}")
    RunnerStandIn.handed.clear()
    with _pyperf_stand_in():
        namespace = _execute(path, name="__main__")
    if not RunnerStandIn.handed:
        raise LoadError(f"{path} gave its runner no function")
    return Program(RunnerStandIn.handed[-1], namespace)


def pyperformance_folder() -> Path:
    """Where the installed pyperformance keeps its programs; it is not imported."""
    spec = importlib.util.find_spec("pyperformance")
    if spec is None or spec.origin is None:
        raise LoadError("pyperformance is not installed (pip install pyperformance==1.14.0)")
    return Path(spec.origin).parent / "data-files" / "benchmarks"


def _execute(path: Path, name: str) -> Namespace:
    """Run a file as a module called `name`, and return its live globals."""
    module = types.ModuleType(name)
    module.__file__ = str(path)
    code = compile(path.read_bytes(), str(path), "exec")
    exec(code, module.__dict__)
    return module.__dict__


@contextlib.contextmanager
def _pyperf_stand_in() -> Iterator[None]:
    """Make `import pyperf` find the stand-in, and an empty command line, for a while."""
    stand_in = types.ModuleType("pyperf")
    stand_in.__dict__["Runner"] = RunnerStandIn
    stand_in.__dict__["perf_counter"] = time.perf_counter
    before, argv = sys.modules.get("pyperf"), sys.argv
    sys.modules["pyperf"] = stand_in
    sys.argv = argv[:1]
    try:
        yield
    finally:
        sys.argv = argv
        if before is None:
            del sys.modules["pyperf"]
        else:
            sys.modules["pyperf"] = before
