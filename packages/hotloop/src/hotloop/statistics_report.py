"""Statistics at the end of a run: the table of ``--stats`` and the file of ``--stats-json``.

The report comes last, after everything the program's own exit handlers do, and once: not again
in forked children. Must not be imported before it is wanted (it brings in rich).
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable

from hotloop.statistics import Stats

_MOST_ABORTS = 12


def at_exit(collect: Callable[[], Stats], table: bool, json_file: str) -> None:
    """Report what ``collect`` returns when this process ends. Call before the program starts."""
    process = os.getpid()

    def report() -> None:
        if os.getpid() == process:
            _report(collect(), table, json_file)

    atexit.register(report)


def _report(stats: Stats, table: bool, json_file: str) -> None:
    if json_file:
        try:
            with open(json_file, "w", encoding="utf-8") as file:
                file.write(stats.to_json())
        except OSError as error:
            _complain(f"hotloop: cannot write {json_file}: {error.strerror}\n")
    if table:
        _complain(render(stats))


def _complain(text: str) -> None:
    """Write to stderr, whatever state the program has left it in."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        pass
    try:
        os.write(2, text.encode("utf-8", "backslashreplace"))
    except OSError:
        pass


def render(stats: Stats, width: int | None = None) -> str:
    """The statistics as a table for people, with colours if stderr is a terminal."""
    from rich.console import Console

    console = Console(stderr=True, width=width, highlight=False)
    with console.capture() as capture:
        console.print(_summary(stats))
        if stats.aborts:
            console.print(_aborts(stats))
    return capture.get()


def _summary(stats: Stats) -> object:
    from rich import box
    from rich.table import Table

    table = Table(title="hotloop", box=box.SIMPLE, show_header=False, title_justify="left")
    table.add_column()
    table.add_column(justify="right")
    table.add_column(style="dim")
    for name, value, note in _rows(stats):
        table.add_row(name, value, note)
    return table


def _rows(stats: Stats) -> list[tuple[str, str, str]]:
    return [
        ("loops", f"{stats.loops:,}", "compiled"),
        ("bridges", f"{stats.bridges:,}", "compiled and attached"),
        ("invalidated", f"{stats.invalidated:,}", "as an assumption broke"),
        ("entries", f"{stats.entries:,}", "into compiled code"),
        ("exits", f"{stats.exits:,}", "out of it"),
        ("aborts", f"{sum(one.count for one in stats.aborts):,}", f"{stats.given_up:,} given up"),
        ("recorded", f"{stats.recorded_bytecodes:,}", "bytecodes"),
        ("operations", f"{stats.recorded_ops:,}", f"{stats.optimised_ops:,} after optimising"),
        ("guards", f"{stats.guards:,}", f"{stats.guards_optimised:,} after optimising"),
        ("code", f"{stats.code_bytes:,}", f"bytes, {stats.code_bytes_freed:,} freed"),
        ("recording", _seconds(stats.recording), _share(stats.recording, stats)),
        ("optimising", _seconds(stats.optimising), _share(stats.optimising, stats)),
        ("compiling", _seconds(stats.compiling), _share(stats.compiling, stats)),
        ("machine code", _seconds(stats.machine_code), _share(stats.machine_code, stats)),
        ("elapsed", _seconds(stats.elapsed), ""),
    ]


def _aborts(stats: Stats) -> object:
    from rich import box
    from rich.table import Table

    table = Table(title="aborts", box=box.SIMPLE, title_justify="left")
    table.add_column("times", justify="right")
    table.add_column("reason")
    table.add_column("place", overflow="fold")
    for one in stats.aborts[:_MOST_ABORTS]:
        table.add_row(f"{one.count:,}", one.reason, f"{_short(one.filename)}:{one.line}")
    rest = len(stats.aborts) - _MOST_ABORTS
    if rest > 0:
        table.add_row("", f"and {rest} more places", "--stats-json has them all")
    return table


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f} s"


def _share(seconds: float, stats: Stats) -> str:
    return f"{100 * seconds / stats.elapsed:.1f} %" if stats.elapsed else ""


def _short(filename: str) -> str:
    try:
        relative = os.path.relpath(filename)
    except (OSError, ValueError):
        return filename
    return filename if relative.startswith("..") else relative
