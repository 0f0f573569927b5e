"""Hiding frames: CPython leaves a frame out of tracebacks and ``sys._getframe`` until it is complete.

A frame is complete once its instruction pointer has passed ``_co_firsttraceable`` of its code
object; put past the end of the code, no frame of that code is ever complete. Must only be used on
the code of hotloop itself and of the programs that start it, never on the user's.
"""

from __future__ import annotations

from types import CodeType

from hotloop.frames.memory import poke32
from hotloop_ir.layout import Layout


def hide(code: CodeType, layout: Layout) -> None:
    """Hide all frames, running or not, of a code object. ``layout`` must have been probed.

    Mirrors the test ``_PyFrame_IsIncomplete`` in CPython's pycore_frame.h.
    """
    poke32(id(code) + layout["PyCodeObject._co_firsttraceable"], len(code.co_code) // 2 + 1)
