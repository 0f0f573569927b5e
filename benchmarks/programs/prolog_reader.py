"""Terms of Prolog, and how they are read from text and written."""

from __future__ import annotations

import re
from collections.abc import Iterator

Term = object


class Atom:
    """A constant; made by `atom`, so that each exists once."""

    def __init__(self, name: str) -> None:
        self.name = name


class Var:
    """A variable, and what it is bound to."""

    def __init__(self) -> None:
        self.bound: Term | None = None


class Struct:
    """A functor with arguments."""

    def __init__(self, name: str, args: list[Term]) -> None:
        self.name = name
        self.args = args
        self.key = (name, len(args))


ATOMS: dict[str, Atom] = {}


def atom(name: str) -> Atom:
    """The atom of that name."""
    found = ATOMS.get(name)
    if found is None:
        found = ATOMS[name] = Atom(name)
    return found


TRUE, EMPTY = atom("true"), atom("[]")

TOKEN = re.compile(
    r"\s*(?:%[^\n]*\s*)*(?:(?P<number>\d+)|(?P<variable>[A-Z_]\w*)|(?P<atom>[a-z]\w*)"
    r"|'(?P<quoted>[^']*)'|(?P<bracket>[()\[\]|,])|(?P<symbol>[-+*/\\^<>=~:.?@#&$]+|[!;]))"
)
OPERATORS: dict[str, tuple[int, int, int]] = {
    ":-": (1200, 1199, 1199), ";": (1100, 1099, 1100), "->": (1050, 1049, 1050),
    ",": (1000, 999, 1000), "=": (700, 699, 699), "\\=": (700, 699, 699), "is": (700, 699, 699),
    "<": (700, 699, 699), "=<": (700, 699, 699), ">": (700, 699, 699), ">=": (700, 699, 699),
    "=:=": (700, 699, 699), "=\\=": (700, 699, 699), "==": (700, 699, 699),
    "+": (500, 500, 499), "-": (500, 500, 499), "*": (400, 400, 399), "//": (400, 400, 399),
    "mod": (400, 400, 399), "/": (400, 400, 399), "^": (200, 199, 200),
}  # fmt: skip


class Reader:
    """Reads terms from a text, one after the other. Raises SyntaxError."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text):
            match = TOKEN.match(text, place)
            if match is None:
                if text[place:].strip():
                    raise SyntaxError(f"cannot read {text[place : place + 30]!r}")
                break
            kind = str(match.lastgroup)
            self.tokens.append((kind, match.group(kind)))
            place = match.end()
        self.tokens.append(("end", ""))
        self.place = 0
        self.names: dict[str, Term] = {}

    def peek(self) -> str:
        """The text of the next token."""
        return self.tokens[self.place][1]

    def accept(self, text: str) -> bool:
        """Read a token if it is this one."""
        kind, found = self.tokens[self.place]
        if found != text or kind == "quoted":
            return False
        self.place += 1
        return True

    def expect(self, text: str) -> None:
        """Read a token that must be this one."""
        if not self.accept(text):
            raise SyntaxError(f"expected {text!r}, found {self.peek()!r}")

    def at_end(self) -> bool:
        """Is there nothing more?"""
        return self.tokens[self.place][0] == "end"

    def clause(self) -> Term:
        """A term and its full stop; variables are new."""
        self.names = {}
        term = self.term(1200)
        self.expect(".")
        return term

    def term(self, most: int) -> Term:
        """A term of operators that bind at least so tightly."""
        left = self.primary(most)
        priority = 0
        while True:
            kind, text = self.tokens[self.place]
            operator = OPERATORS.get(text) if kind != "quoted" else None
            if operator is None or operator[0] > most or priority > operator[1]:
                return left
            self.place += 1
            left = Struct(text, [left, self.term(operator[2])])
            priority = operator[0]

    def primary(self, most: int) -> Term:
        """A term that does not begin with an operand."""
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind == "number":
            return int(text)
        if kind == "variable":
            return Var() if text == "_" else self.names.setdefault(text, Var())
        if text == "(" and kind == "bracket":
            term = self.term(1200)
            self.expect(")")
            return term
        if text == "[" and kind == "bracket":
            return self.list()
        if text == "-" and self.tokens[self.place][0] == "number":
            return -int(self.tokens[self.place_and_advance()][1])
        if text == "\\+":
            return Struct("\\+", [self.term(900)])
        if kind not in ("atom", "quoted", "symbol"):
            raise SyntaxError(f"unexpected {text!r}")
        if self.accept("("):
            args = [self.term(999)]
            while self.accept(","):
                args.append(self.term(999))
            self.expect(")")
            return Struct(text, args)
        return atom(text)

    def place_and_advance(self) -> int:
        """The number of the next token, which is read."""
        self.place += 1
        return self.place - 1

    def list(self) -> Term:
        """What follows an opening bracket."""
        if self.accept("]"):
            return EMPTY
        items = [self.term(999)]
        while self.accept(","):
            items.append(self.term(999))
        tail: Term = self.term(999) if self.accept("|") else EMPTY
        self.expect("]")
        for item in reversed(items):
            tail = Struct(".", [item, tail])
        return tail


def read_clauses(text: str) -> Iterator[Term]:
    """All clauses of a program."""
    reader = Reader(text)
    while not reader.at_end():
        yield reader.clause()


def read_term(text: str) -> tuple[Term, dict[str, Term]]:
    """One term, and its variables by name."""
    reader = Reader(text + " .")
    return reader.clause(), reader.names


def show(term: Term) -> str:
    """A term as text; lists as lists, everything else in the plain form."""
    while isinstance(term, Var) and term.bound is not None:
        term = term.bound
    if isinstance(term, Var):
        return "_"
    if isinstance(term, Atom):
        return term.name
    if not isinstance(term, Struct):
        return str(term)
    if term.key != (".", 2):
        return f"{term.name}({','.join(show(argument) for argument in term.args)})"
    items = []
    rest: Term = term
    while isinstance(rest, Struct) and rest.key == (".", 2):
        items.append(show(rest.args[0]))
        rest = rest.args[1]
        while isinstance(rest, Var) and rest.bound is not None:
            rest = rest.bound
    end = "" if rest is EMPTY else "|" + show(rest)
    return f"[{','.join(items)}{end}]"
