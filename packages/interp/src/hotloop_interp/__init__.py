"""CPython bytecode, decoded to one instruction set and interpreted over any value type."""

from hotloop_interp.interpret import Hooks, run

__all__ = ["Hooks", "run"]
