"""Traces that end in a compiled loop: into its label if they fit it, else at its start."""

from __future__ import annotations

from inspect import cleandoc

import pytest

from hotloop_ir.testing import assert_becomes, assert_same_text, normal, parse
from hotloop_ir.text import Names, parse_trace, print_trace
from hotloop_ir.verify import verify
from hotloop_optimizer.pipeline import Forward, InvalidTrace


class Point:
    """A class whose instances have inline values."""


def closes(loop: str, before: str, after: str) -> None:
    """A bridge into a loop becomes another; ``loop`` and ``start`` name the ways in.

    A recorded jump takes references, one a slot, whatever the label takes: not verified.
    """
    names = Names({"Point": Point})
    compiled = Forward().run(parse(loop, names))
    (target,) = compiled.targets.values()
    names.bind("loop", target)
    names.bind("start", target.state.start)
    result = Forward().run(parse_trace(cleandoc(before), names))
    verify(result)
    assert_same_text(print_trace(result, names), normal(after, names))


#: Carries an unboxed int and an unboxed float.
NUMBERS = """
    loop 'numbers' [r0, r1]
    guard_type(r0, int) @2[r0, r1]
    i2 = unbox_int(r0) @2[r0, r1]
    i3 = int_add_ovf(i2, 1) @2[r0, r1]
    r4 = box_int(i3)
    guard_type(r1, float) @4[r4, r1]
    f5 = unbox_float(r1)
    f6 = float_add(f5, 1.5)
    r7 = box_float(f6)
    guard_no_interrupt() @0[r4, r7]
    jump(r4, r7)
    """

#: Carries a list, whose class the short preamble checks, and an unboxed int; its length is
#: loaded in the short preamble.
LENGTH = """
    loop 'length' [r0, r1]
    guard_type(r0, list) @2[r0, r1]
    i2 = getfield(r0, PyListObject.ob_size)
    guard_type(r1, int) @2[r0, r1]
    i3 = unbox_int(r1) @2[r0, r1]
    b4 = int_lt(i3, i2)
    guard_true(b4) @2[r0, r1]
    i5 = int_add(i3, 1)
    r6 = box_int(i5)
    guard_no_interrupt() @0[r0, r6]
    jump(r0, r6)
    """

#: Carries a cell and a list that holds it, neither of them allocated.
NESTED = """
    loop 'nested' [r0, r1]
    r2 = new_cell(None)
    r3 = new_list(r2)
    guard_no_interrupt() @0[r2, r3]
    jump(r2, r3)
    """

#: Carries a cell that is not allocated, and any object.
CELL = """
    loop 'cell' [r0, r1]
    r2 = new_cell(None)
    guard_no_interrupt() @0[r2, r1]
    jump(r2, r1)
    """

#: Carries a bool and an instance with two attributes, in this order.
INSTANCE = """
    loop 'instance' [r0]
    r1 = new_instance(None, None, Point, order=(0, 1))
    guard_no_interrupt() @0[r1]
    jump(r1)
    """


def test_numbers_go_in_unboxed() -> None:
    closes(
        NUMBERS,
        """
        bridge [i0, f1]
        i2 = int_mul_ovf(i0, i0) @8[box_int(i0), box_float(f1)]
        r3 = box_int(i2)
        r4 = box_float(f1)
        guard_no_interrupt() @0[r3, r4]
        jump <loop>(r3, r4)
        """,
        """
        bridge [i0, f1]
        i2 = int_mul_ovf(i0, i0) @8[box_int(i0), box_float(f1)]
        guard_no_interrupt() @0[box_int(i2), box_float(f1)]
        jump <loop>(i2, f1)
        """,
    )


def test_real_numbers_are_unboxed_at_the_end() -> None:
    closes(
        NUMBERS,
        """
        bridge [r0, r1: float]
        guard_no_interrupt() @0[r0, r1]
        jump <loop>(r0, r1)
        """,
        """
        bridge [r0, r1: float]
        guard_no_interrupt() @0[r0, r1]
        guard_type(r0, int) @0[r0, r1]
        i2 = unbox_int(r0) @0[r0, r1]
        f3 = unbox_float(r1)
        jump <loop>(i2, f3)
        """,
    )


@pytest.mark.parametrize("value", ["r0", "None", "<100000000000000000000>"])
def test_what_is_no_such_number_goes_to_the_start(value: str) -> None:
    closes(
        NUMBERS,
        f"""
        bridge [r0: str, f1]
        r2 = box_float(f1)
        guard_no_interrupt() @0[{value}, r2]
        jump <loop>({value}, r2)
        """,
        f"""
        bridge [r0: str, f1]
        guard_no_interrupt() @0[{value}, box_float(f1)]
        r2 = box_float(f1)
        jump <start>({value}, r2)
        """,
    )


def test_the_short_preamble_runs() -> None:
    closes(
        LENGTH,
        """
        bridge [r0, i1]
        r2 = box_int(i1)
        guard_no_interrupt() @0[r0, r2]
        jump <loop>(r0, r2)
        """,
        """
        bridge [r0, i1]
        guard_no_interrupt() @0[r0, box_int(i1)]
        guard_type(r0, list) @0[r0, box_int(i1)]
        i2 = getfield(r0, PyListObject.ob_size)
        jump <loop>(r0, i1, i2)
        """,
    )


def test_the_short_preamble_finds_what_is_known() -> None:
    closes(
        LENGTH,
        """
        bridge [r0: list, r1, i2]
        i3 = call_may_raise list_append(r0, r1) @4[r0, r1]
        i4 = getfield(r0, PyListObject.ob_size)
        r5 = box_int(i4)
        guard_no_interrupt() @0[r0, r5]
        jump <loop>(r0, r5)
        """,
        """
        bridge [r0: list, r1, i2]
        i3 = call_may_raise list_append(r0, r1) @4[r0, r1]
        i4 = getfield(r0, PyListObject.ob_size)
        guard_no_interrupt() @0[r0, box_int(i4)]
        jump <loop>(r0, i4, i4)
        """,
    )


def test_what_the_short_preamble_cannot_find_goes_to_the_start() -> None:
    closes(
        LENGTH,
        """
        bridge [r0: tuple, r1: int]
        guard_no_interrupt() @0[r0, r1]
        jump <loop>(r0, r1)
        """,
        """
        bridge [r0: tuple, r1: int]
        guard_no_interrupt() @0[r0, r1]
        jump <start>(r0, r1)
        """,
    )


def test_objects_go_in_as_their_fields() -> None:
    closes(
        NESTED,
        """
        bridge [r0]
        r1 = new_cell(r0)
        r2 = new_list(r1)
        guard_no_interrupt() @0[r1, r2]
        jump <loop>(r1, r2)
        """,
        """
        bridge [r0]
        guard_no_interrupt() @0[$0=new_cell(r0), new_list($0)]
        jump <loop>(r0)
        """,
    )


def test_two_objects_where_the_loop_has_one_go_to_the_start() -> None:
    closes(
        NESTED,
        """
        bridge [r0]
        r1 = new_cell(r0)
        r2 = new_cell(r0)
        r3 = new_list(r2)
        guard_no_interrupt() @0[r1, r3]
        jump <loop>(r1, r3)
        """,
        """
        bridge [r0]
        guard_no_interrupt() @0[new_cell(r0), new_list(new_cell(r0))]
        r1 = new_cell(r0)
        r2 = new_cell(r0)
        r3 = new_list(r2)
        jump <start>(r1, r3)
        """,
    )


def test_one_object_where_the_loop_has_two_goes_to_the_start() -> None:
    closes(
        """
        loop 'two' [r0, r1]
        r2 = new_cell(None)
        r3 = new_cell(None)
        guard_no_interrupt() @0[r2, r3]
        jump(r2, r3)
        """,
        """
        bridge [r0]
        r1 = new_cell(r0)
        guard_no_interrupt() @0[r1, r1]
        jump <loop>(r1, r1)
        """,
        """
        bridge [r0]
        guard_no_interrupt() @0[$0=new_cell(r0), $0]
        r1 = new_cell(r0)
        jump <start>(r1, r1)
        """,
    )


def test_an_object_that_is_in_a_real_one_goes_to_the_start() -> None:
    """The second slot is any object, here a list that holds the cell of the first."""
    closes(
        CELL,
        """
        bridge [r0]
        r1 = new_cell(r0)
        r2 = new_list(r1)
        guard_no_interrupt() @0[r1, r2]
        jump <loop>(r1, r2)
        """,
        """
        bridge [r0]
        guard_no_interrupt() @0[$0=new_cell(r0), new_list($0)]
        r1 = new_cell(r0)
        r2 = new_list(r1)
        jump <start>(r1, r2)
        """,
    )


def test_a_real_object_where_the_loop_has_none_goes_to_the_start() -> None:
    closes(
        CELL,
        """
        bridge [r0: cell, r1]
        guard_no_interrupt() @0[r0, r1]
        jump <loop>(r0, r1)
        """,
        """
        bridge [r0: cell, r1]
        guard_no_interrupt() @0[r0, r1]
        jump <start>(r0, r1)
        """,
    )


def test_an_object_of_another_kind_goes_to_the_start() -> None:
    closes(
        CELL,
        """
        bridge [r0, r1]
        r2 = new_tuple(r0)
        guard_no_interrupt() @0[r2, r1]
        jump <loop>(r2, r1)
        """,
        """
        bridge [r0, r1]
        guard_no_interrupt() @0[new_tuple(r0), r1]
        r2 = new_tuple(r0)
        jump <start>(r2, r1)
        """,
    )


def test_the_order_of_attributes_is_part_of_the_shape() -> None:
    closes(
        INSTANCE,
        """
        bridge [r0, r1]
        r2 = new_instance(r0, r1, Point, order=(0, 1))
        guard_no_interrupt() @0[r2]
        jump <loop>(r2)
        """,
        """
        bridge [r0, r1]
        guard_no_interrupt() @0[new_instance(r0, r1, Point, order=(0, 1))]
        jump <loop>(r0, r1)
        """,
    )
    closes(
        INSTANCE,
        """
        bridge [r0, r1]
        r2 = new_instance(r0, r1, Point, order=(1, 0))
        guard_no_interrupt() @0[r2]
        jump <loop>(r2)
        """,
        """
        bridge [r0, r1]
        guard_no_interrupt() @0[new_instance(r0, r1, Point, order=(1, 0))]
        r2 = new_instance(r0, r1, Point, order=(1, 0))
        jump <start>(r2)
        """,
    )


def test_an_attribute_that_is_not_set_is_part_of_the_shape() -> None:
    closes(
        """
        loop 'unset' [r0]
        r1 = new_instance(None, NULL, Point, order=(0,))
        guard_no_interrupt() @0[r1]
        jump(r1)
        """,
        """
        bridge [r0]
        r1 = new_instance(r0, NULL, Point, order=(0,))
        guard_no_interrupt() @0[r1]
        jump <loop>(r1)
        """,
        """
        bridge [r0]
        guard_no_interrupt() @0[new_instance(r0, NULL, Point, order=(0,))]
        jump <loop>(r0)
        """,
    )


def test_a_loop_that_was_not_peeled_is_entered_at_its_start() -> None:
    closes(
        """
        loop 'once' [r0]
        guard_type(r0, int) @2[r0]
        i1 = unbox_int(r0) @2[r0]
        f2 = int_to_float(i1)
        r3 = box_float(f2)
        guard_no_interrupt() @0[r3]
        jump(r3)
        """,
        """
        bridge [i0]
        r1 = box_int(i0)
        guard_no_interrupt() @0[r1]
        jump <loop>(r1)
        """,
        """
        bridge [i0]
        guard_no_interrupt() @0[box_int(i0)]
        r1 = box_int(i0)
        jump <start>(r1)
        """,
    )


def test_a_target_nothing_is_known_of_takes_references() -> None:
    assert_becomes(
        Forward(),
        """
        bridge [i0, r1]
        r2 = box_int(i0)
        guard_no_interrupt() @0[r2, r1]
        jump <elsewhere>(r2, r1)
        """,
        """
        bridge [i0, r1]
        guard_no_interrupt() @0[box_int(i0), r1]
        r2 = box_int(i0)
        jump <elsewhere>(r2, r1)
        """,
    )


def test_a_bridge_that_contradicts_itself_is_found() -> None:
    trace = parse(
        """
        bridge [r0: int]
        guard_type(r0, str) @4[r0]
        guard_no_interrupt() @0[r0]
        jump <elsewhere>(r0)
        """
    )
    with pytest.raises(InvalidTrace):
        Forward().run(trace)
