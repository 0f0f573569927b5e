"""CPython's own test modules, executed by the interpreter or under hotloop, against plain CPython.

    python tools/cpython_tests.py [--mode interp|ordinary|hot|guards] [-j N] [--resume] [MODULE...]

Each module runs in a process of its own, plainly and in the mode, with a time limit; every test
method's outcome is compared. ``interp``: every Python frame from the loader of the tests on is
executed by ``hotloop_interp``. ``hot``: everything is compiled at once. ``guards``: guards also
fail now and then. Differences that are expected are in ``cpython_expected.txt``, one a line with
its reason; one that no longer occurs fails too, so that the list can only shrink. What modules
print and the outcomes of their tests are kept in ``build/cpython-tests``. The python must have
CPython's ``test`` package.
"""

from __future__ import annotations

import gc
import sys
import unittest
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import suite_runs

_LANGUAGE = """
binop call compare compile contains decorators extcall genexps grammar isinstance listcomps
dictcomps named_expressions opcache opcodes operator patma peepholer positional_only_arg syntax
unary unpack unpack_ex contextlib except_star exception_group exception_variations exceptions
raise generator_stop warnings generators coroutines yield_from asyncgen contextlib_async context
asyncio.test_futures asyncio.test_queues asyncio.test_taskgroups array builtin collections complex
defaultdict dict dictviews float format int iter itertools list long math memoryview numeric_tower
ordered_dict range set slice string strtod tuple userstring weakset class copy descr dynamic
finalization funcattrs functools gc genericclass genericalias module pickle property super typing
weakref
"""
_OTHERS = """
bdb code dis frame inspect profile sys sys_settrace tracemalloc queue signal threading
threadsignals argparse calendar configparser datetime decimal difflib email json pickletools
pprint random statistics struct textwrap tokenize tomllib unittest urlparse xml_etree
"""
_COLLECTING = ("array", "weakref")
"""Their tests have full collections, hundreds, which need not look at all traces made before."""


class Reporter(unittest.TestResult):
    """Writes a line when a test begins and one when it has ended."""

    def __init__(self, report: Any, collects: bool) -> None:
        super().__init__()
        self.collects = collects
        self.report = report
        self.outcome = ""

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        if self.collects:
            gc.collect()
            gc.freeze()
        self.outcome = "passed"
        self.report.write(f"{test.id()}\tbegun\n")
        self.report.flush()

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        self.report.write(f"{test.id()}\t{self.outcome}\n")
        self.report.flush()

    def note(self, test: Any, outcome: str, error: Any = None) -> None:
        """The outcome of a test, or of what is around tests."""
        self.outcome = outcome
        if not isinstance(test, unittest.TestCase):
            self.report.write(f"{test.id()}\t{outcome}\n")
        if error is not None:
            text = self._exc_info_to_string(error, test)  # type: ignore[attr-defined]
            sys.stderr.write(f"\n{outcome.upper()} {test.id()}\n{text}\n")

    def addError(self, test: Any, err: Any) -> None:
        self.note(test, "error", err)

    def addFailure(self, test: Any, err: Any) -> None:
        self.note(test, "failed", err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self.note(test, "failed in a part", err)

    def addSkip(self, test: Any, reason: str) -> None:
        self.note(test, "skipped")

    def addUnexpectedSuccess(self, test: Any) -> None:
        self.note(test, "unexpected success")


class Modules:
    """CPython's test modules: ``binop`` is ``test.test_binop``."""

    script = __file__
    title = "cpython-tests"

    def names(self) -> Sequence[str]:
        return (_LANGUAGE + _OTHERS).split()

    def prepare(self, names: Sequence[str]) -> None:
        """Everything is there."""

    def environ(self, name: str) -> Mapping[str, str]:
        return {}

    def folder(self, name: str) -> Path | None:
        return None

    def run(self, name: str, report: str) -> None:
        support: Any = import_module("test.support")
        support.use_resources = ()  # as for python -m test: no tests of hundreds of time zones
        suite = unittest.defaultTestLoader.loadTestsFromName(f"test.test_{name}")
        with open(report, "w", encoding="utf-8", errors="backslashreplace") as file:
            suite.run(Reporter(file, name in _COLLECTING))


if __name__ == "__main__":
    purpose = (__doc__ or "").partition("\n")[0]
    expected = suite_runs.HERE / "cpython_expected.txt"
    sys.exit(suite_runs.main(Modules(), purpose, expected))
