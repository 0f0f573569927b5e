"""Loop peeling: what a loop carries around, and in which shape."""

from __future__ import annotations

from types import CellType

from hotloop_ir.ops.control import Label
from hotloop_ir.testing import assert_becomes, parse
from hotloop_ir.trace import Trace
from hotloop_optimizer.pipeline import Forward


class Point:
    """A class whose instances have inline values."""


class Slotted:
    """A class whose instances have slots."""


NAMES = {"Point": Point, "Slotted": Slotted, "cell_": CellType(1)}


def becomes(before: str, after: str) -> None:
    assert_becomes(Forward(), before, after, NAMES)


def stays(text: str) -> None:
    becomes(text, text)


def test_numbers_are_carried_unboxed() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
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
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, int) @2[r0, r1]
        i2 = unbox_int(r0) @2[r0, r1]
        i3 = int_add(i2, 1)
        guard_type(r1, float) @4[box_int(i3), r1]
        f4 = unbox_float(r1)
        f5 = float_add(f4, 1.5)
        guard_no_interrupt() @0[box_int(i3), box_float(f5)]
        label L1(i6 = i3, f7 = f5) as <loop>
        i8 = int_add_ovf(i6, 1) @2[box_int(i6), box_float(f7)]
        f9 = float_add(f7, 1.5)
        guard_no_interrupt() @0[box_int(i8), box_float(f9)]
        jump L1(i8, f9)
        """,
    )


FLOATS = """
    loop 'loop' [r0, r1]
    guard_type(r0, float) @2[r0, r1]
    f2 = unbox_float(r0)
    f3 = float_add(f2, 1.5)
    r4 = box_float(f3)
    {}
    guard_no_interrupt() @0[r4, r1]
    jump(r4, r1)
    """


def label_of(trace: Trace) -> list[str]:
    return [param.type.name for op in trace.ops if isinstance(op, Label) for param in op.params]


def test_a_number_of_which_the_body_makes_an_object_is_carried_as_one() -> None:
    compared = FLOATS.format("b5 = ref_is(r0, r1)\n    guard_false(b5) @4[r0, r1]")
    assert label_of(Forward().run(parse(FLOATS.format("")))) == ["FLOAT", "REF"]
    assert label_of(Forward().run(parse(compared)))[:2] == ["REF", "REF"]


def test_a_number_the_program_compares_elsewhere_is_carried_as_an_object() -> None:
    trace = parse(FLOATS.format(""))
    trace.compared = frozenset(trace.inputs)
    assert label_of(Forward().run(trace))[:2] == ["REF", "REF"]


def test_truth_values_are_carried_unboxed() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, int) @2[r0, r1]
        i2 = unbox_int(r0) @2[r0, r1]
        b3 = int_lt(i2, 9)
        r4 = box_bool(b3)
        guard_no_interrupt() @0[r0, r4]
        jump(r0, r4)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, int) @2[r0, r1]
        i2 = unbox_int(r0) @2[r0, r1]
        b3 = int_lt(i2, 9)
        guard_no_interrupt() @0[r0, box_bool(b3)]
        label L1(r4 = r0, b5 = b3, b6 = b3) as <loop>
        guard_no_interrupt() @0[r4, box_bool(b6)]
        jump L1(r4, b6, b6)
        """,
    )


def test_objects_are_carried_as_their_fields() -> None:
    becomes(
        """
        loop 'loop' [r0]
        guard_type(r0, tuple) @2[r0]
        i1 = getfield(r0, PyTupleObject.ob_size)
        guard_int(i1, 2) @2[r0]
        r2 = getitem(r0, 0, PyTupleObject.ob_item)
        r3 = getitem(r0, 1, PyTupleObject.ob_item)
        guard_type(r2, int) @2[r0]
        i4 = unbox_int(r2) @2[r0]
        i5 = int_add_ovf(i4, 1) @2[r0]
        r6 = box_int(i5)
        r7 = new_tuple(r6, r3)
        guard_no_interrupt() @0[r7]
        jump(r7)
        """,
        """
        loop 'loop' [r0] as <loop start>
        guard_type(r0, tuple) @2[r0]
        i1 = getfield(r0, PyTupleObject.ob_size)
        guard_int(i1, 2) @2[r0]
        r2 = getitem(r0, 0, PyTupleObject.ob_item)
        r3 = getitem(r0, 1, PyTupleObject.ob_item)
        guard_type(r2, int) @2[r0]
        i4 = unbox_int(r2) @2[r0]
        i5 = int_add(i4, 1)
        guard_no_interrupt() @0[new_tuple(box_int(i5), r3)]
        label L1(i6 = i5, r7 = r3) as <loop>
        i8 = int_add_ovf(i6, 1) @2[new_tuple(box_int(i6), r7)]
        guard_no_interrupt() @0[new_tuple(box_int(i8), r7)]
        jump L1(i8, r7)
        """,
    )


def test_instances_are_carried_as_their_attributes() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, Point) @2[r0, r1]
        p2 = getfield(r0, managed.values)
        guard_raw_nonnull(p2) @2[r0, r1]
        r3 = getfield(r0, values[0])
        guard_nonnull(r3) @2[r0, r1]
        r4 = new_instance(r3, NULL, Point, order=(0,))
        guard_no_interrupt() @0[r4, r1]
        jump(r4, r1)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, Point) @2[r0, r1]
        p2 = getfield(r0, managed.values)
        guard_raw_nonnull(p2) @2[r0, r1]
        r3 = getfield(r0, values[0])
        guard_nonnull(r3) @2[r0, r1]
        guard_no_interrupt() @0[new_instance(r3, NULL, Point, order=(0,)), r1]
        label L1(r4 = r3, r5 = r1) as <loop>
        guard_no_interrupt() @0[new_instance(r4, NULL, Point, order=(0,)), r5]
        jump L1(r4, r5)
        """,
    )


def test_an_iterator_is_carried_as_its_position() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, list) @2[r0, r1]
        r2 = new_list_iterator(0, r0)
        guard_no_interrupt() @0[r0, r2]
        jump(r0, r2)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, list) @2[r0, r1]
        guard_no_interrupt() @0[r0, new_list_iterator(0, r0)]
        label L1(r2 = r0, i3 = 0, r4 = r0) as <loop>
        guard_no_interrupt() @0[r2, new_list_iterator(0, r2)]
        jump L1(r2, 0, r2)
        """,
    )


def test_one_object_in_two_slots_stays_one_object() -> None:
    """Each iteration puts the cell of the last one into a new one: too deep at last."""
    becomes(
        """
        loop 'loop' [r0, r1]
        r2 = new_cell(None)
        r3 = setfield(r2, r0, PyCellObject.ob_ref)
        guard_no_interrupt() @0[r2, r2]
        jump(r2, r2)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_no_interrupt() @0[$0=new_cell(r0), $0]
        label L1(r2 = r0) as <loop>
        guard_no_interrupt() @0[$0=new_cell(new_cell(r2)), $0]
        r3 = new_cell(r2)
        jump L1(r3)
        """,
    )


def test_one_object_inside_another_and_in_a_slot() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
        r2 = new_cell(None)
        r3 = new_tuple(r2)
        guard_no_interrupt() @0[r3, r2]
        jump(r3, r2)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_no_interrupt() @0[new_tuple($0=new_cell(None)), $0]
        label L1(r2 = None) as <loop>
        guard_no_interrupt() @0[new_tuple($0=new_cell(None)), $0]
        jump L1(None)
        """,
    )


def test_a_slot_that_never_fits_its_shape_is_a_reference() -> None:
    """Tuples in tuples in tuples ...: allocated, but the other slot stays unboxed."""
    becomes(
        """
        loop 'loop' [r0, r1]
        r2 = new_tuple(r0)
        guard_type(r1, int) @2[r0, r1]
        i3 = unbox_int(r1) @2[r0, r1]
        i4 = int_add_ovf(i3, 1) @2[r0, r1]
        r5 = box_int(i4)
        guard_no_interrupt() @0[r2, r5]
        jump(r2, r5)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r1, int) @2[r0, r1]
        i2 = unbox_int(r1) @2[r0, r1]
        i3 = int_add(i2, 1)
        guard_no_interrupt() @0[new_tuple(r0), box_int(i3)]
        label L1(r4 = r0, i5 = i3) as <loop>
        i6 = int_add_ovf(i5, 1) @2[new_tuple(r4), box_int(i5)]
        guard_no_interrupt() @0[new_tuple(new_tuple(r4)), box_int(i6)]
        r7 = new_tuple(r4)
        jump L1(r7, i6)
        """,
    )


def test_a_list_that_grows_is_a_reference() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, list) @2[r0, r1]
        i2 = call_may_raise list_append(r0, r1) @2[r0, r1]
        r3 = new_list(r0)
        guard_no_interrupt() @0[r3, r1]
        jump(r3, r1)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, list) @2[r0, r1]
        i2 = call_may_raise list_append(r0, r1) @2[r0, r1]
        guard_no_interrupt() @0[new_list(r0), r1]
        label L1(r3 = r0, r4 = r1) as <loop>
        guard_no_interrupt() @0[new_list(new_list(r3, r4)), r4]
        r5 = new_list(r3, r4)
        jump L1(r5, r4)
        """,
    )


def test_what_a_generalised_slot_holds_is_allocated_in_the_other_slots_too() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
        r2 = new_cell(None)
        r3 = new_tuple(r2, r1)
        guard_no_interrupt() @0[r2, r3]
        jump(r2, r3)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_no_interrupt() @0[$0=new_cell(None), new_tuple($0, r1)]
        label L1(r2 = None, r3 = r1) as <loop>
        guard_no_interrupt() @0[$0=new_cell(None), new_tuple($0, new_tuple(new_cell(r2), r3))]
        r4 = new_cell(r2)
        r5 = new_tuple(r4, r3)
        jump L1(None, r5)
        """,
    )


def test_a_constant_is_carried_as_a_value() -> None:
    becomes(
        """
        loop 'loop' [r0]
        guard_is(r0, None) @2[r0]
        guard_no_interrupt() @0[None]
        jump(None)
        """,
        """
        loop 'loop' [r0] as <loop start>
        guard_is(r0, None) @2[r0]
        guard_no_interrupt() @0[None]
        label L1(r1 = None) as <loop>
        guard_is(r1, None) @2[r1]
        guard_no_interrupt() @0[None]
        jump L1(None)
        """,
    )


def test_a_loop_that_works_once_only_is_not_peeled() -> None:
    """The second iteration would be sure to leave."""
    becomes(
        """
        loop 'loop' [r0]
        guard_type(r0, int) @2[r0]
        i1 = unbox_int(r0) @2[r0]
        f2 = int_to_float(i1)
        r3 = box_float(f2)
        guard_no_interrupt() @0[r3]
        jump(r3)
        """,
        """
        loop 'loop' [r0] as <loop start>
        label L1(r1 = r0) as <loop>
        guard_type(r1, int) @2[r1]
        i2 = unbox_int(r1) @2[r1]
        f3 = int_to_float(i2)
        guard_no_interrupt() @0[box_float(f3)]
        r4 = box_float(f3)
        jump L1(r4)
        """,
    )


def test_an_empty_slot_stays_empty() -> None:
    becomes(
        """
        loop 'loop' [r0]
        guard_type(r0, int) @2[r0, -]
        i1 = unbox_int(r0) @2[r0, -]
        i2 = int_sub_ovf(i1, 1) @2[r0, -]
        r3 = box_int(i2)
        guard_no_interrupt() @0[r3, -]
        jump(r3)
        """,
        """
        loop 'loop' [r0] as <loop start>
        guard_type(r0, int) @2[r0, -]
        i1 = unbox_int(r0) @2[r0, -]
        i2 = int_add(i1, -1)
        guard_no_interrupt() @0[box_int(i2), -]
        label L1(i3 = i2) as <loop>
        i4 = int_sub_ovf(i3, 1) @2[box_int(i3), -]
        guard_no_interrupt() @0[box_int(i4), -]
        jump L1(i4)
        """,
    )


def test_a_large_object_is_not_taken_apart() -> None:
    becomes(
        """
        loop 'loop' [r0]
        r1 = new_tuple(r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0,
            r0, r0, r0, r0, r0, r0, r0)
        guard_no_interrupt() @0[r1]
        jump(r1)
        """,
        """
        loop 'loop' [r0] as <loop start>
        guard_no_interrupt() @0[new_tuple(r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0,
            r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0)]
        r1 = new_tuple(r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0,
            r0, r0, r0, r0, r0, r0, r0)
        label L1(r2 = r1) as <loop>
        guard_no_interrupt() @0[new_tuple(r2, r2, r2, r2, r2, r2, r2, r2, r2, r2, r2, r2, r2, r2,
            r2, r2, r2, r2, r2, r2, r2, r2, r2, r2, r2)]
        r3 = new_tuple(r2, r2, r2, r2, r2, r2, r2, r2, r2, r2, r2, r2, r2, r2, r2, r2, r2, r2,
            r2, r2, r2, r2, r2, r2, r2)
        jump L1(r3)
        """,
    )


def test_what_a_large_object_holds_is_allocated_for_the_other_slots_too() -> None:
    """The cell in the first slot is the one in the tuple."""
    becomes(
        """
        loop 'loop' [r0, r1]
        r2 = new_cell(r0)
        r3 = new_tuple(r2, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0,
            r0, r0, r0, r0, r0, r0, r0)
        guard_no_interrupt() @0[r2, r3]
        jump(r2, r3)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_no_interrupt() @0[$0=new_cell(r0), new_tuple($0, r0, r0, r0, r0, r0, r0, r0, r0,
            r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0)]
        r2 = new_cell(r0)
        r3 = new_tuple(r2, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0, r0,
            r0, r0, r0, r0, r0, r0, r0)
        label L1(r4 = r2, r5 = r3) as <loop>
        guard_no_interrupt() @0[$0=new_cell(r4), new_tuple($0, r4, r4, r4, r4, r4, r4, r4, r4,
            r4, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4)]
        r6 = new_cell(r4)
        r7 = new_tuple(r6, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4, r4,
            r4, r4, r4, r4, r4, r4, r4)
        jump L1(r6, r7)
        """,
    )


def test_a_loop_without_slots() -> None:
    becomes(
        """
        loop 'loop' []
        r0 = getfield(<cell_>, PyCellObject.ob_ref)
        guard_nonnull(r0) @2[]
        guard_no_interrupt() @0[]
        jump()
        """,
        """
        loop 'loop' [] as <loop start>
        r0 = getfield(<cell_>, PyCellObject.ob_ref)
        guard_nonnull(r0) @2[]
        guard_no_interrupt() @0[]
        label L1() as <loop>
        guard_no_interrupt() @0[]
        jump L1()
        """,
    )


def test_an_attribute_that_is_set_is_not_null_in_the_loop() -> None:
    """The second iteration would be sure to leave."""
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, Point) @2[r0, r1]
        p2 = getfield(r0, managed.values)
        guard_raw_nonnull(p2) @2[r0, r1]
        r3 = getfield(r0, values[0])
        guard_is(r3, NULL) @2[r0, r1]
        r4 = new_instance(r1, Point, order=(0,))
        guard_no_interrupt() @0[r4, r1]
        jump(r4, r1)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        label L1(r2 = r0, r3 = r1) as <loop>
        guard_type(r2, Point) @2[r2, r3]
        p4 = getfield(r2, managed.values)
        guard_raw_nonnull(p4) @2[r2, r3]
        r5 = getfield(r2, values[0])
        guard_is(r5, NULL) @2[r2, r3]
        guard_no_interrupt() @0[new_instance(r3, Point, order=(0,)), r3]
        r6 = new_instance(r3, Point, order=(0,))
        jump L1(r6, r3)
        """,
    )
