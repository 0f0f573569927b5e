"""The text form: what is printed, and that the parser is the inverse of the printer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings

from hotloop_ir import (
    NULL,
    FrameState,
    Names,
    Op,
    Param,
    ParseError,
    Snapshot,
    Trace,
    TraceKind,
    Type,
    const_ref,
    parse_trace,
    print_trace,
    registry,
)
from hotloop_ir.ops.control import Leave
from hotloop_ir.ops.pyobj import BoxInt, NewTuple
from hotloop_ir.random_trace import RandomTrace
from hotloop_ir.strategies import traces


class Point:
    """A class for names."""


def function() -> None:
    """A function for names."""


NAMESPACE = {"Point": Point, "function": function, "<lambda>": lambda: 0}

EVERYTHING = """\
entry 'loop 3 demo.py:12' [i0, &r1, f2, r3: list, b4, p5] as <start>
i6 = int_add(i0, -3)
f7 = float_add(f2, 1.5)
b8 = int_lt(i6, i0)
guard_true(b8) @function:12[box_int(i6), -, <3> | r1] @<listcomp>:0{fn=<function>, init=r1}[ | r1]
guard_true(b4) @f:2[new_tuple(r1, $0=new_list(box_float(f7))), $0, <-inf>] owns[r1, r3]
guard_true(b4) @f:2[$0=box_bool(b4), $1=new_list($0), $1] @f:4{truth}[] @f:6[]
guard_type(r3, Point) @4[r1]
guard_type(r3, list_iterator) @4[r1]
r9 = getfield(r3, slot[16])
p10 = getfield(<function>, PyDictObject.ma_keys)
r11 = getfield(p10, keys[24])
r12 = new_instance(r1, None, Point, order=(0, 1))
r13 = new_instance(Point)
r14 = new_slots_instance(r1, NULL, Point, offsets=(16, 24))
r15 = call_may_raise number_add(r12, 'abc') @f:14[r1, new_instance(r1, <Point>, Point, order=(0,))]
r16 = call_python(r15, r12, None, kwnames=('a',)) @f:14[r1]
r17 = call_entry <start>(<function>, i0) @f:14[r1]
r18 = setfield(r12, r16, values[1])
setfield_int(r12, 0, _PyListIterObject.it_index)
r19 = setitem(r3, 0, r12, PyListObject.ob_item)
i20 = call str_eq('a', "it's")
guard_is(r18, <(1, 'x>', 2.5)>) @2[i6]
guard_is(r18, True) @2[ | i6]
guard_is(r18, <<lambda>>) @2[Ellipsis, <b'x'>, <nan>, <-nan>]
b21 = bool_not(true)
f22 = float_mul(-nan, nan)
guard_raw_nonnull(0x10) @2[false, -1, 1e+300]
label L1(i23 = i6, r24 = r12) as <loop 3>
incref(r24)
jump L1(i23, r24)
"""


def names() -> Names:
    return Names(NAMESPACE)


def test_the_text_of_everything_round_trips() -> None:
    table = names()
    assert print_trace(parse_trace(EVERYTHING, table), table) == EVERYTHING


@settings(max_examples=100, deadline=None)
@given(traces())
def test_random_traces_round_trip(made: RandomTrace) -> None:
    table = Names()
    text = print_trace(made.trace, table)
    assert print_trace(parse_trace(text, table), table) == text


def test_every_op_round_trips() -> None:
    """One op of each kind, built from its declaration."""
    literals = {
        Type.INT: "7", Type.FLOAT: "0.5", Type.BOOL: "true", Type.REF: "None",
        Type.RAW: "0x10", Type.VOID: "None",
    }  # fmt: skip
    immediates = {
        "cls": "Point", "descr": "PyListObject.ob_size", "order": "order=(0,)",
        "offsets": "offsets=(16,)", "kwnames": "kwnames=('k',)",
    }  # fmt: skip
    skipped = {"label", "jump", "call", "call_may_raise", "call_entry"}  # in EVERYTHING
    for cls in registry.values():
        if cls.mnemonic in skipped:
            continue
        types = [*cls.operand_types, *([] if cls.variadic is None else [cls.variadic])]
        operands = [literals[type_] for type_ in types]
        operands += [immediates[name] for name in cls.immediates]
        snapshot = " @2[]" if cls.has_snapshot else ""
        body = f"{cls.mnemonic}({', '.join(operands)}){snapshot}"
        letter = {"getfield": "i", "getitem": "i"}.get(cls.mnemonic) or cls.type.value
        line = body if letter == "v" else f"{letter}0 = {body}"
        table = names()
        assert print_trace(parse_trace(f"[]\n{line}\n", table), table) == f"[]\n{line}\n"


def test_values_are_numbered_in_order_of_appearance() -> None:
    text = "[i9, r4]\ni2 = int_add(i9, 1)\njump(i2, r4)\n"
    assert print_trace(parse_trace(text)) == "[i0, r1]\ni2 = int_add(i0, 1)\njump(i2, r1)\n"


def test_line_breaks_inside_brackets_and_before_snapshots_do_not_count() -> None:
    text = """
    [i0,  # a comment
     r1]

    b2 = int_lt(i0,
        1)
    guard_true(b2)
        @f:2[i0 |
             r1]
        @g:4[]
        owns[r1]
    jump(i0, r1)
    """
    assert print_trace(parse_trace(text)) == (
        "[i0, r1]\nb2 = int_lt(i0, 1)\nguard_true(b2) @f:2[i0 | r1] @g:4[] owns[r1]\njump(i0, r1)\n"
    )


def test_equal_literals_are_one_object() -> None:
    trace = parse_trace("[r0]\nguard_is(r0, <1.5>) @0[<1.5>, <(1, 2)>, <(1, 2)>]\njump(r0)")
    guard = trace.ops[0]
    assert guard.snapshot is not None
    slots: Any = guard.snapshot.frame.locals
    assert slots[0].value is guard.args[1].value  # type: ignore[attr-defined]
    assert slots[1].value is slots[2].value


def test_objects_without_literal_get_names_and_keep_them() -> None:
    first, second = [1], [2]
    long = "x" * 100
    trace = Trace(
        [],
        [
            Leave(
                Snapshot(
                    FrameState(
                        None,
                        None,
                        0,
                        tuple([const_ref(v) for v in (first, second, first, long, 1 << 200)]),
                        (NULL,),
                    )
                )
            )
        ],
    )
    table = Names()
    text = print_trace(trace, table)
    assert text == "[]\nleave() @0[<list#0>, <list#1>, <list#0>, <str#0>, <int#0> | NULL]\n"
    again = parse_trace(text, table).ops[0].snapshot
    assert again is not None
    slots: Any = again.frame.locals
    assert slots[0].value is first


def test_different_objects_of_one_name_are_told_apart() -> None:
    other = type("Point", (), {})
    mine = type("int", (), {})
    table = names()
    assert [table.name_of(cls) for cls in (Point, other, int, mine)] == [
        "Point", "Point~2", "int", "int~2",
    ]  # fmt: skip
    assert [table.lookup(name) for name in ("Point~2", "int", "int~2")] == [other, int, mine]


def test_codes_have_names_of_their_own() -> None:
    def second() -> None:
        """Another code object called function."""

    code = second.__code__.replace(co_name="function")
    table = names()
    assert table.code("function") is function.__code__
    assert table.code_name(code) == "function~2"
    assert table.code("function~2") is code
    assert table.code("unknown") is table.code("unknown")


def test_a_shared_removed_allocation_is_one_object_after_parsing() -> None:
    trace = parse_trace("[i0]\nleave() @0[$0=box_int(i0), $0, box_int(i0)]")
    snapshot = trace.ops[0].snapshot
    assert snapshot is not None
    first, same, other = snapshot.frame.locals
    assert first is same
    assert other is not first


def test_a_removed_allocation_of_the_trace_itself_is_its_value() -> None:
    param: Param[Any] = Param(Type.INT)
    box = BoxInt(param)
    pair = NewTuple((box, box))
    snapshot = Snapshot(FrameState(None, None, 0, (box, pair), ()))
    ops: list[Op[Any]] = [box, Leave(snapshot)]
    text = print_trace(Trace([param], ops, TraceKind.BRIDGE))
    assert text == "bridge [i0]\nr1 = box_int(i0)\nleave() @0[r1, new_tuple(r1, r1)]\n"


def test_a_value_used_before_its_definition_is_marked() -> None:
    param: Param[Any] = Param(Type.INT)
    trace = Trace([], [BoxInt(param)])
    assert print_trace(trace) == "[]\nr0 = box_int(i0?)\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "unexpected end"),
        ("loop", "line 1"),
        ("nothing [i0]", "begins with its inputs"),
        ("[i0", "expected , instead of"),
        ("[x0]", "x0 is no value"),
        ("[i0, i0]", "i0 is defined twice"),
        ("[i0]\ni1 = int_ad(i0, 1)", "line 2: no operation int_ad"),
        ("[i0]\ni1 = int_add(i0)", "int_add takes 2 operands, not 1"),
        ("[i0]\ni1 = int_add(i0, 1, 2)", "int_add takes 2 operands, not 3"),
        ("[i0]\ni1 = int_add(i0, i7)", "no value i7"),
        ("[i0]\nb1 = int_add(i0, i0)", "int_add gives i, not b"),
        ("[i0]\nint_add(i0, i0)", "gives a result or none"),
        ("[b0]\nr1 = guard_true(b0) @0[]", "gives a result or none"),
        ("[b0]\nguard_true(b0)", "expected a snapshot"),
        ("[b0]\nguard_true(b0) @0[] |", "expected newline"),
        ("[r0]\nguard_type(r0, Nothing) @0[]", "no object Nothing"),
        ("[r0]\nguard_type(r0) @0[]", "guard_type needs its cls"),
        ("[r0]\ni1 = getfield(r0, PyListObject.size)", "no descriptor PyListObject.size"),
        ("[r0]\ni1 = call no_such(r0)", "no helper no_such"),
        ("[r0]\nr1 = call_python(r0, names=('a',)) @0[]", "call_python has no names"),
        ("[r0]\nleave() @0[<unknown>]", "no object unknown"),
        ("[r0]\nleave() @0[$0]", "no $0 before"),
        ("[r0]\nleave() @0[r0 | r0 | r0]", "locals and one stack"),
        ("[r0]\nleave() @0{what=r0}[]", "no return kind what"),
        ("[r0]\njump L1(r0)", "no label L1"),
        ("[r0]\njump <int>(r0)", "int is no Target"),
        ("[r0]\njump(%)", "cannot read '%)'"),
    ],
)
def test_what_is_no_trace_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ParseError, match=re.escape(message)):
        parse_trace(text)
