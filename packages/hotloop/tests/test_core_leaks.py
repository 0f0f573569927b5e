"""Thousands of entries, exits, bridges, aborts, exceptions and invalidations leave nothing behind:
the blocks CPython has allocated and the memory of the process stay where they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from program_runs import output_of

# What all programs begin with. `measure(one, rounds)` calls `one(number)` again and again and
# prints what grew in the last of some stretches of `rounds` calls (the first ones bring what
# settles: recording, compiling, pools that fill).
MEASURING = """
import gc, json, os, sys
import hotloop.api
hotloop.api.jit(lambda: None)
engine = hotloop.api._engine

def hot(source):
    names = {}
    exec(engine.rewrite_all(compile(source, "leaks.py", "exec")), names)
    return names

def resident():
    with open("/proc/self/statm") as numbers:
        return int(numbers.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def counts():
    stats = engine.stats()
    return {
        "entries": stats.entries, "exits": stats.exits, "loops": stats.loops,
        "bridges": stats.bridges, "invalidated": stats.invalidated,
        "aborts": sum(abort.count for abort in stats.aborts),
    }

def settle():
    # What is known of dead code is forgotten now and then; at once here.
    gc.collect()
    while dead := engine._codes.forget_dead():
        for code in dead:
            engine._driver.builder.forget(code)

def measure(one, rounds, stretches=3):
    found = []
    for stretch in range(stretches):
        for number in range(rounds):
            one(number)
        settle()
        found.append((sys.getallocatedblocks(), resident(), counts()))
    (blocks, memory, before), (blocks_after, memory_after, after) = found[-2:]
    print(json.dumps({
        "blocks": blocks_after - blocks, "memory": memory_after - memory,
        "events": {name: after[name] - before[name] for name in after},
    }))
"""

ENTRIES = """
names = hot('''
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y
    def moved(self, by):
        return Point(self.x + by, self.y * 0.5)

def work(n, seen):
    point, kept, text = Point(1, 2.5), [], ""
    for i in range(n):
        point = point.moved(i)
        kept.append((point.x, str(i)))
        seen[i & 7] = point
        text = text + "ab" if len(text) < 50 else ""
        if i % 5 == 4:
            kept.pop()
    return [*kept, text, lambda: point]
''')
seen = {}
def one(number):
    names["work"](12, seen)
measure(one, 3000)
"""

EXITS = """
names = hot('''
class Node:
    def __init__(self, value, after):
        self.value, self.after = value, after

def inner(node, i, odd):
    pair = (node, [i, i + 1])
    if i == odd:
        pair = (node, str(i))
    if i - 1 == odd:
        return float(i), pair
    return node.value, pair

def work(n, odd):
    node, values = None, {}
    for i in range(n):
        node = Node(i, node if i % 3 else None)
        value, pair = inner(node, i, odd)
        values[i & 3] = value, pair
        big = i * (2 ** 61 if i == odd + 2 else 3)
    return values, big
''')
def one(number):
    names["work"](30, 12 + number % 13)
measure(one, 2000)
"""

EXCEPTIONS = """
names = hot('''
class Mine(Exception):
    def __init__(self, what):
        super().__init__(what)
        self.held = [what]

def thrower(i):
    local = [i]
    if i % 4 == 1:
        raise Mine(local)
    if i % 4 == 2:
        return {}[i]
    if i % 4 == 3:
        return local[i]
    return i

def work(n):
    caught = 0
    for i in range(n):
        try:
            thrower(i)
        except Mine as error:
            caught += len(error.held)
        except (KeyError, IndexError) as error:
            try:
                raise ValueError(i) from error
            except ValueError as second:
                second.add_note("here")
                caught += 1
        finally:
            caught += 0
    return [0][n + caught]
''')
def one(number):
    try:
        names["work"](16)
    except IndexError as error:
        assert error.__traceback__.tb_next is not None
measure(one, 1500)
"""

# Whatever is made anew each round has code of its own: it is recorded, compiled and freed again.
SOON = """
import hotloop.core.trees as trees, hotloop.core.codes as codes
trees.EVERY, trees.IDLE, codes.MANY = 4, 2, 10
"""

BRIDGES = (
    SOON
    + """
SOURCE = '''
def work(n):
    total, kept = 0, []
    for i in range(n):
        if i & 1:
            total += i
        elif i & 2:
            kept.append((i, [total]))
        else:
            total += len(kept)
    return total
'''
def one(number):
    hot(SOURCE)["work"](60)
measure(one, 120)
"""
)

ABORTS = (
    SOON
    + """
SOURCE = '''
def work(n, names):
    held = []
    for i in range(n):
        held.append([i])
        exec("x = i", names)
        import_star(names)
    return held

def import_star(names):
    class Made:
        local = names
    return Made
'''
def one(number):
    hot(SOURCE)["work"](40, {"i": 1})
measure(one, 60, 7)
"""
)

INVALIDATIONS = (
    SOON
    + """
SOURCE = '''
scale = 2
class Base:
    def size(self, i):
        return i * scale
class Thing(Base):
    pass
def work(n):
    things = [Thing()]
    total = 0
    for i in range(n):
        total += things[0].size(i)
    return total
'''
def one(number):
    names = hot(SOURCE)
    work, thing = names["work"], names["Thing"]
    work(40)
    names["scale"] = 3
    work(40)
    thing.size = lambda self, i: [i][0]
    work(40)
measure(one, 80)
"""
)

# Kind of event each program is about, how often it happens while nothing grows, at least, and
# after how many failures of a guard a bridge is recorded.
PROGRAMS = {
    "entries": (ENTRIES, 3000, "1000000"),
    "exits": (EXITS, 4000, "1000000"),
    "exceptions": (EXCEPTIONS, 1500, "1000000"),
    "bridges": (BRIDGES, 120, "2"),
    "aborts": (ABORTS, 60, "1000000"),
    "invalidated": (INVALIDATIONS, 60, "2"),
}
# What may come and go: code that is not looked at yet, pools of the allocator.
BLOCKS, MEMORY = 1500, 2 << 20


@pytest.mark.parametrize("kind", PROGRAMS)
def test_nothing_is_left_behind(kind: str, tmp_path: Path) -> None:
    """Neither objects nor memory, of thousands of events of one kind."""
    program, wanted, bridge_threshold = PROGRAMS[kind]
    printed = output_of(
        tmp_path,
        MEASURING + program,
        loop_threshold="10",
        entry_threshold="10000",
        budget="1",
        strict="1",
        bridge_threshold=bridge_threshold,
    )
    found = json.loads(printed)
    assert found["events"]["exits" if kind == "exceptions" else kind] >= wanted
    assert found["blocks"] < BLOCKS and found["memory"] < MEMORY, found
