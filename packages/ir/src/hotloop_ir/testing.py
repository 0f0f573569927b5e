"""What tests of passes, of backends and of the tracer use: traces as text.

Needs nothing but the standard library; random traces are in ``hotloop_ir.strategies``.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping

from hotloop_ir.stages import Pass
from hotloop_ir.text import Names, parse_trace, print_trace
from hotloop_ir.trace import Trace
from hotloop_ir.verify import verify


def parse(text: str, namespace: Names | Mapping[str, object] | None = None) -> Trace:
    """The trace of an indented text, verified. Raises ParseError or InvalidTrace."""
    trace = parse_trace(inspect.cleandoc(text), namespace)
    verify(trace)
    return trace


def normal(text: str, namespace: Names | Mapping[str, object] | None = None) -> str:
    """The text as the printer writes it: numbers in order, no comments. Verifies."""
    names = namespace if isinstance(namespace, Names) else Names(namespace)
    return print_trace(parse(text, names), names)


def assert_becomes(
    pass_: Pass,
    before: str,
    after: str,
    namespace: Names | Mapping[str, object] | None = None,
) -> None:
    """Assert that a pass turns one trace into the other.

    Both texts and the result are verified and compared after renumbering; the pass must
    leave its input as it was. ``namespace`` names types, functions and other objects.
    Raises AssertionError with a diff.
    """
    names = namespace if isinstance(namespace, Names) else Names(namespace)
    trace = parse(before, names)
    given = print_trace(trace, names)
    result = pass_.run(trace)
    verify(result)
    if print_trace(trace, names) != given:
        raise AssertionError(f"{pass_.name} changed its input")
    assert_same_text(print_trace(result, names), normal(after, names))


def assert_same_text(found: str, expected: str) -> None:
    """Assert that two texts are equal. Raises AssertionError with both and a diff."""
    if found == expected:
        return
    diff = "\n".join(
        difflib.unified_diff(
            expected.splitlines(), found.splitlines(), "expected", "found", lineterm="", n=1000
        )
    )
    raise AssertionError(f"the traces differ\n{diff}")
