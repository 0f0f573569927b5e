# benchmark: application
# about: black formats a file of sympy
# features: parser generator, generators, dataclasses, strings
# iterations: 6
# checksum: 9b887846eb40b257
# quick checksum: 9b887846eb40b257
"""black 26.10.1 (not compiled) formats sympy 1.14.0's core/add.py."""

from __future__ import annotations

from collections.abc import Callable

import black
from inputs import folder_of


def prepare() -> Callable[[], str]:
    """A function that formats the file."""
    text = (folder_of("sympy") / "core" / "add.py").read_text(encoding="utf-8")
    mode = black.Mode(target_versions={black.TargetVersion.PY311})
    return lambda: black.format_str(text, mode=mode)
