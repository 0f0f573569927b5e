"""One measuring session: its contestants, its results so far, and the same as JSON.

The loop that measures is here; what a figure means is in summary.py.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from contestants import Contestant, Work
from measure import measure
from registry import HERE, Benchmark
from summary import Figures, Inside, Measured, figures, inside

FORMAT = 1


@dataclass(frozen=True)
class Amount:
    """How much to measure."""

    rounds: int = 3
    iterations: int | None = None
    quick: bool = False
    timeout: float = 120.0

    def work(self, benchmark: Benchmark) -> Work:
        """What a process of that program does."""
        size = benchmark.size(self.quick)
        count = self.iterations or size.iterations
        return Work(benchmark, count, size.loops, size.argument, self.quick)


@dataclass
class Session:
    """Results by program, contestants in the order of columns; the first is the base."""

    contestants: list[Contestant]
    benchmarks: list[Benchmark]
    amount: Amount
    missing: list[str] = field(default_factory=list)
    measured: list[Measured] = field(init=False)
    interrupted: bool = False

    def __post_init__(self) -> None:
        """No results yet."""
        quick = self.amount.quick
        self.measured = [
            Measured(one.name, one.kind, one.size(quick).checksum) for one in self.benchmarks
        ]

    @property
    def base(self) -> str:
        """The name of the contestant that everything is compared with."""
        return self.contestants[0].name

    def order(self) -> Iterator[tuple[Measured, Benchmark, Contestant]]:
        """The order of measuring: all programs once, each with all contestants, and again.

        Whoever began with a program in one round is the last in the next, so that no one has
        always the same neighbours.
        """
        for number in range(self.amount.rounds):
            turn = number % len(self.contestants)
            turned = self.contestants[turn:] + self.contestants[:turn]
            for measured, benchmark in zip(self.measured, self.benchmarks, strict=True):
                for contestant in turned:
                    yield measured, benchmark, contestant

    def run(self, tell: Callable[[str], None]) -> None:
        """Measure; `tell` hears of each process before it starts. Ctrl-C ends it early.

        A contestant that already failed on a program does not run it again.
        """
        try:
            for measured, benchmark, contestant in self.order():
                tell(f"{benchmark.name}, {contestant.name}")
                if measured.failed(contestant.name) or measured.wrong(contestant.name):
                    continue
                work = self.amount.work(benchmark)
                result = measure(contestant, work, self.amount.timeout)
                if result is not None:
                    measured.add(contestant.name, result)
        except KeyboardInterrupt:
            self.interrupted = True

    def figures(self, measured: Measured, contestant: str) -> Figures | None:
        """The figures of one contestant on one program, if it measured well."""
        return figures(measured, contestant, self.base)

    def present(self) -> list[str]:
        """The names of the contestants that measured anything."""
        names = [contestant.name for contestant in self.contestants]
        return [name for name in names if any(one.samples(name) for one in self.measured)]

    def problems(self) -> list[Problem]:
        """All that went wrong, in the order of the table."""
        found = []
        for measured in self.measured:
            for contestant in self.contestants:
                for word, reason in (
                    ("WRONG", measured.wrong(contestant.name)),
                    ("failed", measured.failed(contestant.name)),
                ):
                    if reason is not None:
                        found.append(Problem(measured.name, contestant.name, word, reason))
        return found

    def bad(self) -> bool:
        """Was any answer wrong, or did CPython or hotloop itself fail?"""
        ours = {self.base, "hotloop"}
        return any(one.word == "WRONG" or one.contestant in ours for one in self.problems())

    def as_json(self) -> dict[str, object]:
        """All of it: where, when, every process, every figure."""
        return {
            "format": FORMAT,
            "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "commit": commit(),
            "machine": machine(),
            "amount": asdict(self.amount),
            "base": self.base,
            "contestants": {one.name: one.version for one in self.contestants},
            "missing": self.missing,
            "interrupted": self.interrupted,
            "programs": [self._program(measured) for measured in self.measured],
        }

    def _program(self, measured: Measured) -> dict[str, object]:
        own: Inside | None = inside(measured.samples("hotloop"))
        results: dict[str, object] = {}
        for name in measured.results:
            row = self.figures(measured, name)
            results[name] = {
                "problem": measured.wrong(name) or measured.failed(name),
                "figures": asdict(row) if row else None,
                "processes": [one.as_json() for one in measured.results[name]],
            }
        return {
            "name": measured.name,
            "kind": measured.kind.value,
            "hotloop": asdict(own) if own else None,
            "results": results,
        }


@dataclass(frozen=True)
class Problem:
    """A contestant that gave a wrong answer or none, and why in one line."""

    program: str
    contestant: str
    word: str
    reason: str


def commit() -> str:
    """The commit of this checkout, with a + if files differ from it; empty if it is none."""
    command = ["git", "-C", str(HERE), "describe", "--always", "--abbrev=10", "--dirty=+"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def machine() -> dict[str, object]:
    """What figures of different machines are told apart by."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    load = os.getloadavg()[0]
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.platform(), "load": load}


def write_json(session: Session, path: Path) -> None:
    """Write everything measured to a file. Raises OSError."""
    path.write_text(json.dumps(session.as_json(), indent=1) + "\n")
