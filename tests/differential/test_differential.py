"""Small programs, one for each way out of compiled code, under CPython and under hotloop.

Output, errors and status must be the same byte for byte: with ordinary low thresholds, with
everything hot at once, and with every n-th guard failing although it holds. No error of hotloop
itself may occur, traces are verified, and their reference counts checked. Programs with a hot loop
must have run compiled code, or nothing was tested.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import differential

PROGRAMS = sorted(str(path) for path in (Path(__file__).parent / "programs").glob("*.py"))

UNCOMPILED = {
    "async_code",
    "match_walrus",
    "int_ops",
    "exit_status",
    "uncaught",
    "interrupt",
    "settrace",
    "threads",
}
"""Programs whose loops are not compiled, or are not left but at the very end."""

MODES = [
    differential.Mode("usual", 30),
    differential.Mode("everything hot", 1, checked=True),
    differential.Mode("a little later", 4, checked=True),
    differential.Mode("guards fail", 20, "guard-every=7"),
]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_programs_do_the_same_as_under_cpython(mode: differential.Mode) -> None:
    """Every program, byte for byte, and compiled code did take part."""
    found, hot = differential.differences(PROGRAMS, mode)
    assert not found, "\n".join(found)
    for path in PROGRAMS:
        outcome = hot[path]
        if Path(path).stem not in UNCOMPILED:
            assert outcome.loops > 0 and outcome.entries > 0, path
