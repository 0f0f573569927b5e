"""Mistakes that random programs have found, each in its smallest form.

Every program runs under CPython and with everything hot, and must print the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import differential

FOUND = {
    "builtins that the program has rebound were called while something was compiled": """
import builtins
calls = []
def counting(function):
    def count(*args, **kwargs):
        return calls.append(function.__name__) or function(*args, **kwargs)
    return count
def one(n): return sum([k % 3 for k in range(n)])
def two(n):
    t = 0
    for k in range(n): t += k % 5
    return t
def three(n):
    t = []
    for k in range(n): t.append(k & 7)
    return t[-1]
def first(n):
    t = 0
    for k in range(n): t += k
    return t
print([first(100) for _ in range(3)])
for function in one, two, three:
    for name in "int", "getattr", "min":
        setattr(builtins, name, counting(vars(builtins)[name]))
    found = [function(100) for _ in range(3)]
    for name in "int", "getattr", "min":
        setattr(builtins, name, vars(builtins)[name].__closure__[0].cell_contents)
    print(found, calls)
""",
    "functions that C code calls look at the frames of compiled code": """
import sys
from functools import partial
def look(x=0):
    names, frame = [], sys._getframe()
    while frame is not None:
        names.append((frame.f_code.co_name, frame.f_lineno))
        frame = frame.f_back
    return names
class Looks:
    def look(self, x=0): return look()
Looks.other = Looks.__dict__["look"]
one = Looks()
def deep(x=0): return one.other()
class Key:
    def __hash__(self): return seen.append(deep()) or 1
    def __repr__(self): return str(deep())
seen, key, part = [], Key(), partial(deep)
def by_partial(): return part()
def by_map(): return list(map(deep, [1]))[0]
def by_sorted():
    found = []
    sorted([1], key=lambda x: found.append(deep()))
    return found[0]
def by_repr(): return f"{key!r}"
def by_hash():
    {}.get(key)
    return seen.pop()
def work(n, function):
    found = []
    for _ in range(n):
        names = function()
        if not found or found[-1] != names:
            found.append(names)
    return found
for function in by_partial, by_map, by_sorted, by_repr, by_hash:
    again = type(work)(work.__code__.replace(), globals())
    print([again(60, function) for _ in range(2)])
""",
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
    "a key looked for met one that is compared by code of the program": """
class K:
    asked = 0
    def __init__(self, v):
        self.v = v
    def __hash__(self):
        return hash(self.v)
    def __eq__(self, other):
        K.asked += 1
        return isinstance(other, int) and other == self.v
def hot(n, d):
    t = 0
    for i in range(n):
        if i == n // 2:
            d[K(7)] = 5
            d[7] = 6
        t += d.get(7, 1)
        if 3 in d:
            t += d[3]
        t += d.get((1, 2), 9)
    return t
for d in ({3: 1}, {K(3): 1, 3: 2}, {(1, K(2)): 1, "a": 2}):
    print(hot(100, d), K.asked)
""",
    "a name looked for met a key of the instance dict that is compared by code": """
class K:
    asked = 0
    def __hash__(self):
        return hash("x")
    def __eq__(self, other):
        K.asked += 1
        return False
class Thing:
    pass
def hot(o, n):
    t = 0
    for i in range(n):
        t += getattr(o, "x", 0)
        if i == n // 2:
            o.__dict__[K()] = 1
            setattr(o, "x", 3)
    return t
thing = Thing()
thing.__dict__[5] = 1
print(hot(thing, 100), K.asked)
""",
    "a float in two slots, one of them unboxed, was two objects": """
def hot(n):
    a, b, same = 1.0, 2.0, 0
    for i in range(n):
        if a is b:
            same += 1
        b = b * 1.5 % 7.0
        if i % 3 == 0:
            a = b
    return same
print(hot(300))
""",
    "numbers compared by identity in rounds of their own": """
INF = float("inf")
def hot(n):
    a, b, same = 1.0, 2.0, 0
    for i in range(n):
        if i % 7 == 0:
            if a is b:
                same += 1
        b = b * 1.5 % 7.0
        if i % 3 == 0:
            a = b
    return same, a is b
def first(items):
    best, first = 1000, 0
    last = None
    for i in items:
        if i % 11 == 3 and best is last:
            first += 1
        last = i * 1000
        if i % 5 == 0:
            best = last
    return first, best is last
print(hot(300), hot(301), first(range(1000)), first(range(1001)))
""",
    "a float unboxed at the header was another object than the global it came from": """
INF = float("inf")
def hot(n):
    best, first = 3.0, 0
    for i in range(n):
        if best is INF:
            first += 1
        best = best + 0.5
        if i % 5 == 0:
            best = INF
    return first
print(hot(300))
""",
    "C code called from compiled code imported from globals without builtins": """
import re
from functools import partial
tidy = partial(re.compile("(b)a+$").sub, "<\\\\1>")
def hot(n):
    found = []
    for i in range(n):
        if i % 20 == 0:
            re.purge()
        found.append(tidy("b" + "a" * (i % 3)))
    return found[:4]
print([hot(200) for _ in range(3)])
""",
    "an error of the program in a comparison counted as one of ours": """
def leaf(a):
    if a > 100:
        return a
    return a < 7
def hot(a):
    n = 0
    for i in range(40):
        try:
            n += leaf(a)
        except TypeError:
            n += 100
    return n
for a in (1, None, "a", [1], b"a", 2.5, 2**70, True):
    print(hot(a))
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
    "C code that imports did not find the builtins of the program": """
import datetime
def hot(n):
    found = set()
    for i in range(n):
        found.add(datetime.datetime.strptime("2020-01-02", "%Y-%m-%d").month)
    return found
print([hot(100) for _ in range(3)])
""",
    "f(*args) gave C code another tuple": """
def hot(n):
    t, same = (1, 2), set()
    for i in range(n):
        same.add(ValueError(*t).args is t)
        same.add(ValueError(*t, **{}).args is t)
    return same
print([hot(100) for _ in range(3)])
""",
    "a function made in a trace kept the defaults and the code it was made with": """
def hot(n):
    found = set()
    for i in range(n):
        def f(a=1, b=2):
            return a + b
        def g(a=10, b=20):
            return a * b
        results = [f()]
        f.__defaults__ = (3, 4)
        results.append(f())
        f.__code__ = g.__code__
        results.append(f())
        del f.__defaults__
        try:
            f()
        except TypeError as error:
            results.append(str(error))
        found.add(tuple(results))
    return found
print([hot(100) for _ in range(3)])
""",
    "what a loop in __init__ gave while it was recorded was taken for the instance": """
class N:
    def __init__(self, **kwargs):
        for name in kwargs:
            setattr(self, name, kwargs[name])
def make(i):
    return N(a=1) if i % 3 else N()
def hot(n):
    for i in range(n):
        made = make(i)
    return vars(made)
print([hot(50) for _ in range(20)])
""",
    "the hook by which a Protocol looks for its callers was hidden with our own frames": """
from typing import Protocol, runtime_checkable
@runtime_checkable
class Named(Protocol):
    name: str
class Nameless:
    pass
def hot(n):
    return [isinstance(i, Named) for i in range(n)].count(True)
print([hot(50) for _ in range(3)], isinstance(Nameless(), Named))
""",
    "a class that CPython has not made ready has no MRO": """
def empty():
    pass
code = empty.__code__.replace(co_linetable=b"")
def hot(n):
    found = set()
    for i in range(n):
        found.add(tuple(code.co_lines()))
    return found
print([hot(50) for _ in range(3)])
""",
    "the origin of a coroutine was one of our frames": """
import sys
async def nothing():
    pass
def make(n):
    for i in range(n):
        made = nothing()
        made.close()
    return made.cr_origin
sys.set_coroutine_origin_tracking_depth(3)
print([[where[1:] for where in make(100)[:2]] for _ in range(3)])
sys.set_coroutine_origin_tracking_depth(0)
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
