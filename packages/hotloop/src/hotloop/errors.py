"""How hotloop itself ends early: a mistake told in one line, or Ctrl-C before the program began.

Must not import anything at the top: start-up imports it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class UsageError(ValueError):
    """A command line, variable or option that makes no sense. The message is one line."""


def near(name: str, known: Iterable[str]) -> str:
    """`` (did you mean X?)`` if a known name looks like this one, else nothing."""
    import difflib

    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {matches[0]}?)" if matches else ""


def die_of_interrupt() -> int:
    """End as python does when Ctrl-C is not caught, by the signal, but say nothing.

    Returns the status for the case that the signal is blocked.
    """
    import os
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
    return 128 + signal.SIGINT
