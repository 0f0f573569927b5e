"""Old contents of memory whose class is known die at once, and nothing holds on to them."""

from __future__ import annotations

from hotloop_ir.ops import memory, refcount
from hotloop_ir.ops.control import Label
from hotloop_ir.testing import parse
from hotloop_ir.trace import Trace
from hotloop_optimizer.pipeline import Optimizer
from hotloop_optimizer.refcount_check import check_balance

COUNTING = """
    [r0, r1]
    guard_type(r0, list) @f:2[r0, r1]
    i2 = getfield(r0, PyListObject.ob_size)
    guard_int(i2, 3) @f:2[r0, r1]
    r3 = getitem(r0, 0, PyListObject.ob_item)
    guard_type(r3, int) @f:4[r0, r1 | r3]
    i4 = unbox_int(r3) @f:4[r0, r1 | r3]
    i5 = int_add_ovf(i4, 1) @f:4[r0, r1 | box_int(i4)]
    r6 = box_int(i5)
    r7 = setitem(r0, 0, r6, PyListObject.ob_item)
    resume_point() @f:8[r0, r1]
    guard_no_interrupt() @f:0[r0, r1]
    jump(r0, r1)
"""


def optimised(text: str) -> Trace:
    trace = Optimizer().run(parse(text))
    check_balance(trace)
    return trace


def test_a_counter_in_memory_is_not_carried_around_the_loop() -> None:
    trace = optimised(COUNTING)
    start = next(index for index, op in enumerate(trace.ops) if isinstance(op, Label))
    body = trace.ops[start + 1 :]
    kinds = [type(op) for op in body]
    assert refcount.Incref not in kinds and refcount.DecrefChecked not in kinds
    store = kinds.index(memory.SetItem)
    dropped = body[store + 1]
    assert isinstance(dropped, refcount.Decref) and dropped.ref is body[store]


def test_what_is_known_of_old_contents_is_said_of_the_final_ops() -> None:
    trace = optimised(COUNTING)
    stores = [op for op in trace.ops if isinstance(op, memory.SetItem)]
    assert [trace.replaced.get(store) for store in stores] == [int, int]


def test_other_contents_still_may_do_anything() -> None:
    text = COUNTING.replace("guard_type(r3, int)", "guard_nonnull(r3)")
    text = text.replace("i4 = unbox_int(r3) @f:4[r0, r1 | r3]\n", "i4 = int_add(i2, 1)\n")
    trace = optimised(text)
    assert any(isinstance(op, refcount.DecrefChecked) for op in trace.ops)
