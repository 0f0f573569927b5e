# benchmark: application
# about: Genshi fills a table
# features: generators over streams of events, match by type
# iterations: 8
# checksum: 3b248deabfd3aaae
# quick checksum: 3b248deabfd3aaae
"""Genshi 0.7.12: an XML template over a stream of events."""

from __future__ import annotations

from collections.abc import Callable

from genshi.template import MarkupTemplate

TEXT = (
    '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:py="http://genshi.edgewall.org/">'
    '<body py:attrs="{\'id\': name}"><py:def function="cell(c)">'
    "<td class=\"${c % 2 and 'odd' or 'even'}\" py:content=\"c\"/></py:def>\n"
    '<table><tr py:for="row in rows" py:if="row[\'a\'] % 5"><py:for each="c in row.values()">'
    '${cell(c)}</py:for></tr></table><p py:choose=""><b py:when="len(rows) &gt; 3">many</b>'
    '<i py:otherwise="">few</i></p></body></html>'
)


def prepare() -> Callable[[], str]:
    """A function that renders the table."""
    template = MarkupTemplate(TEXT)
    rows = [{name: i + n for n, name in enumerate("abcdefghij")} for i in range(5000)]
    return lambda: str(template.generate(rows=rows, name="n<1>").render("xhtml"))
