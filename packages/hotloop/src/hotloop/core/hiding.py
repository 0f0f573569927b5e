"""Make every frame of hotloop itself invisible to the program."""

from __future__ import annotations

import builtins
import sys
from typing import Final

from hotloop.frames.hidden import functions_of, hide_module
from hotloop.frames.memory import add_reference, drop_reference, peek, poke
from hotloop_ir.layout import Layout

PACKAGES = (
    "hotloop",
    "hotloop_backend_x86",
    "hotloop_interp",
    "hotloop_ir",
    "hotloop_optimizer",
    "hotloop_tracer",
)

_OWN: Final = dict(vars(builtins))


def keep_builtins(layout: Layout) -> None:
    """Let our functions, and llvmlite's, have builtins of their own, which nobody can rebind."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in (*PACKAGES, "llvmlite"):
            vars(module)["__builtins__"] = _OWN
            for function in functions_of(module):
                address = id(function) + layout["PyFunctionObject.func_builtins"]
                old = peek(address)
                poke(address, add_reference(_OWN))
                drop_reference(old)


def hide_everything(layout: Layout) -> None:
    """Hide the functions of all modules of ours that are loaded.

    In Python's development mode they stay visible, so that errors of ours have tracebacks.
    """
    if sys.flags.dev_mode:
        return
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PACKAGES:
            hide_module(module, layout)
