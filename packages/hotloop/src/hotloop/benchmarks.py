"""Finds the benchmarks for `hotloop bench`: they are part of the checkout, not of the package.

Must not know what they do: everything after `bench` is theirs.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from hotloop.errors import UsageError

_COMMAND = "bench.py"


def folder() -> Path:
    """The `benchmarks` of the checkout that this hotloop runs from, or that we are in.

    Raises UsageError if there is none.
    """
    for checkout in _checkouts():
        if (checkout / "benchmarks" / _COMMAND).is_file() and (checkout / "packages").is_dir():
            return checkout / "benchmarks"
    raise UsageError(
        "bench: the programs are not part of the installed package; "
        "run it inside a checkout of hotloop's repository"
    )


def _checkouts() -> Iterator[Path]:
    here = Path(__file__).resolve().parents
    if len(here) > 4:
        yield here[4]
    current = Path.cwd()
    yield from (current, *current.parents)


def run(words: Sequence[str]) -> int:
    """Run the command of the checkout with these words. Returns its status; raises UsageError."""
    sys.path.insert(0, str(folder()))
    command = importlib.import_module("bench")
    status: int = command.run(words)
    return status
