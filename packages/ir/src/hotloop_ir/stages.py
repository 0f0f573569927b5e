"""The protocols between the stages. Each arrow of the pipeline is one function here."""

from __future__ import annotations

from typing import Any, Protocol

from hotloop_ir.op import Op
from hotloop_ir.trace import Trace


class Pass(Protocol):
    """One optimizer pass: a valid trace in, a valid trace out, the input unchanged."""

    @property
    def name(self) -> str:
        """The name used in logs and to switch the pass off."""

    def run(self, trace: Trace) -> Trace:
        """Rewrite a trace."""


class Exit(Protocol):
    """A side exit of compiled code."""

    guard: Op[Any]
    values: tuple[Any, ...]  # IR values stored at the exit, in buffer order


class CompiledCode(Protocol):
    """A compiled trace."""

    trace: Trace
    exits: list[Any]

    @property
    def size(self) -> int:
        """Bytes of machine code (0 for the evaluator)."""

    def free(self) -> None:
        """Give the code memory back. The code must not be running."""


class Backend(Protocol):
    """Trace in, runnable code out."""

    def compile(self, trace: Trace, level: int) -> CompiledCode:
        """Compile a trace (level 0: fast, 1: better)."""

    def attach(self, exit: Any, bridge: CompiledCode) -> None:
        """Make a side exit continue in a bridge."""
