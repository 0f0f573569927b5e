"""Tokens of the text form. Knows nothing of ops."""

from __future__ import annotations

import re
from typing import Final

from hotloop_ir.slotted import slotted

#: One level of nesting, so that ``<<lambda>>`` and ``<(1, '>')>`` are one token.
_QUOTED: Final = r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\""
_ANGLE: Final = rf"<(?:{_QUOTED}|<[^<>\n]*>|[^<>'\"\n])*>"
_TOKEN: Final = re.compile(
    rf"""
    (?P<space>[ \t]+|\#[^\n]*)
  | (?P<newline>\n)
  | (?P<frame>@(?:(?:<[^<>\n]*>|[A-Za-z_]\w*)(?:~\d+|\#\d+)?:)?-?\d+)
  | (?P<share>\$\d+)
  | (?P<raw>-?0x[0-9a-f]+)
  | (?P<float>-?(?:\d+\.\d*(?:e[+-]?\d+)?|\d+e[+-]?\d+|(?:inf|nan)\b))
  | (?P<int>-?\d+)
  | (?P<object>{_ANGLE})
  | (?P<string>{_QUOTED})
  | (?P<name>[A-Za-z_][\w.]*(?:\[\d+\])?(?:~\d+|\#\d+)?)
  | (?P<wild>\.\.\.)
  | (?P<mark>[\[\](){{}}=,|&:-])
    """,
    re.VERBOSE,
)


class ParseError(ValueError):
    """The text is not a trace. The message has the line number and the line."""


@slotted(frozen=True)
class Token:
    """``kind`` is a group name of the token pattern; ``line`` counts from 1."""

    kind: str
    text: str
    line: int


def tokens(source: str) -> list[Token]:
    """The tokens of a text, ``newline`` at the end of every line that has any.

    Line ends inside brackets and before a frame (``@``) or ``owns`` do not count.
    """
    found: list[Token] = []
    depth = 0
    line = 1
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            text = source[position:].partition("\n")[0]
            raise ParseError(f"line {line}: cannot read {text!r}")
        position = match.end()
        kind = str(match.lastgroup)
        if kind == "newline":
            if depth == 0 and found and found[-1].kind != "newline":
                found.append(Token(kind, "", line))
            line += 1
        elif kind != "space":
            text = match.group()
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(text, 0)
            if (kind == "frame" or text == "owns") and found and found[-1].kind == "newline":
                found.pop()
            found.append(Token(kind, text, line))
    if found and found[-1].kind != "newline":
        found.append(Token("newline", "", line))
    return found
