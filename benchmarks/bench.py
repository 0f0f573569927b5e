"""The command `hotloop bench`: measure programs under every interpreter found, and show figures.

    hotloop bench [NAME|KIND ...] [--rounds N] [--json FILE] [--html FILE] [--compare OLD.json]
    hotloop bench serve [FOLDER]

Fresh processes, interpreters interleaved; every answer is checked by its checksum. Status 0 if all
was well, 1 if an answer was wrong or hotloop or CPython failed, 2 if the command makes no sense,
130 after Ctrl-C. This file is the command line; the measuring is in session.py.
"""

from __future__ import annotations

import functools
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from comparison import Old, OldFileError, comparison, read_old
from contestants import PEERS, Contestant, base_and_hotloop, find_peer
from installed import NUMBA, PROGRAMS, PYSTON, InstallError, Packages
from page import write_page
from quality import KERNELS, quality_table
from registry import BENCHMARKS, HERE, Benchmark, UnknownBenchmark, select
from report import show
from session import Amount, Session, write_json

Writer = Callable[[Session, Path], None]

INTERRUPTED = 130
WIDTH = 110


class Refusal(click.ClickException):
    """The command makes no sense: one line, status 2."""


def chosen(words: Sequence[str]) -> list[Benchmark]:
    """The programs of those names and kinds; a wrong word ends the command with one line."""
    try:
        return select(words)
    except UnknownBenchmark as error:
        raise Refusal(str(error)) from None


def line_up(executable: str, peers: str, folder: Path) -> tuple[list[Contestant], list[str]]:
    """Everyone to be measured, the base first, and the names of those that were not found."""
    pair = base_and_hotloop(executable)
    if pair is None:
        raise Refusal(f"{executable} is not CPython 3.11")
    wanted = _wanted(peers)
    contestants: list[Contestant] = list(pair)
    missing = []
    for name in wanted:
        peer = find_peer(name, pair[0], folder)
        if peer is None:
            missing.append(name)
        else:
            contestants.append(peer)
    return contestants, missing


def _wanted(peers: str) -> list[str]:
    if peers in ("all", "none"):
        return list(PEERS) if peers == "all" else []
    wanted = []
    for word in peers.split(","):
        found = [name for name in PEERS if word.strip().lower() in name.lower()]
        if not found:
            raise Refusal(f"--peers: no peer {word!r}; there are all, none, {', '.join(PEERS)}")
        wanted += found
    return list(dict.fromkeys(wanted))


def writable(path: Path | None) -> None:
    """Refuse an output file now that could not be written after an hour of measuring."""
    if path is None:
        return
    try:
        with path.open("a"):
            pass
    except OSError as error:
        raise Refusal(f"cannot write {path}: {error.strerror}") from None


def old_session(path: Path | None, quick: bool) -> Old | None:
    """The file of --compare; a bad one ends the command with one line."""
    if path is None:
        return None
    try:
        old = read_old(path)
    except OldFileError as error:
        raise Refusal(f"--compare: {error}") from None
    if old.quick is not quick:
        raise Refusal(f"--compare: {path} was measured with{'' if old.quick else 'out'} --quick")
    return old


def save(session: Session, files: Sequence[tuple[Path | None, Writer]]) -> None:
    """Write what was asked for; what cannot be written does not keep the rest from it."""
    failed = []
    for path, write in files:
        try:
            if path is not None:
                write(session, path)
        except OSError as error:
            failed.append(f"cannot write {path}: {error.strerror}")
    if failed:
        raise Refusal("; ".join(failed))


def measure_all(session: Session, console: Console) -> None:
    """Measure with a progress bar."""
    columns = (
        TextColumn("{task.description:32}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        total = sum(1 for _ in session.order())
        task = progress.add_task("", total=total)
        started = False

        def tell(text: str) -> None:
            nonlocal started
            progress.update(task, description=text, advance=1 if started else 0)
            started = True

        session.run(tell)


def list_programs() -> None:
    """Names, kinds and features, for --list."""
    for benchmark in BENCHMARKS:
        features = ", ".join(benchmark.features)
        click.echo(f"{benchmark.name:24} {benchmark.kind.value:13} {benchmark.about}: {features}")


@click.command("hotloop bench")
@click.argument("programs", metavar="[NAME|KIND]...", nargs=-1)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="processes")
@click.option("--iterations", type=click.IntRange(1), help="per process; default: about 5 s")
@click.option("--quick", is_flag=True, help="small inputs: only to see that answers are right")
@click.option(
    "--python", default=sys.executable, help="CPython 3.11 to measure (default: this one)"
)
@click.option("--peers", default="all", show_default=True, help="all, none, or names with commas")
@click.option("--timeout", type=float, default=120.0, show_default=True, help="CPU s a process")
@click.option("--json", "json_file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--html", "html_file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--compare", "old_file", metavar="OLD.json", type=click.Path(path_type=Path))
@click.option("--quality", is_flag=True, help="the kernels with a twin in C: time and instructions")
@click.option("--list", "only_list", is_flag=True, help="list the programs and stop")
@click.option("--install", is_flag=True, help="install the programs' packages and stop")
@click.option("--install-peers", is_flag=True, help="install Numba and pyston_lite and stop")
def main(
    programs: tuple[str, ...],
    rounds: int,
    iterations: int | None,
    quick: bool,
    python: str,
    peers: str,
    timeout: float,
    json_file: Path | None,
    html_file: Path | None,
    old_file: Path | None,
    quality: bool,
    only_list: bool,
    install: bool,
    install_peers: bool,
) -> int:
    """Measure programs (default: all) under CPython, hotloop and every peer found.

    KIND is numeric, objects, generators, application or library-bound. docs/benchmarking.md tells
    what the figures mean.
    """
    if only_list:
        list_programs()
    if install:
        install_packages(PROGRAMS)
    if install_peers:
        install_packages(NUMBA, PYSTON)
    if only_list or install or install_peers:
        return 0
    if quality:
        programs, peers = programs or tuple(KERNELS), "gcc"
    benchmarks, old = chosen(programs), old_session(old_file, quick)
    writable(json_file)
    writable(html_file)
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    with tempfile.TemporaryDirectory() as folder:
        contestants, missing = line_up(python, peers, Path(folder))
        amount = Amount(1 if quick else rounds, iterations, quick, timeout)
        session = Session(contestants, benchmarks, amount, missing)
        measure_all(session, console)
        show(session, console)
        if quality and not session.interrupted:
            with console.status("") as status:
                table = quality_table(session, status.update)
            console.print(table)
    if old is not None:
        console.print(comparison(session, old))
    save(session, ((json_file, write_json), (html_file, write_page)))
    return INTERRUPTED if session.interrupted else 1 if session.bad() else 0


@click.command("hotloop bench serve")
@click.argument("folder", type=click.Path(path_type=Path), default=HERE.parent / "build" / "site")
@click.option("--port", type=click.IntRange(0, 65535), default=8042, show_default=True)
def serve(folder: Path, port: int) -> None:
    """Serve the published history (make site) on this machine until Ctrl-C."""
    if not (folder / "index.html").is_file():
        raise Refusal(f"serve: {folder} has no site; make site publishes it")
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise Refusal(f"serve: port {port}: {error.strerror}") from None
    with server:
        click.echo(f"http://127.0.0.1:{server.server_address[1]}/  (Ctrl-C ends it)")
        server.serve_forever()


def install_packages(*wanted: Packages) -> None:
    """Call pip for each; what cannot be had is told in one line, and the rest is installed."""
    failed = []
    for packages in wanted:
        try:
            packages.install()
        except InstallError as error:
            failed.append(str(error))
    if failed:
        raise Refusal(f"pip: {'; '.join(failed)}")


def run(words: Sequence[str]) -> int:
    """Run the command; its status. Mistakes are told in one line on stderr.

    Being told to end (SIGTERM) is as good as Ctrl-C: what was measured is shown.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if words[:1] == ["serve"]:
            serve.main(list(words[1:]), "hotloop bench serve", standalone_mode=False)
            return 0
        status: object = main.main(list(words), "hotloop bench", standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"hotloop bench: {error.format_message()}", err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    return status if isinstance(status, int) else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
