"""Mistakes of the user, to be told in one line. Must not import anything: start-up imports it."""

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
