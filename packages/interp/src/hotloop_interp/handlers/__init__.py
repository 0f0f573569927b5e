"""One handler per opcode, generic in the value type.

A handler says what an instruction does to the frame and nothing about values: those it gives to the
machine. It must not change the frame before everything that can raise has succeeded. The pictures
in the docstrings are (operands -- results), the top of the stack on the right.
"""

from hotloop_interp.handlers import (
    arith,
    attr,
    build,
    call,
    compare,
    exc,
    gen,
    iterate,
    jump,
    load,
    match,
    names,
    subscr,
)
from hotloop_interp.handlers.registry import HANDLERS, Control, Handler, Leave

__all__ = [
    "HANDLERS",
    "Control",
    "Handler",
    "Leave",
    "arith",
    "attr",
    "build",
    "call",
    "compare",
    "exc",
    "gen",
    "iterate",
    "jump",
    "load",
    "match",
    "names",
    "subscr",
]
