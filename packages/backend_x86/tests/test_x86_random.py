"""Random traces: machine code against the evaluator, in a process of their own.

A crash then names the seed: ``python test_x86_random.py machine FIRST LAST`` runs some again.
"""

import subprocess
import sys
from pathlib import Path

from hotloop_backend_x86.memory import CtypesMemory
from hotloop_backend_x86.random_traces import observe_evaluator, observe_machine, random_for
from hotloop_backend_x86.testing import keep_alive
from hotloop_ir.memory import PlainMemory
from hotloop_ir.random_trace import RandomTrace
from hotloop_ir.text import print_trace


def check(seed: int) -> None:
    given = random_for(seed)
    if given.trace.targets:
        given.trace.targets.clear()
    expected = observe_evaluator(given, PlainMemory())
    if expected is None:
        return
    for level in (0, 1, 2):
        found = observe_machine(given, level)
        assert found == expected, (
            f"seed {seed}, level {level}\n{print_trace(given.trace)}\non {given.inputs}\n"
            f"machine   {found}\nevaluator {expected}"
        )


def test_machine_code_agrees_with_the_evaluator() -> None:
    command = [sys.executable, str(Path(__file__)), "machine", "0", "250"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def check_real_memory(seed: int) -> None:
    """The evaluator on real memory against itself on plain objects."""
    given = random_for(seed)
    expected = observe_evaluator(given, PlainMemory())
    kept = RandomTrace(keep_alive(given.trace), given.inputs)
    found = observe_evaluator(kept, CtypesMemory())
    assert found == expected, f"seed {seed}\n{print_trace(given.trace)}on {given.inputs}"


def test_the_evaluator_agrees_with_itself_on_real_memory() -> None:
    command = [sys.executable, str(Path(__file__)), "memory", "0", "150"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


if __name__ == "__main__":
    function = {"machine": check, "memory": check_real_memory}[sys.argv[1]]
    for number in range(int(sys.argv[2]), int(sys.argv[3])):
        print(number, flush=True)
        function(number)
