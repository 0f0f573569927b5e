"""Compares a session with an earlier one's JSON file: what became faster or slower.

Only ratios to the base are compared, because they survive another machine or another load better
than times do. Must not measure.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from session import FORMAT, Session
from summary import Figures, geometric_mean

NOISE_STEADY, NOISE_FIRST = 0.05, 0.30


class OldFileError(Exception):
    """The file cannot be read, or was not written by this command; the text says which."""


@dataclass(frozen=True)
class Old:
    """Earlier figures: (program, contestant) to the ratios by name of figure."""

    commit: str
    quick: bool
    ratios: dict[tuple[str, str], dict[str, float]]


def read_old(path: Path) -> Old:
    """Read a file that `--json` wrote. Raises OldFileError."""
    try:
        data = json.loads(path.read_text())
    except OSError as error:
        raise OldFileError(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise OldFileError(f"{path} is not JSON") from None
    try:
        return _from_json(data)
    except (AttributeError, KeyError, TypeError):
        raise OldFileError(f"{path} was not written by hotloop bench --json") from None


def _from_json(data: Any) -> Old:
    """Raises AttributeError, KeyError or TypeError if it is something else."""
    if data["format"] != FORMAT:
        raise KeyError(FORMAT)
    ratios = {
        (program["name"], name): dict(result["figures"])
        for program in data["programs"]
        for name, result in program["results"].items()
        if result["figures"] is not None
    }
    return Old(data["commit"], data["amount"]["quick"], ratios)


def comparison(session: Session, old: Old, contestant: str = "hotloop") -> Table:
    """A row for each program in both: old and new ratio, and the change where it is no noise."""
    table = Table(title=f"{contestant}, compared with {old.commit}", title_justify="left")
    table.box = box.SIMPLE
    table.caption, table.caption_justify = "change: new over old, bold beyond noise", "left"
    table.add_column("program", no_wrap=True)
    for heading in ("steady", "change", "first", "change", "whole", "change"):
        table.add_column(heading, justify="right", no_wrap=True)
    changes: list[tuple[float, float, float]] = []
    for measured in session.measured:
        before = old.ratios.get((measured.name, contestant))
        now = session.figures(measured, contestant)
        if before is None or now is None:
            continue
        noise = max(NOISE_STEADY, before.get("spread", 0.0) + now.spread)
        one = [_change(before, now, *what) for what in _figures(noise)]
        table.add_row(measured.name, *(cell for _, cells in one for cell in cells))
        changes.append((one[0][0], one[1][0], one[2][0]))
    if changes:
        means = [geometric_mean(column) for column in zip(*changes, strict=True)]
        table.add_section()
        table.add_row("geomean", *(cell for mean in means for cell in ("", f"{mean:.2f}")))
    else:
        table.caption = "no program was measured in both"
    return table


def _figures(noise: float) -> list[tuple[str, Callable[[Figures], float], float]]:
    return [
        ("steady", lambda one: one.steady, noise),
        ("first", lambda one: one.first, max(NOISE_FIRST, noise)),
        ("whole", lambda one: one.whole, max(2 * NOISE_STEADY, noise)),
    ]


def _change(
    before: dict[str, float],
    now: Figures,
    name: str,
    figure: Callable[[Figures], float],
    noise: float,
) -> tuple[float, tuple[str, str]]:
    old, new = before[name], figure(now)
    change = new / max(old, 1e-9)
    text = f"{change:.2f}"
    if change > 1 + noise:
        text = f"[bold green]{text}[/]"
    elif change < 1 / (1 + noise):
        text = f"[bold red]{text}[/]"
    return change, (f"{old:.2f} → {new:.2f}x", text)
