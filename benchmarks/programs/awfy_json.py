# benchmark: objects
# about: a JSON parser (after Are We Fast Yet)
# features: string indexing, class hierarchy, own hash table
# argument: 36
# iterations: 12
# checksum: 9fc273a8a3397c2e
# quick: 1
# quick checksum: 12eba78c7da69bee
"""Parses a JSON text with a parser that looks at one character at a time.

python awfy_json.py [ROUNDS]
"""

from __future__ import annotations

import sys


class ParseError(Exception):
    """The text is no JSON; says where."""


class Value:
    """What a JSON text consists of."""

    def write(self, out: list[str]) -> None:
        """Append its text."""
        raise NotImplementedError


class Literal(Value):
    """true, false or null."""

    def __init__(self, text: str) -> None:
        self.text = text

    def write(self, out: list[str]) -> None:
        """Append its text."""
        out.append(self.text)


class Number(Value):
    """A number, as it was written."""

    def __init__(self, text: str) -> None:
        self.text = text

    def write(self, out: list[str]) -> None:
        """Append its text."""
        out.append(self.text)


class String(Value):
    """A text without its quotes."""

    def __init__(self, text: str) -> None:
        self.text = text

    def write(self, out: list[str]) -> None:
        """Append its text, in quotes."""
        out.append('"' + self.text.replace("\\", "\\\\").replace('"', '\\"') + '"')


class Array(Value):
    """Values in order."""

    def __init__(self) -> None:
        self.values: list[Value] = []

    def write(self, out: list[str]) -> None:
        """Append its text."""
        out.append("[")
        for index, value in enumerate(self.values):
            if index:
                out.append(",")
            value.write(out)
        out.append("]")


class HashIndexTable:
    """Remembers where in a list a name was last put, for up to 255 places."""

    def __init__(self) -> None:
        self.table = [0] * 32

    def add(self, name: str, index: int) -> None:
        """Note a place."""
        self.table[self.slot(name)] = index + 1 if index < 255 else 0

    def at(self, name: str) -> int:
        """The place, or -1."""
        return self.table[self.slot(name)] - 1

    def slot(self, name: str) -> int:
        """Where in the table a name belongs."""
        return (len(name) * 1402589) & 31


class Object(Value):
    """Names and values."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.values: list[Value] = []
        self.table = HashIndexTable()

    def add(self, name: str, value: Value) -> None:
        """One more member."""
        self.table.add(name, len(self.names))
        self.names.append(name)
        self.values.append(value)

    def get(self, name: str) -> Value | None:
        """The member of that name."""
        index = self.table.at(name)
        if index >= 0 and self.names[index] == name:
            return self.values[index]
        for place, other in enumerate(self.names):
            if other == name:
                return self.values[place]
        return None

    def write(self, out: list[str]) -> None:
        """Append its text."""
        out.append("{")
        for index, name in enumerate(self.names):
            if index:
                out.append(",")
            String(name).write(out)
            out.append(":")
            self.values[index].write(out)
        out.append("}")


class Parser:
    """Reads a text from the left to the right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.index = -1
        self.line = 1
        self.current: str | None = None
        self.capture = ""
        self.start = -1

    def parse(self) -> Value:
        """The value that the whole text is. Raises ParseError."""
        self.read()
        self.skip_space()
        result = self.value()
        self.skip_space()
        if self.current is not None:
            raise self.error("end of text")
        return result

    def value(self) -> Value:
        """Any value."""
        letter = self.current
        if letter == "n":
            return self.literal("null")
        if letter == "t":
            return self.literal("true")
        if letter == "f":
            return self.literal("false")
        if letter == '"':
            return String(self.string())
        if letter == "[":
            return self.array()
        if letter == "{":
            return self.object()
        if letter == "-" or self.is_digit():
            return self.number()
        raise self.error("a value")

    def array(self) -> Array:
        """Values in brackets."""
        self.read()
        array = Array()
        self.skip_space()
        if self.accept("]"):
            return array
        while True:
            self.skip_space()
            array.values.append(self.value())
            self.skip_space()
            if not self.accept(","):
                break
        if not self.accept("]"):
            raise self.error("',' or ']'")
        return array

    def object(self) -> Object:
        """Members in braces."""
        self.read()
        result = Object()
        self.skip_space()
        if self.accept("}"):
            return result
        while True:
            self.skip_space()
            if self.current != '"':
                raise self.error("a name")
            name = self.string()
            self.skip_space()
            if not self.accept(":"):
                raise self.error("':'")
            self.skip_space()
            result.add(name, self.value())
            self.skip_space()
            if not self.accept(","):
                break
        if not self.accept("}"):
            raise self.error("',' or '}'")
        return result

    def literal(self, text: str) -> Literal:
        """A word that must be there letter by letter."""
        for letter in text:
            if not self.accept(letter):
                raise self.error(text)
        return Literal(text)

    def string(self) -> str:
        """The text between quotes."""
        self.read()
        self.start_capture()
        while self.current != '"':
            if self.current == "\\":
                self.pause_capture()
                self.escape()
                self.start_capture()
            elif self.current is None or self.current < " ":
                raise self.error("a character of a text")
            else:
                self.read()
        text = self.end_capture()
        self.read()
        return text

    def escape(self) -> None:
        """What follows a backslash."""
        self.read()
        letter = self.current
        if letter in ('"', "/", "\\"):
            self.capture += str(letter)
        elif letter == "n":
            self.capture += "\n"
        elif letter == "t":
            self.capture += "\t"
        else:
            raise self.error("an escape")
        self.read()

    def number(self) -> Number:
        """Sign, digits, fraction, exponent."""
        self.start_capture()
        self.accept("-")
        if not self.is_digit():
            raise self.error("a digit")
        first = self.current
        self.read()
        if first != "0":
            self.skip_digits()
        if self.accept("."):
            self.skip_digits()
        if self.accept("e") or self.accept("E"):
            if not self.accept("+"):
                self.accept("-")
            self.skip_digits()
        return Number(self.end_capture())

    def skip_digits(self) -> None:
        """Any number of digits."""
        while self.is_digit():
            self.read()

    def is_digit(self) -> bool:
        """Is the current character a digit?"""
        return self.current is not None and "0" <= self.current <= "9"

    def skip_space(self) -> None:
        """White space."""
        while self.current in (" ", "\t", "\n", "\r"):
            self.read()

    def accept(self, letter: str) -> bool:
        """Read on if the current character is this one."""
        if self.current != letter:
            return False
        self.read()
        return True

    def read(self) -> None:
        """The next character."""
        if self.current == "\n":
            self.line += 1
        self.index += 1
        self.current = self.text[self.index] if self.index < len(self.text) else None

    def start_capture(self) -> None:
        """Begin to remember."""
        self.start = self.index

    def pause_capture(self) -> None:
        """Keep what there is."""
        self.capture += self.text[self.start : self.index]
        self.start = -1

    def end_capture(self) -> str:
        """All that was remembered."""
        if self.capture == "":
            text = self.text[self.start : self.index]
        else:
            self.pause_capture()
            text = self.capture
        self.capture = ""
        self.start = -1
        return text

    def error(self, expected: str) -> ParseError:
        """What to raise."""
        return ParseError(f"line {self.line}: expected {expected}")


def document(rows: int) -> str:
    """A text like what a browser's toolkit sends: operations on widgets."""
    parts = ['{"head":{"requestCounter":4},"operations":[']
    for row in range(rows):
        comma = "," if row else ""
        parts.append(
            f'{comma}["create","w{row}","rwt.widgets.{("Button", "Label", "Shell")[row % 3]}",'
            f'{{"parent":"w{row // 3}","style":["PUSH","TRIM"],'
            f'"bounds":[{row * 3},{row % 90},-80,1.5e3],'
            f'"tabIndex":{-1 if row % 4 else row},"enabled":{"true" if row % 2 else "false"},'
            f'"text":"line \\"{row}\\"\\n of \\\\ {row * row}","image":null}} ]'
        )
    parts.append("]}")
    return "\n".join(parts)


def main(argv: list[str]) -> None:
    """Print how long the text is when it is written again."""
    rounds = int(argv[0]) if argv else 6
    text = document(180 if rounds > 1 else 4)
    written: list[str] = []
    for _ in range(rounds):
        result = Parser(text).parse()
        assert isinstance(result, Object)
        operations = result.get("operations")
        assert isinstance(operations, Array)
        written = [f"{len(operations.values)} "]
        result.write(written)
    whole = "".join(written)
    print(len(text), len(whole), whole[:60], sum(map(ord, whole)))


if __name__ == "__main__":
    main(sys.argv[1:])
