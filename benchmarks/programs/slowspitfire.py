# benchmark: objects
# about: a big table of text (after Unladen Swallow)
# features: string formatting, list appends, joins
# argument: 1000
# iterations: 12
# checksum: 20b1fe133106583a
# quick: 10
# quick checksum: ad4bab7ce10ea14c
"""Renders a table of N by N cells as HTML, cell by cell, as a template compiler would do it.

python slowspitfire.py [N]
"""

import sys
from collections.abc import Callable


class Template:
    """Collects what is written."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, text: str) -> None:
        """Append a piece."""
        self.parts.append(text)

    def escape(self, value: object) -> str:
        """The value as text without markup."""
        text = str(value)
        if "&" in text or "<" in text:
            text = text.replace("&", "&amp;").replace("<", "&lt;")
        return text

    def render(self, table: list[list[int]], names: Callable[[int], str]) -> str:
        """The whole table."""
        write = self.write
        write("<table>\n")
        for number, row in enumerate(table):
            write("<tr><th>")
            write(self.escape(names(number)))
            write("</th>\n")
            for column in row:
                write("<td>")
                write(self.escape(column))
                write("</td>\n")
            write("</tr>\n")
        write("</table>")
        return "".join(self.parts)


def main(argv: list[str]) -> None:
    """Print the length of the text and a part of it."""
    size = int(argv[0]) if argv else 700
    table = [list(range(row, row + size)) for row in range(size)]
    text = Template().render(table, lambda number: f"row <{number % 10} & more>")
    print(len(text), text[100:180].replace("\n", " "))


if __name__ == "__main__":
    main(sys.argv[1:])
