"""The examples of the README print what it says."""

import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_examples_print_what_the_readme_says(tmp_path: Path) -> None:
    first, second = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    shown = README.partition("\nprints\n\n")[2].partition("\n\n")[0]
    script = tmp_path / "example.py"
    script.write_text(first + second)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=60
    )
    expected = [line.removeprefix("    ").rstrip() for line in shown.splitlines()]
    found = [line.rstrip() for line in done.stdout.splitlines()]
    assert found[: len(expected)] == expected
    assert "4 LOAD_CONST 1 stack depth 1" in found
