"""``--stress audit`` finds references that compiled code loses or drops twice, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import hotloop
import hotloop_backend_x86.emit  # which fills the table
from hotloop_backend_x86.emitter import emitters

{mistake}

class Node:
    def __init__(self, of):
        self.of = of

@hotloop.jit(threshold=2)
def work(n):
    shared, kept, node = [], [], None
    for i in range(n):
        kept.append(shared)
        node = Node((i, shared, node))
        if i % 5 == 4:
            node = Node([])
        if i % 7 == 6:
            try:
                kept[len(kept)]
            except IndexError as error:
                kept.append(error)
    return len(kept), sum([value is shared for value in kept])

print(work(40), work(20), work(5))
"""

RIGHT = "(45, 40) (22, 20) (5, 5)\n"

MISTAKES = {
    "an incref is left out": "emitters['incref'] = lambda e, op: None",
    "a decref is left out": "emitters['decref_checked'] = emitters['decref'] = lambda e, op: None",
    "an incref is done twice": """
once = emitters['incref']
def twice(e, op):
    once(e, op)
    once(e, op)
emitters['incref'] = twice
""",
}


def run(tmp_path: Path, mistake: str, stress: str) -> subprocess.CompletedProcess[str]:
    """The program with compiled code that makes a mistake."""
    script = tmp_path / "program.py"
    script.write_text(PROGRAM.format(mistake=mistake))
    environ = dict(os.environ, HOTLOOP_STRESS=stress, HOTLOOP_BRIDGE_THRESHOLD="2")
    environ["HOTLOOP_STRICT"] = environ["HOTLOOP_BUDGET"] = "1"
    return subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=200, env=environ
    )


@pytest.mark.timeout(240)
@pytest.mark.parametrize("stress", ["audit", "audit=2,guard-every=3", "audit=3,evaluator"])
def test_nothing_is_found_where_nothing_is_wrong(tmp_path: Path, stress: str) -> None:
    """Loops, bridges, entries, exceptions; ways out that fail on purpose; the evaluator."""
    done = run(tmp_path, "", stress)
    assert (done.stdout, done.stderr, done.returncode) == (RIGHT, "", 0)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_wrong_count_ends_the_process(tmp_path: Path, mistake: str) -> None:
    """At the first run of compiled code that leaves one behind, by name of the trace."""
    done = run(tmp_path, mistake, "audit")
    assert done.returncode < 0 and not done.stdout
    assert "WrongCount: " in done.stderr and "program.py" in done.stderr
    found = "too few" if "None" in mistake and "decref" not in mistake else "lost"
    assert f"reference {found}" in done.stderr or f"references {found}" in done.stderr
