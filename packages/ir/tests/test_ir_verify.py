"""The verifier: good traces pass, and each invariant's violation is named."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings

from hotloop_ir import (
    NULL,
    FrameState,
    InvalidTrace,
    Op,
    Param,
    Snapshot,
    Target,
    Trace,
    Type,
    Value,
    const_int,
    const_ref,
    helper_named,
    parse_trace,
)
from hotloop_ir.descr import CELL_REF, LIST_ITEM, LIST_LEN, TUPLE_ITEM, keys_value
from hotloop_ir.ops.call import Call, CallEntry, CallMayRaise, CallPython
from hotloop_ir.ops.control import Jump, Label, Leave, ResumePoint
from hotloop_ir.ops.guard import GuardTrue, GuardType
from hotloop_ir.ops.integer import IntAdd, IntLt
from hotloop_ir.ops.memory import GetField, GetItem, SetField, SetFieldInt, SetItem
from hotloop_ir.ops.pyobj import BoxInt, NewInstance, NewSlotsInstance, NewTuple
from hotloop_ir.random_trace import RandomTrace
from hotloop_ir.strategies import traces
from hotloop_ir.value import TRUE, Const
from hotloop_ir.verify import verify

N: Param[Any] = Param(Type.INT)
R: Param[Any] = Param(Type.REF)
LESS = IntLt(N, N)


def at(*slots: Value[Any] | None) -> Snapshot:
    return Snapshot(FrameState(None, None, 0, slots, ()))


POINT: Any = ResumePoint(at())


def end() -> Op[Any]:
    return Leave(at())


def check(*ops: Op[Any]) -> None:
    verify(Trace([N, R], ops))


@settings(max_examples=100, deadline=None)
@given(traces())
def test_random_traces_are_valid(made: RandomTrace) -> None:
    verify(made.trace)


def test_a_trace_with_everything_is_valid() -> None:
    verify(
        parse_trace(
            """
            bridge [i0, &r1, r2: list] as <start>
            i3 = getfield(r2, PyListObject.ob_size)
            b4 = int_lt(i0, i3)
            guard_true(b4) @2[r1, box_int(i0) | new_tuple($0=box_int(i3), $0)] owns[r2]
            r5 = getitem(r2, i0, PyListObject.ob_item)
            r6 = call_may_raise number_add(r5, r1) @4[r1]
            r7 = call_may_raise str_build(r6, r5, r6) @4[r1]
            r8 = call_may_raise build_map() @4[r1]
            r9 = call_entry <callee>(r1, r1, r2) @4[r1]
            label L1(i10 = i0)
            i11 = int_add(i10, i3)
            label L2(i12 = i11) as <inner>
            i13 = int_add(i12, 1)
            guard_no_interrupt() @2[i13]
            jump L2(i13)
            """
        )
    )


def test_a_finish_ends_a_trace() -> None:
    verify(parse_trace("entry [r0]\nfinish(r0) @2[ | r0]"))


class Sub(Const[Any]):
    """A constant of a type it cannot have."""


BROKEN: dict[str, tuple[int, list[Op[Any]]]] = {
    "no end": (1, [IntAdd(N, N)]),
    "empty": (1, []),
    "two ends": (1, [end(), end()]),
    "op after its end": (1, [end(), IntAdd(N, N)]),
    "op twice": (2, [LESS, LESS, end()]),
    "param twice": (2, [Label((N,), (N,)), end()]),
    "undefined": (3, [IntAdd(N, Param(Type.INT)), end()]),
    "later op": (3, [GuardTrue(LESS, at()), LESS, end()]),
    "void operand": (4, [POINT, NewTuple((POINT,)), end()]),
    "big int": (4, [IntAdd(N, const_int(1 << 63)), end()]),
    "bool for int": (4, [IntAdd(N, const_int(True)), end()]),
    "int for float": (4, [Leave(at(Sub(Type.FLOAT, 1)))]),
    "wrong type": (5, [IntAdd(N, R), end()]),
    "too few": (5, [IntAdd(N, N).rebuild((N,), None), end()]),
    "too many": (5, [IntAdd(N, N).rebuild((N, N, N), None), end()]),
    "wrong tail": (5, [NewTuple((R, N)), end()]),
    "label arity": (6, [Label((N, N), (Param(Type.INT),)), end()]),
    "label types": (6, [Label((R,), (Param(Type.INT),)), end()]),
    "jump arity": (7, [Jump((N,), None)]),
    "jump types": (7, [Jump((R, N), None)]),
    "jump to a label elsewhere": (7, [Jump((), Label((), ()))]),
    "jump to a target": (7, [Jump((N,), Target("t", (Type.REF,)))]),
    "jump to nowhere": (7, [Jump((), "L1")]),
    "array as field": (10, [GetField(R, LIST_ITEM), end()]),
    "field as array": (10, [GetItem(R, N, LIST_LEN), end()]),
    "raw base": (10, [GetField(Const(Type.RAW, 8), LIST_LEN), end()]),
    "raw base of a store": (10, [SetField(R, R, keys_value(40)), end()]),
    "immutable item": (11, [SetItem(R, N, R, TUPLE_ITEM), end()]),
    "int field of refs": (11, [SetField(R, R, LIST_LEN), end()]),
    "helper operands": (12, [Call((R, N), helper_named("str_eq")), end()]),
    "helper arity": (12, [Call((R,), helper_named("str_eq")), end()]),
    "variadic helper": (12, [CallMayRaise((R, N), helper_named("str_build"), at()), end()]),
    "call that may raise": (13, [Call((R, R), helper_named("number_add")), end()]),
    "call that cannot raise": (13, [CallMayRaise((R, R), helper_named("str_eq"), at()), end()]),
    "keyword names": (14, [CallPython(R, (R,), ("a", "b"), at()), end()]),
    "keyword twice": (14, [CallPython(R, (R, R), ("a", "a"), at()), end()]),
    "entry": (14, [CallEntry(R, (R,), Target("t", ()), at()), end()]),
    "entry without target": (14, [CallEntry(R, (R,), None, at()), end()]),
    "no class": (15, [GuardType(R, "int", at()), end()]),
    "order of unset": (15, [NewInstance((NULL,), int, (0,)), end()]),
    "order misses": (15, [NewInstance((R,), int, ()), end()]),
    "order twice": (15, [NewInstance((R,), int, (0, 0)), end()]),
    "offsets": (15, [NewSlotsInstance((R, R), int, (16,)), end()]),
    "offset twice": (15, [NewSlotsInstance((R, R), int, (16, 16)), end()]),
    "no snapshot": (16, [LESS, GuardTrue(LESS, at()).rebuild((LESS,), None), end()]),
    "needless snapshot": (16, [IntAdd(N, N).rebuild((N, N), at()), end()]),
    "negative pc": (16, [Leave(Snapshot(FrameState(None, None, -2, (), ())))]),
    "undefined param in a slot": (17, [Leave(at(Param(Type.REF)))]),
    "later op in a slot": (17, [GuardTrue(TRUE, at(box := BoxInt(N))), box, end()]),
    "computation in a slot": (17, [Leave(at(NewTuple((BoxInt(IntAdd(N, N)),))))]),
    "bad removed allocation": (15, [Leave(at(NewInstance((NULL,), int, (0,))))]),
    "wrong removed allocation": (5, [Leave(at(BoxInt(R)))]),
    "raw slot": (18, [Leave(at(Const(Type.RAW, 8)))]),
    "int function": (18, [Leave(Snapshot(FrameState(None, N, 0, (), ())))]),
    "owned twice": (19, [Leave(Snapshot(at().frame, (R, R)))]),
    "owned int": (19, [Leave(Snapshot(at().frame, (N,)))]),
    "owned constant": (19, [Leave(Snapshot(at().frame, (const_ref(1),)))]),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_violation_is_named_by_its_number(name: str) -> None:
    number, ops = BROKEN[name]
    with pytest.raises(InvalidTrace, match=re.escape(f"({number})")):
        check(*ops)


def test_only_ints_are_stored_by_setfield_int() -> None:
    with pytest.raises(InvalidTrace, match=re.escape("(11)")):
        check(SetFieldInt(R, N, CELL_REF), end())


def test_after_a_label_with_a_target_only_its_params_are_left() -> None:
    param: Param[Any] = Param(Type.INT)
    label = Label((N,), (param,))
    for op in (IntAdd(param, N), Leave(at(R))):
        trace = Trace([N, R], [label, op, *([] if isinstance(op, Leave) else [end()])])
        verify(trace)
        trace.targets[label] = Target("t", (Type.INT,))
        with pytest.raises(InvalidTrace, match=re.escape("(9)")):
            verify(trace)


def test_targets_fit_their_labels_and_the_inputs() -> None:
    label = Label((N,), (Param(Type.INT),))
    trace = Trace([N], [label, end()])
    trace.targets[label] = Target("t", (Type.REF,))
    with pytest.raises(InvalidTrace, match=re.escape("(8)")):
        verify(trace)
    trace.targets = {Label((), ()): Target("t", ())}
    with pytest.raises(InvalidTrace, match=re.escape("(8)")):
        verify(trace)
    trace.targets = {}
    trace.start = Target("t", (Type.REF,))
    with pytest.raises(InvalidTrace, match=re.escape("(8)")):
        verify(trace)


def test_inputs_are_distinct_params() -> None:
    bad: list[Any] = [[N, N], [const_int(1)], [Param(Type.VOID)]]
    for inputs in bad:
        with pytest.raises(InvalidTrace):
            verify(Trace(inputs, [end()]))


def test_known_and_borrowed_are_ref_inputs() -> None:
    bad: list[Any] = [{N: int}, {Param(Type.REF): int}, {R: "int"}]
    for known in bad:
        with pytest.raises(InvalidTrace, match=re.escape("(20)")):
            verify(Trace([N, R], [end()], known=known))
    trace = Trace([N, R], [end()])
    trace.borrowed = frozenset({N})
    with pytest.raises(InvalidTrace, match=re.escape("(20)")):
        verify(trace)


def test_the_message_shows_the_trace_up_to_the_op_at_fault() -> None:
    trace = parse_trace("[i0]\ni1 = int_add(i0, 1)\nb2 = int_lt(i1, true)\njump(i0)")
    with pytest.raises(InvalidTrace) as caught:
        verify(trace)
    assert str(caught.value).splitlines() == [
        "an operand is BOOL, not INT (5)",
        "[i0]",
        "i1 = int_add(i0, 1)",
        "b2 = int_lt(i1, true)",
        "^" * 21 + " an operand is BOOL, not INT (5)",
    ]
