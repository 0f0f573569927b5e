"""Errors of hotloop itself, made on purpose at every stage: the program does not notice.

Where a recording breaks off, what has happened has happened, once; where compiling does, the
program goes on in the interpreter. The programs are a choice of the differential ones.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import differential

PROGRAMS = [
    str(Path(__file__).parent / "programs" / f"{name}.py")
    for name in (
        "calls", "closures", "containers", "deep_exit", "exceptions_flow", "generators",
        "globals_mutated", "iterators", "module_loop", "operators", "recursion", "slots_properties",
        "strings", "unbound", "warnings_lines", "while_loops", "with_blocks", "effects_once",
    )
]  # fmt: skip

FAULTS = [
    "recorder@13",
    "recorder@67",
    "recorder@211",
    "optimizer@2",
    "backend@3",
    "resume@2",
    "handover@3",
    "driver@4",
]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("fault", FAULTS)
def test_program_does_not_notice_errors_of_ours(fault: str) -> None:
    """Every n-th call of a stage raises."""
    mode = differential.Mode(f"fault {fault}", 3, f"fault={fault}")
    found, hot = differential.differences(PROGRAMS, mode)
    assert not found, "\n".join(found)
    assert sum(outcome.internal_errors for outcome in hot.values()) > 0


@pytest.mark.timeout(600)
def test_strict_errors_are_raised_where_the_program_goes_on() -> None:
    """``HOTLOOP_STRICT``: no frame is lost, whatever stage has failed."""
    raised = 0
    for fault in FAULTS:
        mode = differential.Mode(f"strict {fault}", 3, f"fault={fault}", (("strict", "1"),))
        hot = differential.outcomes(PROGRAMS[:6], mode)
        assert all(outcome.status in ("0", "1") for outcome in hot.values()), hot
        raised += sum("InjectedFault" in outcome.err for outcome in hot.values())
    assert raised > 0


@pytest.mark.timeout(600)
def test_every_place_of_the_recorder_may_fail() -> None:
    """Effects inside an instruction happen once, wherever in it recording breaks off."""
    path = [str(Path(__file__).parent / "programs" / "effects_once.py")]
    for every in range(2, 60, 3):
        mode = differential.Mode(f"recorder {every}", 2, f"fault=recorder@{every}")
        found, _ = differential.differences(path, mode)
        assert not found, "\n".join(found)
