"""Reference counts and resident memory stay flat over many entries."""

# mypy: ignore-errors

import gc
import sys

import frames_chain as chain
from frames_support import Instrument


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


instrument = Instrument()
made = chain.Chain(instrument)
thing = chain.Thing()
chain.show = lambda where: 1
# const(show) in the program is the old function: use a program made now
made.close()
made = chain.Chain(instrument)
functions = [
    chain.middle,
    chain.outer,
    chain.Thing.inner,
    *(f for _, f in instrument.runtime.trampolines.functions),
]
watched = [
    *functions,
    *(f.__code__ for f in functions),
    thing,
    made.record.object,
    made.record.stub,
    None,
    7,
]


def counts():
    gc.collect()
    return [sys.getrefcount(item) for item in watched]


def work(n):
    for _ in range(n):
        result = chain.outer([0, 1, 2], thing)
        assert len(result) == 14, result


work(2000)
before, size = counts(), resident()
work(20000)
after, now = counts(), resident()
drift = [(b - a) for a, b in zip(before, after, strict=True)]
assert all(abs(d) < 20 for d in drift), drift
assert now - size < 1_000_000, (size, now)
assert made.leave.counter > 80_000
print("ok")
