# benchmark: application
# about: Django's templates fill a table
# features: node tree, filters, context stack
# iterations: 8
# checksum: b71a61915fa7d87d
# quick checksum: b71a61915fa7d87d
"""The template engine of Django 5.2.19: a table of five hundred rows."""

from __future__ import annotations

from collections.abc import Callable

import django
import django.conf
from django.template import Context, Template

TEXT = (
    '<table>{% for row in table %}<tr class=\'{% cycle "a" "b" %}\'>{% for col in row %}<td>'
    "{% if col|divisibleby:3 %}<b>{{ col|add:1 }}</b>{% else %}{{ col|escape }}{% endif %}</td>"
    "{% endfor %}</tr>{% endfor %}</table>"
)
BACKEND = "django.template.backends.django.DjangoTemplates"


def prepare() -> Callable[[], str]:
    """A function that renders the table."""
    django.conf.settings.configure(TEMPLATES=[{"BACKEND": BACKEND}])
    django.setup()
    template = Template(TEXT)
    table = [range(i, i + 150) for i in range(500)]
    return lambda: template.render(Context({"table": table}))
