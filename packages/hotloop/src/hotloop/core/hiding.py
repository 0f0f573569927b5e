"""Make every frame of hotloop itself invisible to the program."""

from __future__ import annotations

import sys

from hotloop.frames.hidden import hide_module
from hotloop_ir.layout import Layout

PACKAGES = (
    "hotloop",
    "hotloop_backend_x86",
    "hotloop_interp",
    "hotloop_ir",
    "hotloop_optimizer",
    "hotloop_tracer",
)


def hide_everything(layout: Layout) -> None:
    """Hide the functions of all modules of ours that are loaded.

    In Python's development mode they stay visible, so that errors of ours have tracebacks.
    """
    if sys.flags.dev_mode:
        return
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in PACKAGES:
            hide_module(module, layout)
