"""The examples of the README run and print what it says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

README = Path(__file__).resolve().parent.parent / "README.md"


def test_the_examples_of_the_readme_print_what_it_says() -> None:
    blocks = re.findall(r"```(python|text)\n(.*?)```", README.read_text(), re.DOTALL)
    assert [kind for kind, _ in blocks] == ["python", "text"] * 2
    namespace: dict[str, Any] = {}
    for (_, source), (_, expected) in zip(blocks[::2], blocks[1::2], strict=True):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(source, str(README), "exec"), namespace)
        assert output.getvalue() == expected
