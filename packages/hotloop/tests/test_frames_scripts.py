"""Entering and leaving compiled code, each scenario in a process of its own.

The scenarios are the files of ``frames_scripts`` without a leading ``frames_``: they assert for
themselves and print ``ok`` at the end, so that a crash fails one test only.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "frames_scripts"
SCENARIOS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem[:7] != "frames_")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(FOLDER / f"{scenario}.py")],
        capture_output=True,
        text=True,
        timeout=110,
    )
    report = f"status {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-8000:]}"
    assert done.returncode == 0 and done.stdout.endswith("ok\n"), report
