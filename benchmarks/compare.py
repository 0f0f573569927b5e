"""Measures the benchmark programs under CPython and under hotloop, and prints a table.

    python benchmarks/compare.py [PROGRAM...] [--pairs N] [--python PATH] [--json FILE]

Processes of the two sides are interleaved, each fresh, and both must give the same checksum: a
wrong one voids the figures and makes the exit status 1. Ctrl-C ends the measuring and prints what
there is. This file is the command line; processes are in measure.py, arithmetic in summary.py.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from measure import Interpreter, Side, measure
from registry import BENCHMARKS, Benchmark, UnknownBenchmark, find
from report import as_json, problems, table
from summary import Measured

DISTRIBUTION_PYTHON = "/usr/bin/python3.11"
INTERRUPTED = 130


def default_pythons() -> list[str]:
    """The running interpreter and, where it is another one, the distribution's."""
    pythons = [sys.executable]
    running = os.path.realpath(sys.executable)
    if os.path.exists(DISTRIBUTION_PYTHON) and os.path.realpath(DISTRIBUTION_PYTHON) != running:
        pythons.append(DISTRIBUTION_PYTHON)
    return pythons


def rounds(
    benchmarks: list[Benchmark], pairs: int
) -> Iterator[tuple[int, Benchmark, tuple[Side, Side]]]:
    """The order of measuring: every program once, then again with the sides swapped, and so on."""
    for pair in range(pairs):
        order = (Side.CPYTHON, Side.HOTLOOP) if pair % 2 == 0 else (Side.HOTLOOP, Side.CPYTHON)
        for index, benchmark in enumerate(benchmarks):
            yield index, benchmark, order


def measure_all(
    interpreter: Interpreter,
    benchmarks: list[Benchmark],
    pairs: int,
    iterations: int | None,
    timeout: float,
    console: Console,
) -> tuple[list[Measured], bool]:
    """Measure with a progress bar; the results, and whether Ctrl-C cut them short.

    A program that already went wrong is not run again.
    """
    measured = [Measured(benchmark.name) for benchmark in benchmarks]
    columns = (
        TextColumn("{task.description:24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=2 * pairs * len(benchmarks))
        try:
            for index, benchmark, order in rounds(benchmarks, pairs):
                for side in order:
                    progress.update(task, description=f"{benchmark.name} {side.value}")
                    if measured[index].problem() is None:
                        count = iterations or benchmark.iterations
                        sample = measure(interpreter, side, benchmark, count, timeout)
                        measured[index].add(side, sample)
                    progress.advance(task)
        except KeyboardInterrupt:
            return measured, True
    return measured, False


def chosen(names: tuple[str, ...]) -> list[Benchmark]:
    """The named programs, or all; a wrong name ends the command with one line."""
    try:
        return [find(name) for name in names] or list(BENCHMARKS)
    except UnknownBenchmark as error:
        raise click.ClickException(str(error)) from None


def prepared(executable: str) -> Interpreter:
    """The interpreter behind a --python value; a bad one ends the command with one line."""
    try:
        interpreter = Interpreter.prepare(executable)
    except OSError as error:
        raise click.ClickException(f"cannot run {executable}: {error.strerror}") from None
    if not interpreter.version().startswith("CPython 3.11."):
        raise click.ClickException(f"{executable} is not CPython 3.11")
    return interpreter


@click.command()
@click.argument("programs", nargs=-1)
@click.option("--pairs", type=click.IntRange(1), default=3, show_default=True)
@click.option("--iterations", type=click.IntRange(1), help="per process; default: about 5 s")
@click.option("--python", "pythons", multiple=True, help="interpreter to measure; repeatable")
@click.option("--timeout", type=float, default=120.0, show_default=True, help="s per process")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--list", "only_list", is_flag=True, help="list the programs and stop")
def main(
    programs: tuple[str, ...],
    pairs: int,
    iterations: int | None,
    pythons: tuple[str, ...],
    timeout: float,
    json_file: Path | None,
    only_list: bool,
) -> None:
    """Measure PROGRAMS (default: all) under CPython and under hotloop."""
    console = Console()
    if only_list:
        for benchmark in BENCHMARKS:
            click.echo(f"{benchmark.name:14} {benchmark.about}")
        return
    benchmarks = chosen(programs)
    interpreters = [prepared(executable) for executable in pythons or default_pythons()]
    record: dict[str, object] = {}
    wrong = interrupted = False
    for interpreter in interpreters:
        title = f"{interpreter.executable} ({interpreter.version()}), {pairs} processes a side"
        measured, interrupted = measure_all(
            interpreter, benchmarks, pairs, iterations, timeout, console
        )
        console.print(table(measured, title))
        problems(measured, console)
        wrong = wrong or any(one.problem() is not None for one in measured)
        record[title] = as_json(measured)
        if interrupted:
            console.print("interrupted: the table has what was measured so far")
            break
    if json_file is not None:
        json_file.write_text(json.dumps(record, indent=1) + "\n")
    sys.exit(INTERRUPTED if interrupted else 1 if wrong else 0)


if __name__ == "__main__":
    main()
