"""The texts in docs/internals/optimizer.md are what the forward walk does."""

from __future__ import annotations

import re
from pathlib import Path

from hotloop_ir.testing import assert_same_text, normal
from hotloop_ir.text import Names, parse_trace, print_trace
from hotloop_ir.verify import verify
from hotloop_optimizer.pipeline import Forward

PAGE = Path(__file__).parents[3] / "docs/internals/optimizer.md"


class Point:
    """The class of the example."""


def test_the_page_shows_what_happens() -> None:
    names = Names({"Point": Point, "globals": {}})
    blocks = re.findall(r"^```text\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    recorded, optimised, bridge, closed = blocks
    loop = Forward().run(parse_trace(recorded, names))
    verify(loop)
    ((_, target),) = loop.targets.items()
    names.bind("demo", target)
    names.bind("start", target.state.start)
    assert_same_text(print_trace(loop, names), optimised)
    result = Forward().run(parse_trace(bridge, names))
    assert_same_text(print_trace(result, names), normal(closed, names))
