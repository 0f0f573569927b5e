"""Suites of tests in processes of their own, plainly and in a mode of hotloop, test by test.

What ``cpython_tests.py`` and ``library_tests.py`` have in common: the modes, the report that a
process writes line by line (so that a crash tells how far it came), the comparison, the table and
the results kept as JSON. A :class:`Collection` says what its suites are and how one is run. Must
not know any suite.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Protocol

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "build"
_HOT = {"HOTLOOP_BUDGET": "1", "HOTLOOP_STRICT": "1"}
MODES: Mapping[str, Mapping[str, str]] = {
    "plain": {},
    "interp": {},
    "ordinary": {},
    "hot": {"HOTLOOP_STRESS": "hot", **_HOT},
    "guards": {"HOTLOOP_STRESS": "hot,guard-every=11", **_HOT},
}
_COMPILING = ("hot", "guards")
"""Modes in which a suite that ran no compiled code has proved nothing."""


class Collection(Protocol):
    """Suites of one kind."""

    script: str
    """The file that is run, in this process and in those of the suites."""
    title: str
    """What the results' folder is called."""

    def names(self) -> Sequence[str]:
        """All suites."""

    def prepare(self, names: Sequence[str]) -> None:
        """Bring what suites need; called once, before they run."""

    def environ(self, name: str) -> Mapping[str, str]:
        """Further environment variables of a suite's process."""

    def folder(self, name: str) -> Path | None:
        """The folder a suite is run in; None: an empty one."""

    def run(self, name: str, report: str) -> None:
        """Run a suite in this process and write ``test<TAB>outcome`` lines to a file."""


@dataclass
class Run:
    """The outcomes of one suite in one mode, by test.

    ``status`` is empty, or how the process ended; ``loops``, ``bridges`` and ``entries`` are what
    was compiled and how often it was entered, ``internal`` the errors of hotloop itself; -1 where
    the process has not told.
    """

    outcomes: dict[str, str] = field(default_factory=dict)
    status: str = ""
    seconds: float = 0.0
    loops: int = -1
    bridges: int = -1
    entries: int = -1
    internal: int = -1

    def read_report(self, report: Path) -> None:
        """What the process wrote while it ran. A name may come again: the last one counts."""
        if report.exists():
            lines = report.read_text("utf-8").splitlines()
            self.outcomes = dict(line.split("\t", 1) for line in lines if line.count("\t") == 1)

    def read_statistics(self, file: Path) -> None:
        """What hotloop wrote at the end."""
        text = file.read_text("utf-8") if file.exists() else ""
        if text.endswith("}\n"):  # the process was not ended in the middle of it
            found = json.loads(text)
            self.loops, self.bridges = found["loops"], found["bridges"]
            self.entries = found["entries"]
            self.internal = sum(
                one["count"] for one in found["aborts"] if one["reason"] == "INTERNAL"
            )


def read_expected(file: Path) -> dict[tuple[str, str], str]:
    """Reasons of expected differences by mode and test; ``hot,guards`` is both, ``*`` all."""
    found: dict[tuple[str, str], str] = {}
    for line in file.read_text("utf-8").splitlines():
        words = line.split(maxsplit=2)
        if words and not line.startswith("#"):
            modes = [*MODES] if words[0] == "*" else words[0].split(",")
            found |= {(mode, words[1]): words[2] for mode in modes}
    return found


def differing(plain: Run, other: Run) -> dict[str, str]:
    """The tests whose outcome differs, with both outcomes."""
    found = {}
    for name in sorted(plain.outcomes.keys() | other.outcomes.keys()):
        before = plain.outcomes.get(name, "not run")
        after = other.outcomes.get(name, "not run")
        if before != after:
            found[name] = f"{before} -> {after}"
    return found


class Runner:
    """Runs suites in processes; what they print and their results are kept in a folder."""

    def __init__(self, collection: Collection, timeout: float, folder: Path, resume: bool) -> None:
        self.collection = collection
        self.timeout = timeout
        self.results = folder
        self.resume = resume

    def run(self, name: str, mode: str) -> Run:
        """Run a suite in a mode, or take the result of an earlier run."""
        kept = self.results / mode / f"{name}.json"
        if self.resume and kept.exists():
            return Run(**json.loads(kept.read_text("utf-8")))
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            found = self._process(name, mode, Path(folder), kept.with_suffix(".txt"))
        kept.write_text(json.dumps(asdict(found), indent=1) + "\n", "utf-8")
        return found

    def _process(self, name: str, mode: str, folder: Path, log: Path) -> Run:
        report, statistics, work = folder / "report", folder / "statistics", folder / "work"
        work.mkdir()
        environ = {key: text for key, text in os.environ.items() if not key.startswith("HOTLOOP")}
        environ |= {**MODES[mode], **self.collection.environ(name), "PYTHONHASHSEED": "0"}
        if mode not in ("plain", "interp"):
            environ["HOTLOOP_STATS_JSON"] = str(statistics)
            environ["HOTLOOP_LOG"] = f"abort:{log.with_suffix('.log').resolve()}"
        began, found = monotonic(), Run()
        with log.open("wb") as output:
            process = subprocess.Popen(
                self._command(name, mode, report),
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=environ,
                cwd=self.collection.folder(name) or work,
                start_new_session=True,
            )
            try:
                status = process.wait(self.timeout)
                found.status = f"status {status}" if status >= 0 else signal.Signals(-status).name
            except subprocess.TimeoutExpired:
                found.status = "too late"
            _end_group(process)
        found.status = found.status.removesuffix("status 0")
        found.read_report(report)
        found.read_statistics(statistics)
        found.seconds = round(monotonic() - began, 1)
        return found

    def _command(self, name: str, mode: str, report: Path) -> list[str]:
        limit = str(0.9 * self.timeout)
        words = [self.collection.script, name, "--child", str(report), "--mode", mode]
        start = [] if mode in ("plain", "interp") else ["-m", "hotloop", "run"]
        return [sys.executable, "-X", "faulthandler", *start, *words, "--timeout", limit]


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it has started and left."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class Comparison:
    """Runs suites plainly and in a mode, and keeps the table."""

    def __init__(self, runner: Runner, mode: str, expected: Path) -> None:
        self.runner = runner
        self.mode = mode
        self.expected = read_expected(expected)
        self.lines: list[str] = []
        self.cases = self.differ = self.known = self.crashes = self.internal = 0
        self.bad: list[str] = []

    def suite(self, name: str) -> None:
        """Compare one suite; tell at once what is wrong with it."""
        plain = self.runner.run(name, "plain")
        other = self.runner.run(name, self.mode)
        found = differing(plain, other)
        known = [test for test in found if self._is_known(test, other)]
        new = [test for test in found if test not in known]
        gone = [test for test in plain.outcomes if self._listed(test) and test not in found]
        complaints = [f"{test}: {found[test]}" for test in new]
        complaints += [f"{test}: expected to differ, and does not" for test in gone]
        complaints += self._complaints(plain, other)
        self.cases += len(plain.outcomes)
        self.differ += len(new)
        self.known += len(known)
        self.lines.append(_line(name, plain, other, len(new), len(known)))
        if complaints:
            self.bad.append(name)
        print("\n".join([self.lines[-1], *(f"    {one}" for one in _shortened(complaints))]))
        sys.stdout.flush()

    def _listed(self, test: str) -> bool:
        return (self.mode, test) in self.expected

    def _is_known(self, test: str, other: Run) -> bool:
        """Whether a difference is expected. That a test did not come to an end never is."""
        return self._listed(test) and other.outcomes.get(test, "begun") != "begun"

    def _complaints(self, plain: Run, other: Run) -> list[str]:
        """What is wrong with a suite as a whole."""
        found = []
        if not plain.outcomes:
            found.append("plain CPython has run no test")
        if other.status != plain.status:
            self.crashes += 1
            found.append(f"the process ended with {other.status or 'status 0'}")
        if other.internal > 0:
            self.internal += other.internal
            found.append(f"{other.internal} errors of hotloop itself")
        if self.mode in _COMPILING and other.entries == 0:
            found.append("no compiled code has run")
        return found

    def table(self) -> str:
        """All lines in order, and the sums."""
        heading = f"{'suite':28} {'tests':>5} {'new':>4} {'known':>5} {'plain':>7} {self.mode:>7}"
        heading += f" {'loops':>6} {'bridges':>7} {'entries':>9}"
        share = 100 * self.known / max(self.cases, 1)
        return "\n".join(
            [
                "",
                heading,
                *sorted(self.lines),
                f"{len(self.lines)} suites, {self.cases} tests: {self.differ} differ, {self.known}"
                f" ({share:.2f} %) are expected to; {self.crashes} processes ended otherwise;"
                f" {self.internal} errors of hotloop itself",
                f"wrong: {' '.join(sorted(self.bad)) or 'none'}",
            ]
        )


def _line(name: str, plain: Run, other: Run, new: int, known: int) -> str:
    line = f"{name:28} {len(plain.outcomes):5} {new:4} {known:5}"
    line += f" {plain.seconds:5.1f} s {other.seconds:5.1f} s"
    counts = (other.loops, other.bridges, other.entries)
    loops, bridges, entries = ("-" if count < 0 else str(count) for count in counts)
    line += f" {loops:>6} {bridges:>7} {entries:>9}"
    return line if other.status == plain.status else f"{line} {other.status}"


def _shortened(lines: list[str], most: int = 12) -> list[str]:
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"... and {len(lines) - most + 1} more", lines[-1]]


def run_child(collection: Collection, name: str, report: str, mode: str, timeout: float) -> None:
    """The process of one suite. Shows where all threads are when the time is nearly up."""
    sys.argv[1:] = []
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in background jobs
    faulthandler.dump_traceback_later(timeout)
    if mode == "interp":
        import hotloop_interp

        hotloop_interp.run(collection.run, name, report)
    else:
        collection.run(name, report)


def main(collection: Collection, description: str, expected: Path) -> int:
    """The command line; 1 if anything differed that was not expected."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("names", nargs="*", metavar="NAME", help="suites; all if there is none")
    parser.add_argument("--mode", choices=[*MODES], default="hot")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds for each suite")
    parser.add_argument("--results", type=Path, default=RESULTS / collection.title)
    parser.add_argument("--resume", action="store_true", help="take results that are there")
    parser.add_argument("--child", metavar="REPORT", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.names or collection.names()
    if options.child:
        run_child(collection, names[0], options.child, options.mode, options.timeout)
        return 0
    if unknown := set(names) - set(collection.names()):
        parser.error(f"unknown: {' '.join(sorted(unknown))}")
    collection.prepare(names)
    runner = Runner(collection, options.timeout, options.results, options.resume)
    work = Comparison(runner, options.mode, expected)
    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(work.suite, names))
    print(work.table())
    return 1 if work.bad else 0
