"""Frames that run old code are moved to rewritten code in the middle of their loops."""

# mypy: ignore-errors

import sys
import threading
import time
import traceback

from frames_support import Instrument

from hotloop.frames.moving import Mover
from hotloop.frames.resume import ExitKind, ExitRecord, Frame, encode, move
from hotloop.frames.rewrite import MergePoint, rewrite
from hotloop_interp.decode import decode

instrument = Instrument()
mover = Mover(instrument.runtime)
main = threading.get_ident()
stop = []


def instrumented(code):
    """Rewritten code whose loop headers enter compiled code that leaves at once."""
    decoded = decode(code)
    headers = [decoded.instrs[i] for i in sorted(decoded.loop_headers)]
    records = [instrument.runtime.new_record() for _ in headers]
    points = [MergePoint(h.start, r.object, r.stub) for h, r in zip(headers, records, strict=False)]
    rewritten, slots = rewrite(code, points), len(decoded.localsplus_names)
    exits = []
    for header, record in zip(headers, records, strict=False):
        values = [move(i) for i in range(slots + header.depth)]
        frame = Frame.at(rewritten, header.start, values[:slots], values[slots:])
        exits.append(ExitRecord(encode([frame], instrument.runtime.trampolines), ExitKind.GUARD, 1))
        record.set_code(rewritten.code, header.depth)
        record.set("selector", exits[-1].address)
        record.entry = instrument.entry
        record.counter = 0
    return rewritten, records, exits


class Sampler(threading.Thread):
    """Moves main's frames of a code object; ``result`` is what came of it."""

    def __init__(self, code, until):
        super().__init__(daemon=True)
        self.rewritten, self.records, self.exits = instrumented(code)
        self.until, self.asked, self.before = until, [], mover.moved

    def run(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            time.sleep(0.01)
            if mover.moved > self.before and self.entered():
                break
            if mover.moved == self.before:
                self.asked.append(mover.move(main, self.rewritten))
        self.until.append(1)

    def entered(self):
        return sum(leave.counter for leave in self.exits) > 3


def check(function, expected_code=None):
    stop.clear()
    sampler = Sampler(expected_code or function.__code__, stop)
    sampler.start()
    try:
        result = function()
    finally:
        stop.append(1)
        sampler.join()
    return result, sampler


def leaf_for():
    total = 0
    for i in range(1 << 60):
        total += i & 3
        if stop:
            break
    return total == sum(x & 3 for x in range(4)) * ((i + 1) // 4) + sum(
        x & 3 for x in range((i + 1) % 4)
    )


def leaf_while():
    i = 0
    while not stop:
        i += 1
    return i > 0 and sys._getframe().f_code is not leaf_while.__code__


def one_line():
    i = 0
    while not stop:
        i += 1
    return i > 0


def with_calls():
    def step(x):
        return x + 1

    i = 0
    while not stop:
        i = step(i)
    return i > 0


def closed_over():
    i = 0

    def see():
        return i

    while not stop:
        i += 1
    return see() == i


def in_try():
    i, kinds = 0, set()
    while not stop:
        i += 1
        try:
            if i % 3 == 0:
                raise KeyError(i)
        except KeyError as error:
            kinds.add(type(error).__name__)
        finally:
            kinds.add("finally")
    raise ValueError(sorted(kinds))


for _ in range(3):
    for function in (leaf_for, leaf_while, one_line, with_calls, closed_over):
        result, sampler = check(function)
        assert result is True, (function, result)
        assert mover.moved > sampler.before, function
        assert sampler.entered(), function
try:
    check(in_try)
    raise AssertionError
except ValueError:
    text = traceback.format_exc()
    assert "['KeyError', 'finally']" in text and "raise ValueError(sorted(kinds))" in text

# At module level: no locals, the trampoline at the end of the code is used.
source = """
i = 0
for i in range(1 << 60):
    i += 1
    if stop:
        break
while True:
    i -= 1
    if i % 2:
        break
done = __import__("sys")._getframe().f_code is not code
"""
code = compile(source, "<module>", "exec")
space = {"stop": stop, "code": code}
before = mover.moved
result, sampler = check(lambda: exec(code, space), code)
assert mover.moved > before and sampler.entered() and space["done"]


# A generator's frame stays in its code; user tracing is left alone.
def generate():
    i = 0
    while not stop:
        i += 1
    yield i


before = mover.moved


def drive():
    return next(generate())


stop.clear()
sampler = Sampler(generate.__code__, stop)
sampler.run = lambda: (
    time.sleep(0.3),
    sampler.asked.append(mover.move(main, sampler.rewritten)),
    stop.append(1),
)
sampler.start()
drive()
assert mover.moved == before
sys.settrace(lambda *event: None)
stop.clear()
sampler = Sampler(leaf_while.__code__, stop)
sampler.run = lambda: (
    time.sleep(0.3),
    sampler.asked.append(mover.move(main, sampler.rewritten)),
    stop.append(1),
)
sampler.start()
leaf_while()
assert sampler.asked == [False] and sys.gettrace() is not None
sys.settrace(None)
print("ok")
