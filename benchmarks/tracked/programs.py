"""Tracks every benchmark program, plain and under hotloop, through the history of the repository.

    make asv          (the commit that is checked out)

For asv less is better throughout, so times and memory are tracked and not ratios.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from contestants import Hotloop, Python
from measure import Sample, measure
from registry import BENCHMARKS, find
from session import Amount
from summary import steady_seconds

Samples = dict[tuple[str, str], Sample | None]

TIMEOUT = 120.0


class Programs:
    """One process of each program and side; asv keeps four figures of each."""

    params = ([benchmark.name for benchmark in BENCHMARKS], ["off", "on"])
    param_names = ("program", "hotloop")
    timeout = 3600

    def setup_cache(self) -> Samples:
        """Run everything once; a program that fails has no sample."""
        sides = {
            "off": Python("off", "", sys.executable),
            "on": Hotloop("on", "", sys.executable),
        }
        samples: Samples = {}
        for benchmark in BENCHMARKS:
            for name, side in sides.items():
                result = measure(side, Amount().work(benchmark), TIMEOUT)
                samples[benchmark.name, name] = result if isinstance(result, Sample) else None
        return samples

    def setup(self, samples: Samples, program: str, hotloop: str) -> None:
        """Make asv leave out what failed or gave another answer than CPython."""
        sample, expected = samples[program, hotloop], samples[program, "off"]
        if sample is None or expected is None or sample.checksum != expected.checksum:
            raise NotImplementedError(f"{find(program).name} went wrong")

    def track_steady(self, samples: Samples, program: str, hotloop: str) -> float:
        """An iteration after warm-up."""
        return steady_seconds(_present(samples[program, hotloop]).iterations)

    def track_first(self, samples: Samples, program: str, hotloop: str) -> float:
        """The first iteration."""
        return _present(samples[program, hotloop]).iterations[0]

    def track_whole(self, samples: Samples, program: str, hotloop: str) -> float:
        """The process from start to exit."""
        return _present(samples[program, hotloop]).whole

    def track_memory(self, samples: Samples, program: str, hotloop: str) -> float:
        """Peak resident memory."""
        return _present(samples[program, hotloop]).peak_kib * 1024

    track_steady.unit = track_first.unit = track_whole.unit = "seconds"  # type: ignore[attr-defined]
    track_memory.unit = "bytes"  # type: ignore[attr-defined]


def _present(sample: Sample | None) -> Sample:
    if sample is None:
        raise NotImplementedError("the program went wrong")
    return sample
