"""Matching a trace against a pattern: what tests of real loops assert.

A pattern is the text of a trace with holes, one line an op:

- a line ``...`` stands for any number of ops; the lines between ``{{{`` and ``}}}`` match
  in any order;
- value names stand for any value of that letter, the same one everywhere;
- ``_`` stands for one operand or name, ``...`` inside a line for any number of them;
- a snapshot is compared only if the pattern's line has one.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Final, TypeAlias

from hotloop_ir.op import Op
from hotloop_ir.ops.control import Label
from hotloop_ir.slotted import slotted
from hotloop_ir.text.lexer import Token, tokens
from hotloop_ir.text.names import Names
from hotloop_ir.text.printer import Printer
from hotloop_ir.trace import Trace

_LETTERS: Final = "ifbrpv"
Line: TypeAlias = tuple[Token, ...]
Bindings: TypeAlias = dict[str, str]


@slotted(frozen=True)
class _Any:
    """Any number of lines."""


@slotted(frozen=True)
class _Group:
    """Lines in any order."""

    lines: tuple[Line, ...]


_Item: TypeAlias = Line | _Any | _Group


def match_trace(
    trace: Trace, pattern: str, names: Names | None = None, *, ops: list[Op[object]] | None = None
) -> Bindings:
    """Assert that the ops of a trace (or some of them, ``ops``) match a pattern.

    Gives the value names of the pattern with the names they stand for. Raises
    AssertionError with the trace and the first line that nothing matched.
    """
    printer = Printer(trace, names)
    chosen = set(trace.ops if ops is None else ops)
    texts = [text for op, text in zip(trace.ops, printer.lines(), strict=True) if op in chosen]
    matcher = _Matcher([_line(text) for text in texts])
    items = _items(inspect.cleandoc(pattern))
    for bindings in matcher.match(items, 0, {}):
        return bindings
    shown = texts[matcher.furthest] if matcher.furthest < len(texts) else "(the end)"
    raise AssertionError(
        "\n".join(["the trace", printer.header, *texts, f"stops matching at: {shown}", pattern])
    )


def loop_of(trace: Trace) -> list[Op[object]]:
    """The ops after the last label: the loop proper (all ops if there is no label)."""
    for position in range(len(trace.ops) - 1, -1, -1):
        if isinstance(trace.ops[position], Label):
            return trace.ops[position + 1 :]
    return list(trace.ops)


def range_of(trace: Trace, first: int, last: int, code: str | None = None) -> list[Op[object]]:
    """The ops of the instructions at offsets ``first`` to ``last`` (of the code named so).

    An op without snapshot belongs to the instruction of the snapshot before it.
    """
    found = []
    inside = False
    for op in trace.ops:
        if op.snapshot is not None:
            frame = op.snapshot.frame
            name = getattr(frame.code, "co_name", frame.code)
            inside = first <= frame.pc <= last and code in (None, name)
        if inside:
            found.append(op)
    return found


def _line(text: str) -> Line:
    return tuple([token for token in tokens(text) if token.kind != "newline"])


def _items(pattern: str) -> list[_Item]:
    items: list[_Item] = []
    group: list[Line] | None = None
    for text in pattern.splitlines():
        text = text.strip()
        if text.startswith("#"):
            continue
        if text == "...":
            items.append(_Any())
        elif text == "{{{":
            group = []
        elif text == "}}}":
            items.append(_Group(tuple(group or ())))
            group = None
        elif text and group is not None:
            group.append(_line(text))
        elif text:
            items.append(_line(text))
    return items


class _Matcher:
    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.furthest = 0

    def match(self, items: list[_Item], at: int, bound: Bindings) -> Iterator[Bindings]:
        """Every way in which the lines from ``at`` to the end match the items."""
        self.furthest = max(self.furthest, at)
        if not items:
            if at == len(self.lines):
                yield bound
            return
        item, rest = items[0], items[1:]
        if isinstance(item, _Any):
            for later in range(at, len(self.lines) + 1):
                yield from self.match(rest, later, bound)
        elif isinstance(item, _Group):
            for index, line in enumerate(item.lines):
                others = item.lines[:index] + item.lines[index + 1 :]
                remaining: list[_Item] = [_Group(others), *rest] if others else rest
                yield from self.match([line, *remaining], at, bound)
        elif at < len(self.lines):
            for more in _match_line(item, _comparable(item, self.lines[at]), bound):
                yield from self.match(rest, at + 1, more)


def _comparable(pattern: Line, line: Line) -> Line:
    """The line without its snapshot, unless the pattern has one."""
    if any(token.kind == "frame" for token in pattern):
        return line
    for index, token in enumerate(line):
        if token.kind == "frame":
            return line[:index]
    return line


def _match_line(pattern: Line, line: Line, bound: Bindings) -> Iterator[Bindings]:
    if not pattern:
        if not line:
            yield bound
        return
    head = pattern[0]
    if head.kind == "wild":
        for length in range(len(line) + 1):
            yield from _match_line(pattern[1:], line[length:], bound)
    elif line:
        more = _match_token(head.text, line[0].text, bound)
        if more is not None:
            yield from _match_line(pattern[1:], line[1:], more)


def _match_token(pattern: str, text: str, bound: Bindings) -> Bindings | None:
    """The bindings with this token matched, None if it does not match."""
    if pattern == "_":
        return bound
    if not _is_value(pattern):
        return bound if pattern == text else None
    if pattern in bound:
        return bound if bound[pattern] == text else None
    if not _is_value(text) or pattern[0] != text[0] or text in bound.values():
        return None
    return {**bound, pattern: text}


def _is_value(text: str) -> bool:
    return text[0] in _LETTERS and text[1:].isdecimal()
