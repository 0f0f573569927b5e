"""Peephole algebra: named rules, one law each, dispatched by the class of the op.

    @rule(IntAdd)
    def add_zero(op, match):
        \"\"\"x + 0 => x\"\"\"

The name of a rule is its law and its docstring the equation. Rules are exact for Python's
semantics, directional, and never make a trace longer. Constants fold through ``evaluate``
before rules are asked, so no rule says so.
"""

from hotloop_optimizer.rules import boolean, floats, integer, references
from hotloop_optimizer.rules.core import Match, all_rules, fired, rule, simplify

__all__ = [
    "Match",
    "all_rules",
    "boolean",
    "fired",
    "floats",
    "integer",
    "references",
    "rule",
    "simplify",
]
