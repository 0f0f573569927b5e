"""Classes without a version tag: CPython has no more to give, or they change all the time.

What compiled code assumes of a class it checks by that tag; where there is none, nothing may be
assumed. (CPython 3.11 itself goes wrong once it has given all 2**32: its specialised instructions
take 0 for a version. So they are not used up here; the recorder is told that there are none.)
"""

from __future__ import annotations

import json
from pathlib import Path

from program_runs import output_of

# What is shown must be the same with and without hotloop.
SOURCE = """
class Base:
    scale = 2
    def m(self, i):
        return i * self.scale
    @property
    def p(self):
        return 5

class Below(Base):
    pass

def attributes(kinds, n, change):
    objects, found = [kind() for kind in kinds], []
    for i in range(n):
        one = objects[i % len(objects)]
        found.append((one.m(i), one.scale, one.p, getattr(one, "none", None)))
        found.append((isinstance(one, Base), one == one, hasattr(one, "extra"), type(one).scale))
        if i == n // 2:
            change()
    return found

def operators(kinds, n, change):
    found = []
    for i in range(n):
        kind = kinds[i % len(kinds)]
        x = kind(i)
        found.append((x(1), len(x), x + 1, [*x], bool(x), x.args, x == 0, x[i], i in x))
        with x as entered:
            found.append(entered)
        if i == n // 2:
            change()
    return found

def make(k):
    class Made:
        scale = p = k
        def __init__(self, *args): self.args = args
        def m(self, i): return (k, i)
        def __eq__(self, other): return k
        def __call__(self, x): return x + k
        def __len__(self): return k
        def __add__(self, other): return k + other
        def __iter__(self): return iter((k,))
        def __getitem__(self, i): return k * i
        def __contains__(self, i): return i > k
        def __enter__(self): return k
        def __exit__(self, *what): return None
    return Made

def nothing():
    pass

def first():
    Base.m = lambda self, i: -i
show(attributes([Below], 60, first))

def second():
    Base.scale, Below.p = 7, 8
show(attributes([Below, Base], 80, second))

a, b = make(1), make(2)
def third():
    a.m, b.__eq__, a.extra = b.m, a.__eq__, 1
show(attributes([a, b], 80, third))
show(attributes([b], 80, nothing))

c, d = make(3), make(4)
def fourth():
    for name in "__call__", "__len__", "__add__", "__iter__", "__getitem__", "__contains__":
        setattr(c, name, vars(d)[name])
    c.__init__ = lambda self, x: setattr(self, "args", x)
    c.__enter__ = lambda self: "entered"
show(operators([c], 80, fourth))
show(operators([c, d], 80, nothing))
def fifth():
    d.__bool__ = lambda self: False
show(operators([d], 80, fifth))
"""

PROGRAM = """
import json, sys
import hotloop.api
from hotloop.introspect import Introspection

hotloop.api.jit(lambda: None)
engine, asked = hotloop.api._engine, set()

def no_version(self, cls):
    asked.add(cls.__name__)
    return 0

Introspection.type_version = no_version

def shown(code):
    found = []
    exec(code, {"__name__": "program", "show": found.append})
    return repr(found)

code = compile(SOURCE, "program.py", "exec")
same = shown(code) == shown(engine.rewrite_all(code))
print(json.dumps([same, sorted(asked), engine.stats().loops]))
"""


def test_nothing_is_assumed_of_classes_without_a_tag(tmp_path: Path) -> None:
    """Classes that change in a hot loop do what they do in CPython."""
    source = f"SOURCE = {SOURCE!r}\n{PROGRAM}"
    knobs = {"loop_threshold": "5", "entry_threshold": "5", "bridge_threshold": "2"}
    printed = output_of(tmp_path, source, budget="1", strict="1", **knobs)
    same, asked, loops = json.loads(printed)
    assert same
    assert {"Below", "Made"} <= set(asked) and loops >= 3
