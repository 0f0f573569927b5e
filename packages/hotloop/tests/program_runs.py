"""Programs that mark what is to be compiled, run in processes of their own, for several tests."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

_END = """
import json
found = hotloop.stats()
print(json.dumps([found.loops, found.bridges, found.exits, result]))
"""


def output_of(tmp_path: Path, source: str, **knobs: str) -> str:
    """What a program prints under CPython, given knobs of hotloop."""
    script = tmp_path / "program.py"
    script.write_text(source)
    environ = {f"HOTLOOP_{name.upper()}": value for name, value in knobs.items()}
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path), **environ},
    )
    return done.stdout


def run(tmp_path: Path, source: str, **knobs: str) -> list[Any]:
    """Loops, bridges, exits and ``result`` of a program that marks what is to be compiled."""
    program = "import sys\nimport hotloop\n" + textwrap.dedent(source) + _END
    found: list[Any] = json.loads(output_of(tmp_path, program, **knobs).splitlines()[-1])
    return found
