# benchmark: application
# about: Cython compiles a generated module to C
# features: tree transforms, getattr dispatch, strings
# iterations: 5
# checksum: 57b38137bbeba6aa
# quick checksum: 57b38137bbeba6aa
"""Cython 3.3.1 (not compiled) compiles a generated module: parsing, types, transforms, C source."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from Cython.Compiler.Main import compile as compile_module
from inputs import pyx_text


def prepare() -> Callable[[], str]:
    """A function that gives the C source."""
    folder = Path(tempfile.mkdtemp())
    (folder / "bench_mod.pyx").write_text(pyx_text())

    def run() -> str:
        before = os.getcwd()
        os.chdir(folder)
        try:
            compile_module("bench_mod.pyx", language_level=3)
            return Path("bench_mod.c").read_text()
        finally:
            os.chdir(before)

    return run
