"""Entering, leaving and bridges neither leak nor lose objects."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import gc, sys, hotloop

class P:
    def __init__(self, v):
        self.v = v

@hotloop.jit(threshold=20)
def work(items, odd):
    total = 0
    for i, p in enumerate(items):
        pair = (p, [p.v, i])
        total += pair[1][0]
        if i % 7 == odd:
            total = total + 0.5
            total = int(total)
        try:
            total += items[i + 1].v
        except IndexError:
            total -= 1
    return total

def blocks():
    gc.collect()
    return sys.getallocatedblocks()

items = [P(k) for k in range(60)]
for k in range(1000):
    work(items, k % 9)
for attempt in range(20):  # until nothing new is compiled in a round of 2000 calls
    compiled, before, owned = hotloop.stats().code_bytes, blocks(), sys.getrefcount(items[5])
    for k in range(2000):
        work(items, k % 9)
    after = blocks()
    if hotloop.stats().code_bytes == compiled:
        break
stats = hotloop.stats()
assert stats.loops and stats.bridges and stats.entries > 1000, stats
assert sys.getrefcount(items[5]) == owned
assert attempt < 19 and after - before < 50, (attempt, before, after)
print("flat")
"""


def test_memory_stays_flat_over_thousands_of_entries_and_exits() -> None:
    """As many blocks, and as many references to an object, after 2000 more calls."""
    environ = {**os.environ, "HOTLOOP_BRIDGE_THRESHOLD": "30"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environ, timeout=100
    )
    assert done.stdout == "flat\n", done.stderr
