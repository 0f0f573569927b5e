# benchmark: application
# about: docutils renders a generated document to HTML
# features: state machine, node tree, regular expressions
# iterations: 8
# checksum: af95fe2cac249064
# quick checksum: af95fe2cac249064
"""docutils 0.22.4 renders a document in reStructuredText to HTML."""

from __future__ import annotations

from collections.abc import Callable

import docutils.core
from inputs import rst_text

OPTIONS = {
    "report_level": 5,
    "halt_level": 5,
    "file_insertion_enabled": False,
    "embed_stylesheet": False,
    "stylesheet_path": "",
    "datestamp": None,
    "_disable_config": True,
    "output_encoding": "unicode",
    "language_code": "en",
}


def prepare() -> Callable[[], str]:
    """A function that renders the document."""
    text = rst_text(60)
    publish = docutils.core.publish_string
    return lambda: publish(text, writer="html5", settings_overrides=OPTIONS)
