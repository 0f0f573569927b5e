"""From samples to figures: steady state, first iteration, whole process, warm-up, memory.

Every figure is of CPU time. Per process: steady state is the median of the faster half of the
iterations after the first third (the warm-up). Over processes: the median. Ratios are the base
(CPython 3.11) over the contestant, so above 1 is faster.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from measure import Failure, Sample
from registry import Kind

PEAK = 0.9


@dataclass
class Measured:
    """All processes of one program so far, by name of contestant; the first is the base."""

    name: str
    kind: Kind
    expected: str = ""
    results: dict[str, list[Sample | Failure]] = field(default_factory=dict)

    def add(self, contestant: str, result: Sample | Failure) -> None:
        """Keep the result of one more process."""
        self.results.setdefault(contestant, []).append(result)

    def samples(self, contestant: str) -> list[Sample]:
        """The processes that measured."""
        results = self.results.get(contestant, [])
        return [result for result in results if isinstance(result, Sample)]

    def wrong(self, contestant: str) -> str | None:
        """What is wrong with its answers, in one line; None if they are right.

        Right is what the registry says; where it says nothing, what the base answers.
        """
        base = next(iter(self.results), "")
        right = self.expected or next((one.checksum for one in self.samples(base)), "")
        for sample in self.samples(contestant):
            if right and sample.checksum != right:
                return f"checksum {sample.checksum}, not {right}"
        return None

    def failed(self, contestant: str) -> str | None:
        """Why a process of it did not measure, in one line; None if all did."""
        for result in self.results.get(contestant, []):
            if isinstance(result, Failure):
                return result.reason
        return None

    def good(self, contestant: str) -> bool:
        """Has it measured, and nothing gone wrong?"""
        bad = self.failed(contestant) or self.wrong(contestant)
        return not bad and bool(self.samples(contestant))

    def notes(self) -> list[str]:
        """What the processes under hotloop wrote to stderr, each line once."""
        return sorted({sample.note for sample in self.samples("hotloop")} - {""})


@dataclass(frozen=True)
class Figures:
    """One contestant on one program. Ratios to the base; times in seconds, memory in MiB."""

    steady_seconds: float
    steady: float
    spread: float
    first: float
    whole: float
    to_peak: float
    break_even: float | None
    memory: float


def steady_seconds(iterations: Sequence[float]) -> float:
    """The steady state of one process; the only iteration if there is but one."""
    return statistics.median(_warm(iterations))


def _warm(iterations: Sequence[float]) -> list[float]:
    warm = sorted(iterations[len(iterations) // 3 :])
    return warm[: max(1, (len(warm) + 1) // 2)]


def spread(samples: Sequence[Sample]) -> float:
    """How far the steady states of processes are apart, as a share: (most - least) / (2 median).

    With one process, of the iterations that its steady state is taken from.
    """
    values = [steady_seconds(sample.iterations) for sample in samples]
    if len(values) == 1:
        values = _warm(samples[0].iterations)
    middle = statistics.median(values)
    return (max(values) - min(values)) / (2 * middle) if middle else 0.0


def seconds_to_peak(sample: Sample) -> float:
    """CPU time from the start of the process to the first iteration at 90 % of peak speed."""
    limit = steady_seconds(sample.iterations) / PEAK
    before = sample.whole - sum(sample.iterations)
    for seconds in sample.iterations:
        if seconds <= limit:
            return before
        before += seconds
    return before


def curve(samples: Sequence[Sample]) -> list[float]:
    """CPU time since the start of the process at the end of each iteration; medians."""
    one_each = []
    for sample in samples:
        start = sample.whole - sum(sample.iterations)
        one_each.append(list(accumulate(sample.iterations, initial=start))[1:])
    return [statistics.median(column) for column in zip(*one_each, strict=False)]


def break_even(base: Sequence[float], other: Sequence[float]) -> float | None:
    """The CPU time after which `other` has done more than the base for good; None: it never has.

    Curves as of `curve`. If it is ahead from the first iteration on, that is the time.
    """
    ahead = [theirs <= ours for ours, theirs in zip(base, other, strict=False)]
    if not ahead or not ahead[-1]:
        return None
    since = len(ahead)
    while since and ahead[since - 1]:
        since -= 1
    return other[since]


def figures(measured: Measured, contestant: str, base: str) -> Figures | None:
    """The figures of a contestant; None unless both it and the base have measured well."""
    if not (measured.good(contestant) and measured.good(base)):
        return None
    ours, theirs = measured.samples(base), measured.samples(contestant)

    def ratio(figure: Callable[[Sample], float]) -> float:
        return _middle(figure, ours) / max(_middle(figure, theirs), 1e-9)

    def steady(sample: Sample) -> float:
        return steady_seconds(sample.iterations)

    return Figures(
        steady_seconds=_middle(steady, theirs),
        steady=ratio(steady),
        spread=spread(theirs),
        first=ratio(lambda sample: sample.iterations[0]),
        whole=ratio(lambda sample: sample.whole),
        to_peak=_middle(seconds_to_peak, theirs),
        break_even=break_even(curve(ours), curve(theirs)),
        memory=_middle(lambda sample: sample.peak_kib / 1024, theirs),
    )


def _middle(figure: Callable[[Sample], float], samples: Iterable[Sample]) -> float:
    return statistics.median(figure(sample) for sample in samples)


@dataclass(frozen=True)
class Inside:
    """What hotloop did in a process of one program; times in seconds, medians over processes."""

    recording: float
    optimising: float
    compiling: float
    loops: float
    bridges: float
    ops_per_bytecode: float
    guards_per_bytecode: float
    aborts: float
    in_code: float


def inside(samples: Sequence[Sample]) -> Inside | None:
    """From hotloop's own counters; None if there are none."""
    all_stats = [sample.stats for sample in samples if sample.stats]
    if not all_stats:
        return None

    def middle(figure: Callable[[dict[str, object]], float]) -> float:
        return statistics.median(figure(stats) for stats in all_stats)

    def per_bytecode(name: str) -> float:
        return middle(lambda stats: number(stats, name) / (number(stats, BYTECODES) or 1))

    return Inside(
        recording=middle(lambda stats: number(stats, "recording")),
        optimising=middle(lambda stats: number(stats, "optimising")),
        compiling=middle(lambda stats: number(stats, "compiling")),
        loops=middle(lambda stats: number(stats, "loops")),
        bridges=middle(lambda stats: number(stats, "bridges")),
        ops_per_bytecode=per_bytecode("optimised_ops"),
        guards_per_bytecode=per_bytecode("guards_optimised"),
        aborts=middle(aborts),
        in_code=middle(lambda stats: number(stats, "machine_code") / number(stats, "elapsed")),
    )


BYTECODES = "recorded_bytecodes"


def number(stats: dict[str, object], name: str) -> float:
    """A counter by its name; 0 if there is none of that name."""
    value = stats.get(name, 0)
    return float(value) if isinstance(value, int | float) else 0.0


def aborts(stats: dict[str, object]) -> float:
    """Recordings given up, at all places together."""
    places = stats.get("aborts", [])
    return sum(place["count"] for place in places) if isinstance(places, list) else 0.0


def geometric_mean(ratios: Sequence[float]) -> float:
    """The geometric mean of at least one ratio."""
    return math.exp(sum(math.log(max(ratio, 1e-9)) for ratio in ratios) / len(ratios))
