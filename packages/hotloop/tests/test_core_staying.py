"""Staying in compiled code: programs that, once warm, leave it hardly ever.

Each shape once kept leaving every round: what is counted is exits over many more rounds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

_START = "import hotloop\n"
_END = """
for _ in range(WARM):
    result = main()
before = hotloop.stats().exits
for _ in range(40):
    again = main()
    assert again == result, (again, result)
print(json.dumps(hotloop.stats().exits - before))
"""

SHAPES = {
    "inner while loops that come round once": """
        @hotloop.jit(threshold=20)
        def main():
            m = 9
            done = 0
            r = m
            while done < 400:
                while r != 1:
                    r -= 1
                k = done % 3
                while k:
                    k -= 1
                while r != m:
                    r += 1
                    if r > 2:
                        break
                done += 1
            return done, r
        """,
    "a loop over a list in an inlined function": """
        def total(items, extra):
            found = extra
            for item in items:
                found += item
            return found

        @hotloop.jit(threshold=20)
        def main():
            lists = [list(range(n % 9)) for n in range(50)]
            found = 0
            for n in range(300):
                found += total(lists[n % 50], n & 3)
            return found
        """,
    "a comprehension with a free variable": """
        class Ray:
            def __init__(self, at):
                self.at = at

        def hits(things, ray):
            return [thing + ray.at for thing in things if thing > ray.at]

        @hotloop.jit(threshold=20)
        def main():
            found = 0
            for n in range(300):
                found += len(hits(list(range(n % 7)), Ray(n % 3)))
            return found
        """,
    "operators and constructors that branch": """
        class V:
            def __init__(self, x, y):
                if x > y:
                    self.x, self.y = y, x
                else:
                    self.x, self.y = x, y

            def __add__(self, other):
                if self.x & 1:
                    if self.y & 1:
                        return V(self.x, other.y)
                    return V(other.x, self.y)
                if other.x & 2:
                    return V(self.y, other.y + 1)
                return V(self.x + other.x, self.y)

        @hotloop.jit(threshold=20)
        def main():
            found = V(0, 0)
            for n in range(300):
                found = found + V(n % 5, n % 3)
                found = V(found.x % 50, found.y % 70)
            return found.x, found.y
        """,
    "a loop that mostly has no round": """
        def visit(items):
            seen = 0
            for item in items:
                seen += item
            return seen

        @hotloop.jit(threshold=20)
        def main():
            found = 0
            for n in range(400):
                found += visit([n] if n % 4 == 0 else [])
            return found
        """,
    "deaths that run code": """
        class Noisy:
            died = 0

            def __del__(self):
                Noisy.died += 1

        @hotloop.jit(threshold=20)
        def main():
            before = Noisy.died
            for n in range(300):
                last = Noisy()
                last = None
            return Noisy.died - before
        """,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_warm_program_stays_in_compiled_code(shape: str, tmp_path: Path) -> None:
    """Fewer exits than one in ten rounds of its loop (300 rounds and more, 40 times)."""
    source = "import json\n" + _START + "WARM = 120\n" + textwrap.dedent(SHAPES[shape]) + _END
    script = tmp_path / "program.py"
    script.write_text(source)
    environ = {"HOTLOOP_BRIDGE_THRESHOLD": "30", "HOTLOOP_BUDGET": "1", "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PYTHONPATH": ":".join(sys.path), **environ},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) < 40 * 30
