"""`python -m hotloop_interp` runs programs as python does."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys

def work(n):
    return sum(i * i for i in range(n))

print(__name__, sys.argv[1:], work(10))
if sys.argv[1:] == ["fail"]:
    sys.exit(3)
if sys.argv[1:] == ["raise"]:
    raise ValueError("from the script")
"""


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=100, check=False
    )


def test_script_prints_and_exits_as_under_python(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    for arguments in (["a", "b"], ["fail"], ["raise"]):
        expected = python(str(script), *arguments)
        found = python("-m", "hotloop_interp", str(script), *arguments)
        assert found.stdout == expected.stdout
        assert found.returncode == expected.returncode
        assert found.stderr.splitlines()[-1:] == expected.stderr.splitlines()[-1:]


def test_module_runs(tmp_path: Path) -> None:
    assert python("-m", "hotloop_interp", "-m", "calendar", "2024", "2").stdout == (
        python("-m", "calendar", "2024", "2").stdout
    )


def test_no_program_is_a_usage_error() -> None:
    done = python("-m", "hotloop_interp")
    assert done.returncode == 2
    assert done.stderr.startswith("usage:")
