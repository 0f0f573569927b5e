"""Mistakes in what is left to CPython, in their smallest form."""

from __future__ import annotations

from pathlib import Path

import differential

LEFT_TO_CPYTHON = {
    "classes were hashed and compared by code of their metaclass": """
class Meta(type):
    def __eq__(self, other):
        raise ZeroDivisionError
class A(metaclass=Meta):
    def __init__(self, x):
        self.x = x
    def __add__(self, other):
        return A(self.x + other)
    def __len__(self):
        return 3
def hot(n):
    total, a = 0, A(1)
    for i in range(n):
        a = A(i) + 1
        total += a.x + len(a) + [a][0].x
    return total
print([hot(50) for _ in range(3)])
""",
    "classes that C code makes were of a module of ours, or of the caller of who makes them": """
import types
other = types.ModuleType("other")
exec("def make(cls): return cls('X', (), {}).__module__", vars(other))
make = other.make
class Meta(type):
    pass
def hot(n, cls):
    found = set()
    for i in range(n):
        found.add(cls("Y", (), {}).__module__)
        found.add(make(cls))
    return sorted(found)
print([hot(100, cls) for cls in (type, Meta) for _ in range(3)])
""",
    "classes that keep the tp_new of a __new__ that is gone were made without its errors": """
class Refuses:
    def __new__(cls, *args):
        raise AssertionError
class Takes(Refuses):
    __new__ = object.__new__
    def __init__(self, x):
        self.x = x
class Slotted(Refuses):
    __slots__ = ("x",)
    __new__ = object.__new__
    def __init__(self, x):
        self.x = x
def hot(n, cls):
    found = set()
    for i in range(n):
        try:
            found.add(cls(i).x)
        except (AssertionError, TypeError) as error:
            found.add(repr(error))
    return len(found), [one for one in found if type(one) is str]
for cls in Takes, Slotted:
    print([hot(60, cls) for _ in range(3)])
del Takes.__new__, Refuses.__new__
print([hot(60, Takes) for _ in range(3)])
""",
    "compile() took the flags of another frame": """
from __future__ import annotations
def hot(n):
    found = set()
    for i in range(n):
        found.add(compile("1", "", "eval").co_flags)
    return found
print([hot(100) for _ in range(3)])
""",
}


def test_what_is_left_to_cpython(tmp_path: Path) -> None:
    """Nothing of it is compiled, and the results are right."""
    paths = []
    for number, source in enumerate(LEFT_TO_CPYTHON.values()):
        path = tmp_path / f"left_{number}.py"
        path.write_text(source, encoding="utf-8")
        paths.append(str(path))
    found, _ = differential.differences(paths, differential.Mode("hot", 5))
    assert not found, "\n".join(found)
