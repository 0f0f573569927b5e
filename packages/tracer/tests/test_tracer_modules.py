"""Loops at module level: names are entries of the module's dict."""

from __future__ import annotations

import builtins

from tracer_vm import MiniJit, fail_every

SOURCE = """
import math
total = 0
items = []
for i in range(40):
    total += i * 2
    items.append(total % 7)
    fresh = total
    if i % 2:
        odd = i
    del fresh
size = len(items)
n = 0
while n < 30:
    n += 1
    total -= math.floor(n / 2)

def bump(by):
    global total
    total += by
    return total

for k in range(30):
    bump(k)
    later = k
"""


def expected() -> dict[str, object]:
    """What CPython leaves behind."""
    namespace: dict[str, object] = {}
    exec(compile(SOURCE, "<module>", "exec"), namespace)
    return namespace


def comparable(namespace: dict[str, object]) -> dict[str, object]:
    """The values of plain names, in the order of the namespace."""
    plain = (int, float, list)
    return {name: value for name, value in namespace.items() if isinstance(value, plain)}


def test_names_of_a_module_are_read_and_written() -> None:
    jit = MiniJit()
    found = comparable(jit.run_module(SOURCE))
    assert found == comparable(expected())
    assert list(found) == list(comparable(expected()))
    assert len(jit.traces) >= 3


def test_failing_guards_change_nothing_in_a_module() -> None:
    for number in (1, 2, 3, 5, 7, 11):
        jit = MiniJit(fail=fail_every(number))
        assert comparable(jit.run_module(SOURCE)) == comparable(expected())


def test_an_existing_name_is_stored_at_its_place() -> None:
    jit = MiniJit()
    jit.run_module("n = 0\nwhile n < 20:\n    n += 1\n")
    ops = [op.mnemonic for op in jit.traces[0].ops]
    assert "setfield" in ops and "call_may_raise" not in ops


def test_a_builtin_that_is_shadowed_later_is_noticed() -> None:
    source = """
seen = []
for i in range(30):
    seen.append(len("abc"))
    if i == 20:
        def len(text):
            return 99
"""
    namespace = MiniJit().run_module(source)
    assert namespace["seen"] == [3] * 21 + [99] * 9
    assert builtins.len("abc") == 3
