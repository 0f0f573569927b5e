"""All but ``run``, through click. ``hotloop run`` must not import this: click is slow."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import click

from hotloop import config
from hotloop.config_values import Executor
from hotloop.errors import UsageError, near

PACKAGES = (
    "hotloop",
    "hotloop-ir",
    "hotloop-interp",
    "hotloop-tracer",
    "hotloop-optimizer",
    "hotloop-backend-x86",
)

_RUN_HELP = """Run a Python program, compiling its hot loops to machine code.

The program runs exactly as under python. PROGRAM is a script, a directory or zip file with a
__main__.py, or - for standard input. Options before it belong to hotloop or to python; every word
after it is the program's own.

Every option is also an environment variable: --loop-threshold is HOTLOOP_LOOP_THRESHOLD. The
option wins. HOTLOOP=0 turns everything off.
"""


def dispatch(words: list[str]) -> int:
    """Handle every command line but a real ``run``. Returns the status; raises UsageError."""
    if words[:1] == ["bench"]:
        from hotloop import benchmarks

        return benchmarks.run(words[1:])
    if words and not words[0].startswith("-") and words[0] not in _group.commands:
        raise UsageError(f"no such command: {words[0]}{_hint(words[0])}")
    try:
        status: object = _group.main(words or ["--help"], "hotloop", standalone_mode=False)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        raise UsageError(error.format_message().rstrip(".")) from None
    return status if isinstance(status, int) else 0


def _hint(word: str) -> str:
    if "." in word or "/" in word:
        return f" (did you mean: hotloop run {word}?)"
    return near(word, _group.commands)


def _show_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    for package in PACKAGES:
        click.echo(f"{package} {_version(package)}")
    context.exit()


def _version(package: str) -> str:
    """The version of an installed distribution, or of the source tree it is imported from."""
    try:
        return version(package)
    except PackageNotFoundError:
        from importlib import import_module

        about = import_module(f"{package.replace('-', '_')}.__about__")
        return str(about.__version__)


def _replay(path: str) -> int:
    from hotloop.replay import replay

    return replay(path)


def _run_options() -> list[click.Parameter]:
    options: list[click.Parameter] = [
        click.Option(["-m"], metavar="MODULE", help="Run a module, as python -m does."),
        click.Option(["-c"], metavar="TEXT", help="Run a program given as text."),
        click.Option(["-W"], metavar="ARG", help="As for python."),
        click.Option(["-X"], metavar="OPT", help="As for python; so are -bBdEiIOPqRsuv."),
    ]
    for name, one in config.knobs().items():
        metavar: str = one.metadata["value"]
        help_text = str(one.metadata["help"])
        default = _default_text(one.default)
        options.append(
            click.Option(
                [f"--{name}"],
                is_flag=not metavar,
                metavar=metavar or None,
                help=help_text[:1].upper() + help_text[1:] + (f"  [{default}]" if default else "."),
            )
        )
    return options


def _default_text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | Executor):
        return ""
    return value.value if isinstance(value, Executor) else f"{value:,}"


_group = click.Group(
    "hotloop",
    help="A tracing JIT compiler for stock CPython: hotloop run script.py",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help="List the versions of all packages and exit.",
        )
    ],
    commands=[
        click.Command(
            "run",
            help=_RUN_HELP,
            short_help="Run a program, compiling what is hot.",
            params=[
                *_run_options(),
                click.Argument(["program"], metavar="PROGRAM"),
                click.Argument(["arguments"], metavar="[ARGUMENTS]...", nargs=-1),
            ],
        ),
        click.Command(
            "replay",
            help="Optimise and compile the trace of a dump (--dumps) again; status 1 if it fails.",
            short_help="Try the trace of a dump again.",
            callback=_replay,
            params=[click.Argument(["path"], metavar="FILE")],
        ),
        click.Command("bench", short_help="Measure programs (in a checkout of the repository)."),
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
)
