"""CPython's own test modules, executed by the interpreter or under hotloop, against plain CPython.

    python tools/cpython_tests.py [--mode interp|hot|guards] [--jobs N] [--timeout S] [MODULE...]

Each module runs in a process of its own, plainly and in the mode, with a time limit; every test
method's outcome is compared. ``interp``: every Python frame from the loader of the tests on is
executed by ``hotloop_interp``. ``hot``: everything is compiled at once. ``guards``: guards also
fail now and then. Differences that are expected are in ``cpython_expected.txt``, one a line with
its reason; one that no longer occurs fails too, so that the list can only shrink. The python must
have CPython's ``test`` package.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

HERE = Path(__file__).resolve().parent
EXPECTED = HERE / "cpython_expected.txt"

_LANGUAGE = """
binop call compare compile contains decorators extcall genexps grammar isinstance listcomps
dictcomps named_expressions opcache opcodes operator patma peepholer positional_only_arg syntax
unary unpack unpack_ex contextlib except_star exception_group exception_variations exceptions
raise generator_stop warnings generators coroutines yield_from asyncgen contextlib_async context
asyncio.test_futures asyncio.test_queues asyncio.test_taskgroups array builtin collections complex
defaultdict dict dictviews float format int iter itertools list long math memoryview numeric_tower
ordered_dict range set slice string strtod tuple userstring weakset class copy descr dynamic
finalization funcattrs functools gc genericclass genericalias module pickle property super typing
weakref
"""
LANGUAGE = _LANGUAGE.split()
_OTHERS = """
bdb code dis frame inspect profile sys sys_settrace tracemalloc queue signal threading
threadsignals argparse calendar configparser datetime decimal difflib email json pickletools
pprint random statistics struct textwrap tokenize tomllib unittest urlparse xml_etree
"""
OTHERS = _OTHERS.split()

MODES: Mapping[str, Mapping[str, str]] = {
    "plain": {},
    "interp": {},
    "hot": {"HOTLOOP_STRESS": "hot", "HOTLOOP_BUDGET": "1"},
    "guards": {"HOTLOOP_STRESS": "hot,guard-every=11", "HOTLOOP_BUDGET": "1"},
}


def full_name(module: str) -> str:
    """``binop`` is ``test.test_binop``, ``asyncio.test_queues`` is ``test.test_asyncio...``."""
    return f"test.test_{module.removeprefix('test.').removeprefix('test_')}"


# -- in the process that runs tests --------------------------------------------------------


class Reporter(unittest.TestResult):
    """Writes a line when a test begins and one when it has ended."""

    def __init__(self, report: Any) -> None:
        super().__init__()
        self.report = report
        self.outcome = ""

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.outcome = "passed"
        self.report.write(f"{test.id()}\tbegun\n")
        self.report.flush()

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        self.report.write(f"{test.id()}\t{self.outcome}\n")
        self.report.flush()

    def note(self, test: Any, outcome: str, error: Any = None) -> None:
        """The outcome of a test, or of what is around tests."""
        self.outcome = outcome
        if not isinstance(test, unittest.TestCase):
            self.report.write(f"{test.id()}\t{outcome}\n")
        if error is not None:
            text = self._exc_info_to_string(error, test)  # type: ignore[attr-defined]
            sys.stderr.write(f"\n{outcome.upper()} {test.id()}\n{text}\n")

    def addError(self, test: Any, err: Any) -> None:
        self.note(test, "error", err)

    def addFailure(self, test: Any, err: Any) -> None:
        self.note(test, "failed", err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self.note(test, "failed in a part", err)

    def addSkip(self, test: Any, reason: str) -> None:
        self.note(test, "skipped")

    def addUnexpectedSuccess(self, test: Any) -> None:
        self.note(test, "unexpected success")


def run_tests(module: str, report: str) -> None:
    """Load a test module and run what is in it."""
    suite = unittest.defaultTestLoader.loadTestsFromName(full_name(module))
    with open(report, "w", encoding="utf-8", errors="backslashreplace") as file:
        suite.run(Reporter(file))


def child(module: str, report: str, mode: str) -> None:
    """The process of one module."""
    sys.argv[1:] = []
    if mode == "interp":
        import hotloop_interp

        hotloop_interp.run(run_tests, module, report)
    else:
        run_tests(module, report)


# -- in the process that compares ----------------------------------------------------------


@dataclass
class Run:
    """The outcomes of one module in one mode, by test."""

    outcomes: dict[str, str] = field(default_factory=dict)
    status: str = ""
    seconds: float = 0.0
    output: str = ""


def command(module: str, report: str, mode: str) -> list[str]:
    """The command that runs a module in a mode."""
    words = [str(HERE / "cpython_tests.py"), module, "--child", report, "--mode", mode]
    start = [] if mode in ("plain", "interp") else ["-m", "hotloop", "run"]
    return [sys.executable, "-X", "faulthandler", *start, *words]


def run_module(module: str, mode: str, timeout: float) -> Run:
    """Run one module in a folder of its own."""
    environ = {key: text for key, text in os.environ.items() if not key.startswith("HOTLOOP")}
    environ |= {**MODES[mode], "PYTHONHASHSEED": "0"}
    began, run = monotonic(), Run()
    with tempfile.TemporaryDirectory() as folder:
        report = str(Path(folder) / "report")
        work = Path(folder) / "work"
        work.mkdir()
        try:
            done = subprocess.run(
                command(module, report, mode),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=environ,
                timeout=timeout,
                cwd=work,
            )
            run.status = "" if done.returncode == 0 else f"status {done.returncode}"
            run.output = done.stdout.decode("utf-8", "replace")
        except subprocess.TimeoutExpired as late:
            run.status, run.output = "too late", (late.stdout or b"").decode("utf-8", "replace")
        if Path(report).exists():
            lines = Path(report).read_text("utf-8").splitlines()
            run.outcomes = dict(line.split("\t") for line in lines if line.count("\t") == 1)
    run.seconds = monotonic() - began
    return run


def expected_differences() -> dict[tuple[str, str], str]:
    """Reasons by mode and test."""
    found = {}
    for line in EXPECTED.read_text("utf-8").splitlines():
        words = line.split(maxsplit=2)
        if words and not line.startswith("#"):
            found[words[0], words[1]] = words[2]
    return found


def differing(plain: Run, other: Run) -> dict[str, str]:
    """The tests whose outcome differs, with both outcomes."""
    names = plain.outcomes.keys() | other.outcomes.keys()
    found = {}
    for name in sorted(names):
        before = plain.outcomes.get(name, "not run")
        after = other.outcomes.get(name, "not run")
        if before != after:
            found[name] = f"{before} -> {after}"
    return found


class Comparison:
    """Runs modules plainly and in a mode, and keeps the table."""

    def __init__(self, mode: str, timeout: float, log: Path | None) -> None:
        self.mode = mode
        self.timeout = timeout
        self.log = log
        self.expected = expected_differences()
        self.cases = self.unexpected = self.known = 0
        self.bad: list[str] = []

    def module(self, module: str) -> None:
        """Compare one module and print its line of the table."""
        plain = run_module(module, "plain", self.timeout)
        other = run_module(module, self.mode, self.timeout)
        self.cases += len(plain.outcomes)
        found = differing(plain, other)
        known = [name for name in found if (self.mode, name) in self.expected]
        gone = [name for name in self.listed(plain) if name not in found]
        self.known += len(known)
        new = [name for name in found if name not in known]
        self.unexpected += len(new)
        times = f"{plain.seconds:6.1f} {other.seconds:7.1f} s"
        status = other.status if other.status != plain.status else ""
        print(f"{module:28} {len(plain.outcomes):5} {len(new):5} {len(known):5} {times} {status}")
        for name in new:
            print(f"    {name}: {found[name]}")
        for name in gone:
            print(f"    {name}: expected to differ, and does not")
        sys.stdout.flush()
        if new or gone or status:
            self.bad.append(module)
        if self.log is not None:
            (self.log / f"{module}.{self.mode}.txt").write_text(other.output, "utf-8")

    def listed(self, plain: Run) -> list[str]:
        """Tests of a module that are expected to differ in this mode."""
        return [
            name for mode, name in self.expected if mode == self.mode and name in plain.outcomes
        ]


def main() -> int:
    """The command line; 1 if anything differed that was not expected."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("modules", nargs="*", default=LANGUAGE + OTHERS)
    parser.add_argument("--mode", choices=[*MODES], default="hot")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=float, default=600.0)
    parser.add_argument("--log", type=Path, help="a folder for what the tests print")
    parser.add_argument("--child", metavar="REPORT", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.modules[0], options.child, options.mode)
        return 0
    work = Comparison(options.mode, options.timeout, options.log)
    print(f"{'module':28} {'cases':>5} {'new':>5} {'known':>5} {'plain':>6} {options.mode:>7}")
    run: Callable[[str], None] = work.module
    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(run, options.modules))
    print(f"{work.cases} cases, {work.unexpected} differ, {work.known} are expected to differ")
    print(f"modules with differences: {' '.join(work.bad) or 'none'}")
    return 1 if work.bad else 0


if __name__ == "__main__":
    sys.exit(main())
