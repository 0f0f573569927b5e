"""What is held back while hotloop works comes through again when it is done, and not before."""

from __future__ import annotations

import gc
import signal

from hotloop.core.interrupts import HeldBack


def test_only_the_outermost_end_counts() -> None:
    """The handler of another signal may begin and end in between."""
    handler = signal.getsignal(signal.SIGINT)
    late: list[bool] = []
    held = HeldBack(lambda: late.append(True))
    held.begin()
    held.begin()
    held.end()
    signal.raise_signal(signal.SIGINT)
    assert not gc.isenabled()
    assert not late
    held.end()
    assert gc.isenabled()
    assert late == [True]
    assert signal.getsignal(signal.SIGINT) is handler


def test_interrupts_come_through_where_the_program_runs() -> None:
    """And are held back again behind it."""
    held = HeldBack(lambda: None)
    held.begin()
    with held.let_through():
        assert gc.isenabled()
    assert not gc.isenabled()
    held.end()
    assert gc.isenabled()
