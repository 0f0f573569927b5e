# benchmark: application
# about: jinja2 renders four hundred pages
# features: generators made by exec, filters, inheritance of templates
# iterations: 8
# checksum: 0552a371ef023565
# quick checksum: 0552a371ef023565
"""Jinja2 3.1.6: inheritance, macros, loops, filters, groups and escaping."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable

import jinja2
from inputs import words

BASE = (
    "<html><head><title>{% block title %}x{% endblock %}</title></head><body><ul>"
    "{% for n in nav %}<li{% if loop.index0 == page %} class=on{% endif %}>{{ n|upper }}</li>"
    "{% endfor %}</ul>{% block body %}{% endblock %}</body></html>"
)
MACROS = (
    "{% macro field(n, v, t='text') -%}<input name={{ n }} type={{ t }} "
    "value='{{ v|default('') }}'>{%- endmacro %}{% macro cell(u) %}<td>{{ u.name|title }}</td>"
    "<td>{{ '%.2f'|format(u.bal) }}</td><td>{{ u.tags|join(', ') }}</td>{% endmacro %}"
)
PAGE = (
    "{% extends 'base.html' %}{% from 'mac.html' import field, cell %}"
    "{% block title %}P{{ page }}{% endblock %}{% block body %}<table>"
    "{% for u in users if u.id % 3 == page % 3 %}<tr class={{ loop.cycle('a','b') }}>"
    "{{ cell(u) }}<td>{{ field('n%d' % u.id, u.name) }}</td>{% set k = u.id * 2 + page %}"
    "<td>{{ k }}</td></tr>{% else %}none{% endfor %}</table>"
    "{% for g in users|groupby('grp') %}<h2>{{ g.grouper }}</h2>"
    "{{ g.list|sum(attribute='bal')|round(1) }}{% endfor %}{% endblock %}"
)


def user(numbers: random.Random, known: list[str], index: int) -> dict[str, object]:
    """A row of the table."""
    return {
        "id": index,
        "name": f"{numbers.choice(known)} <{numbers.choice(known)}>",
        "bal": numbers.randrange(100000) / 100,
        "tags": numbers.sample(known, 3),
        "grp": index % 5,
    }


def prepare() -> Callable[[], str]:
    """A function that renders all pages and returns their digest."""
    sources = {"base.html": BASE, "mac.html": MACROS, "page.html": PAGE}
    environment = jinja2.Environment(loader=jinja2.DictLoader(sources), autoescape=True)
    numbers, known = random.Random(2), words()
    users = [user(numbers, known, index) for index in range(120)]
    template = environment.get_template("page.html")

    def run() -> str:
        digest = hashlib.sha256()
        for index in range(400):
            text = template.render(page=index % 20, nav=known[:12], users=users)
            digest.update(text.encode())
        return digest.hexdigest()

    return run
