"""Time in machine code: all of a compiled loop's, none of the interpreter's, nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, time
import hotloop

def hot(n):
    s = 0
    for i in range(n):
        s += i % 7
    return s

def plain(n):
    s = 0
    for i in range(n):
        s += i % 7
    return s

def nested(n):
    s = 0
    for i in range(n):
        s += min([20], key=hot)  # compiled code calls C, which enters compiled code
    return s

sizes = []

def down(n):
    if n:
        return down(n - 1) + 1
    return plain(sizes[0]) if sizes else 1

def share(function, *arguments):
    before, start = hotloop.stats(), time.perf_counter()
    function(*arguments)
    passed, after = time.perf_counter() - start, hotloop.stats()
    work = ("recording", "optimising", "compiling")
    passed -= sum(getattr(after, one) - getattr(before, one) for one in work)
    return (after.machine_code - before.machine_code) / passed

shares = {}
hot, nested, down = hotloop.jit(hot), hotloop.jit(nested), hotloop.jit(down, threshold=3)
hot(50_000), nested(20_000)
for _ in range(60):
    down(30)

shares |= {
    "hot": share(hot, 20_000_000),
    "nested": share(nested, 100_000),
    "plain": share(plain, 1_000_000),
    "left": (sizes.append(1_000_000), share(down, 30))[1],
}
shares["elapsed"] = hotloop.stats().machine_code / hotloop.stats().elapsed
print(json.dumps(shares))
"""


def test_the_share_of_time_in_machine_code() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shares = json.loads(done.stdout)
    assert 0.8 < shares["hot"] < 1.05
    assert 0.5 < shares["nested"] < 1.05
    assert shares["plain"] < 0.01
    assert shares["left"] < 0.1  # callees that left go on in the interpreter
    assert 0.0 < shares["elapsed"] < 1.0
