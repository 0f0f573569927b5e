"""Shows figures: a table for people, plain data for a JSON file. Computes nothing of its own."""

from collections.abc import Sequence
from dataclasses import asdict

from rich import box
from rich.console import Console
from rich.table import Table

from measure import Side
from summary import Figures, Measured, figures, geometric_mean

SLOWER, SAME = 0.97, 1.05


def table(measured: Sequence[Measured], title: str) -> Table:
    """One row a program, geometric means last; what was not measured at all is left out."""
    result = Table(title=title, title_justify="left", caption_justify="left", box=box.SIMPLE)
    result.add_column("program")
    for heading in ("CPython ms", "hotloop ms", "steady", "first", "whole", "MiB", "RSS"):
        result.add_column(heading, justify="right")
    for one in measured:
        problem = one.problem()
        if problem is not None:
            result.add_row(one.name, "[bold red]WRONG[/]", *[""] * 6)
        elif one.complete():
            result.add_row(*_row(figures(one)))
    rows = [figures(one) for one in measured if one.complete()]
    if rows:
        result.add_section()
        result.add_row(*_means(rows))
    result.caption = (
        "CPU time, medians over processes; above 1x hotloop is faster. steady: per iteration after "
        "warm-up; first: the first iteration; whole: the process from start to exit."
    )
    return result


def problems(measured: Sequence[Measured], console: Console) -> None:
    """One line for each program without figures, saying why, and for each note of hotloop."""
    for one in measured:
        problem = one.problem()
        if problem is not None:
            console.print(f"WRONG {one.name}: {problem}", style="red", markup=False)
        for note in one.notes():
            console.print(f"note {one.name}: {note}", style="yellow", markup=False)


def as_json(measured: Sequence[Measured]) -> list[dict[str, object]]:
    """Everything measured, with the figures where there are any."""
    return [
        {
            "name": one.name,
            "problem": one.problem(),
            "figures": asdict(figures(one)) if one.complete() else None,
            "processes": {
                side.value: [result.as_json() for result in one.results[side]] for side in Side
            },
        }
        for one in measured
    ]


def _row(row: Figures) -> list[str]:
    return [
        row.name,
        f"{row.cpython_ms:.1f}",
        f"{row.hotloop_ms:.1f}",
        _times(row.steady),
        _times(row.first),
        _times(row.whole),
        f"{row.hotloop_mib:.0f}",
        f"{row.hotloop_mib / row.cpython_mib:.1f}x",
    ]


def _means(rows: Sequence[Figures]) -> list[str]:
    memory = geometric_mean([row.hotloop_mib / row.cpython_mib for row in rows])
    return [
        "geomean",
        "",
        "",
        _times(geometric_mean([row.steady for row in rows])),
        _times(geometric_mean([row.first for row in rows])),
        _times(geometric_mean([row.whole for row in rows])),
        "",
        f"{memory:.1f}x",
    ]


def _times(ratio: float) -> str:
    colour = "red" if ratio < SLOWER else "yellow" if ratio < SAME else "green"
    return f"[{colour}]{ratio:.2f}x[/]"
