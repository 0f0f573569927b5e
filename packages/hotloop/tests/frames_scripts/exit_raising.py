"""An exception set by compiled code is raised at its bytecode, in the right frame, once."""

# mypy: ignore-errors

import sys
import traceback

import frames_chain as chain
from frames_support import Instrument, compile_module

from hotloop.frames.memory import symbol
from hotloop.frames.resume import ExitKind, ExitRecord, Frame, const, encode, move
from hotloop.frames.rewrite import MergePoint, rewrite
from hotloop_interp.decode import decode

RAISE = """
declare void @PyErr_SetObject(ptr, ptr)
@PyExc_ValueError = external global ptr
@message = external global i8
define i64 @raise(ptr %buf, i64 %selector) {
  %type = load ptr, ptr @PyExc_ValueError
  call void @PyErr_SetObject(ptr %type, ptr @message)
  ret i64 %selector
}
"""
message = "compiled"
entry = compile_module(
    RAISE,
    {
        "PyErr_SetObject": symbol("PyErr_SetObject"),
        "PyExc_ValueError": symbol("PyExc_ValueError"),
        "message": id(message),
    },
)["raise"]
instrument = Instrument()


def divide(values, zero):
    seen = []
    for value in values:
        try:
            seen.append((value, (2, [1, value / zero])))
        except (ValueError, ZeroDivisionError) as error:
            seen.append((type(error).__name__, traceback.format_exc().splitlines()[1:-1]))
            seen.append(error.__context__)
            del error
        finally:
            seen.append("finally")
    return seen


plain = divide([1, 2], 0)
code = divide.__code__
header = next(i for i in decode(code).instrs if i.op == "FOR_ITER")
record = instrument.runtime.new_record()
rewritten = rewrite(code, [MergePoint(header.start, record.object, record.stub)])
divide.__code__ = rewritten.code
record.set_code(rewritten.code, header.depth)
place = next(i for i in decode(code).instrs if i.op == "BINARY_OP")
locals_ = [move(i) for i in range(len(decode(code).localsplus_names))]
names = decode(code).localsplus_names
stack = [
    move(len(names)),
    const(list.append),
    const([]),
    const(1),
    const(2),
    const(1),
    const(1),
    const(0),
]
assert place.depth == len(stack), place.depth
frame = Frame.raising(rewritten, place.start, locals_, stack)
leave = ExitRecord(encode([frame], instrument.runtime.trampolines), ExitKind.EXCEPTION, 1)
record.set("selector", leave.address)
record.entry = entry


fired = []
original = traceback.format_exc


def format_exc():
    if sys.exc_info()[0] is ValueError:
        fired.append(1)
        record.counter = 1 << 60  # compiled code runs once only
    return original()


record.counter = 2  # the second pass of the header raises instead of taking an element
traceback.format_exc = format_exc
moved = divide([1, 2], 0)
traceback.format_exc = original
assert fired == [1] and leave.counter == 1
one = plain[:3]
assert moved[:3] == one and moved[6:9] == plain[3:], (plain, moved)
assert moved[3] == ("ValueError", one[0][1]), moved[3]
assert moved[4:6] == [None, "finally"]


# Uncaught in an inlined call: goes through the handlers of the callers.
def fail():
    raise ValueError("compiled")


expected = chain.run([7], fail)
made = chain.Chain(instrument, ExitKind.EXCEPTION)
made.record.entry = entry
made.record.counter = 1


def stop():
    made.record.counter = 1 << 60
    return original()


chain.traceback.format_exc = stop
result, shown = chain.run([])
assert result == expected[0], (result, expected[0])
text = shown[-1]
assert "b = 5 + thing.inner" in text and "y = [x, show(x), *more]" in text, text
assert "in show" not in text and "ValueError: compiled" in text
print("ok")
