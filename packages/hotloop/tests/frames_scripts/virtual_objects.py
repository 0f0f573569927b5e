"""Every kind of virtual is built as CPython would have made it."""

# mypy: ignore-errors

import gc
import struct

from frames_support import Instrument

from hotloop.frames.memory import peek
from hotloop.frames.resume import (
    NULL,
    ExitKind,
    ExitRecord,
    Frame,
    boxed_bool,
    boxed_float,
    boxed_int,
    const,
    encode,
    move,
    raw,
    virtual,
)  # fmt: skip
from hotloop.frames.rewrite import ENTRY, MergePoint, rewrite
from hotloop.frames.virtuals import Virtuals


class Plain:
    def __init__(self):
        self.a, self.b, self.c = 1, 2, 3


class Slotted:
    __slots__ = ("x", "y")


def take(a=None, b=None, c=None):
    return a, b, c


instrument = Instrument()
runtime = instrument.runtime
make = Virtuals(runtime.layout)
record = runtime.new_record()
rewritten = rewrite(take.__code__, [MergePoint(ENTRY, record.object, record.stub)])
take.__code__ = rewritten.code
start = 2
record.set_code(rewritten.code, 0)
for _ in range(20):
    Plain()

TEXT = """define i64 @fill(ptr %buf, i64 %selector) {{
  %record = inttoptr i64 %selector to ptr
  {stores}
  ret i64 %selector
}}
"""


def build(virtuals, results, values=(), drops=()):
    """What take() returns when its locals are these slots; buf[3...] = values."""
    from frames_support import compile_module

    stores = "\n".join(
        f"%p{i} = getelementptr i64, ptr %buf, i64 {3 + i}\nstore i64 {v}, ptr %p{i}"
        for i, v in enumerate(values)
    )
    slots = [*results, *[NULL] * 3][:3]
    frame = Frame.at(rewritten, start, slots, [])
    leave = ExitRecord(
        encode([frame], runtime.trampolines, virtuals, [0, 1, 2, *drops]), ExitKind.GUARD, 1
    )
    record.set("selector", leave.address)
    record.entry = compile_module(TEXT.format(stores=stores), {})["fill"]
    record.counter = 0
    found = [take() for _ in range(50)][-1]
    record.counter = 1 << 60
    assert gc.isenabled()
    return found


def bits(x):
    return struct.unpack("q", struct.pack("d", x))[0]


one = const("one")
found = build(
    [make.tuple([one, boxed_int(3), const(None)])], [virtual(0), virtual(0), const(1)], [10**15]
)
assert found == (("one", 10**15, None), ("one", 10**15, None), 1) and found[0] is found[1]
assert gc.is_tracked(found[0])
found = build(
    [make.list([boxed_float(3), boxed_bool(4), boxed_bool(5)])],
    [virtual(0), one, one],
    [bits(-0.0), 1, 0],
)
assert repr(found[0]) == "[-0.0, True, False]"
found[0].append(1)
found = build(
    [make.list([virtual(0), virtual(1)]), make.tuple([virtual(0)])], [virtual(0), one, one]
)
assert found[0][0] is found[0] and found[0][1][0] is found[0]
del found
found = build(
    [make.int(3), make.float(4)], [virtual(0), virtual(0), virtual(1)], [2**40, bits(2.5)]
)
assert found == (2**40, 2**40, 2.5) and found[0] is found[1]
found = build(
    [make.dict([(const("k"), boxed_int(3)), (const("j"), virtual(0))])],
    [virtual(0), one, one],
    [5],
)
assert list(found[0]) == ["k", "j"] and found[0]["j"] is found[0]

order = build(
    [make.instance(Plain, [(2, const("c")), (0, boxed_int(3))])], [virtual(0), one, one], [5]
)[0]
assert type(order) is Plain and order.c == "c" and order.a == 5 and not hasattr(order, "b")
order.b = 7
assert list(vars(order)) == ["c", "a", "b"], vars(order)
offset = {}

for name in "xy":
    member = peek(id(Slotted.__dict__[name]) + runtime.layout["PyMemberDescrObject.d_member"])
    offset[name] = peek(member + runtime.layout["PyMemberDef.offset"])
slotted = build([make.slotted(Slotted, [(offset["y"], const("y"))])], [virtual(0), one, one])[0]
assert slotted.y == "y" and not hasattr(slotted, "x")

cell = build([make.cell(one), make.cell()], [virtual(0), virtual(1), one])
assert cell[0].cell_contents == "one" and repr(cell[1]).endswith("empty>")
bound = build([make.bound_method(const(len), const([1, 2]))], [virtual(0), one, one])[0]
assert bound() == 2 and bound.__self__ == [1, 2]
part = build([make.slice(const(1), const(None), boxed_int(3))], [virtual(0), one, one], [2])[0]
assert part == slice(1, None, 2) and list(range(9))[part] == [1, 3, 5, 7]
numbers = build(
    [make.range_iterator(move(3), raw(10), raw(5), raw(6))], [virtual(0), one, one], [2]
)[0]
assert list(numbers) == [20, 25, 30, 35] and repr(numbers).startswith("<range_iterator")
items = [1, 2, 3]
steps = build(
    [make.list_iterator(move(3), const(items)), make.tuple_iterator(raw(1), const((7, 8)))],
    [virtual(0), virtual(1), one],
    [1],
)
assert list(steps[0]) == [2, 3] and list(steps[1]) == [8]
none = const(None)
pair = make.tuple([none, none])
counted = build(
    [
        make.enumerate(raw(4), virtual(1), virtual(2)),
        make.list_iterator(raw(1), const(items)),
        pair,
    ],
    [virtual(0), one, one],
)[0]
assert list(counted) == [(4, 2), (5, 3)]
zipped = build(
    [
        make.zip(raw(2), virtual(1), virtual(4)),
        make.tuple([virtual(2), virtual(3)]),
        make.list_iterator(raw(1), const(items)),
        make.tuple_iterator(raw(0), const(("a", "b"))),
        pair,
    ],
    [virtual(0), one, one],
)[0]
assert list(zipped) == [(2, "a"), (3, "b")]
gc.collect()

# An instance with a finaliser that no slot takes dies at once.
gone = []


class Mortal:
    def __init__(self):
        self.name = "m"

    def __del__(self):
        gone.append(self.name)


Mortal()
gone.clear()
build([make.instance(Mortal, [(0, const("virtual"))])], [one, one, one])
assert gone == ["virtual"] * 50, gone
print("ok")
