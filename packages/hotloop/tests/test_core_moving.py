"""A loop that runs in one call from the start of the program is noticed, and goes on right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LONG = """
import hotloop, time

def main():
    clock, end = time.process_time, time.process_time() + 5
    total = rounds = 0
    for outer in range(10 ** 9):
        for inner in range(1000):
            total += inner
            total -= outer
            rounds += 1
        if clock() > end:
            return total, outer + 1, rounds

total, outer, rounds = main()
print(total == outer * 499500 - 1000 * (outer * (outer - 1) // 2), rounds == outer * 1000)
print(hotloop.stats().loops > 0)
"""

LATE = """
import atexit, hotloop

SOURCE = '''
def late(rounds):
    total = 0
    for step in range(rounds):
        total += step
        total ^= 3
    return total
'''

def busy():
    return sum([step * step for step in range(60000)])

@atexit.register
def at_end():
    found = set()
    for _ in range(5):
        space = {}
        exec('\\n' * LINES + SOURCE, space)
        found.add(space["late"](2000000))
    print(found == {space["late"](2000000)})

while not hotloop.stats().loops:
    busy()
"""


def output(folder: Path, text: str) -> str:
    """What a program prints under hotloop, and its status if that is not 0."""
    script = folder / "program.py"
    script.write_text(text)
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-m", "hotloop", "run", str(script)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout + (done.stderr if done.returncode else "")


@pytest.mark.parametrize("line", [0, 500])
def test_a_running_loop_is_moved_wherever_it_stands(line: int, tmp_path: Path) -> None:
    """Once the number of its locals was taken to be that of its first line."""
    assert output(tmp_path, "\n" * line + LONG) == "True True\nTrue\n"


@pytest.mark.parametrize("line", [0, 500])
def test_loops_at_exit_go_on(line: int, tmp_path: Path) -> None:
    """When everything has been stopped no frame is sent to a stub that does nothing any more."""
    assert output(tmp_path, f"LINES = {line}\n" + LATE) == "True\n"
