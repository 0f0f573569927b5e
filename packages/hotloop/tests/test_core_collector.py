"""The cyclic collector runs as often as it should, and the program finds it turned on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import gc

class Node:
    def __init__(self, before):
        self.before = before
        self.me = self

def chain(count):
    last = None
    for number in range(count):
        last = Node(last if number % 50 else None)
        assert_on()
    return last

def assert_on():
    global off
    if not gc.isenabled():
        off += 1

off = most = 0
for _ in range(150):
    chain(2000)
    most = max(most, gc.get_count()[0])
print(off, most < 20000, gc.get_stats()[0]["collections"] > 200)
"""


def test_sampling_and_compiling_leave_the_collector_on(tmp_path: Path) -> None:
    """Once compiled code kept what a look of the sampler had turned off for a moment."""
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-m", "hotloop", "run", str(script)],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.stdout == "0 True True\n", done.stdout + done.stderr


GARBAGE = """
import gc, hotloop

class Point:
    def __init__(self, x):
        self.x = x

    def moved(self, by):
        self.x += by
        return self

def work(count):
    point, seen = Point(0), {}
    for number in range(count):
        if number % 3 == 0:
            point.moved(number)
        elif number % 5 == 0:
            seen[number % 7] = [number, point.x]
        try:
            if number % 11 == 0:
                raise ValueError
        except ValueError:
            point.x += 1
    return point.x

gc.disable()
found = {gc.collect()}
while hotloop.stats().bridges < 3:
    work(20000)
    found.add(gc.collect())
print(found)
"""


def test_a_collection_finds_nothing_of_ours(tmp_path: Path) -> None:
    """What is imported, recorded and compiled meanwhile leaves no cycles that it would count."""
    script = tmp_path / "program.py"
    script.write_text(GARBAGE)
    done = subprocess.run(
        [sys.executable, "-m", "hotloop", "run", str(script)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "{0}\n", done.stdout + done.stderr


def test_the_switch_interval_stays_what_the_program_set(tmp_path: Path) -> None:
    """It is shortened while the compiler is brought in, and never again."""
    script = tmp_path / "program.py"
    script.write_text(
        "import hotloop, sys, time\nsys.setswitchinterval(0.01)\ntotal = 0\n"
        "while not hotloop.stats().loops:\n    for _ in range(10000):\n        total += 1\n"
        "seen = set()\nfor _ in range(200):\n    seen.add(round(sys.getswitchinterval(), 4))\n"
        "    time.sleep(0.002)\nprint(seen)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "hotloop", "run", str(script)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "{0.01}\n", done.stdout + done.stderr
