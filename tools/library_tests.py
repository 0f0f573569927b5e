"""The test suites of pure-Python libraries under hotloop, against plain CPython, test by test.

    python tools/library_tests.py [--mode ordinary|hot|guards|interp] [-j N] [--resume] [LIBRARY...]

The libraries are source distributions of the package index, pinned in ``LIBRARIES``; they and what
their tests need (``library_requirements.txt``) go to ``build/libraries``, apart from what hotloop
is developed with. pytest runs in the process that is under test, so it is compiled as well.
Expected differences are in ``library_expected.txt``; see ``suite_runs``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import suite_runs

PLACE = suite_runs.RESULTS / "libraries"
NEEDED = PLACE / "needed"
REQUIREMENTS = suite_runs.HERE / "library_requirements.txt"


@dataclass(frozen=True)
class Library:
    """A source distribution: where its modules are, and its tests with arguments for pytest."""

    pinned: str
    tests: tuple[str, ...]
    modules: str = "."

    @property
    def folder(self) -> Path:
        """Where it is unpacked."""
        return PLACE / self.pinned.replace("==", "-")


LIBRARIES = {
    "jinja2": Library("jinja2==3.1.6", ("tests",), "src"),
    "mako": Library("mako==1.3.10", ("test",)),
    "markdown-it": Library(
        "markdown-it-py==3.0.0", ("-p", "pytest_datadir.plugin", "-p", "pytest_regressions.plugin",
        "tests", "--ignore=tests/test_linkify.py"),
    ),
    "mistune": Library("mistune==3.1.4", ("tests",), "src"),
    "parso": Library("parso==0.8.5", ("test",)),
    "pycparser": Library("pycparser==2.23", ("tests",)),
    "pyflakes": Library("pyflakes==3.4.0", ("pyflakes/test",)),
    "toolz": Library("toolz==1.0.0", ("toolz/tests",)),
    "attrs": Library("attrs==25.4.0", ("-p", "_hypothesis_pytestplugin", "tests"), "src"),
    "networkx": Library("networkx==3.4.2", ("networkx/algorithms/tests",)),
    "passlib": Library("passlib==1.7.4", ("passlib/tests/test_utils.py",)),
    "sympy": Library("sympy==1.13.3", ("sympy/core/tests",)),
}  # fmt: skip


class Reporter:
    """A plugin of pytest: writes a line when a test begins and one when it has ended."""

    def __init__(self, report: Any) -> None:
        self.report = report
        self.outcome = ""

    def write(self, nodeid: str, outcome: str) -> None:
        """One line of the report; names have no white space there."""
        self.report.write(f"{re.sub(r'[^!-~]', '_', nodeid)}\t{outcome}\n")
        self.report.flush()

    def pytest_collectreport(self, report: Any) -> None:
        """A file that cannot be imported counts as a test that failed."""
        if report.failed:
            self.write(report.nodeid, "not collected")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins."""
        self.outcome = ""
        self.write(nodeid, "begun")

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Set-up, test or tear-down are over; the first that did not pass counts."""
        if report.when == "call" or report.outcome != "passed":
            self.outcome = self.outcome.removeprefix("passed") or report.outcome

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A test has ended."""
        self.write(nodeid, self.outcome)


class Libraries:
    """The suites of :data:`LIBRARIES`."""

    script = __file__
    title = "library-tests"

    def names(self) -> Sequence[str]:
        return list(LIBRARIES)

    def prepare(self, names: Sequence[str]) -> None:
        """Download, unpack and install what is not there yet."""
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        if not NEEDED.exists():
            target = ["--no-deps", "--target", str(NEEDED), "-r", str(REQUIREMENTS)]
            subprocess.run([*pip, "install", *target], check=True)
        for library in [LIBRARIES[name] for name in names]:
            if not library.folder.exists():
                source = ["--no-deps", "--no-binary", ":all:", "--dest", str(PLACE)]
                subprocess.run([*pip, "download", *source, library.pinned], check=True)
                unpack(library)

    def environ(self, name: str) -> Mapping[str, str]:
        library = LIBRARIES[name]
        kept = os.environ.get("PYTHONPATH", "")
        paths = [str(library.folder / library.modules), str(NEEDED), *kept.split(os.pathsep)]
        return {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }

    def folder(self, name: str) -> Path | None:
        return LIBRARIES[name].folder

    def run(self, name: str, report: str) -> None:
        import pytest

        options = ["-p", "no:cacheprovider", "--tb=short", "-q", "-o", "addopts="]
        with open(report, "w", encoding="utf-8") as file:
            pytest.main([*options, *LIBRARIES[name].tests], plugins=[Reporter(file)])


def unpack(library: Library) -> None:
    """Unpack the distribution that has been downloaded to the folder of its name."""
    wanted = re.sub("[-_.]+", "-", library.pinned.replace("==", "-"))
    archives = PLACE.glob("*.tar.gz")
    stem = {re.sub("[-_.]+", "-", path.name.removesuffix(".tar.gz")): path for path in archives}
    with tarfile.open(stem[wanted]) as archive:
        top = archive.getnames()[0].partition("/")[0]
        archive.extractall(PLACE, filter="data")
    if PLACE / top != library.folder:
        (PLACE / top).rename(library.folder)


if __name__ == "__main__":
    purpose = (__doc__ or "").partition("\n")[0]
    expected = suite_runs.HERE / "library_expected.txt"
    sys.exit(suite_runs.main(Libraries(), purpose, expected))
