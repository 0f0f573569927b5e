# benchmark: application
# about: push templates of XML (after templess)
# features: regular expressions, node trees, copies, recursion
# argument: 300
# iterations: 12
# checksum: 61d9b127722f694d
# quick: 3
# quick checksum: b9adc08ba269522f
"""XML templates, filled in through five attributes: content, replace, attr, cond, not.

python templess.py [ROWS]

A value is a text, a dict (filled in within), a list (one copy of the node for each item) or a node.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

SPACE = "t:"
TOKEN = re.compile(r"<!--(.*?)-->|<\?(.*?)\?>|<(/?)([\w:.-]+)([^>]*?)(/?)>|([^<]+)", re.DOTALL)
ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&"))


class TemplateError(Exception):
    """The text is no XML, or a directive makes no sense."""


def unescape(text: str) -> str:
    """Entities as characters."""
    if "&" in text:
        for entity, character in ENTITIES:
            text = text.replace(entity, character)
    return text


def escape(text: str) -> str:
    """Characters as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Node:
    """A piece of a document."""

    def copy(self) -> Node:
        """The same again, down to the leaves."""
        raise NotImplementedError

    def write(self, out: list[str]) -> None:
        """Append its text."""
        raise NotImplementedError

    def expand(self, data: dict[str, object]) -> Iterator[Node]:
        """What it becomes."""
        yield self


class Text(Node):
    """Characters."""

    def __init__(self, value: str) -> None:
        self.value = value

    def copy(self) -> Text:
        """The same again."""
        return Text(self.value)

    def write(self, out: list[str]) -> None:
        """Append its text."""
        out.append(escape(self.value))


class Markup(Node):
    """A comment or an instruction, as it was."""

    def __init__(self, value: str) -> None:
        self.value = value

    def copy(self) -> Markup:
        """The same again."""
        return Markup(self.value)

    def write(self, out: list[str]) -> None:
        """Append its text."""
        out.append(self.value)


class Element(Node):
    """A name, attributes and children."""

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Node] = []

    def copy(self) -> Element:
        """The same again, down to the leaves."""
        copied = Element(self.name, dict(self.attributes))
        for child in self.children:
            copied.children.append(child.copy())
        return copied

    def write(self, out: list[str]) -> None:
        """Append its text."""
        out.append("<" + self.name)
        for name, value in self.attributes.items():
            out.append(f' {name}="{escape(value)}"')
        if not self.children:
            out.append(" />")
            return
        out.append(">")
        for child in self.children:
            child.write(out)
        out.append(f"</{self.name}>")

    def directive(self, name: str) -> str | None:
        """Take one of the five attributes off."""
        return self.attributes.pop(SPACE + name, None)

    def expand(self, data: dict[str, object]) -> Iterator[Node]:
        """What it becomes: nothing, itself, or many."""
        condition = self.directive("cond")
        if condition is not None and not data[condition]:
            return
        condition = self.directive("not")
        if condition is not None and data[condition]:
            return
        pairs = self.directive("attr")
        if pairs is not None:
            self.set_attributes(pairs, data)
        replacement, content = self.directive("replace"), self.directive("content")
        if replacement is not None:
            yield from self.fill(data[replacement], data, False)
        elif content is not None:
            yield from self.fill(data[content], data, True)
        else:
            self.expand_children(data)
            yield self

    def set_attributes(self, pairs: str, data: dict[str, object]) -> None:
        """The directive `attr`: names and keys."""
        for pair in pairs.split(";"):
            words = pair.split()
            if len(words) != 2:
                raise TemplateError(f"attr: {pair!r}")
            value = data[words[1]]
            if value is not None and value is not False:
                self.attributes[words[0]] = str(value)

    def expand_children(self, data: dict[str, object]) -> None:
        """Each child becomes what it becomes."""
        children: list[Node] = []
        for child in self.children:
            children.extend(child.expand(data))
        self.children = children

    def fill(self, value: object, data: dict[str, object], keep: bool) -> Iterator[Node]:
        """Put a value in; with or without the element around it."""
        if isinstance(value, list):
            for item in value:
                yield from self.copy_of(keep).fill(item, data, keep)
            return
        if isinstance(value, dict):
            self.expand_children(value)
        elif isinstance(value, Node):
            self.children = [value.copy()]
        elif value is None:
            self.children = []
        else:
            self.children = [Text(str(value))]
        if keep:
            yield self
        else:
            yield from self.children

    def copy_of(self, keep: bool) -> Element:
        """A copy for one item of a list."""
        copied = self.copy()
        if not keep:
            copied.attributes = {}
        return copied


def parse(text: str) -> Element:
    """The tree of a document. Raises TemplateError."""
    root = Element("", {})
    stack = [root]
    for match in TOKEN.finditer(text):
        comment, instruction, closing, name, attributes, empty, characters = match.groups()
        if characters is not None:
            stack[-1].children.append(Text(unescape(characters)))
        elif comment is not None:
            stack[-1].children.append(Markup(f"<!--{comment}-->"))
        elif instruction is not None:
            stack[-1].children.append(Markup(f"<?{instruction}?>"))
        elif closing:
            if stack.pop().name != name:
                raise TemplateError(f"unexpected </{name}>")
        else:
            found = {one[0]: unescape(one[1] or one[2]) for one in ATTRIBUTE.findall(attributes)}
            element = Element(name, found)
            stack[-1].children.append(element)
            if not empty:
                stack.append(element)
    if len(stack) > 1:
        raise TemplateError(f"{stack[-1].name} is not closed")
    return root


def render(template: Element, data: dict[str, object]) -> str:
    """The filled template as text."""
    tree = template.copy()
    tree.expand_children(data)
    out: list[str] = []
    for child in tree.children:
        child.write(out)
    return "".join(out)


PAGE = """<?xml version="1.0"?><html><!-- a page --><head><title t:content="title">x</title></head>
<body t:attr="class style;id name"><h1 t:replace="title">x</h1>
<p t:cond="many">There are many &amp; more.</p><p t:not="many">There are few.</p>
<table><tr t:content="rows"><td t:content="cells"><b t:attr="title hint" t:content="value">v</b>
</td><td><ul t:cond="notes"><li t:content="notes">note</li></ul></td></tr></table>
<div t:replace="footer">foot</div></body></html>"""


def page_data(rows: int) -> dict[str, object]:
    """A table of rows of ten cells, and lists in some of them."""
    table: list[object] = []
    for row in range(rows):
        cells = [{"value": row * 10 + column, "hint": f"<{column}>"} for column in range(10)]
        notes = [f"note {row} & {index}" for index in range(row % 4)]
        table.append({"cells": cells, "notes": notes})
    footer = Element("hr", {"class": "end"})
    names: dict[str, object] = {"title": "A <table>", "style": "wide", "name": None}
    return {**names, "many": rows > 5, "rows": table, "footer": footer}


def main(argv: list[str]) -> None:
    """Parse and render ten times; print the length and a sum over the text."""
    rows = int(argv[0]) if argv else 60
    data = page_data(rows)
    text = ""
    for _ in range(10):
        text = render(parse(PAGE), data)
    print(len(text), sum(map(ord, text)), text[200:330].replace("\n", " "))


if __name__ == "__main__":
    main(sys.argv[1:])
