"""CPython bytecode, decoded to one instruction set and interpreted over any value type."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotloop_interp.interpret import Hooks, run

__all__ = ["Hooks", "run"]


def __getattr__(name: str) -> Any:
    """Import the interpreter when it is first used: who only decodes does not pay for it."""
    if name in __all__:
        return getattr(import_module("hotloop_interp.interpret"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
