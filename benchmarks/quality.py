"""How far hotloop's code is from C's: time and instructions for each round of six kernels.

The kernels are the programs that have a twin in C (twins/), compiled with gcc -O2, that does the
same work and prints the same answer. Times come from a session; instructions are counted here, one
by one, by twins/count_instructions.c: of two sizes, so that what is done once cancels out.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.table import Table

from contestants import Gcc, Hotloop
from registry import HERE, TWINS
from session import Session

COUNTER = TWINS / "count_instructions.c"
REGION = HERE / "region.py"
TIMEOUT = 300.0


@dataclass(frozen=True)
class Kernel:
    """What is one round of a kernel, and two sizes to count."""

    unit: str
    small: int
    big: int
    rounds: Callable[[int], int]


KERNELS = {
    "int_sum": Kernel("number", 300, 900, lambda size: size),
    "dot_product": Kernel("product", 100, 300, lambda size: 10 * size),
    "mandelbrot": Kernel("point", 10, 16, lambda size: size * size),
    "spectral": Kernel("element", 8, 12, lambda size: 40 * size * size),
    "sieve": Kernel("number", 300, 900, lambda size: size),
    "planets": Kernel("step", 10, 30, lambda size: size),
}


class CountError(Exception):
    """Instructions cannot be counted here; the text says why."""


def count(command: list[str], environment: dict[str, str] | None, counter: Path) -> list[int]:
    """The instructions of each region of a process. Raises CountError."""
    try:
        done = subprocess.run(
            [str(counter), *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise CountError("counting takes too long") from None
    lines = done.stderr.split()
    if done.returncode or len(lines) != 2 or not all(line.isdigit() for line in lines):
        raise CountError((done.stderr.strip() or "the process died")[-200:])
    return [int(line) for line in lines]


def per_round(kernel: Kernel, counted: list[int]) -> float:
    """Instructions for one more round."""
    return (counted[1] - counted[0]) / (kernel.rounds(kernel.big) - kernel.rounds(kernel.small))


def instructions(name: str, hotloop: Hotloop, gcc: Gcc) -> tuple[float, float]:
    """For a round of hotloop's code and of C's. Raises CountError."""
    kernel = KERNELS[name]
    sizes = [str(kernel.small), str(kernel.big)]
    with tempfile.TemporaryDirectory() as folder:
        counter, twin = Path(folder) / "counter", Path(folder) / "twin"
        for binary, source in ((counter, COUNTER), (twin, TWINS / f"{name}.c")):
            build = [gcc.executable, "-O2", "-o", str(binary), str(source), "-lm"]
            subprocess.run(build, check=True, capture_output=True)
        python = [hotloop.executable, str(REGION), name, *sizes]
        ours = per_round(kernel, count(python, hotloop.environment(), counter))
        theirs = per_round(kernel, count([str(twin), "-region", *sizes], None, counter))
    return ours, theirs


def quality_table(session: Session, tell: Callable[[str], None]) -> Table:
    """A row for each kernel that hotloop and C have run in this session."""
    table = Table(title="against gcc -O2", title_justify="left", caption_justify="left")
    table.box, table.pad_edge, table.collapse_padding = box.SIMPLE_HEAD, False, True
    table.caption = "Ratios are hotloop's over C's: 1x is as good as C."
    for heading in (
        "kernel",
        "hotloop ms",
        "C ms",
        "time",
        "round",
        "instructions",
        "C's",
        "ratio",
    ):
        table.add_column(heading, justify="left" if heading in ("kernel", "round") else "right")
    hotloop = next((one for one in session.contestants if isinstance(one, Hotloop)), None)
    gcc = next((one for one in session.contestants if isinstance(one, Gcc)), None)
    for measured in session.measured:
        ours = session.figures(measured, "hotloop")
        theirs = session.figures(measured, gcc.name) if gcc else None
        if hotloop is None or gcc is None or ours is None or theirs is None:
            continue
        tell(f"{measured.name}, counting")
        seconds, twin = ours.steady_seconds, theirs.steady_seconds
        cells = [f"{seconds * 1000:.2f}", f"{twin * 1000:.2f}", f"{seconds / twin:.2f}x"]
        try:
            mine, c = instructions(measured.name, hotloop, gcc)
            counted = [KERNELS[measured.name].unit, f"{mine:.1f}", f"{c:.1f}", f"{mine / c:.2f}x"]
        except CountError as error:
            counted = [KERNELS[measured.name].unit, f"[yellow]{error}[/]", "", ""]
        table.add_row(measured.name, *cells, *counted)
    return table
