"""What tests of passes, of backends and of the tracer use: traces as text.

Needs nothing but the standard library; random traces are in ``hotloop_ir.strategies``.
"""

from __future__ import annotations

import copy
import difflib
import inspect
import math
import types
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from hotloop_ir.descr import CELL_REF
from hotloop_ir.evaluate import Finished, JumpOut, TraceExit, evaluate
from hotloop_ir.matching import loop_of, match_trace, range_of
from hotloop_ir.memory import Plain, PlainMemory
from hotloop_ir.stages import Pass
from hotloop_ir.text import Names, parse_trace, print_trace
from hotloop_ir.trace import Trace
from hotloop_ir.trace_maker import HEADER
from hotloop_ir.value import NULL_OBJECT
from hotloop_ir.verify import verify

__all__ = [
    "assert_becomes",
    "assert_same_behaviour",
    "assert_same_text",
    "canonical",
    "loop_of",
    "match_trace",
    "normal",
    "observe",
    "parse",
    "range_of",
]


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


def assert_same_behaviour(
    before: Trace, after: Trace, inputs: Sequence[Any], limit: int = 1000
) -> None:
    """Assert that two traces do the same on plain memory, given the same inputs.

    Compared are the exit (reason, frames, exception) or jump, the residual calls, and the
    state of the objects among the inputs. If ``after`` leaves at the header of a random
    recorded trace, ``before`` is run from there: a pass may leave earlier, before anything
    was done. Raises AssertionError.
    """
    found = [observe(before, inputs, limit), observe(after, inputs, limit, before)]
    if found[0] != found[1]:
        texts = [print_trace(trace) for trace in (before, after)]
        raise AssertionError(
            f"on {list(inputs)!r}\n{texts[0]}gives {found[0]}\n\n{texts[1]}gives {found[1]}"
        )


def observe(
    trace: Trace, inputs: Sequence[Any], limit: int = 1000, resume: Trace | None = None
) -> Any:
    """What can be observed of a run on a copy of ``inputs``, in a form to compare.

    ``resume`` is run on if the trace leaves at the header.
    """
    memory = PlainMemory()
    values = copy.deepcopy(tuple(inputs))
    result = evaluate(trace, values, memory, limit=limit)
    if resume is not None and isinstance(result, TraceExit) and result.frames[0].code == HEADER:
        result = evaluate(resume, result.frames[0].locals, memory, limit=limit)
    if isinstance(result, TraceExit):
        frames = [
            (frame.pc, frame.return_kind.value, frame.locals, frame.stack, frame.extra)
            for frame in result.frames
        ]
        codes = [frame.code for frame in result.frames]
        error = result.exception
        seen = (frames, values, memory.calls, repr(error))
        return (result.reason, codes, canonical(seen))
    if isinstance(result, JumpOut):
        return (result.target, canonical((result.values, values, memory.calls)))
    if isinstance(result, Finished):
        return ("finished", canonical((result.value, values, memory.calls)))
    return (result, canonical((values, memory.calls)))


def canonical(value: Any) -> Any:
    """A value to compare results of two runs by.

    Equal if Python code could not tell them apart: floats by bits, objects shared or
    cyclic in the same places; the identity of ints, floats and strings does not count.
    """
    return _canonical(value, {})


def _canonical(value: Any, seen: dict[int, int]) -> Any:
    cls = type(value)
    if cls is float:
        return ("float", "nan" if math.isnan(value) else value.hex())
    if cls in (int, bool, str, bytes) or value is None or value is NULL_OBJECT or value == ():
        return (cls.__name__, value)
    if id(value) in seen:
        return ("seen", seen[id(value)])
    seen[id(value)] = len(seen)
    return _canonical_parts(value, seen)


def _canonical_parts(value: Any, seen: dict[int, int]) -> Any:
    name = type(value).__name__
    if isinstance(value, list | tuple):
        return (name, *[_canonical(item, seen) for item in value])
    if isinstance(value, dict):
        return (name, *[(_canonical(k, seen), _canonical(v, seen)) for k, v in value.items()])
    if isinstance(value, types.CellType):
        content = PlainMemory().read_field(value, CELL_REF)
        return (name, _canonical(content, seen))
    if isinstance(value, Plain):
        parts = [(key.name, _canonical(item, seen)) for key, item in value.fields.items()]
        return (value.cls.__name__, *parts)
    if isinstance(value, bytearray | array):
        return (name, bytes(value))
    if isinstance(value, set | frozenset | slice | range):
        return (name, repr(value))
    return ("object", id(value))
