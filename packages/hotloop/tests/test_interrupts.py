"""What is held back while hotloop works comes through again when it is done, and not before."""

from __future__ import annotations

import gc
import signal

from hotloop.core.interrupts import HeldBack
from hotloop.core.quiet import Quiet
from hotloop.frames.runtime import Runtime
from hotloop_ir.layout import Layout, current


def test_signals_and_collections_wait() -> None:
    """The collector seems to be on all the time; the handler runs once all is over."""
    layout = current()
    assert isinstance(layout, Layout)
    runtime = Runtime(layout)
    held = HeldBack(runtime, Quiet(runtime))
    seen: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    held.hold()
    try:
        signal.raise_signal(signal.SIGUSR1)
        early = list(seen)
        count = gc.get_count()[0]
        assert gc.isenabled()
    finally:
        held.release()
    assert not early and count < 0 <= gc.get_count()[0]
    assert seen == [signal.SIGUSR1]
    signal.signal(signal.SIGUSR1, before)


def test_what_hotloop_allocates_is_not_counted() -> None:
    """Else the program would have a collection each time something was recorded."""
    layout = current()
    assert isinstance(layout, Layout)
    quiet = Quiet(Runtime(layout))
    threshold = gc.get_threshold()[0]
    gc.collect(0)
    quiet.hold()
    own: list[list[int]] = [[] for _ in range(2 * threshold)]
    del own
    quiet.release()
    assert 0 <= gc.get_count()[0] < threshold // 2
