"""The session as one HTML page that needs nothing else: figures, bar charts, warm-up curves.

No script, no font and no picture is loaded from anywhere; charts are inline SVG (svg.py).
"""

from __future__ import annotations

from html import escape
from itertools import accumulate
from pathlib import Path

from report import by_kind
from session import Session, commit, machine
from summary import Figures, Measured, geometric_mean
from svg import Bar, Group, Line, bars, lines

COLOURS = ("#7a7a7a", "#d9480f", "#1c7ed6", "#2b8a3e", "#9c36b5", "#e8a200", "#0b7285", "#c2255c")

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
       color: #1b1b1b; background: #fff; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; font-size: .85rem; display: block; overflow-x: auto; }
th, td { padding: .2rem .6rem; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; }
tr.mean td { font-weight: 600; background: #f4f4f4; }
.bad { color: #c92a2a; font-weight: 600; } .muted { color: #666; }
svg { width: 100%; height: auto; font: 11px system-ui, sans-serif; }
svg text { fill: currentColor; } .label { text-anchor: end; } .tick { font-size: 10px; }
.one, .axis { stroke: #999; fill: none; } .line { fill: none; stroke-width: 1.6; }
.key span { display: inline-block; margin-right: 1.2rem; }
.key i { display: inline-block; width: .8em; height: .8em; margin-right: .4em; }
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(25rem, 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { font-size: .85rem; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e6e6; background: #16181d; } th, td { border-color: #333; }
  tr.mean td { background: #22252c; } .muted { color: #999; }
}
"""

READING = (
    "All times are CPU time of whole processes, all threads included. Ratios are {base} over the "
    "other one: above 1x it is faster than {base}. <b>Steady</b> is an iteration after warm-up, "
    "<b>first</b> the first iteration (compiling included), <b>whole</b> the process from start to "
    "exit. Every run's output is checked by its checksum; a wrong answer has no figures."
)


def render(session: Session) -> str:
    """The page."""
    names = session.present()
    colour = {name: number for number, name in enumerate(names)}
    style = STYLE + "".join(
        f".c{number} {{ fill: {code}; }} .s{number} {{ stroke: {code}; }}\n"
        for number, code in enumerate(COLOURS)
    )
    body = [
        "<h1>hotloop: benchmarks</h1>",
        _about(session),
        f"<p>{READING.format(base=escape(session.base))}</p>",
        _problems(session),
        _key(colour),
        "<h2>Steady state</h2>",
        *_charts(session, colour, "steady"),
        "<h2>First iteration</h2>",
        *_charts(session, colour, "first"),
        "<h2>Whole process</h2>",
        *_charts(session, colour, "whole"),
        "<h2>Figures</h2>",
        _figures(session),
        "<h2>Warm-up</h2>",
        "<p>CPU seconds an iteration took, over the CPU seconds since the process started.</p>",
        _key(colour),
        f'<div class="curves">{"".join(_curves(session, colour))}</div>',
    ]
    head = f"<meta charset=utf-8><title>hotloop: benchmarks</title><style>{style}</style>"
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    inner = "".join(body)
    return f"<!doctype html><html lang=en><head>{head}{view}</head><body>{inner}</body></html>\n"


def _about(session: Session) -> str:
    about = machine()
    who = ", ".join(f"{escape(one.name)} ({escape(one.version)})" for one in session.contestants)
    missing = f"; not found: {escape(', '.join(session.missing))}" if session.missing else ""
    return (
        f'<p class="muted">Commit {escape(commit() or "unknown")}, '
        f"{session.amount.rounds} processes each, {escape(str(about['cpu']))}, "
        f"{about['cores']} cores, {escape(str(about['system']))}. {who}{missing}.</p>"
    )


def _problems(session: Session) -> str:
    found = session.problems()
    if not found:
        return ""
    rows = "".join(
        f'<li><span class="bad">{one.word}</span> {escape(one.program)}, '
        f"{escape(one.contestant)}: {escape(one.reason)}</li>"
        for one in found
    )
    return f"<ul>{rows}</ul>"


def _key(colour: dict[str, int]) -> str:
    spans = "".join(
        f'<span><i style="background:{COLOURS[number % len(COLOURS)]}"></i>{escape(name)}</span>'
        for name, number in colour.items()
    )
    return f'<p class="key">{spans}</p>'


def _charts(session: Session, colour: dict[str, int], figure: str) -> list[str]:
    """A chart for each kind; the geometric mean is its last group."""
    charts = []
    for kind, group in by_kind(session):
        groups, all_values = [], dict[str, list[float]]()
        for measured in group:
            drawn = []
            for name, number in colour.items():
                row = session.figures(measured, name)
                if row is not None and name != session.base:
                    value: float = getattr(row, figure)
                    drawn.append(Bar(name, value, number))
                    all_values.setdefault(name, []).append(value)
            if drawn:
                groups.append(Group(measured.name, tuple(drawn)))
        if groups:
            mean = [Bar(n, geometric_mean(v), colour[n]) for n, v in all_values.items()]
            groups.append(Group(f"geomean of {len(groups)}", tuple(mean)))
            charts.append(f"<h3>{kind.value}</h3>{bars(groups)}")
    return charts


def _figures(session: Session) -> str:
    headings = ("program", "", "ms", "steady", "±", "first", "whole", "to 90 % s", "even s", "MiB")
    rows = ["<tr>" + "".join(f"<th>{heading}</th>" for heading in headings) + "</tr>"]
    for measured in session.measured:
        for name in session.present():
            row = session.figures(measured, name)
            if row is not None:
                cells = (measured.name, name, *_cells(row, name == session.base))
                inner = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
                rows.append(f"<tr>{inner}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _cells(row: Figures, is_base: bool) -> tuple[str, ...]:
    even = "never" if row.break_even is None else f"{row.break_even:.2f}"
    return (
        f"{row.steady_seconds * 1000:.1f}",
        "" if is_base else f"{row.steady:.2f}x",
        f"{100 * row.spread:.0f} %",
        "" if is_base else f"{row.first:.2f}x",
        "" if is_base else f"{row.whole:.2f}x",
        f"{row.to_peak:.2f}",
        "" if is_base else even,
        f"{row.memory:.0f}",
    )


def _curves(session: Session, colour: dict[str, int]) -> list[str]:
    figures = []
    for measured in session.measured:
        drawn = [
            Line(name, _points(measured, name), number)
            for name, number in colour.items()
            if measured.good(name)
        ]
        if drawn:
            chart = lines(drawn, "CPU seconds since start", "seconds an iteration")
            figures.append(
                f"<figure><figcaption>{escape(measured.name)}</figcaption>{chart}</figure>"
            )
    return figures


def _points(measured: Measured, contestant: str) -> tuple[tuple[float, float], ...]:
    """The first process: when each iteration ended, and what it took."""
    sample = measured.samples(contestant)[0]
    start = sample.whole - sum(sample.iterations)
    ends = list(accumulate(sample.iterations, initial=start))[1:]
    return tuple(zip(ends, sample.iterations, strict=True))


def write_page(session: Session, path: Path) -> None:
    """Write the page to a file. Raises OSError."""
    path.write_text(render(session), encoding="utf-8")
