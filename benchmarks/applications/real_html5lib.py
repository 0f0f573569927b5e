# benchmark: application
# about: html5lib reads and writes a page
# features: character state machine, bound methods as states
# iterations: 8
# checksum: 67f1636af8897d4d
# quick checksum: 67f1636af8897d4d
"""html5lib 1.1 parses pyperformance's page of the W3C, six times over, and writes it again."""

from __future__ import annotations

from collections.abc import Callable

import html5lib
from inputs import folder_of

PAGE = "data-files/benchmarks/bm_html5lib/data/w3_tr_html5.html"


def prepare() -> Callable[[], str]:
    """A function that parses and serialises."""
    page = (folder_of("pyperformance") / PAGE).read_bytes()
    text = page.decode("utf-8", "replace") * 6

    def run() -> str:
        document = html5lib.parse(text, treebuilder="etree")
        return str(html5lib.serialize(document, tree="etree", omit_optional_tags=False))

    return run
