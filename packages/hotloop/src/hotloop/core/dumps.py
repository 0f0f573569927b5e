"""Dumps: the recorded trace at which optimising or compiling has failed, as text to try again.

Below a few lines of comment there is the text form of the trace. Objects have names in it; a line
each says what kind of object a name is, for whoever reads it back has none of them
(:mod:`hotloop.replay`). Must not raise: it is called when something has gone wrong already.
"""

from __future__ import annotations

import os
import tempfile
from typing import Final

from hotloop.config import Config
from hotloop_interp.protocol import is_a
from hotloop_ir.text import Names, print_trace
from hotloop_ir.trace import Target, Trace

FIRST_LINE: Final = "# hotloop dump 1"
MOST: Final = 20
"""Dumps of one process: a mistake is seldom made once."""


class Dumps:
    """The dumps of one process."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.written = 0

    def keep(self, trace: Trace, error: Exception) -> str:
        """Write a dump to the folder for them. Its path, or why there is none; empty if none is
        wanted.
        """
        if not self.config.dumps or self.written >= MOST:
            return ""
        self.written += 1
        try:
            handle, path = tempfile.mkstemp(".dump", "hotloop-", self.config.dumps)
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(dump_text(trace, error, self.config.passes_off))
        except Exception as trouble:
            return f"no dump: {trouble}"
        return path


def dump_text(trace: Trace, error: Exception, off: frozenset[str]) -> str:
    """The text of a dump."""
    names = Names()
    text = print_trace(trace, names)
    said = " ".join(f"{type(error).__name__}: {error}".split())
    lines = [FIRST_LINE, f"# error {said}", f"# off {','.join(sorted(off))}"]
    for name, value in names.objects().items():
        if not isinstance(value, Target):  # one that is only named is made by the parser
            lines.append(f"# name {kind_of(value)} {name}")
    return "\n".join(lines) + "\n" + text


def kind_of(value: object) -> str:
    """What has to be known of an object to stand in for it: a type, or the type of an object."""
    cls = value if is_a(value, type) else type(value)
    place = f"{cls.__module__}.{cls.__qualname__}".replace(" ", "_")
    return f"{'type' if is_a(value, type) else 'object'} {place}"
