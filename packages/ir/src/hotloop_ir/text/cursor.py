"""Reading a list of tokens one by one. Knows nothing of what they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hotloop_ir.text.lexer import ParseError, Token, tokens

T = TypeVar("T")


class Cursor:
    """The tokens of a text and how far they have been read."""

    def __init__(self, text: str) -> None:
        self.text = text.split("\n")
        self.tokens = tokens(text)
        self.position = 0

    def error(self, message: str) -> ParseError:
        """An error at the next token, to be raised."""
        token = self.tokens[min(self.position, len(self.tokens) - 1)] if self.tokens else None
        if token is None:
            return ParseError(f"line 1: {message}")
        return ParseError(f"line {token.line}: {message}: {self.text[token.line - 1].strip()}")

    def peek(self) -> Token:
        """The next token, which stays. Raises ParseError at the end."""
        if self.position == len(self.tokens):
            raise self.error("unexpected end")
        return self.tokens[self.position]

    def at(self, text: str) -> bool:
        """Whether the next token has this text."""
        return self.position < len(self.tokens) and self.tokens[self.position].text == text

    def take(self, text: str) -> bool:
        """Skip a token if it has this text; whether it had."""
        found = self.at(text)
        self.position += found
        return found

    def expect(self, what: str) -> str:
        """The text of the next token, which is of this kind or has this text."""
        token = self.peek()
        if what not in (token.kind, token.text):
            raise self.error(f"expected {what} instead of {token.text or token.kind!r}")
        self.position += 1
        return token.text

    def listed(self, end: str, item: Callable[[], T]) -> list[T]:
        """Items separated by commas up to a closing mark, which is taken."""
        found: list[T] = []
        while not self.take(end):
            if found:
                self.expect(",")
            found.append(item())
        return found
