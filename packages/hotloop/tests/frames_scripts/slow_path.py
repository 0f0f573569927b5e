"""The slow path: asked without compiled code, asked at a threshold, requests, exceptions."""

# mypy: ignore-errors

import gc
import sys
from array import array

from frames_support import Instrument

from hotloop.frames.memory import peek, poke
from hotloop.frames.resume import ExitKind, ExitRecord, Frame, boxed_int, const, encode, move
from hotloop.frames.rewrite import MergePoint, rewrite
from hotloop_interp.decode import decode


def loop(values, out):
    for i in values:
        try:
            out.append(i)
        finally:
            out.append("-")
    return out


instrument = Instrument()
runtime, layout = instrument.runtime, instrument.runtime.layout
code = loop.__code__
header = next(i for i in decode(code).instrs if i.op == "FOR_ITER")
record = runtime.new_record()
rewritten = rewrite(code, [MergePoint(header.start, record.object, record.stub)])
loop.__code__ = rewritten.code
record.set_code(rewritten.code, header.depth)
slots = [move(i) for i in range(3)]
asked = []


def expect(values, wanted):
    record.counter = 0
    out = []
    assert loop(values, out) is out
    assert out == wanted, out


# 1. Nothing compiled: asked at every pass, answers None, nothing happens; the frame can be read.
def watch(mark, frame, leave, buf):
    assert (leave, buf, mark) == (0, 0, record.object)
    assert peek(frame + layout["_PyInterpreterFrame.f_code"]) == id(rewritten.code)
    outer = sys._getframe(1)  # the stub is invisible
    asked.append((outer.f_code.co_name, outer.f_lineno, dict(outer.f_locals)))


record.set_slow_path(watch)
expect([5, 6], [5, "-", 6, "-"])
assert [a[:2] for a in asked] == [("loop", code.co_firstlineno + 1)] * 3
assert asked[1][2]["i"] == 5


# 2. A request: the frame is left somewhere else, its old values are dropped.
class Counted:
    alive = 0

    def __init__(self):
        Counted.alive += 1

    def __del__(self):
        Counted.alive -= 1


body = next(i for i in decode(code).instrs if i.op == "STORE_FAST")
program = encode(
    [Frame.at(rewritten, body.start, [*slots[:2], const(Counted.alive)], [move(3), boxed_int(4)])],
    runtime.trampolines,
)
request_record = ExitRecord(program, ExitKind.GUARD, 1)


def request(mark, frame, leave, buf):
    if len(asked) >= 1:
        return None
    asked.append(1)
    base = frame + layout["_PyInterpreterFrame.localsplus"]
    words = array("q", [peek(base), peek(base + 8), 0, peek(base + 24), 2**62])
    for index in (0, 1, 3):  # taken over
        poke(base + 8 * index, 0)
    return request_record.address, words.buffer_info()[0], words


asked.clear()
record.set_slow_path(request)
expect([Counted(), 6][1:], [2**62, "-", 6, "-"])
assert Counted.alive == 0

# 3. An exit asks once, at its threshold, then goes on where the exit says.
asked.clear()
leave = ExitRecord(
    encode([Frame.at(rewritten, header.start, slots, [move(3)])], runtime.trampolines),
    ExitKind.GUARD,
    2,
    threshold=2,
)


def at_threshold(mark, frame, address, buf):
    asked.append((address == leave.address, peek(buf + 8 * 1), gc.isenabled()))
    return None


record.set("selector", leave.address)
record.entry = instrument.entry
record.set_slow_path(at_threshold)
expect([1, 2, 3], [1, "-", 2, "-", 3, "-"])
assert len(asked) == 1 and asked[0][0] and asked[0][2] and leave.counter == 4, asked


# 4. It raises (as Ctrl-C does): the exception comes out of the loop, the frame is whole.
def interrupt(mark, frame, address, buf):
    raise KeyboardInterrupt("now")


for entry in (0, instrument.entry):
    leave.threshold = leave.counter + 1
    record.entry = entry
    record.set_slow_path(interrupt)
    record.counter = 2
    out = []
    try:
        loop([1, 2, 3], out)
        raise AssertionError("no exception")
    except KeyboardInterrupt as error:
        inner = error.__traceback__.tb_next
        assert inner.tb_lineno == code.co_firstlineno + 1, inner.tb_lineno
        assert inner.tb_frame.f_locals["out"] is out
    assert out == [1, "-"], out

# 5. A slow path answers at a threshold with a request of its own.
asked.clear()
leave.threshold = leave.counter + 1


def answer(mark, frame, address, buf):
    words = array("q", [peek(buf), peek(buf + 8), 0, peek(buf + 24), 77])
    return request_record.address, words.buffer_info()[0], words


record.set_slow_path(answer)
expect([1], [77, "-", 1, "-"])


# 6. With a trace function the merge point does nothing, the events are the plain ones.
def events(function):
    seen = []

    def trace(frame, event, arg):
        if frame.f_code.co_name != "loop":
            return None
        seen.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
        return trace

    sys.settrace(trace)
    try:
        function([1, 2], [])
    finally:
        sys.settrace(None)
    return seen


record.counter = 0
count = leave.counter
moved = events(loop)
assert leave.counter == count
loop.__code__ = code
assert moved == events(loop), moved
print("ok")
