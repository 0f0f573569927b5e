"""Native code written by hand in LLVM IR: what traces call besides CPython's C API.

``text`` is one module, the same on every start, so that its object code can be kept on disk.
``<<name>>`` in the parts stands for a fact of the layout.
"""

from __future__ import annotations

import re
from typing import Final

from hotloop_backend_x86.layout import facts
from hotloop_backend_x86.runtime import (
    allocate,
    collection,
    deaths,
    entry,
    function,
    keys,
    number,
    replace,
    ring,
    searches,
    slices,
    string,
)

_PARTS: Final = (
    ring, entry, allocate, replace, number, collection, string, slices, searches, keys, function,
    deaths,
)  # fmt: skip

_WEIGHTS: Final = """
!0 = !{!"branch_weights", i32 2000, i32 1}
!1 = !{!"branch_weights", i32 1, i32 2000}
"""


def fill(text: str) -> str:
    """Replace every ``<<name>>`` by the layout's number. Raises KeyError."""
    layout = facts()
    return re.sub(r"<<([^>]+)>>", lambda match: str(layout[match[1]]), text)


def text() -> str:
    """The IR of the whole runtime."""
    return fill("".join(part.TEXT for part in _PARTS)) + _WEIGHTS
