"""What asv tracks through the history: every program of the registry, and hotloop's own costs.

    make asv          (the commit that is checked out)

For asv less is better throughout, so times, counts and memory are tracked, and of ratios only
those of hotloop's time to CPython's. The environment variable BENCH_PROGRAMS (names and kinds with
commas) leaves the other programs out.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

from contestants import Hotloop, Python
from measure import Sample, measure
from registry import find, select
from session import Amount
from summary import number, steady_seconds

Samples = dict[tuple[str, str], Sample | None]

TIMEOUT = 120.0
CHOSEN = [word for word in os.environ.get("BENCH_PROGRAMS", "").split(",") if word]
NAMES = [benchmark.name for benchmark in select(CHOSEN)]


class Measured:
    """One process of each program and side."""

    timeout = 36000

    def setup_cache(self) -> Samples:
        """Run everything once; a program that fails or was left out has no sample."""
        sides = {
            "off": Python("off", "", sys.executable),
            "on": Hotloop("on", "", sys.executable),
        }
        samples: Samples = {(name, side): None for name in NAMES for side in sides}
        for benchmark in select(CHOSEN):
            for name, side in sides.items():
                result = measure(side, Amount().work(benchmark), TIMEOUT)
                right = isinstance(result, Sample) and result.checksum == benchmark.full.checksum
                samples[benchmark.name, name] = result if right else None  # type: ignore[assignment]
        return samples


def present(samples: Samples, program: str, side: str) -> Sample:
    """The sample; makes asv leave out what failed or was not measured."""
    sample = samples[find(program).name, side]
    if sample is None:
        raise NotImplementedError(f"{program} was not measured")
    return sample


class Programs(Measured):
    """Four figures of each program, plain and under hotloop."""

    params = (NAMES, ["on", "off"])  # a graph with many lines shows the first at first
    param_names = ("program", "hotloop")

    def setup(self, samples: Samples, program: str, hotloop: str) -> None:
        """Leave out what is not there."""
        present(samples, program, hotloop)

    def track_steady(self, samples: Samples, program: str, hotloop: str) -> float:
        """An iteration after warm-up."""
        return steady_seconds(present(samples, program, hotloop).iterations)

    def track_first(self, samples: Samples, program: str, hotloop: str) -> float:
        """The first iteration."""
        return present(samples, program, hotloop).iterations[0]

    def track_whole(self, samples: Samples, program: str, hotloop: str) -> float:
        """The process from start to exit."""
        return present(samples, program, hotloop).whole

    def track_memory(self, samples: Samples, program: str, hotloop: str) -> float:
        """Peak resident memory."""
        return present(samples, program, hotloop).peak_kib * 1024

    track_steady.unit = track_first.unit = track_whole.unit = "seconds"  # type: ignore[attr-defined]
    track_memory.unit = "bytes"  # type: ignore[attr-defined]


class Relative(Measured):
    """Times under hotloop over times without: what the machine does to both cancels out."""

    params = (NAMES,)
    param_names = ("program",)

    def setup(self, samples: Samples, program: str) -> None:
        """Leave out what is not there."""
        self.sides(samples, program)

    def track_steady(self, samples: Samples, program: str) -> float:
        """An iteration after warm-up."""
        off, on = self.sides(samples, program)
        return steady_seconds(on.iterations) / steady_seconds(off.iterations)

    def track_whole(self, samples: Samples, program: str) -> float:
        """The process from start to exit."""
        off, on = self.sides(samples, program)
        return on.whole / off.whole

    def sides(self, samples: Samples, program: str) -> tuple[Sample, Sample]:
        """Without and with hotloop."""
        return present(samples, program, "off"), present(samples, program, "on")

    track_steady.unit = track_whole.unit = "of CPython's time"  # type: ignore[attr-defined]


class Inside(Measured):
    """Counts of hotloop's own for each program."""

    params = (NAMES,)
    param_names = ("program",)

    def setup(self, samples: Samples, program: str) -> None:
        """Leave out what is not there."""
        present(samples, program, "on")

    def track_guards_per_bytecode(self, samples: Samples, program: str) -> float:
        """Guards left by the optimizer for each recorded bytecode."""
        return self.count(samples, program, "guards_optimised", "recorded_bytecodes")

    def track_ops_per_trace(self, samples: Samples, program: str) -> float:
        """Operations left by the optimizer in a trace."""
        stats = present(samples, program, "on").stats
        return number(stats, "optimised_ops") / max(1.0, self.traces(stats))

    def track_traces(self, samples: Samples, program: str) -> float:
        """Loops and bridges."""
        return self.traces(present(samples, program, "on").stats)

    def track_code_bytes(self, samples: Samples, program: str) -> float:
        """Machine code made."""
        return self.count(samples, program, "code_bytes")

    def track_compile_seconds(self, samples: Samples, program: str) -> float:
        """Recording, optimising and compiling."""
        stats = present(samples, program, "on").stats
        return sum(number(stats, phase) for phase in ("recording", "optimising", "compiling"))

    def traces(self, stats: dict[str, object]) -> float:
        """Loops and bridges."""
        return number(stats, "loops") + number(stats, "bridges")

    def count(self, samples: Samples, program: str, name: str, per: str = "") -> float:
        """A counter, or its ratio to another one."""
        stats = present(samples, program, "on").stats
        return number(stats, name) / (max(1.0, number(stats, per)) if per else 1.0)

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
