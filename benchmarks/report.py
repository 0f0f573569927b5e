"""Shows figures in the terminal. Computes nothing of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from contestants import INSTALLABLE
from registry import Kind
from session import Session
from summary import Figures, Inside, Measured, geometric_mean, inside

SLOWER, SAME = 0.97, 1.05

CAPTION = (
    "CPU time, medians over processes; above 1x it is faster than {base}. steady: per iteration "
    "after warm-up, ± half the range over processes; first: the first iteration; whole: the "
    "process from start to exit; to 90 %: CPU seconds until the first iteration at 90 % of steady "
    "speed; even: CPU seconds until it has overtaken {base} for good."
)


def show(session: Session, console: Console) -> None:
    """Every table that there is something for, then what went wrong and who is missing."""
    console.print(hotloop_table(session))
    if len([name for name in session.present() if name != session.base]) > 1:
        console.print(peer_table(session))
    if any(inside(measured.samples("hotloop")) for measured in session.measured):
        console.print(inside_table(session))
    for problem in session.problems():
        text = f"{problem.word} {problem.program}, {problem.contestant}: {problem.reason}"
        colour = "red" if problem.word == "WRONG" else "yellow"
        console.print(text, style=colour, markup=False, soft_wrap=True)
    for measured in session.measured:
        for note in measured.notes():
            text = f"note {measured.name}: {note}"
            console.print(text, style="yellow", markup=False, soft_wrap=True)
    if session.missing:
        console.print(_left_out(session.missing), markup=False, soft_wrap=True)
    if session.interrupted:
        console.print("interrupted: the tables have what was measured so far")


def _left_out(missing: Sequence[str]) -> str:
    can_be_had = [name for name in missing if name in INSTALLABLE]
    hint = f" (hotloop bench --install-peers gets {', '.join(can_be_had)})" if can_be_had else ""
    return f"not found, left out: {', '.join(missing)}{hint}"


def _table(title: str, headings: Sequence[str], caption: str = "") -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD)
    table.pad_edge, table.collapse_padding = False, True
    table.add_column("program", no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    table.caption = caption
    return table


def by_kind(session: Session) -> list[tuple[Kind, list[Measured]]]:
    """The programs that anything was measured of, under the kinds that there are."""
    groups = []
    for kind in Kind:
        group = [one for one in session.measured if one.kind is kind and one.results]
        if group:
            groups.append((kind, group))
    return groups


def hotloop_table(session: Session) -> Table:
    """hotloop against the base: one row a program, geometric means under each kind and last."""
    base = session.contestants[0]
    count = session.amount.rounds
    title = f"hotloop on {base.version}, {count} process{'es' if count > 1 else ''} each"
    headings = (
        "CPython ms",
        "hotloop ms",
        "steady",
        "±",
        "first",
        "whole",
        "to 90 %",
        "even",
        "MiB",
    )
    table = _table(title, (*headings, "RSS"), CAPTION.format(base=base.name))
    everything: list[tuple[Figures, Figures]] = []
    for kind, group in by_kind(session):
        rows = []
        for measured in group:
            plain = session.figures(measured, base.name)
            ours = session.figures(measured, "hotloop")
            if plain and ours:
                rows.append((plain, ours))
                table.add_row(measured.name, *_row(plain, ours))
            else:
                table.add_row(measured.name, *_gap(session, measured, plain))
        if rows:
            table.add_row(f"[dim]{kind.value} ({len(rows)})[/]", *_means(rows), end_section=True)
        everything += rows
    if everything:
        table.add_row(f"geomean ({len(everything)})", *_means(everything))
    return table


def _gap(session: Session, measured: Measured, plain: Figures | None) -> list[str]:
    known = f"{plain.steady_seconds * 1000:.1f}" if plain else ""
    return [known, mark(measured, "hotloop", session.base), *[""] * 8]


def mark(measured: Measured, contestant: str, base: str) -> str:
    """What stands in the place of a figure that is missing."""
    if measured.wrong(contestant):
        return "[bold red]WRONG[/]"
    if measured.failed(contestant):
        return "[yellow]failed[/]"
    return "[yellow]no base[/]" if measured.samples(contestant) and contestant != base else ""


def _row(plain: Figures, ours: Figures) -> list[str]:
    return [
        f"{plain.steady_seconds * 1000:.1f}",
        f"{ours.steady_seconds * 1000:.1f}",
        _times(ours.steady),
        f"{100 * ours.spread:.0f} %",
        _times(ours.first),
        _times(ours.whole),
        f"{ours.to_peak:.1f}",
        "never" if ours.break_even is None else f"{ours.break_even:.1f}",
        f"{ours.memory:.0f}",
        f"{ours.memory / plain.memory:.1f}x",
    ]


def _means(rows: Sequence[tuple[Figures, Figures]]) -> list[str]:
    def mean(figure: Callable[[Figures], float]) -> str:
        return _times(geometric_mean([figure(ours) for _, ours in rows]))

    memory = geometric_mean([ours.memory / plain.memory for plain, ours in rows])
    steady, first = mean(lambda one: one.steady), mean(lambda one: one.first)
    whole = mean(lambda one: one.whole)
    return ["", "", steady, "", first, whole, "", "", "", f"{memory:.1f}x"]


def peer_table(session: Session) -> Table:
    """Steady state of every contestant, as a ratio to the base."""
    names = [name for name in session.present() if name != session.base]
    table = _table("steady state against " + session.base, names)
    everything: dict[str, list[float]] = {name: [] for name in names}
    for kind, group in by_kind(session):
        ratios: dict[str, list[float]] = {name: [] for name in names}
        for measured in group:
            row = []
            for name in names:
                figures = session.figures(measured, name)
                row.append(_times(figures.steady) if figures else mark(measured, name, ""))
                if figures:
                    ratios[name].append(figures.steady)
            table.add_row(measured.name, *row)
        means = [_times(geometric_mean(ratios[name])) if ratios[name] else "" for name in names]
        table.add_row(f"[dim]{kind.value}[/]", *means, end_section=True)
        for name in names:
            everything[name] += ratios[name]
    means = [_times(geometric_mean(ratios)) if ratios else "" for ratios in everything.values()]
    counts = ", ".join(f"{name} {len(ratios)}" for name, ratios in everything.items())
    table.add_row("geomean", *means)
    table.caption = f"Programs in each column: {counts}."
    return table


def inside_table(session: Session) -> Table:
    """What hotloop spent and made."""
    headings = ("record s", "optimise s", "compile s", "loops", "bridges", "ops/bc", "guards/bc")
    caption = "Per process. bc: recorded bytecode; in code: share of the time in machine code."
    table = _table("inside hotloop", (*headings, "aborts", "in code"), caption)
    for measured in session.measured:
        own = inside(measured.samples("hotloop"))
        if own is not None:
            table.add_row(measured.name, *_inside_row(own))
    return table


def _inside_row(own: Inside) -> list[str]:
    return [
        f"{own.recording:.2f}",
        f"{own.optimising:.2f}",
        f"{own.compiling:.2f}",
        f"{own.loops:.0f}",
        f"{own.bridges:.0f}",
        f"{own.ops_per_bytecode:.2f}",
        f"{own.guards_per_bytecode:.2f}",
        f"{own.aborts:.0f}",
        f"{100 * own.in_code:.0f} %",
    ]


def _times(ratio: float) -> str:
    colour = "red" if ratio < SLOWER else "yellow" if ratio < SAME else "green"
    text = f"{ratio:.2f}x" if ratio < 100 else f"{ratio:.0f}x"
    return f"[{colour}]{text}[/]"
