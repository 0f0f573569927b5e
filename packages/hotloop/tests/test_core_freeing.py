"""Compiled code that is needed no more is freed, and what it has kept alive dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

RELOADED = """
import gc, json, sys, types
import hotloop.api, hotloop.core.trees as trees, hotloop.core.codes as codes
trees.EVERY, trees.IDLE, codes.MANY = 4, 2, 10
hotloop.api.jit(lambda: None)
engine = hotloop.api._engine
SOURCE = '''
def helper(a, b):
    return a * 2 + b
class Counter:
    def __init__(self):
        self.n = 0
    def more(self, by):
        self.n += by
def work(n):
    counter = Counter()
    for i in range(n):
        counter.more(helper(i, 1))
    return counter.n
'''
def reload():
    module = types.ModuleType("module")
    exec(engine.rewrite_all(compile(SOURCE, "module.py", "exec")), vars(module))
    return module.work(40)
blocks, answers = [], set()
for number in range(1000):
    answers.add(reload())
    if number % 250 == 249:
        gc.collect()
        blocks.append(sys.getallocatedblocks())
stats = engine.stats()
print(json.dumps([
    sorted(answers), stats.loops, stats.code_bytes_freed, (blocks[-1] - blocks[-2]) / 250,
    len(engine._codes._by_original), len(engine._driver.compiler.forest.exits),
]))
"""


def run(program: str, tmp_path: Path, **knobs: str) -> str:
    """What a program prints; its code is hot after ten rounds."""
    script = tmp_path / "program.py"
    script.write_text(program)
    usual = {"LOOP_THRESHOLD": "10", "ENTRY_THRESHOLD": "10000", "BUDGET": "1", "STRICT": "1"}
    mine = {f"HOTLOOP_{name}": value for name, value in (usual | knobs).items()}
    environ = dict(os.environ) | mine
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=240, env=environ
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_modules_made_again_and_again_leave_nothing(tmp_path: Path) -> None:
    """Neither machine code nor objects, nor what is known of their code."""
    answers, loops, freed, growth, codes, exits = json.loads(run(RELOADED, tmp_path))
    assert answers == [1600] and loops >= 990
    assert freed > 0
    assert growth < 60
    assert codes < 1500 and exits < 600  # of 4,000 and more that were made


SHORT = """
import hotloop.api
hotloop.api.jit(lambda: None)
engine = hotloop.api._engine
names = {}
for k in range(60):
    source = f"def f{k}(n):\\n  t = {k}\\n  for i in range(n):\\n    t += i\\n  return t\\n"
    exec(engine.rewrite_all(compile(source, "many.py", "exec")), names)
for _ in range(2):
    print([names[f"f{k}"](30) for k in range(60)] == [435 + k for k in range(60)])
stats = engine.stats()
print(stats.loops > 60, stats.code_bytes_freed > 0)
"""


def test_when_memory_runs_short_the_least_used_is_freed(tmp_path: Path) -> None:
    """And what is needed again is compiled again."""
    assert run(SHORT, tmp_path, CODE_MEMORY_LIMIT="32K") == "True\nTrue\nTrue True\n"


def test_running_code_is_kept(tmp_path: Path) -> None:
    """A loop goes on whose callees make others compile, at every n-th request of which all is
    freed that can be."""
    program = RELOADED.replace("range(1000)", "range(60)").replace(
        "number % 250 == 249", "number % 20 == 19"
    )
    found = json.loads(run(program, tmp_path, STRESS="free=3"))
    assert found[0] == [1600] and found[2] > 0


ENDING = """
import atexit, gc, sys
def at_the_end():  # registered before hotloop's own: it comes after them
    engine = sys.modules["hotloop.api"]._engine
    print(engine.stats().loops, engine.stats().code_bytes_freed)
    print(len(engine._driver.compiler.forest.trees), gc.collect())
atexit.register(at_the_end)
import hotloop.api
class Node:
    def __init__(self, below):
        self.below = below
    def depth(self):
        return 0 if self.below is None else 1 + self.below.depth()
@hotloop.api.jit
def work(n):
    node, total = None, 0
    for i in range(n):
        node = Node(None if i % 7 == 0 else node)
        if i & 1:
            total += node.depth()
        for k in range(3):
            total += k if total & 4 else i
    return total
hotloop.api.jit(Node.depth)
gc.collect()
print(work(4000))
"""


def test_at_the_end_all_is_given_up_and_no_garbage_left(tmp_path: Path) -> None:
    """Statistics stay what they were; a collection finds nothing of ours."""
    total, counts, left = run(ENDING, tmp_path, BRIDGE_THRESHOLD="5").splitlines()
    loops, freed = counts.split()
    assert int(total) > 0 and int(loops) >= 2 and freed == "0"
    assert left == "0 0"


STILL_RUNNING = """
import threading, time
import hotloop.api
begun = threading.Event()
@hotloop.api.jit
def spin(n):
    total = 0
    for i in range(n):
        total += i & 3
        if i == 50000:
            begun.set()
    return total
threading.Thread(target=spin, args=(10**12,), daemon=True).start()
begun.wait()
print("over")
"""


def test_code_that_a_daemon_thread_runs_at_the_end_is_kept(tmp_path: Path) -> None:
    """The process ends as it should."""
    assert run(STILL_RUNNING, tmp_path) == "over\n"
