# benchmark: application
# about: Mako renders sixty pages
# features: closures, string joins, escaping, code made by exec
# iterations: 8
# checksum: e622b5de029309dd
# quick checksum: e622b5de029309dd
"""Mako 1.4.3: inheritance, functions, filters, nested loops."""

from __future__ import annotations

from collections.abc import Callable

from inputs import words
from mako.lookup import TemplateLookup

BASE = """<html><head><title>${self.title()}</title></head><body>
<%def name="title()">base</%def>
<div id="nav">
% for n in nav:
<a href="/${n | u}">${n | h}</a>
% endfor
</div>${self.body()}</body></html>"""
PAGE = """<%inherit file="base.html"/>
<%def name="title()">${caption | trim,h}</%def>
<%def name="cell(x, cls='c')"><td class="${cls}">${x | h}</td></%def>
<table>
% for r in rows:
<tr class="${loop.cycle('even', 'odd')}">
% for c in r:
${cell(c, 'hot' if c % 7 == 0 else 'cold')}
% endfor
</tr>
% endfor
</table>
<%
total = sum(sum(r) for r in rows)
%>
% if total > 100:
<b>${'%.2f' % (total / 3)}</b>
% else:
<i>${total}</i>
% endif
"""


def prepare() -> Callable[[], str]:
    """A function that renders the pages."""
    lookup = TemplateLookup()
    lookup.put_string("base.html", BASE)
    lookup.put_string("page.html", PAGE)
    template = lookup.get_template("page.html")
    rows = [[(i * j) % 97 for j in range(60)] for i in range(60)]
    nav = words()[:40]
    return lambda: "".join(
        template.render(rows=rows, nav=nav, caption=f" p<{k}> ") for k in range(60)
    )
