"""Loads a benchmark program so that its measured function can be called in this process.

Two kinds are known: our own scripts, and the `bm_*` scripts of an installed pyperformance. The
latter hand their function to `pyperf.Runner`, which would start worker processes; here they meet a
stand-in that only remembers the function. The programs themselves run unmodified. This file must
not import hotloop or measure anything, and must run on Python 3.9.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import sys
import time
import types
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

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
    """Takes the place of `pyperf.Runner`: parses arguments and keeps the functions it is given."""

    handed: ClassVar[dict[str, Callable[[int], object]]] = {}

    def __init__(self, **options: object) -> None:
        self.metadata: dict[str, object] = {}
        self.argparser = argparse.ArgumentParser()
        self.args: argparse.Namespace | None = None

    def parse_args(self) -> argparse.Namespace:
        """The program's own options: only what registry.py chose reaches it."""
        self.args = self.argparser.parse_args(sys.argv[1:])
        return self.args

    def bench_func(self, name: str, function: Callable[..., object], *args: object) -> None:
        """Keep a function that is called once a loop; `run` returns its last result."""

        def run(loops: int) -> object:
            result: object = None
            for _ in range(loops):
                result = function(*args)
            return result

        self.handed[name] = run

    def bench_time_func(
        self, name: str, function: Callable[..., object], *args: object, inner_loops: int = 1
    ) -> None:
        """Keep a function that loops itself; its result is a time, so `run` returns None."""

        def run(loops: int) -> None:
            function(loops, *args)

        self.handed[name] = run

    def bench_async_func(
        self, name: str, function: Callable[..., Awaitable[object]], *args: object
    ) -> None:
        """Keep a coroutine function; each run has an event loop of its own."""
        import asyncio

        async def repeat(loops: int) -> None:
            for _ in range(loops):
                await function(*args)

        def run(loops: int) -> None:
            asyncio.run(repeat(loops))

        self.handed[name] = run


def load_script(path: Path, argument: str) -> Program:
    """Load one of our own scripts.

    A loop is one call of its `main` with the words of `argument`, or, where it has a `prepare`, one
    call of what `prepare` returned (so that the preparation is not measured).
    """
    sys.path[:0] = [str(path.parent), str(path.parent.parent / "programs")]
    try:
        namespace = execute(path, name=path.stem)
    except ImportError as error:
        raise LoadError(_missing(path.stem, error)) from None
    if "prepare" in namespace:
        function: Callable[[], object] = namespace["prepare"]()
    else:
        main: Callable[[list[str]], object] = namespace["main"]

        def function() -> object:
            return main(argument.split())

    def run(loops: int) -> object:
        result: object = None
        for _ in range(loops):
            result = function()
        return result

    return Program(run, namespace)


def load_pyperformance(module: str, name: str, options: tuple[str, ...] = ()) -> Program:
    """Load the program called `name` of `bm_<module>` of the installed pyperformance.

    A script that hands over one function may call it as it likes. Raises LoadError when
    pyperformance, that program or something it needs is missing.
    """
    path = pyperformance_folder() / f"bm_{module}" / "run_benchmark.py"
    if not path.exists():
        raise LoadError(f"pyperformance has no program {module!r}")
    RunnerStandIn.handed.clear()
    sys.path.insert(0, str(path.parent))
    try:
        with pyperf_stand_in(path, options):
            namespace = execute(path, name="__main__")
    except ImportError as error:
        raise LoadError(_missing(name, error)) from None
    handed = RunnerStandIn.handed
    if not handed:
        raise LoadError(f"{path} gave its runner no function")
    run = handed.get(name) or next(reversed(list(handed.values())))
    return Program(run, namespace)


def _missing(name: str, error: ImportError) -> str:
    return f"{name} needs a package: {error} (hotloop bench --install)"


def pyperformance_folder() -> Path:
    """Where the installed pyperformance keeps its programs; it is not imported."""
    spec = importlib.util.find_spec("pyperformance")
    if spec is None or spec.origin is None:
        raise LoadError("pyperformance is not installed (hotloop bench --install)")
    return Path(spec.origin).parent / "data-files" / "benchmarks"


def execute(path: Path, name: str) -> Namespace:
    """Run a file as a module called `name`, and return its live globals."""
    module = types.ModuleType(name)
    module.__file__ = str(path)
    if name != "__main__":
        sys.modules[name] = module
    code = compile(path.read_bytes(), str(path), "exec")
    exec(code, module.__dict__)
    return module.__dict__


@contextlib.contextmanager
def pyperf_stand_in(path: Path, options: tuple[str, ...]) -> Iterator[None]:
    """Make `import pyperf` find the stand-in, and a command line of `options`, for a while."""
    stand_in = types.ModuleType("pyperf")
    stand_in.__dict__["Runner"] = RunnerStandIn
    stand_in.__dict__["perf_counter"] = time.perf_counter
    stand_in.__dict__["python_implementation"] = lambda: sys.implementation.name
    before, argv = sys.modules.get("pyperf"), sys.argv
    sys.modules["pyperf"] = stand_in
    sys.argv = [str(path), *options]
    try:
        yield
    finally:
        sys.argv = argv
        if before is None:
            del sys.modules["pyperf"]
        else:
            sys.modules["pyperf"] = before
