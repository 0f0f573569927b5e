"""What asv tracks through the history: every program of the registry, and hotloop's own costs.

    make asv          (the commit that is checked out)

For asv less is better throughout, so times, counts and memory are tracked, and of ratios only
those of hotloop's time to CPython's. The environment variable BENCH_PROGRAMS (names and kinds with
commas) leaves the other programs out; BENCH_ROUNDS is how many processes a figure is the median of.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

from contestants import Hotloop, Python
from measure import Failure, Sample, measure
from registry import Benchmark, find, select
from session import Amount
from summary import number, steady_seconds

Stats = dict[str, object]
Results = dict[tuple[str, str], list[Sample | Failure]]

TIMEOUT = 120.0
CHOSEN = [word for word in os.environ.get("BENCH_PROGRAMS", "").split(",") if word]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "1"))
NAMES = [benchmark.name for benchmark in select(CHOSEN)]


def checked(result: Sample | Failure | None, benchmark: Benchmark) -> Sample | Failure:
    """The result; a failure if its answer is wrong."""
    if isinstance(result, Sample) and result.checksum != benchmark.full.checksum:
        return Failure(f"WRONG: checksum {result.checksum}, not {benchmark.full.checksum}")
    return result or Failure("has no such program")


class Measured:
    """Processes of each program and side."""

    timeout = 36000

    def setup_cache(self) -> Results:
        """Run everything once, and again if there are more rounds."""
        sides = {
            "off": Python("off", "", sys.executable),
            "on": Hotloop("on", "", sys.executable),
        }
        results: Results = {(name, side): [] for name in NAMES for side in sides}
        for _ in range(ROUNDS):
            for benchmark in select(CHOSEN):
                for name, side in sides.items():
                    result = measure(side, Amount().work(benchmark), TIMEOUT)
                    results[benchmark.name, name].append(checked(result, benchmark))
        return results


def present(results: Results, program: str, side: str) -> list[Sample]:
    """The processes of one side. Raises RuntimeError, which asv marks, if one of them failed."""
    samples = []
    for result in results[find(program).name, side]:
        if isinstance(result, Failure):
            raise RuntimeError(f"{program}, hotloop {side}: {result.reason}")
        samples.append(result)
    return samples


def middle(figure: Callable[[Sample], float], samples: list[Sample]) -> float:
    """The median over processes."""
    return statistics.median(figure(sample) for sample in samples)


def steady(sample: Sample) -> float:
    """The steady state of one process."""
    return steady_seconds(sample.iterations)


class Programs(Measured):
    """Four figures of each program, plain and under hotloop."""

    params = (NAMES, ["on", "off"])  # a graph with many lines shows the first at first
    param_names = ("program", "hotloop")

    def setup(self, results: Results, program: str, hotloop: str) -> None:
        """Fail here, once, if it was not measured."""
        present(results, program, hotloop)

    def track_steady(self, results: Results, program: str, hotloop: str) -> float:
        """An iteration after warm-up."""
        return middle(steady, present(results, program, hotloop))

    def track_first(self, results: Results, program: str, hotloop: str) -> float:
        """The first iteration."""
        return middle(lambda one: one.iterations[0], present(results, program, hotloop))

    def track_whole(self, results: Results, program: str, hotloop: str) -> float:
        """The process from start to exit."""
        return middle(lambda one: one.whole, present(results, program, hotloop))

    def track_memory(self, results: Results, program: str, hotloop: str) -> float:
        """Peak resident memory."""
        return middle(lambda one: one.peak_kib * 1024, present(results, program, hotloop))

    track_steady.unit = track_first.unit = track_whole.unit = "seconds"  # type: ignore[attr-defined]
    track_memory.unit = "bytes"  # type: ignore[attr-defined]


class Relative(Measured):
    """Times under hotloop over times without: what the machine does to both cancels out."""

    params = (NAMES,)
    param_names = ("program",)

    def setup(self, results: Results, program: str) -> None:
        """Fail here, once, if it was not measured."""
        self.sides(results, program)

    def track_steady(self, results: Results, program: str) -> float:
        """An iteration after warm-up."""
        off, on = self.sides(results, program)
        return middle(steady, on) / middle(steady, off)

    def track_whole(self, results: Results, program: str) -> float:
        """The process from start to exit."""
        off, on = self.sides(results, program)
        return middle(lambda one: one.whole, on) / middle(lambda one: one.whole, off)

    def sides(self, results: Results, program: str) -> tuple[list[Sample], list[Sample]]:
        """Without and with hotloop."""
        return present(results, program, "off"), present(results, program, "on")

    track_steady.unit = track_whole.unit = "of CPython's time"  # type: ignore[attr-defined]


def traces(stats: Stats) -> float:
    """Loops and bridges."""
    return number(stats, "loops") + number(stats, "bridges")


def guards_per_bytecode(stats: Stats) -> float:
    """Guards left by the optimizer for each recorded bytecode."""
    return number(stats, "guards_optimised") / max(1.0, number(stats, "recorded_bytecodes"))


def ops_per_trace(stats: Stats) -> float:
    """Operations left by the optimizer in a trace."""
    return number(stats, "optimised_ops") / max(1.0, traces(stats))


def compile_seconds(stats: Stats) -> float:
    """Recording, optimising and compiling."""
    return sum(number(stats, phase) for phase in ("recording", "optimising", "compiling"))


class Inside(Measured):
    """Counts of hotloop's own for each program."""

    params = (NAMES,)
    param_names = ("program",)

    def setup(self, results: Results, program: str) -> None:
        """Fail here, once, if it was not measured."""
        present(results, program, "on")

    def track_guards_per_bytecode(self, results: Results, program: str) -> float:
        """Guards left by the optimizer for each recorded bytecode."""
        return self.count(results, program, guards_per_bytecode)

    def track_ops_per_trace(self, results: Results, program: str) -> float:
        """Operations left by the optimizer in a trace."""
        return self.count(results, program, ops_per_trace)

    def track_traces(self, results: Results, program: str) -> float:
        """Loops and bridges."""
        return self.count(results, program, traces)

    def track_code_bytes(self, results: Results, program: str) -> float:
        """Machine code made."""
        return self.count(results, program, lambda stats: number(stats, "code_bytes"))

    def track_compile_seconds(self, results: Results, program: str) -> float:
        """Recording, optimising and compiling."""
        return self.count(results, program, compile_seconds)

    def count(self, results: Results, program: str, counter: Callable[[Stats], float]) -> float:
        """The median of something counted, over processes."""
        return middle(lambda one: counter(one.stats), present(results, program, "on"))

    track_guards_per_bytecode.unit = "guards"  # type: ignore[attr-defined]
    track_ops_per_trace.unit = "operations"  # type: ignore[attr-defined]
    track_traces.unit = "traces"  # type: ignore[attr-defined]
    track_code_bytes.unit = "bytes"  # type: ignore[attr-defined]
    track_compile_seconds.unit = "seconds"  # type: ignore[attr-defined]


class Costs:
    """What hotloop costs where it does not help (costs.py)."""

    timeout = 600

    def setup_cache(self) -> dict[str, float]:
        """Measure once, in a process of its own."""
        command = [sys.executable, str(HERE / "costs.py")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        figures: dict[str, float] = json.loads(done.stdout)
        return figures

    def track_import_time(self, figures: dict[str, float]) -> float:
        """Until a process has a working hotloop."""
        return figures["import_seconds"]

    def track_merge_point(self, figures: dict[str, float]) -> float:
        """One round of a loop that is counted and never compiled."""
        return figures["merge_point_seconds"]

    def track_entry_and_exit(self, figures: dict[str, float]) -> float:
        """Into compiled code and out of it."""
        return figures["entry_exit_seconds"]

    track_import_time.unit = track_merge_point.unit = "seconds"  # type: ignore[attr-defined]
    track_entry_and_exit.unit = "seconds"  # type: ignore[attr-defined]
