# benchmark: application
# about: Chameleon fills a table
# features: code made by exec, string building
# iterations: 10
# checksum: 87a6ba3d2f016e3e
# quick checksum: 87a6ba3d2f016e3e
"""Chameleon 4.6.0: a page template in TAL, and a table of nine thousand rows."""

from __future__ import annotations

from collections.abc import Callable

from chameleon import PageTemplate

TEXT = (
    '<table xmlns="http://www.w3.org/1999/xhtml" xmlns:tal="http://xml.zope.org/namespaces/tal">'
    '<tr tal:repeat="row rows"><tal:b tal:condition="row[\'a\'] % 5">'
    '<td tal:repeat="c row.values()">'
    '<span tal:define="d c + 1" tal:attributes="class \'col-\' + str(d)" tal:content="d">x</span>'
    "</td></tal:b></tr></table>"
)


def prepare() -> Callable[[], str]:
    """A function that renders the table."""
    template = PageTemplate(TEXT)
    rows = [{name: i + n for n, name in enumerate("abcdefghij")} for i in range(9000)]
    return lambda: str(template(rows=rows))
