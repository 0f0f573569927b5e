"""Terms as Lisp has them, symbols and pairs, and a reader for them. No benchmark by itself."""

from __future__ import annotations


class Symbol:
    """A name; the lemmas are those about terms that begin with it (boyer.py)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lemmas: Pair | None = None


class Pair:
    """A cons cell. A list is a pair whose tail is a list, or None."""

    def __init__(self, head: Symbol | Pair | None, tail: Pair | None) -> None:
        self.head = head
        self.tail = tail


class Reader:
    """Reads terms; symbols of the same name are the same object."""

    def __init__(self) -> None:
        self.symbols: dict[str, Symbol] = {}

    def symbol(self, name: str) -> Symbol:
        """The only symbol of that name."""
        found = self.symbols.get(name)
        if found is None:
            found = self.symbols[name] = Symbol(name)
        return found

    def read(self, text: str) -> list[Symbol | Pair | None]:
        """All terms of a text."""
        words = text.replace("(", " ( ").replace(")", " ) ").split()
        words.reverse()
        terms = []
        while words:
            terms.append(self._term(words))
        return terms

    def _term(self, words: list[str]) -> Symbol | Pair | None:
        word = words.pop()
        if word != "(":
            return self.symbol(word)
        parts = []
        while words[-1] != ")":
            parts.append(self._term(words))
        words.pop()
        whole: Pair | None = None
        for part in reversed(parts):
            whole = Pair(part, whole)
        return whole


def show(term: Symbol | Pair | None) -> str:
    """A term as it is read."""
    if isinstance(term, Symbol):
        return term.name
    parts = []
    while term is not None:
        parts.append(show(term.head))
        term = term.tail
    return "(" + " ".join(parts) + ")"
