"""What hotloop does meanwhile is not counted: signals and the like are in ``held_back.py``."""

from __future__ import annotations

import gc

from hotloop.core.quiet import Quiet
from hotloop.frames.runtime import Runtime
from hotloop_ir.layout import Layout, current


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
