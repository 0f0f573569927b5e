"""Mistakes that random programs have found, each in its smallest form.

Every program runs under CPython and with everything hot, and must print the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import differential

FOUND = {
    "the frame of a compiled loop is read by a function it calls": """
import sys
def look():
    f = sys._getframe(1)
    return dict(f.f_locals), f.f_lineno
def hot(n):
    s = 0
    for i in range(n):
        s += i
        if i == 50:
            print(look())
    return s
print([hot(100) for _ in range(3)])
""",
    "a list where a tuple of arguments was": """
def va(*a, **k):
    return len(a) + k["z"]
def hot(n):
    t = (1, 2)
    s = 0
    for i in range(n):
        if i == 60:
            t = [3, 4, 5]
        s += va(*t, z=i)
    return s
print([hot(100) for _ in range(3)])
""",
    "a trace kept the cells of a closure alive": """
class D:
    def __init__(self, v):
        self.v = v
    def __del__(self):
        print("del", self.v)
def make(k):
    o = D(k)
    def body():
        return o.v
    return body
def hot(k):
    body = make(k)
    return sum([body() for _ in range(50)])
for r in range(5):
    print(hot(r))
""",
    "what a finaliser changed was still known while recording": """
class Changes:
    def __del__(self):
        global K
        K += 1
K = 0
def hot(n):
    t = 0
    for i in range(n):
        c = Changes()
        t += K
        c = 5
        t += K * 1000
    return t
print(hot(150))
""",
    "our own code used a builtin that the program had replaced": """
import builtins
def hot(n):
    t = 0
    for i in range(n):
        t += len("abc")
        if i == 80:
            builtins.len = lambda x: 100
        if i == 160:
            builtins.len = original
    return t
original = len
print(hot(200), hot(200))
""",
    "compiled recursion went deeper than the recursion limit": """
def down(n):
    try:
        return down(n + 1)
    except RecursionError:
        return n
for _ in range(8):
    print(down(0) < 1500)
""",
    "a class that changes in every round had a bridge for each version": """
class N:
    live = 0
def hot(n):
    for i in range(n):
        N.live += 1
    return N.live
print(hot(3000))
""",
}


@pytest.mark.parametrize("threshold", [5, 30])
def test_mistakes_found_before(threshold: int, tmp_path: Path) -> None:
    """None of them has come back."""
    paths = []
    for name, source in FOUND.items():
        path = tmp_path / (name.replace(" ", "_") + ".py")
        path.write_text(source, encoding="utf-8")
        paths.append(str(path))
    found, hot = differential.differences(paths, differential.Mode("hot", threshold))
    assert not found, "\n".join(found)
    assert all(hot[path].loops > 0 for path in paths)
