"""What the user side asks of the engine: what ``hotloop.engine.get_engine()`` must return.

Importing ``hotloop.engine`` and calling ``enable`` must be cheap (a few milliseconds): every
``hotloop run`` does both. Tracer, optimizer and backend are to be imported when something is hot,
inside ``with hotloop.runner_imports.own_imports():``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from hotloop.statistics import Stats

F = TypeVar("F", bound=Callable[..., Any])


class EngineProtocol(Protocol):
    """The one engine of a process. Its knobs are ``hotloop.config.current()``."""

    @property
    def started(self) -> bool:
        """Whether the engine has been enabled at least once."""

    def enable(self) -> None:
        """Start, or go on, noticing hot code and entering compiled code. Idempotent."""

    def disable(self) -> None:
        """Stop noticing, recording and entering; compiled code is kept. Idempotent."""

    def jit(self, function: F, threshold: int | None = None) -> F:
        """Give a function merge points now, without waiting for a sample; returns the function.

        ``threshold``: loop iterations or calls before it is recorded; None is the knob's.
        """

    def rewrite_everything(self) -> None:
        """Give every function merge points when it is made, from now on (``--stress hot``)."""

    def stats(self) -> Stats:
        """The counters as they are now."""
