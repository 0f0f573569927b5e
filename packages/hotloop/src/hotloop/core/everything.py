"""``--stress hot``: functions get merge points when they are made, not when time is seen to go.

CPython tells audit hooks of every module body, class body or text that it is about to execute; what
that body makes functions of are constants in its code, and are rewritten there. The body itself is
found by samples like any. Must not be installed but for tests: an audit hook stays for good.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType

from hotloop.core.hotness import Hotness, own_files

_OTHERS = ("/llvmlite/", "/capstone/")


def rewrite_everything(hotness: Hotness, complain: Callable[[str, Exception], None]) -> None:
    """From now on all code that is executed has merge points in the functions it makes."""
    busy = False

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal busy
        if event != "exec" or busy or not isinstance(arguments[0], CodeType):
            return
        busy = True
        try:
            hotness.own_files = own_files()  # our packages are imported one after the other
            if not _is_ours(arguments[0].co_filename, hotness.own_files):
                hotness.rewrite_inside(arguments[0])
        except Exception as error:
            complain("rewriting", error)
        finally:
            busy = False

    sys.addaudithook(hook)


def _is_ours(filename: str, own: tuple[str, ...]) -> bool:
    return (
        filename.startswith(own)
        or filename.startswith("<frozen importlib")
        or any(part in filename for part in _OTHERS)
    )
