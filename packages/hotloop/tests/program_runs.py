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


def run(tmp_path: Path, source: str, **knobs: str) -> list[Any]:
    """Loops, bridges, exits and ``result`` of a program that marks what is to be compiled."""
    script = tmp_path / "program.py"
    script.write_text("import sys\nimport hotloop\n" + textwrap.dedent(source) + _END)
    environ = {f"HOTLOOP_{name.upper()}": value for name, value in knobs.items()}
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path), **environ},
    )
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return found
