"""A chain of three functions, and an entry of the outermost that leaves in the innermost.

``Chain`` makes every pass of ``outer``'s loop header first do the iteration ``i = 7``, by leaving
compiled code inside ``inner`` inside ``middle`` inside ``outer``. So ``outer([0, 1])`` with a chain
does what ``outer([7, 0, 7, 1, 7])`` does without.
"""

# mypy: ignore-errors

import sys
import traceback

from frames_support import compile_module

from hotloop.frames.memory import poke
from hotloop.frames.resume import (
    NULL,
    ExitKind,
    ExitRecord,
    Frame,
    const,
    copy,
    encode,
    move,
    virtual,
)
from hotloop.frames.rewrite import MergePoint, rewrite
from hotloop.frames.virtuals import Virtuals
from hotloop_interp.decode import decode

shown = []
action = None
OTHER = ("frame", "chain", "values", "do")  # locals that differ


def show(where):
    """Write down everything a program can see of its callers."""
    shown.append([line for line in traceback.format_stack() if "frames_chain" in line])
    frame, chain = sys._getframe(), []
    while frame is not None:
        if "frames_chain" in frame.f_code.co_filename:
            held = {k: repr(v)[:12] for k, v in frame.f_locals.items() if k not in OTHER}
            chain.append((frame.f_code.co_name, frame.f_lineno, held, frame.f_globals is globals()))
        frame = frame.f_back
    shown.append(chain)
    if action is not None:
        action()
    return 1


class Thing:
    """Its method is the innermost function: a cell variable, a deep stack, keywords."""

    def inner(self, x, *more, key=3):
        y = [x, show(x), *more]
        y.append(self.cell(lambda: y))
        return len(y) + key

    def cell(self, function):
        return function


def middle(thing, a):
    try:
        b = 5 + thing.inner(a, 8, key=4) * 2
    except ValueError:
        shown.append(traceback.format_exc())
        b = "caught"
    return [b, a]


def outer(values, thing):
    out = []
    for i in values:
        out += [i, (middle(thing, i), "x")]
    return out


def at(code, op, number=0):
    """The number-th instruction with an opcode."""
    return [i for i in decode(code).instrs if i.op == op][number]


def locals_of(code, values):
    """Slots of a frame's localsplus from a dict."""
    return [values.get(name, NULL) for name in decode(code).localsplus_names]


# Every second call leaves through the record in a reserved word of the record.
ALTERNATING = """
@odd = internal global i64 0
define i64 @alternating(ptr %buf, i64 %selector) {
  %old = load i64, ptr @odd
  %new = xor i64 %old, 1
  store i64 %new, ptr @odd
  %record = inttoptr i64 %selector to ptr
  %otherp = getelementptr i64, ptr %record, i64 5
  %other = load i64, ptr %otherp
  %first = icmp eq i64 %new, 1
  %chosen = select i1 %first, i64 %selector, i64 %other
  ret i64 %chosen
}
"""


class Chain:
    """See the module."""

    def __init__(self, instrument, kind=ExitKind.GUARD):
        self.outer, self.record = outer.__code__, instrument.runtime.new_record()
        self.plain = [(f, f.__code__) for f in (outer, middle, Thing.inner)]
        header = at(self.outer, "FOR_ITER")
        self.rewritten = rewrite(
            self.outer, [MergePoint(header.start, self.record.object, self.record.stub)]
        )
        self.middle, self.inner = rewrite(middle.__code__, []), rewrite(Thing.inner.__code__, [])
        outer.__code__, middle.__code__ = self.rewritten.code, self.middle.code
        Thing.inner.__code__ = self.inner.code
        virtuals = [Virtuals(instrument.runtime.layout).cell()]
        program = encode(self.frames(kind), instrument.runtime.trampolines, virtuals)
        self.leave = ExitRecord(program, kind, 1)
        slots = [move(i) for i in range(4)]
        back = Frame.at(self.rewritten, header.start, slots, [move(4)])
        self.back = ExitRecord(encode([back], instrument.runtime.trampolines), ExitKind.GUARD, 2)
        poke(self.leave.address + 40, self.back.address)
        self.record.set_code(self.rewritten.code, header.depth)
        self.record.set("selector", self.leave.address)
        self.record.entry = compile_module(ALTERNATING, {})["alternating"]
        self.record.counter = 0

    def frames(self, kind):
        """outer in its call of middle, middle in its call of inner, inner at its call of show."""
        held = {"values": move(0), "thing": move(1), "out": move(2), "i": const(7)}
        outside = Frame.suspended(
            self.rewritten,
            at(self.outer, "CALL").start,
            locals_of(self.outer, held),
            [move(4), copy(2), const(7)],
        )
        code = self.middle.original
        half = Frame.suspended(
            self.middle,
            at(code, "CALL").start,
            locals_of(code, {"thing": copy(1), "a": const(7)}),
            [const(5)],
            const(middle),
        )
        code = self.inner.original
        held = {
            "self": copy(1),
            "x": const(7),
            "more": const((8,)),
            "key": const(4),
            "y": virtual(0),
        }
        make = Frame.raising if kind is ExitKind.EXCEPTION else Frame.at
        last = make(
            self.inner,
            at(code, "CALL").start,
            locals_of(code, held),
            [const(7), NULL, const(show), const(7)],
            const(Thing.inner),
        )
        return [outside, half, last]

    def close(self):
        """Give the functions their own code again."""
        for function, code in self.plain:
            function.__code__ = code


def run(values, do=None):
    """What the program computes and what it saw of itself."""
    global action
    shown.clear()
    action = do
    thing = Thing()
    thing_repr = repr(thing)
    try:
        result = outer(values, thing)
    except Exception:
        result = traceback.format_exc()
    return repr(result), [repr(item).replace(thing_repr, "thing") for item in shown]
