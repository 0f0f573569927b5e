# benchmark: application
# about: pycparser reads and writes a C file
# features: recursive descent, regular expressions, visitors
# iterations: 8
# checksum: 498aa177ff6ef2c3
# quick checksum: 498aa177ff6ef2c3
"""pycparser 3.12 parses a generated C file and writes it again."""

from __future__ import annotations

from collections.abc import Callable

from inputs import CSource
from pycparser import c_generator, c_parser


def prepare() -> Callable[[], str]:
    """A function that parses and writes."""
    text = CSource(3).text(220)
    return lambda: str(c_generator.CGenerator().visit(c_parser.CParser().parse(text, "gen.c")))
