"""Charts as SVG text: horizontal bars, and lines over time. Knows nothing of benchmarks.

Everything is drawn with classes, which the page (page.py) colours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

BAR, GAP, LABEL, VALUE = 14, 8, 170, 60


@dataclass(frozen=True)
class Bar:
    """One bar: a label, its value and the number of its colour."""

    label: str
    value: float
    colour: int


@dataclass(frozen=True)
class Group:
    """Bars under a common label."""

    label: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Line:
    """Points over x with the number of their colour."""

    label: str
    points: tuple[tuple[float, float], ...]
    colour: int


def bars(groups: Sequence[Group], width: int = 860) -> str:
    """Groups of bars on a logarithmic scale, with a line at 1."""
    values = [bar.value for group in groups for bar in group.bars] or [1.0]
    low = min(0.5, *values) if len(values) > 1 else min(0.5, values[0])
    high = max(2.0, max(values))
    span = math.log(high / low)
    room = width - LABEL - VALUE

    def x(value: float) -> float:
        return LABEL + room * math.log(max(value, low) / low) / span

    parts = []
    y = 0
    for group in groups:
        middle = y + BAR * len(group.bars) / 2 + 4
        parts.append(f'<text class="label" x="{LABEL - 8}" y="{middle:.0f}">{escape(group.label)}')
        parts.append("</text>")
        for bar in group.bars:
            left, right = sorted((x(1.0), x(bar.value)))
            tip = f"<title>{escape(group.label)}, {escape(bar.label)}: {bar.value:.2f}x</title>"
            parts.append(
                f'<rect class="c{bar.colour}" x="{left:.1f}" y="{y}" height="{BAR - 2}" '
                f'width="{max(1.0, right - left):.1f}">{tip}</rect>'
                f'<text class="value" x="{right + 4:.1f}" y="{y + BAR - 4}">{bar.value:.2f}x</text>'
            )
            y += BAR
        y += GAP
    line = f'<line class="one" x1="{x(1.0):.1f}" x2="{x(1.0):.1f}" y1="0" y2="{y}"/>'
    return f'<svg viewBox="0 0 {width} {y}" role="img">{"".join(parts)}{line}</svg>'


def lines(curves: Sequence[Line], x_label: str, y_label: str) -> str:
    """Lines from zero, x and y linear, the axes labelled with their ends."""
    width, height, left, bottom = 420, 190, 52, 34
    points = [point for curve in curves for point in curve.points] or [(1.0, 1.0)]
    most_x = max(point[0] for point in points) or 1.0
    most_y = max(point[1] for point in points) or 1.0

    def place(point: tuple[float, float]) -> tuple[float, float]:
        across = left + (width - left - 10) * point[0] / most_x
        return across, 8 + (height - bottom - 8) * (1 - point[1] / most_y)

    parts = [
        f'<path class="axis" d="M{left} 8V{height - bottom}H{width - 10}"/>',
        f'<text class="tick" x="{left - 4}" y="16" text-anchor="end">{most_y:.3g}</text>',
        f'<text class="tick" x="{left - 4}" y="{height - bottom}" text-anchor="end">0</text>',
        f'<text class="tick" x="{width - 10}" y="{height - bottom + 14}" text-anchor="end">',
        f"{most_x:.3g}</text>",
        f'<text class="tick" x="{width / 2}" y="{height - 4}" text-anchor="middle">',
        f"{escape(x_label)}</text>",
        f'<text class="tick" transform="translate(12 {height / 2}) rotate(-90)" ',
        f'text-anchor="middle">{escape(y_label)}</text>',
    ]
    for curve in curves:
        placed = [place(point) for point in curve.points]
        path = "M" + "L".join(f"{across:.1f} {up:.1f}" for across, up in placed)
        parts.append(f'<path class="line s{curve.colour}" d="{path}"/>')
        for (across, up), (seconds, value) in zip(placed, curve.points, strict=True):
            tip = f"<title>{escape(curve.label)}: {value:.4g} at {seconds:.3g}</title>"
            dot = f'<circle class="c{curve.colour}" cx="{across:.1f}" cy="{up:.1f}" r="2.2">'
            parts.append(f"{dot}{tip}</circle>")
    return f'<svg viewBox="0 0 {width} {height}" role="img">{"".join(parts)}</svg>'
