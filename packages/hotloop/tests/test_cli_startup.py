"""A program in which nothing is hot pays next to nothing: what is imported for it, and what not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import hotloop_ir

HELLO = """
import sys
print("hello")
import json
import os
print(json.dumps(sorted(sys.modules)))
"""

# Half of python's own start each, or more; `ctypes` is the one that cannot be done without.
HEAVY = (
    "llvmlite",
    "hotloop_backend_x86",
    "hotloop_tracer",
    "hotloop_optimizer",
    "hotloop_interp",
    "hotloop_ir.ops",
    "hotloop_ir.value",
    "hotloop.statistics",
    "hotloop.config",
    "hotloop.core.driver",
    "hotloop.core.hotness",
    "click",
    "rich",
    "dataclasses",
    "inspect",
    "typing",
)


def modules_of(words: list[str], script: Path) -> set[str]:
    """The modules loaded when a program that prints hello has printed it."""
    command = [sys.executable, *words, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    hello, listed = done.stdout.splitlines()
    assert hello == "hello"
    return set(json.loads(listed))


def test_hello_loads_nothing_heavy(tmp_path: Path) -> None:
    script = tmp_path / "hello.py"
    script.write_text(HELLO)
    # What python itself loads (a .pth file of the environment may import anything) is not ours.
    ours = modules_of(["-m", "hotloop", "run"], script) - modules_of([], script)
    assert "hotloop.engine" in ours
    assert sorted(ours.intersection(HEAVY)) == []
    assert len(ours) < 60, sorted(ours)


HOT = """
import sys, threading, time
def work(n):
    total = 0
    for number in range(n):
        total += number & 7
    return total
end = time.perf_counter() + 30
while "hotloop.core.driver" not in sys.modules and time.perf_counter() < end:
    work(20000)
print(threading.main_thread() is threading.current_thread(), "hotloop.core.driver" in sys.modules)
"""


def test_a_hot_program_ends(tmp_path: Path) -> None:
    """What the sampler's thread imports must not make python wait for that thread at exit."""
    script = tmp_path / "hot.py"
    script.write_text(HOT)
    command = [sys.executable, "-m", "hotloop", "run", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "True True\n"


BUSY_IMPORTER = """
import importlib, sys, time
def work(n):
    total = 0
    for number in range(n):
        total += number & 7
    return total
end = time.perf_counter() + 30
while time.perf_counter() < end:
    work(200000)
    sys.modules.pop("other", None)
    assert importlib.import_module("other").value == 1
    import colorsys
    assert colorsys.mine
    import hotloop
    if hotloop.stats().loops:
        break
print(hotloop.stats().loops > 0)
"""


def test_a_program_with_a_namesake_imports_while_ours_is_imported(tmp_path: Path) -> None:
    """It has a ``colorsys.py`` of its own; the directory it is in must not vanish for a moment."""
    (tmp_path / "colorsys.py").write_text("mine = True\n")
    (tmp_path / "other.py").write_text("value = 1\n")
    script = tmp_path / "importer.py"
    script.write_text(BUSY_IMPORTER)
    command = [sys.executable, "-m", "hotloop", "run", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_every_name_of_the_ir_loads() -> None:
    assert set(dir(hotloop_ir)).issuperset(hotloop_ir.__all__)
    for name in hotloop_ir.__all__:
        assert getattr(hotloop_ir, name) is not None


HALF_IMPORTED = """
import sys
import types
import importlib._abc

def missing(name):
    total = 0
    for i in range(3000):
        total += i
    return Loader

def work(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total

Loader = importlib._abc.Loader
sys.modules["importlib._abc"] = types.ModuleType("importlib._abc")
sys.modules["importlib._abc"].__getattr__ = missing
sys.modules.pop("importlib.util", None)
import importlib.util  # it imports Loader: hot code in the middle of it
print(work(3000))
import hotloop
found = hotloop.stats()
print(found.loops > 0, [abort for abort in found.aborts if abort.reason == "INTERNAL"])
"""


def test_the_compiler_waits_for_modules_that_are_half_imported(tmp_path: Path) -> None:
    """What it needs of the standard library may be in the middle of its import."""
    script = tmp_path / "program.py"
    script.write_text(HALF_IMPORTED)
    done = subprocess.run(
        [sys.executable, "-m", "hotloop", "run", str(script)],
        capture_output=True,
        text=True,
        env=dict(os.environ, HOTLOOP_STRESS="hot", HOTLOOP_BUDGET="1"),
    )
    assert (done.stdout, done.stderr) == ("4500\nTrue []\n", "")
