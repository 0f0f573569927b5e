"""The command line: ``hotloop run ...`` parsed by hand, everything else by click.

``run`` is on the way of every program, so nothing is imported for it that it does not need (click
costs as much as a whole start of python). Must not touch the engine or the user's program: that is
:mod:`hotloop.runner`. Mistakes are told in one line on stderr, with status 2.
"""

from __future__ import annotations

import os
import sys

from hotloop.errors import UsageError, die_of_interrupt, near

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import Field


class Request:
    """A parsed ``hotloop run``: what to run, with which arguments, under which knobs."""

    __slots__ = ("arguments", "kind", "options", "python_flags", "target")

    def __init__(self) -> None:
        self.kind = ""  # "file", "stdin", "module", "command" or "help"
        self.target = ""  # path, module name or program text
        self.arguments: list[str] = []  # what the program gets as sys.argv[1:]
        self.options: dict[str, str] = {}  # knobs by option name
        self.python_flags: list[str] = []  # options of python itself


# Options of python that may stand before the program, as in `python -W error script.py`.
_PYTHON_FLAGS = "bBdEiIOPqRsuv"
_PYTHON_FLAGS_WITH_VALUE = "WX"


def parse_run(words: list[str]) -> Request:
    """Read the words after ``hotloop run``. Raises UsageError.

    Options before the program are ours or python's; from the program on, every word is its own.
    """
    request = Request()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "-" or not word.startswith("-"):
            return _program(request, word, rest)
        if word == "--":
            if not rest:
                break
            return _program(request, rest.pop(0), rest)
        if word.startswith("--"):
            _long_option(request, word, rest)
        else:
            _short_options(request, word, rest)
        if request.kind:
            return request
    raise UsageError(
        "run: which program? (a file, -m MODULE, -c TEXT, or - for standard input; "
        "see hotloop run --help)"
    )


def _program(request: Request, word: str, rest: list[str]) -> Request:
    request.kind = "stdin" if word == "-" else "file"
    request.target = word
    request.arguments = rest
    return request


def _long_option(request: Request, word: str, rest: list[str]) -> None:
    name, equals, value = word[2:].partition("=")
    if name == "help":
        request.kind = "help"
        return
    knob = _knob(name)
    if not knob.metadata["value"]:
        request.options[name] = value if equals else "1"
    elif equals:
        request.options[name] = value
    elif rest:
        request.options[name] = rest.pop(0)
    else:
        raise UsageError(f"run: --{name} needs a value: --{name} {knob.metadata['value']}")


def _knob(name: str) -> Field[object]:
    from hotloop.config import knobs

    known = knobs()
    if name not in known:
        hint = near(name, [*known, "help"]).replace("mean ", "mean --")
        raise UsageError(f"run: no such option: --{name}{hint}")
    return known[name]


def _short_options(request: Request, word: str, rest: list[str]) -> None:
    """One word of short options, joined as getopt joins them (``-um module``)."""
    for index, letter in enumerate(word[1:], 2):
        if letter in "cm":
            request.kind = "command" if letter == "c" else "module"
            request.target = _value(letter, word[index:], rest)
            request.arguments = rest
            return
        if letter in _PYTHON_FLAGS_WITH_VALUE:
            request.python_flags += [f"-{letter}", _value(letter, word[index:], rest)]
            return
        if letter == "h":
            request.kind = "help"
            return
        if letter not in _PYTHON_FLAGS:
            raise UsageError(f"run: no such option: -{letter} (see hotloop run --help)")
        request.python_flags.append(f"-{letter}")


def _value(letter: str, joined: str, rest: list[str]) -> str:
    if joined:
        return joined
    if not rest:
        raise UsageError(f"run: -{letter} needs a value")
    return rest.pop(0)


def main() -> int:
    """Run the command line in ``sys.argv``. Returns the status; the user's program may raise."""
    try:
        request = _prepare(sys.argv[1:])
        if isinstance(request, int):
            return request
        from hotloop.runner import run
    except UsageError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return die_of_interrupt()
    return run(request)


def _prepare(words: list[str]) -> Request | int:
    """The program to run, with the knobs installed, or a status when there is none to run."""
    if words[:1] != ["run"]:
        return _with_click(words)
    switch = os.environ.get("HOTLOOP", "")
    if switch not in ("", "0", "1"):
        raise UsageError(f"HOTLOOP: {switch!r} is neither 0 nor 1")
    request = parse_run(words[1:])
    if request.kind == "help":
        return _with_click(["run", "--help"])
    if request.options or any(name.startswith("HOTLOOP_") for name in os.environ):
        from hotloop import config, log

        knobs = config.load(os.environ, request.options)
        log.configure(knobs.log)
        config.install(knobs)
    return request


def _with_click(words: list[str]) -> int:
    from hotloop.cli_click import dispatch

    return dispatch(words)


def _complain(message: str) -> int:
    try:
        os.write(2, f"hotloop: {message}\n".encode("utf-8", "backslashreplace"))
    except OSError:
        pass
    return 2
