"""Leaving compiled code three calls deep: results, stacks and exceptions are the plain ones."""

# mypy: ignore-errors

import sys

import frames_chain as chain
from frames_support import Instrument


def fail():
    raise ValueError("from show")


def escape():
    raise KeyError("uncaught")


instrument = Instrument()
expected = [chain.run([7, 0, 7, 1, 7], do) for do in (None, fail, escape)]
for _ in range(30):
    made = chain.Chain(instrument)
    for do, wanted in zip((None, fail), expected, strict=False):
        result, seen = chain.run([0, 1], do)
        assert result == wanted[0], result
        for item, plain in zip(seen, wanted[1], strict=True):
            assert item == plain, f"{item}\n{plain}"
    assert made.leave.counter == 6, made.leave.counter
    assert chain.run([0, 1], escape) == expected[2]
    made.close()
assert [chain.run([7, 0, 7, 1, 7], do) for do in (None, fail, escape)] == expected

# The recursion depth is the plain one too.
deepest = []


def measure():
    def down(n):
        try:
            return down(n + 1)
        except RecursionError:
            return n

    deepest.append(down(0))


sys.setrecursionlimit(200)
chain.run([7, 0, 7], measure)
plain = list(deepest)
made = chain.Chain(instrument)
deepest.clear()
chain.run([0], measure)
assert deepest == plain, (deepest, plain)
print("ok")
