"""What modules of the standard library drop while they are imported is kept.

``enum`` makes some enumerations of ordinary classes, which it drops. Classes are cycles: where the
program runs while such a module is imported for us, its ``gc.collect`` would find them and count
them. (Our own packages keep theirs: ``hotloop_ir.slotted``.) Must not import anything by itself.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

MODULES = ("enum", "re", "ast")
"""What we need that has such enumerations."""

_MAKER = "convert_class"
"""The function of ``enum`` that is given the class."""

_kept: list[object] = []


def import_with_left_over() -> None:
    """Import the modules, unless somebody else already profiles this thread."""
    if sys.getprofile() is None:
        sys.setprofile(_keep)
    try:
        for name in MODULES:
            __import__(name)
    finally:
        if sys.getprofile() is _keep:
            sys.setprofile(None)


def _keep(frame: FrameType, event: str, arg: object) -> None:
    if event == "call" and frame.f_code.co_name == _MAKER:
        _kept.append(frame.f_locals.get("cls"))
