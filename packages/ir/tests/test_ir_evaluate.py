"""The evaluator: what each kind of op does, how a trace is left, and the backend made of it."""

from __future__ import annotations

import types
from typing import Any

import pytest

from hotloop_ir import (
    NULL_OBJECT,
    Backend,
    EvalBackend,
    Names,
    PlainMemory,
    Target,
    Type,
    exit_values,
)
from hotloop_ir.descr import DICT_KEYS, KEYS_VERSION, LISTITER_INDEX, instance_value, keys_value
from hotloop_ir.evaluate import (
    ExitReason,
    Finished,
    JumpOut,
    LimitReached,
    Result,
    TraceExit,
    evaluate,
)
from hotloop_ir.memory import ContractViolation, Plain
from hotloop_ir.ops.guard import GuardTrue
from hotloop_ir.testing import parse


class Point:
    """A class of instances."""


def run(text: str, *inputs: Any, memory: PlainMemory | None = None, **names: Any) -> Result:
    return evaluate(parse(text, names), inputs, memory or PlainMemory(), limit=50)


def left(result: Result) -> TraceExit:
    assert isinstance(result, TraceExit)
    return result


def slots(result: Result) -> tuple[Any, ...]:
    return left(result).frames[0].locals


COUNT = """
    [r0, i1]
    i2 = unbox_int(r0) @0[r0]
    i3 = int_add_ovf(i2, i1) @0[r0]
    b4 = int_lt(i3, 100)
    guard_true(b4) @6[box_int(i3), -, <3> | new_tuple($0=new_list(r0), $0)] @9{init=r0}[r0]
    r5 = box_int(i3)
    jump(r5, i1)
"""


def test_a_loop_runs_until_a_guard_fails_and_gives_its_frames() -> None:
    result = left(run(COUNT, 0, 10))
    assert (result.reason, result.op.mnemonic) == (ExitReason.GUARD, "guard_true")
    inner, outer = result.frames
    assert (inner.pc, inner.locals) == (6, (100, NULL_OBJECT, 3))
    pair = inner.stack[0]
    assert pair == ([90], [90])
    assert pair[0] is pair[1]
    assert (outer.pc, outer.return_kind.value, outer.extra) == (9, "init", 90)


def test_the_limit_ends_a_loop() -> None:
    assert run(COUNT, 0, 0) == LimitReached(50)


def test_ops_that_guard_leave_too() -> None:
    assert left(run(COUNT, 2**60, 1)).op.mnemonic == "unbox_int"
    assert left(run(COUNT, 5, 2**63 - 1)).op.mnemonic == "int_add_ovf"


def test_a_guard_can_be_made_to_fail() -> None:
    trace = parse(COUNT)
    result = left(evaluate(trace, (0, 1), PlainMemory(), fail=lambda op: isinstance(op, GuardTrue)))
    assert result.frames[0].locals[0] == 1


def test_lists_are_read_and_written() -> None:
    text = """
        [r0, i1, r2]
        i3 = getfield(r0, PyListObject.ob_size)
        r4 = getitem(r0, i1, PyListObject.ob_item)
        r5 = setitem(r0, i1, r2, PyListObject.ob_item)
        leave() @0[box_int(i3), r4, r5, r0]
    """
    items = [1, 2]
    assert slots(run(text, items, 1, "new")) == (2, 2, 2, [1, "new"])
    for index in (-1, 2):
        with pytest.raises(ContractViolation):
            run(text, items, index, "new")
    with pytest.raises(ContractViolation):
        run(text, (1, 2), 0, "new")


def test_instances_cells_and_iterators_have_their_fields() -> None:
    text = """
        [r0]
        r1 = new_instance(r0, NULL, Point, order=(0,))
        guard_type(r1, Point) @0[]
        p2 = getfield(r1, managed.values)
        guard_raw_nonnull(p2) @0[]
        r3 = setfield(r1, 'y', values[1])
        guard_is(r3, NULL) @0[]
        r4 = getfield(r1, values[1])
        r5 = new_cell(r4)
        r6 = setfield(r5, r0, PyCellObject.ob_ref)
        r7 = new_list_iterator(0, r0)
        guard_type(r7, list_iterator) @0[]
        setfield_int(r7, 1, _PyListIterObject.it_index)
        r8 = new_slots_instance(r0, Point, offsets=(16,))
        r9 = getfield(r8, slot[16])
        leave() @0[r1, r4, r5, r6, r7, r9]
    """
    point, y, cell, old, iterator, same = slots(run(text, [1], Point=Point))
    assert isinstance(point, Plain)
    assert point.fields == {instance_value(0): [1], instance_value(1): "y"}
    assert (y, old, same) == ("y", "y", [1])
    assert isinstance(cell, types.CellType)
    assert cell.cell_contents == [1]
    assert iterator.fields[LISTITER_INDEX] == 1


def test_every_allocation_makes_its_object() -> None:
    text = """
        [r0, i1, b2]
        leave() @0[box_int(i1), box_float(0.5), box_bool(b2), new_tuple(r0), new_list(r0),
            new_cell(NULL), new_method(r0, r0), new_slice(r0, None, None), new_range(0, 6, 2, 3),
            new_range_iterator(0, 0, 2, 3), new_tuple_iterator(0, NULL), new_enumerate(1, r0)]
    """
    found = slots(run(text, len, 5, True))
    assert found[:5] == (5, 0.5, True, (len,), [len])
    assert (found[6].__self__, found[7], found[8]) == (len, slice(len, None), range(0, 6, 2))
    assert [PlainMemory().type_of(ref).__name__ for ref in found[9:]] == [
        "range_iterator", "tuple_iterator", "enumerate",
    ]  # fmt: skip


def test_fields_of_builtin_objects() -> None:
    def function(a: int = 1) -> int:
        return a

    text = """
        [r0, r1, r2, r3]
        r4 = getfield(r0, PyFunctionObject.func_code)
        r5 = getfield(r0, PyFunctionObject.func_defaults)
        r6 = getfield(r0, PyFunctionObject.func_kwdefaults)
        r7 = getfield(r1, PyMethodObject.im_self)
        r8 = getfield(r2, PySliceObject.stop)
        r9 = getfield(r3, rangeobject.length)
        i10 = getfield('four', PyASCIIObject.length)
        leave() @0[r4, r5, r6, r7, r8, r9, i10]
    """
    method = types.MethodType(function, 7)
    found = slots(run(text, function, method, slice(1, 2), range(3)))
    assert found == (function.__code__, (1,), NULL_OBJECT, 7, 2, 3, 4)


def test_fields_that_python_does_not_show_are_put_there() -> None:
    memory = PlainMemory()
    module = {"x": 1}
    memory.put(module, DICT_KEYS, 4096)
    memory.put(4096, KEYS_VERSION, 7)
    memory.put(4096, keys_value(40), "value")
    text = """
        [r0]
        p1 = getfield(r0, PyDictObject.ma_keys)
        i2 = getfield(p1, PyDictKeysObject.dk_version)
        guard_int(i2, 7) @2[]
        r3 = setfield(p1, 'new', keys[40])
        r4 = getfield(p1, keys[40])
        leave() @4[r3, r4]
    """
    assert slots(run(text, module, memory=memory)) == ("value", "new")
    with pytest.raises(ContractViolation, match="has no"):
        run(text, module)


def test_guards_on_references() -> None:
    text = """
        [r0, r1]
        guard_nonnull(r0) @0[r0]
        guard_type(r0, int) @2[r0]
        guard_is(r0, r1) @4[r0]
        b2 = ref_is(r0, r1)
        guard_false(b2) @6[r0]
        leave() @8[]
    """
    exits = [(NULL_OBJECT, 1), ("text", 1), (1, 2), (1, 1)]
    assert [left(run(text, *inputs)).frames[0].pc for inputs in exits] == [0, 2, 4, 6]


def test_helpers_and_python_calls_are_done_and_recorded() -> None:
    memory = PlainMemory()
    text = """
        [r0, r1]
        f2 = call math_cos(0.0)
        i3 = call_may_raise list_append(r0, r1) @2[]
        i5 = call_may_raise is_true(r1) @2[]
        r4 = call_python(<function>, r1, r0, kwnames=('key',)) @4[]
        leave() @6[r0, box_float(f2), r4]
    """

    def function(arg: Any, key: Any) -> Any:
        return (arg, key)

    found = slots(run(text, [1], 2, memory=memory, function=function))
    assert found == ([1, 2], 1.0, (2, [1, 2]))
    assert [name for name, _ in memory.calls] == ["is_true", "function"]


def test_an_exception_leaves_at_the_call() -> None:
    text = "[r0]\nr1 = call_may_raise number_add(r0, 'x') @2[r0 | r0]\nleave() @4[r1]"
    result = left(run(text, 1))
    assert result.reason is ExitReason.EXCEPTION
    assert isinstance(result.exception, TypeError)
    assert result.frames[0].stack == (1,)

    def fails() -> None:
        raise KeyboardInterrupt

    result = left(run("[r0]\nr1 = call_python(r0) @2[]\nleave() @4[]", fails))
    assert isinstance(result.exception, KeyboardInterrupt)


def test_an_exhausted_iterator_is_no_exception() -> None:
    text = "[r0]\nr1 = call_may_raise iter_next(r0) @2[]\nguard_nonnull(r1) @4[r0]\nleave() @6[]"
    assert left(run(text, iter(()))).frames[0].pc == 4


def test_an_interrupt_leaves() -> None:
    memory = PlainMemory()
    memory.due = True
    text = "[]\nguard_no_interrupt() @2[]\njump()"
    assert left(run(text, memory=memory)).reason is ExitReason.INTERRUPT
    assert run(text) == LimitReached(50)


def test_reference_counting_asks_the_memory() -> None:
    class Counting(PlainMemory):
        log: list[str]

        def incref(self, ref: Any) -> None:
            self.log.append("+")

        def decref(self, ref: Any) -> None:
            self.log.append("-")

        def decref_checked(self, ref: Any) -> bool:
            self.log.append("?")
            return bool(ref == "deadly")

    memory = Counting()
    memory.log = []
    text = """
        [r0]
        incref(NULL)
        incref(r0)
        decref(r0)
        resume_point() @1[]
        decref_checked(r0) @2[] owns[r0]
        leave() @4[]
    """
    assert left(run(text, "harmless", memory=memory)).reason is ExitReason.LEAVE
    result = left(run(text, "deadly", memory=memory))
    assert (result.reason, result.owned) == (ExitReason.DEATH, ("deadly",))
    assert "".join(memory.log) == "+-?" * 2


def test_an_entry_trace_finishes_and_is_called() -> None:
    assert run("entry [r0]\nfinish(r0) @2[ | r0]", 5) == Finished(5)
    text = "[r0]\nr1 = call_entry <f>(r0, <3>) @2[]\nleave() @4[r1]"
    target = Target("f", (Type.REF,))
    assert slots(run(text, lambda value: value + 1, f=target)) == (4,)


def test_contracts_of_ops_are_checked() -> None:
    for text in (
        "[i0]\ni1 = int_floordiv(1, i0)\njump(i1)",
        "[i0]\ni1 = int_rshift(1, -1)\njump(i1)",
        "[i0]\nf1 = float_sqrt(-1.0)\njump(i0)",
        "[i0]\ni1 = getfield(NULL, PyListObject.ob_size)\njump(i0)",
        "[i0]\nf1 = unbox_float(None)\njump(i0)",
        "[i0]\nguard_type(NULL, int) @0[]\njump(i0)",
        "[i0]\nr1 = new_cell(None)\ni2 = getfield(r1, PyListObject.ob_size)\njump(i2)",
    ):
        with pytest.raises(ContractViolation):
            run(text, 0)


def test_entering_at_a_label() -> None:
    trace = parse("[i0]\nlabel L1(i1 = i0)\ni2 = int_add(i1, 1)\nleave() @0[box_int(i2)]")
    label: Any = trace.ops[0]
    assert slots(evaluate(trace, (5,), PlainMemory(), entry=label)) == (6,)


def test_exit_values_are_the_leaves_in_order() -> None:
    trace = parse("[r0, i1]\nleave() @0[new_tuple(r0, box_int(i1)), <3>, i1 | r0] owns[r0]")
    snapshot = trace.ops[0].snapshot
    assert snapshot is not None
    assert exit_values(snapshot, trace) == trace.inputs


# --- the backend -----------------------------------------------------------------------------

LOOP = """
    [i0, i1] as <start>
    label L1(i2 = i0, i3 = i1) as <loop>
    i4 = int_sub(i2, 1)
    b5 = int_gt(i4, 0)
    guard_true(b5) @2[i4, i3]
    b6 = int_lt(i3, 10)
    guard_true(b6) @4[i4, i3]
    i7 = int_add(i3, 3)
    jump L1(i4, i7)
"""


def compiled(text: str, names: Any) -> Any:
    return EvalBackend().compile(parse(text, names), 0)


def test_a_bridge_continues_an_exit_and_jumps_back_into_the_loop() -> None:
    names = Names()
    backend: Backend = EvalBackend()
    loop = compiled(LOOP, names)
    assert slots(loop.run((6, 0), PlainMemory())) == (1, 12)
    bridge = compiled("bridge [i0, i1]\ni2 = int_add(i1, -10)\njump <loop>(i0, i2)", names)
    backend.attach(loop.exits[1], bridge)
    assert slots(loop.run((8, 0), PlainMemory())) == (0, 8)
    assert [len(exit_.values) for exit_ in loop.exits] == [2, 2]


def test_a_bridge_must_fit_its_exit_and_its_backend() -> None:
    loop = compiled(LOOP, None)
    with pytest.raises(ValueError, match="2 values, the bridge 1"):
        EvalBackend().attach(loop.exits[0], compiled("bridge [i0]\nleave() @0[]", None))
    stranger: Any = object()
    with pytest.raises(TypeError):
        EvalBackend().attach(loop.exits[0], stranger)


def test_freed_or_missing_code_is_not_run() -> None:
    loop = compiled(LOOP, None)
    assert loop.size == 0
    loop.free()
    with pytest.raises(RuntimeError, match="freed"):
        loop.run((1, 1), PlainMemory())
    lost = compiled("[]\njump <lost>()", None)
    with pytest.raises(RuntimeError, match="no code"):
        lost.run((), PlainMemory())


def test_traces_that_jump_to_each_other_stop_at_the_limit() -> None:
    names = Names()
    compiled("[]\nlabel L1() as <there>\njump <here>()", names)
    here = compiled("[]\nlabel L1() as <here>\njump <there>()", names)
    assert here.run((), PlainMemory(), limit=9) == LimitReached(9)


def test_a_jump_out_is_a_result() -> None:
    result = run("[i0]\njump <elsewhere>(i0)", 3)
    assert isinstance(result, JumpOut)
    assert (result.target.name, result.values) == ("elsewhere", (3,))


def test_the_start_is_a_target_too() -> None:
    names = Names()
    loop = compiled(LOOP, names)
    other = compiled("[i0]\njump <start>(i0, 0)", names)
    assert slots(other.run((2,), PlainMemory())) == slots(loop.run((2, 0), PlainMemory()))
