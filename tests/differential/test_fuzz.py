"""A small fixed slice of what ``tools/fuzz.py`` and ``tools/fuzz_traces.py`` do.

And that they would find something: a program that differs is noticed, and made small.
"""

from __future__ import annotations

import ast
import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import fuzz_programs
from fuzz_shrink import shrink

TOOLS = Path(fuzz_programs.__file__).parent


def run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOLS / tool), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.timeout(600)
def test_random_programs_do_the_same_in_random_stress_modes() -> None:
    done = run("fuzz.py", "0", "4", "--stress", "random", "--chunk", "2")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(600)
def test_random_traces_are_the_same_through_all_stages() -> None:
    done = run("fuzz_traces.py", "0", "40")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed: []" in done.stdout


@pytest.mark.timeout(600)
def test_a_program_that_differs_is_kept(tmp_path: Path) -> None:
    """The difference is one that fuzzing must tell its programs not to look at."""
    generator = tmp_path / "generator.py"
    generator.write_text(
        "def make(seed):\n"
        "    return '''\n"
        "import sys\n"
        "OUT = [str(seed)]\n"
        "OUT.append(str('hotloop' in sys.modules))\n"
        "other = 1; other = 2; other = 3; other = 4\n"
        "'''.replace('seed', str(seed))\n"
    )
    kept = tmp_path / "kept"
    limits = ("--questions", "3")
    done = run("fuzz.py", "3", "--generator", str(generator), "--keep", str(kept), *limits)
    assert done.returncode == 1 and "DIFFERENT seed 3 line 1" in done.stdout, done.stdout
    text = (kept / "seed3.py").read_text()
    assert text.startswith("# seed 3 differs: HOTLOOP_") and "'hotloop' in sys.modules" in text


@pytest.mark.timeout(600)
def test_a_program_that_differs_only_after_others_is_kept_with_them(tmp_path: Path) -> None:
    generator = tmp_path / "generator.py"
    generator.write_text(
        "PRELUDE = 'import sys; OUT = []; ROUNDS = []\\ndef BACK(): OUT.clear()\\n'\n"
        "def make(seed):\n"
        "    return PRELUDE + '''\n"
        "ROUNDS.append(1)\n"
        "OUT.append(str('hotloop' in sys.modules and len(ROUNDS) == 2))\n"
        "'''\n"
    )
    kept = tmp_path / "kept"
    limits = ("--chunk", "3", "--questions", "3")
    done = run("fuzz.py", "0", "3", "--generator", str(generator), "--keep", str(kept), *limits)
    assert "DIFFERENT seed 1 line 0" in done.stdout, done.stdout
    text = (kept / "seed1.py").read_text()
    assert text.count("ROUNDS.append(1)") == 2


def test_a_program_does_not_see_what_another_has_done() -> None:
    """Not even when cycles of the other die only now, with a finaliser that changes a global."""
    changes = (
        "Vec.m = Vec.late = leaf.__defaults__ = None; G = 9; TABLE.clear()\n"
        "more = count(50); next(more); more = [more]; more.append(more); del more\n"
        "leaf.__code__ = leaf2.__code__; Sub.__bases__ = (Twin,); Dies.count = 4\n"
    )
    shows = (
        "P(1, G, TABLE, leaf(1), Vec(1).m(2), hasattr(Vec, 'late'), Sub.__base__ is Vec)\nEND()\n"
    )
    namespace: dict[str, Any] = {"__name__": "__fuzz__"}
    exec(fuzz_programs.PRELUDE, namespace)
    try:
        exec(f"BACK()\n{shows}", namespace)
        first = list(namespace["OUT"])
        exec(f"BACK()\n{changes}BACK()\n{shows}", namespace)
        assert namespace["OUT"] == first
    finally:
        gc.enable()
        gc.unfreeze()


def test_shrinking_keeps_what_differs() -> None:
    source = "a = 1\nfor i in range(3):\n    if i:\n        b = 2\n        c = 3\nd = 4\n"
    assert shrink(source, lambda text: "c = 3" in text) == "c = 3\n"
    assert shrink(source, lambda text: "for" in text and "d" in text) == (
        "for i in range(3):\n    pass\nd = 4\n"
    )
    assert shrink(source, lambda text: False) == source


def test_every_form_of_the_grammar_is_python() -> None:
    """Each occurs in some program, and every program is one."""
    for seed in range(150):
        ast.parse(fuzz_programs.make(seed))
    assert set(fuzz_programs.STATEMENTS) >= {"generators", "closures", "exceptions", "changes"}
