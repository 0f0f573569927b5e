"""The example of docs/internals/ir.md is a valid trace, written as the printer writes it."""

from __future__ import annotations

import re
from pathlib import Path

from hotloop_ir import Names
from hotloop_ir.testing import normal

PAGE = Path(__file__).resolve().parents[2] / "docs" / "internals" / "ir.md"


def test_the_example_of_the_page_is_as_printed() -> None:
    (example,) = re.findall(r"```\n(.*?)```", PAGE.read_text(), re.DOTALL)

    def inner() -> None:
        """A function for a name."""

    names = Names({"inner": inner})
    assert normal(example, names) == example
