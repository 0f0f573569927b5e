"""Compiled code that calls Python that enters compiled code ... stops before the C stack ends."""

# mypy: ignore-errors

import sys
import threading

from frames_support import Instrument, compile_module

from hotloop.frames.memory import symbol
from hotloop.frames.resume import ExitKind, ExitRecord, Frame, encode, move
from hotloop.frames.rewrite import MergePoint, rewrite
from hotloop_interp.decode import decode

# Compiled code that calls a Python function without end.
CALLING = """
declare ptr @PyObject_CallNoArgs(ptr)
declare void @Py_DecRef(ptr)
@function = external global i8
define i64 @calling(ptr %buf, i64 %selector) {
  %result = call ptr @PyObject_CallNoArgs(ptr @function)
  call void @Py_DecRef(ptr %result)
  ret i64 %selector
}
"""
depth = deepest = 0


def recurse():
    global depth, deepest
    depth += 1
    deepest = max(depth, deepest)
    for _ in (1,):
        pass
    depth -= 1


instrument = Instrument()
code = recurse.__code__
header = next(i for i in decode(code).instrs if i.op == "FOR_ITER")
record = instrument.runtime.new_record()
rewritten = rewrite(code, [MergePoint(header.start, record.object, record.stub)])
recurse.__code__ = rewritten.code
frame = Frame.at(rewritten, header.start, [move(0)], [move(1)])
leave = ExitRecord(encode([frame], instrument.runtime.trampolines), ExitKind.GUARD, 1)
record.set_code(rewritten.code, header.depth)
record.set("selector", leave.address)
names = ("PyObject_CallNoArgs", "Py_DecRef")
symbols = {name: symbol(name) for name in names} | {"function": id(recurse)}
record.entry = compile_module(CALLING, symbols)["calling"]
sys.setrecursionlimit(10**7)


def run(limit):
    """The first return switches compiled code off, else the recursion would be exponential."""
    global depth, deepest
    depth = deepest = 0
    record.counter = 0
    leave.threshold = leave.counter + 1
    recurse()
    record.counter = 1 << 60
    assert depth == 0 and limit[0] < deepest < limit[1], deepest


def off(mark, address, exit_record, buf):
    record.counter = 1 << 60


record.set_slow_path(off)
run((200, 100_000))
threading.stack_size(256 * 1024)
thread = threading.Thread(target=run, args=((5, 300),))
thread.start()
thread.join()
run((200, 100_000))
print("ok")
