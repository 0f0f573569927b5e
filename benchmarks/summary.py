"""From samples to figures: steady state, first iteration, whole process, memory.

Every figure is of CPU time. Per process: steady state is the median of the faster half of the
iterations after the first third (the warm-up). Over processes: the median. Ratios are CPython over
hotloop, so above 1 is faster.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from measure import Failure, Sample, Side


@dataclass
class Measured:
    """All processes of one program so far."""

    name: str
    results: dict[Side, list[Sample | Failure]] = field(
        default_factory=lambda: {side: [] for side in Side}
    )

    def add(self, side: Side, result: Sample | Failure) -> None:
        """Keep the result of one more process."""
        self.results[side].append(result)

    def samples(self, side: Side) -> list[Sample]:
        """The processes that measured."""
        return [result for result in self.results[side] if isinstance(result, Sample)]

    def problem(self) -> str | None:
        """A failed process or a wrong answer, in one line; None if all is well."""
        for side in Side:
            for result in self.results[side]:
                if isinstance(result, Failure):
                    return f"{side.value}: {result.reason}"
        expected = {sample.checksum for sample in self.samples(Side.CPYTHON)}
        if len(expected) > 1:
            return f"CPython's own answers differ: {', '.join(sorted(expected))}"
        for sample in self.samples(Side.HOTLOOP):
            if expected and sample.checksum not in expected:
                return f"checksum {sample.checksum}, CPython has {expected.pop()}"
        return None

    def notes(self) -> list[str]:
        """What the processes under hotloop wrote to stderr, each line once."""
        return sorted({sample.note for sample in self.samples(Side.HOTLOOP)} - {""})

    def complete(self) -> bool:
        """Is there at least one good process of each side, and no problem?"""
        return self.problem() is None and all(self.samples(side) for side in Side)


@dataclass(frozen=True)
class Figures:
    """One row of the table."""

    name: str
    cpython_ms: float
    hotloop_ms: float
    steady: float
    first: float
    whole: float
    cpython_mib: float
    hotloop_mib: float


def steady_seconds(iterations: Sequence[float]) -> float:
    """The steady state of one process; the only iteration if there is but one."""
    warm = sorted(iterations[len(iterations) // 3 :])
    return statistics.median(warm[: max(1, (len(warm) + 1) // 2)])


def figures(measured: Measured) -> Figures:
    """The row of a program that is complete."""

    def over(side: Side, figure: Callable[[Sample], float]) -> float:
        return statistics.median(figure(sample) for sample in measured.samples(side))

    def ratio(figure: Callable[[Sample], float]) -> float:
        return over(Side.CPYTHON, figure) / over(Side.HOTLOOP, figure)

    def steady(sample: Sample) -> float:
        return steady_seconds(sample.iterations)

    def mebibytes(sample: Sample) -> float:
        return sample.peak_kib / 1024

    return Figures(
        name=measured.name,
        cpython_ms=over(Side.CPYTHON, steady) * 1000,
        hotloop_ms=over(Side.HOTLOOP, steady) * 1000,
        steady=ratio(steady),
        first=ratio(lambda sample: sample.iterations[0]),
        whole=ratio(lambda sample: sample.whole),
        cpython_mib=over(Side.CPYTHON, mebibytes),
        hotloop_mib=over(Side.HOTLOOP, mebibytes),
    )


def geometric_mean(ratios: Sequence[float]) -> float:
    """The geometric mean of at least one ratio."""
    return math.exp(sum(math.log(ratio) for ratio in ratios) / len(ratios))
