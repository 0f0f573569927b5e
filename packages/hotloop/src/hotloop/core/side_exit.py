"""A side exit as the core sees it: what is known of it, and what became of it."""

from __future__ import annotations

from typing import Any

from hotloop.frames.resume import ExitRecord
from hotloop_backend_x86.compile import CompiledExit, CompiledTrace
from hotloop_ir.leaving import live_values
from hotloop_ir.op import Op
from hotloop_ir.value import Value


class SideExit:
    """A side exit as the driver sees it."""

    __slots__ = (
        "_live",
        "_values",
        "bad_moments",
        "bridge",
        "called",
        "compiled",
        "failures",
        "generation",
        "guard",
        "number",
        "owner",
        "reason",
        "record",
        "tree",
    )

    def __init__(
        self, number: int, guard: Op[Any], values: tuple[Value[Any], ...], record: ExitRecord
    ) -> None:
        self.number = number
        self.guard = guard
        self._values = values
        self._live: tuple[Value[Any], ...] | None = None
        self.record = record
        #: Recordings that failed, how many more came at a bad moment, and why the last one failed.
        self.failures = 0
        self.bad_moments = 0
        self.reason = ""
        self.compiled: CompiledExit | None = None
        self.bridge: CompiledTrace | None = None
        #: What the root of its tree of traces was compiled for (a ``codes.Point``).
        self.owner: Any = None
        #: How often its owner's code had been thrown away when it was made.
        self.generation = 0
        #: What it is freed with (a ``trees.Tree``).
        self.tree: Any = None
        #: The same way out for a callee of compiled code, made when it is first needed.
        self.called: ExitRecord | None = None

    @property
    def values(self) -> tuple[Value[Any], ...]:
        """What is in the buffer when it is taken, by slot."""
        if self._live is None:
            self._live = live_values(self.guard, self._values)
        return self._live
