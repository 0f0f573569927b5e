# benchmark: application
# about: mypy checks the package simpy
# features: visitors, isinstance, big object graphs
# iterations: 2
# checksum: 0c90a1f852808f3f
# quick checksum: 0c90a1f852808f3f
"""mypy 1.15.0 (not compiled) checks simpy 4.1.2 strictly: parsing, names, types, with typeshed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable

import mypy.api
from inputs import folder_of

OPTIONS = ["--no-incremental", "--cache-dir=" + os.devnull, "--strict", "--python-version", "3.11"]
OPTIONS += ["--no-site-packages", "--disallow-any-expr", "-p"]


def checker(package: str) -> Callable[[], str]:
    """A function that gives mypy's messages on a copy of the package."""
    folder = tempfile.mkdtemp()
    ignore = shutil.ignore_patterns("__pycache__", "typeshed")
    shutil.copytree(folder_of(package), os.path.join(folder, package), ignore=ignore)

    def run() -> str:
        before = os.getcwd()
        os.chdir(folder)
        try:
            output, errors, _ = mypy.api.run([*OPTIONS, package])
        finally:
            os.chdir(before)
        return output + errors

    return run


def prepare() -> Callable[[], str]:
    """It checks simpy."""
    return checker("simpy")
