"""What `make demo` shows: unmodified programs, run by CPython and by hotloop, side by side.

    python benchmarks/demo.py [--python PATH]

The script `programs/mandelbrot.py`, and pyperformance's richards and nbody as installed. Each runs
once under plain CPython and once under `hotloop run`, from start to exit, warm-up and compilation
included; the outputs must be identical. For careful measurements: hotloop bench.
"""

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from contestants import RUN_ONE, Hotloop, Python, base_and_hotloop
from measure import Ended, run_process
from registry import HERE

PROGRAMS = HERE / "programs"
TIMEOUT = 300.0


@dataclass(frozen=True)
class Act:
    """One program of the demo: what to call it, its command line, and what it is."""

    title: str
    arguments: list[str]
    about: str
    picture: bool = False


ACTS = (
    Act(
        "mandelbrot",
        [str(PROGRAMS / "mandelbrot.py"), "1400"],
        "a script: nested float loops",
        picture=True,
    ),
    Act(
        "richards",
        [str(RUN_ONE), "richards", "--iterations", "15"],
        "pyperformance's simulation of an operating system: small objects, virtual calls",
    ),
    Act(
        "nbody",
        [str(RUN_ONE), "nbody", "--iterations", "25"],
        "pyperformance's planets: floats in lists and tuples",
    ),
)


@dataclass(frozen=True)
class Outcome:
    """Both runs of one act."""

    act: Act
    cpython: Ended
    hotloop: Ended

    def identical(self) -> bool:
        """Did both end well and print the same?"""
        good = self.cpython.status == 0 and self.hotloop.status == 0
        return good and answer(self.cpython.output) == answer(self.hotloop.output)


def answer(output: str) -> str:
    """What a program printed, less the times that run_one.py prints for each iteration."""
    kept = []
    for line in output.splitlines():
        if line.startswith("{"):
            record = json.loads(line)
            line = str(record.get("checksum", "iteration"))
        kept.append(line)
    return "\n".join(kept)


def perform(sides: tuple[Python, Hotloop], act: Act, console: Console) -> Outcome:
    """Run an act on both sides, saying so."""
    ended = []
    for side in sides:
        with console.status(f"{act.title} under {side.name} ..."):
            ended.append(run_process(side.start(act.arguments), side.environment(), TIMEOUT))
    return Outcome(act, *ended)


def tell(outcome: Outcome, console: Console) -> None:
    """Print what came out of an act."""
    act = outcome.act
    root = f"{PROGRAMS.parent.parent}/"
    shown = "hotloop run " + " ".join(act.arguments).replace(root, "")
    console.print(f"[bold]{act.title}[/], {act.about}", highlight=False)
    console.print(f"  {shown}", highlight=False, soft_wrap=True, style="dim")
    if act.picture and outcome.identical():
        console.print(outcome.hotloop.output.rstrip(), highlight=False, markup=False)
    if outcome.identical():
        digest = hashlib.sha256(answer(outcome.hotloop.output).encode()).hexdigest()[:16]
        console.print(f"  output identical (sha256 {digest}...)", highlight=False)
        return
    console.print("  [bold red]output differs[/]")
    for side, ended in (("CPython", outcome.cpython), ("hotloop", outcome.hotloop)):
        text = f"  {side}: status {ended.status} {ended.errors.strip()[-500:]}"
        console.print(text, markup=False, highlight=False)


def score(outcomes: list[Outcome]) -> Table:
    """The table at the end."""
    table = Table(box=box.SIMPLE)
    table.add_column("program")
    for heading in ("CPython s", "hotloop s", "times faster"):
        table.add_column(heading, justify="right")
    for outcome in outcomes:
        ratio = outcome.cpython.wall / outcome.hotloop.wall
        table.add_row(
            outcome.act.title,
            f"{outcome.cpython.wall:.2f}",
            f"{outcome.hotloop.wall:.2f}",
            f"[bold]{ratio:.1f}x[/]" if outcome.identical() else "[red]wrong[/]",
        )
    return table


def main(argv: list[str]) -> int:
    """0 if all outputs were identical, else 1."""
    parser = argparse.ArgumentParser(description="unmodified programs, under CPython and hotloop")
    parser.add_argument("--python", default=sys.executable, help="interpreter (default: this one)")
    options = parser.parse_args(argv)
    console = Console()
    sides = base_and_hotloop(options.python)
    if sides is None:
        print(f"demo: {options.python} is not CPython 3.11", file=sys.stderr)
        return 2
    console.print(f"{sides[0].version}, {sides[0].executable}\n", highlight=False)
    outcomes = []
    for act in ACTS:
        outcomes.append(perform(sides, act, console))
        tell(outcomes[-1], console)
    console.print(score(outcomes))
    console.print("Elapsed time of the whole process, warm-up and compilation included.")
    return 0 if all(outcome.identical() for outcome in outcomes) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
