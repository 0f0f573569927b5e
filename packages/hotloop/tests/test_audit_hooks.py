"""Audit hooks are told of what the program does, and of nothing that hotloop does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, sys, threading

seen, depth, deepest = [], 0, 0

def hook(event, arguments):
    global depth, deepest
    depth += 1
    deepest = max(deepest, depth)
    total = 0
    for number in range(3):
        total += number
    seen.append((event, total))
    depth -= 1

sys.addaudithook(hook)

def work(count):
    total = 0
    for number in range(count):
        total += number
        if number % 10 == 0:
            sys.audit("mine", number)
            id(total)
    return total

print(work(ROUNDS), deepest, depth)
later = []
sys.addaudithook(lambda event, arguments: later.append(event))
print(work(300), len(later))
thread = threading.Thread(target=work, args=(300,))
thread.start()
thread.join()
pid = os.fork()
if not pid:
    os._exit(work(100) != 4950 or later[-2:] != ["mine", "builtins.id"])
print(os.waitpid(pid, 0)[1])
kinds = {event for event, _ in seen}
print(sorted((kind, seen.count((kind, 3))) for kind in kinds), len(seen), deepest, depth)
"""


def run(words: list[str], environment: dict[str, str]) -> str:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("HOTLOOP")} | environment
    done = subprocess.run(
        [sys.executable, *words], env=environ, capture_output=True, text=True, timeout=300
    )
    assert not done.returncode and not done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize("mode", ["hot", "sampled"])
def test_hooks_are_not_told_of_our_own_work(mode: str, tmp_path: Path) -> None:
    """A hook with a loop was called in the middle of the recording of itself."""
    script = tmp_path / "program.py"
    hot = {"HOTLOOP_STRESS": "hot", "HOTLOOP_BUDGET": "1", "HOTLOOP_STRICT": "1"}
    script.write_text(PROGRAM.replace("ROUNDS", "3000" if mode == "hot" else "5_000_000"))
    plain = run([str(script)], {})
    assert run(["-m", "hotloop", "run", str(script)], hot if mode == "hot" else {}) == plain


LATER = """
import sys
seen = []

def add(number):
    if number == 250:
        sys.addaudithook(lambda event, arguments: seen.append((event, number)))
    return number

def work(count):
    total, box = 0, [0]
    for number in range(count):
        if number % 50 == 0:
            sorted([number], key=add)
        total += id(box) == id(box)
    return total

if "hotloop" in sys.modules:
    work = sys.modules["hotloop"].jit(threshold=WHEN)(work)
print(work(300), len([event for event, _ in seen if event == "builtins.id"]))
"""


@pytest.mark.parametrize("when", ["3", "240"])
def test_a_hook_that_comes_later_is_told_of_what_is_compiled(when: str, tmp_path: Path) -> None:
    """And of nothing else, when it comes from code that the recorder runs."""
    script = tmp_path / "program.py"
    script.write_text(LATER.replace("WHEN", when))
    plain = run([str(script)], {})
    assert plain == "300 100\n"
    strict = {"HOTLOOP_BUDGET": "1", "HOTLOOP_STRICT": "1", "HOTLOOP_BRIDGE_THRESHOLD": "2"}
    assert run(["-m", "hotloop", "run", str(script)], strict) == plain


PROFILED = """
import sys
kinds = []
def profiled(text):
    sys.setprofile(lambda frame, kind, argument: kinds.append((kind, frame.f_code.co_name)))
    exec(text)
    sys.setprofile(None)
    return text
def work(count):
    return [len(list(map(profiled, ["pass"]))) for _ in range(count)]
print(sum(work(30)), len(kinds), sorted(set(kinds)))
"""


def test_profile_functions_see_none_of_our_frames(tmp_path: Path) -> None:
    """CPython looks for hooks, at an event of the program, before it turns profiling off."""
    script = tmp_path / "program.py"
    script.write_text(PROFILED)
    hot = {"HOTLOOP_STRESS": "hot", "HOTLOOP_BUDGET": "1", "HOTLOOP_STRICT": "1"}
    assert run(["-m", "hotloop", "run", str(script)], hot) == run([str(script)], {})
