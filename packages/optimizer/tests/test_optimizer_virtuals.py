"""Virtual objects: allocations that are not done, and what makes them happen after all."""

from __future__ import annotations

import pytest

from hotloop_ir.testing import assert_becomes, parse
from hotloop_optimizer.pipeline import Forward, InvalidTrace


class Point:
    """A class whose instances have inline values."""


class Slotted:
    """A class whose instances have slots."""


NAMES = {"Point": Point, "Slotted": Slotted}


def becomes(before: str, after: str) -> None:
    assert_becomes(Forward(), before, after, NAMES)


def stays(text: str) -> None:
    becomes(text, text)


def test_boxes_are_not_made() -> None:
    becomes(
        """
        [i0, f1, b2]
        r3 = box_int(i0)
        r4 = box_float(f1)
        r5 = box_bool(b2)
        i6 = unbox_int(r3) @2[r3, r4, r5]
        f7 = unbox_float(r4)
        b8 = unbox_bool(r5)
        leave() @4[r3, r4, r5, i6, f7, b8]
        """,
        """
        [i0, f1, b2]
        leave() @4[box_int(i0), box_float(f1), box_bool(b2), i0, f1, b2]
        """,
    )


def test_the_number_of_a_bool_is_its_truth_value() -> None:
    becomes(
        """
        [b0]
        r1 = box_bool(b0)
        i2 = unbox_int(r1) @2[r1]
        leave() @4[i2]
        """,
        """
        [b0]
        i1 = int_from_bool(b0)
        leave() @4[i1]
        """,
    )


def test_shared_objects_are_constants() -> None:
    """CPython has one object for each small int, bool and the empty tuple."""
    becomes(
        """
        [r0]
        r1 = box_int(256)
        r2 = box_int(257)
        r3 = box_bool(true)
        r4 = new_tuple()
        r5 = new_list()
        leave() @4[r1, r2, r3, r4, r5]
        """,
        """
        [r0]
        leave() @4[<256>, box_int(257), True, <()>, new_list()]
        """,
    )


def test_constants_are_unboxed() -> None:
    becomes(
        """
        [r0]
        i1 = unbox_int(<7>) @2[r0]
        i2 = unbox_int(True) @2[r0]
        f3 = unbox_float(<1.5>)
        b4 = unbox_bool(False)
        leave() @4[i1, i2, f3, b4]
        """,
        """
        [r0]
        leave() @4[7, 1, 1.5, false]
        """,
    )


def test_a_number_is_unboxed_once() -> None:
    becomes(
        """
        [r0, r1]
        guard_type(r0, int) @2[r0, r1]
        i2 = unbox_int(r0) @2[r0, r1]
        i3 = unbox_int(r0) @4[r0, r1]
        guard_type(r1, float) @4[r0, r1]
        f4 = unbox_float(r1)
        f5 = unbox_float(r1)
        leave() @6[i2, i3, f4, f5]
        """,
        """
        [r0, r1]
        guard_type(r0, int) @2[r0, r1]
        i2 = unbox_int(r0) @2[r0, r1]
        guard_type(r1, float) @4[r0, r1]
        f3 = unbox_float(r1)
        leave() @6[i2, i2, f3, f3]
        """,
    )


def test_the_number_of_a_bool_is_not_its_truth_value() -> None:
    becomes(
        """
        [r0]
        guard_type(r0, bool) @2[r0]
        i1 = unbox_int(r0) @2[r0]
        b2 = unbox_bool(r0)
        b3 = unbox_bool(r0)
        i4 = unbox_int(r0) @4[r0]
        leave() @6[i1, b2, b3, i4]
        """,
        """
        [r0]
        guard_type(r0, bool) @2[r0]
        i1 = unbox_int(r0) @2[r0]
        b2 = unbox_bool(r0)
        i3 = int_from_bool(b2)
        leave() @6[i1, b2, b2, i3]
        """,
    )


def test_classes_of_virtuals_are_known() -> None:
    becomes(
        """
        [i0, r1]
        r2 = box_int(i0)
        guard_type(r2, int) @2[r2]
        r3 = new_list(r1)
        guard_type(r3, list) @2[r2, r3]
        r4 = new_instance(r1, NULL, Point, order=(0,))
        guard_type(r4, Point) @2[r2, r4]
        guard_nonnull(r4) @2[r2, r4]
        leave() @4[r2]
        """,
        """
        [i0, r1]
        leave() @4[box_int(i0)]
        """,
    )


def test_tuples_and_lists_are_their_items() -> None:
    becomes(
        """
        [r0, r1]
        r2 = new_tuple(r0, r1)
        i3 = getfield(r2, PyTupleObject.ob_size)
        guard_int(i3, 2) @2[r2]
        r4 = getitem(r2, 1, PyTupleObject.ob_item)
        r5 = new_list(r4, r0)
        r6 = setitem(r5, 0, r0, PyListObject.ob_item)
        r7 = getitem(r5, 0, PyListObject.ob_item)
        i8 = getfield(r5, PyListObject.ob_size)
        leave() @4[r2, r4, r5, r6, r7, i8]
        """,
        """
        [r0, r1]
        leave() @4[new_tuple(r0, r1), r1, new_list(r0, r0), r1, r0, 2]
        """,
    )


def test_a_variable_index_allocates() -> None:
    becomes(
        """
        [r0, i1]
        r2 = new_list(r0, r0)
        r3 = getitem(r2, i1, PyListObject.ob_item)
        r4 = getitem(r2, 1, PyListObject.ob_item)
        leave() @4[r2, r3, r4]
        """,
        """
        [r0, i1]
        r2 = new_list(r0, r0)
        r3 = getitem(r2, i1, PyListObject.ob_item)
        leave() @4[r2, r3, r0]
        """,
    )


def test_lists_grow_and_shrink() -> None:
    becomes(
        """
        [r0, r1]
        r2 = new_list()
        i3 = call_may_raise list_append(r2, r0) @2[r2]
        i4 = call_may_raise list_append(r2, r1) @4[r2]
        r5 = call list_pop_last(r2)
        i6 = getfield(r2, PyListObject.ob_size)
        leave() @6[r2, r5, i3, i6]
        """,
        """
        [r0, r1]
        leave() @6[new_list(r0), r1, 0, 1]
        """,
    )


def test_cells_and_methods_and_slices_are_their_fields() -> None:
    becomes(
        """
        [r0, r1]
        r2 = new_cell(NULL)
        r3 = setfield(r2, r0, PyCellObject.ob_ref)
        guard_is(r3, NULL) @2[r2]
        r4 = getfield(r2, PyCellObject.ob_ref)
        guard_nonnull(r4) @4[r2]
        r5 = new_method(<len>, r4)
        r6 = getfield(r5, PyMethodObject.im_func)
        guard_is(r6, <len>) @6[r5]
        r7 = getfield(r5, PyMethodObject.im_self)
        r8 = new_slice(r7, None, r1)
        r9 = getfield(r8, PySliceObject.step)
        leave() @8[r2, r5, r8, r9]
        """,
        """
        [r0, r1]
        leave() @8[new_cell(r0), new_method(<len>, r0), new_slice(r0, None, r1), r1]
        """,
    )


def test_iterators_are_their_positions() -> None:
    becomes(
        """
        [r0]
        guard_type(r0, list) @2[r0]
        r1 = new_list_iterator(0, r0)
        i2 = getfield(r1, _PyListIterObject.it_index)
        r3 = getfield(r1, _PyListIterObject.it_seq)
        i4 = getfield(r3, PyListObject.ob_size)
        b5 = int_lt(i2, i4)
        guard_true(b5) @4[r0, r1]
        r6 = getitem(r3, i2, PyListObject.ob_item)
        i7 = int_add(i2, 1)
        setfield_int(r1, i7, _PyListIterObject.it_index)
        leave() @6[r0, r1, r6]
        """,
        """
        [r0]
        guard_type(r0, list) @2[r0]
        i1 = getfield(r0, PyListObject.ob_size)
        b2 = int_lt(0, i1)
        guard_true(b2) @4[r0, new_list_iterator(0, r0)]
        r3 = getitem(r0, 0, PyListObject.ob_item)
        leave() @6[r0, new_list_iterator(1, r0), r3]
        """,
    )


def test_range_iterators_count() -> None:
    becomes(
        """
        [i0]
        r1 = new_range_iterator(0, 10, 2, i0)
        i2 = getfield(r1, _PyRangeIterObject.index)
        i3 = getfield(r1, _PyRangeIterObject.len)
        b4 = int_lt(i2, i3)
        guard_true(b4) @4[r1]
        i5 = getfield(r1, _PyRangeIterObject.step)
        i6 = getfield(r1, _PyRangeIterObject.start)
        i7 = int_mul(i2, i5)
        i8 = int_add(i6, i7)
        i9 = int_add(i2, 1)
        setfield_int(r1, i9, _PyRangeIterObject.index)
        leave() @6[r1, i8]
        """,
        """
        [i0]
        b1 = int_lt(0, i0)
        guard_true(b1) @4[new_range_iterator(0, 10, 2, i0)]
        leave() @6[new_range_iterator(1, 10, 2, i0), 10]
        """,
    )


def test_instances_are_their_attributes() -> None:
    """The insertion order is that of the stores."""
    becomes(
        """
        [r0, r1]
        r2 = new_instance(r0, NULL, NULL, Point, order=(0,))
        p3 = getfield(r2, managed.values)
        guard_raw_nonnull(p3) @2[r2]
        r4 = setfield(r2, r1, values[2])
        r5 = setfield(r2, r0, values[1])
        r6 = setfield(r2, r1, values[0])
        r7 = getfield(r2, values[2])
        leave() @4[r2, r6, r7]
        """,
        """
        [r0, r1]
        leave() @4[new_instance(r1, r0, r1, Point, order=(0, 2, 1)), r0, r1]
        """,
    )


def test_an_attribute_deleted_and_set_again_comes_last() -> None:
    becomes(
        """
        [r0, r1]
        r2 = new_instance(r0, r1, Point, order=(0, 1))
        r3 = setfield(r2, NULL, values[0])
        r4 = setfield(r2, r0, values[0])
        leave() @4[r2]
        """,
        """
        [r0, r1]
        leave() @4[new_instance(r0, r1, Point, order=(1, 0))]
        """,
    )


def test_slots_of_instances() -> None:
    becomes(
        """
        [r0, r1]
        r2 = new_slots_instance(r0, NULL, Slotted, offsets=(16, 24))
        r3 = setfield(r2, r1, slot[24])
        r4 = getfield(r2, slot[24])
        r5 = getfield(r2, slot[16])
        leave() @4[r2, r4, r5]
        """,
        """
        [r0, r1]
        leave() @4[new_slots_instance(r0, r1, Slotted, offsets=(16, 24)), r1, r0]
        """,
    )


def test_virtuals_nest_and_are_shared_in_snapshots() -> None:
    becomes(
        """
        [i0, r1]
        r2 = box_int(i0)
        r3 = new_cell(r2)
        r4 = new_tuple(r3, r2)
        r5 = new_list(r3, r4)
        leave() @4[r5, r3, r4 | r2] @8{fn=<len>}[r5]
        """,
        """
        [i0, r1]
        leave() @4[$0=new_list($1=new_cell($2=box_int(i0)), $3=new_tuple($1, $2)), $1,
            $3 | $2] @8{fn=<len>}[$0]
        """,
    )


def test_a_snapshot_shows_the_state_of_its_time() -> None:
    becomes(
        """
        [r0, r1]
        r2 = new_cell(r0)
        guard_nonnull(r1) @2[r2]
        guard_type(r1, int) @2[r2]
        r3 = setfield(r2, r1, PyCellObject.ob_ref)
        guard_is(r0, None) @4[r2]
        leave() @6[r2]
        """,
        """
        [r0, r1]
        guard_type(r1, int) @2[new_cell(r0)]
        guard_is(r0, None) @4[new_cell(r1)]
        leave() @6[new_cell(r1)]
        """,
    )


def test_a_frame_that_is_still_right_is_shared() -> None:
    becomes(
        """
        [r0, r1]
        r2 = new_cell(r0)
        r3 = new_cell(r1)
        guard_type(r0, int) @2[r2] @20[r1]
        r4 = setfield(r3, r0, PyCellObject.ob_ref)
        guard_type(r1, int) @4[r2, r3] @20[r1]
        leave() @6[r3] @20[r1]
        """,
        """
        [r0, r1]
        guard_type(r0, int) @2[new_cell(r0)] @20[r1]
        guard_type(r1, int) @4[new_cell(r0), new_cell(r0)] @20[r1]
        leave() @6[new_cell(r0)] @20[r1]
        """,
    )


def test_storing_into_real_memory_allocates_what_is_reachable() -> None:
    becomes(
        """
        [r0, i1]
        guard_type(r0, list) @2[r0, i1]
        r2 = box_int(i1)
        r3 = new_cell(r2)
        r4 = new_tuple(r3, r3)
        r5 = setitem(r0, 0, r4, PyListObject.ob_item)
        r6 = getfield(r3, PyCellObject.ob_ref)
        r7 = getitem(r4, 1, PyTupleObject.ob_item)
        leave() @4[r3, r4, r6, r7]
        """,
        """
        [r0, i1]
        guard_type(r0, list) @2[r0, i1]
        r2 = box_int(i1)
        r3 = new_cell(r2)
        r4 = new_tuple(r3, r3)
        r5 = setitem(r0, 0, r4, PyListObject.ob_item)
        leave() @4[r3, r4, r2, r3]
        """,
    )


def test_an_allocated_object_is_allocated_once() -> None:
    stays(
        """
        [r0, r1]
        guard_type(r0, cell) @2[r0, r1]
        guard_type(r1, cell) @2[r0, r1]
        r2 = new_list()
        r3 = setfield(r0, r2, PyCellObject.ob_ref)
        r4 = setfield(r1, r2, PyCellObject.ob_ref)
        leave() @4[r2]
        """
    )


def test_an_object_that_would_hold_itself_is_allocated() -> None:
    stays(
        """
        [r0]
        r1 = new_list(r0)
        r2 = setitem(r1, 0, r1, PyListObject.ob_item)
        r3 = new_cell(NULL)
        r4 = new_tuple(r3)
        r5 = setfield(r3, r4, PyCellObject.ob_ref)
        r6 = new_list()
        i7 = call_may_raise list_append(r6, r6) @4[r1]
        leave() @4[r1, r3, r6]
        """
    )


def test_the_number_in_an_allocated_box_is_known() -> None:
    becomes(
        """
        [r0, i1]
        guard_type(r0, cell) @2[r0, i1]
        r2 = box_int(i1)
        r3 = setfield(r0, r2, PyCellObject.ob_ref)
        i4 = unbox_int(r2) @4[r0]
        leave() @4[i4]
        """,
        """
        [r0, i1]
        guard_type(r0, cell) @2[r0, i1]
        r2 = box_int(i1)
        r3 = setfield(r0, r2, PyCellObject.ob_ref)
        leave() @4[i1]
        """,
    )


def test_virtuals_are_not_other_objects() -> None:
    becomes(
        """
        [r0, i1]
        r2 = new_list()
        r3 = new_list()
        b4 = ref_is(r2, r3)
        guard_false(b4) @2[r0]
        b5 = ref_is(r0, r2)
        guard_false(b5) @2[r0]
        b6 = ref_is(r2, None)
        guard_false(b6) @2[r0]
        r7 = box_int(i1)
        b8 = ref_is(r7, None)
        guard_false(b8) @2[r0]
        b9 = ref_is(r7, NULL)
        guard_false(b9) @2[r0]
        leave() @4[r2]
        """,
        """
        [r0, i1]
        leave() @4[new_list()]
        """,
    )


def test_a_bool_is_compared_with_a_constant_by_its_truth_value() -> None:
    becomes(
        """
        [b0]
        r1 = box_bool(b0)
        guard_is(r1, True) @2[r1]
        guard_is(r1, True) @4[r1]
        b2 = ref_is(r1, None)
        leave() @6[r1, b2]
        """,
        """
        [b0]
        guard_true(b0) @2[box_bool(b0)]
        leave() @6[True, false]
        """,
    )


def test_two_boxes_are_compared_as_objects() -> None:
    stays(
        """
        [i0, f1]
        r2 = box_float(f1)
        r3 = box_float(f1)
        b4 = ref_is(r2, r3)
        leave() @2[r2, b4]
        """
    )


def test_a_field_nobody_models_allocates() -> None:
    stays(
        """
        [r0]
        r1 = new_instance(r0, Point, order=(0,))
        r2 = getfield(r1, managed.dict)
        r3 = getfield(r1, values[5])
        leave() @2[r1, r2, r3]
        """
    )


def test_a_removed_allocation_of_the_recorder_is_lowered_too() -> None:
    becomes(
        """
        [r0, i1]
        r2 = box_int(i1)
        guard_is(r0, None) @2[new_tuple(r2, new_list(r0, r2))]
        guard_int(i1, 5) @4[$0=new_tuple(r2, r0), $0]
        leave() @6[new_tuple(r2, r0)]
        """,
        """
        [r0, i1]
        guard_is(r0, None) @2[new_tuple($0=box_int(i1), new_list(r0, $0))]
        guard_int(i1, 5) @4[$0=new_tuple(box_int(i1), None), $0]
        leave() @6[new_tuple(box_int(i1), None)]
        """,
    )


def test_a_chain_of_objects_is_cut() -> None:
    """A snapshot must not grow without bound."""
    lines = ["[r0]", "r1 = new_cell(r0)"]
    lines += [f"r{i} = new_cell(r{i - 1})" for i in range(2, 300)]
    trace = parse("\n".join([*lines, "leave() @2[r299]"]))
    result = Forward().run(trace)
    assert 200 < len(result.ops) < 300


@pytest.mark.parametrize("index", [-1, 2])
def test_an_item_that_is_not_there_is_a_contradiction(index: int) -> None:
    trace = parse(
        f"""
        [r0]
        r1 = new_tuple(r0, r0)
        r2 = getitem(r1, {index}, PyTupleObject.ob_item)
        leave() @2[r2]
        """
    )
    with pytest.raises(InvalidTrace):
        Forward().run(trace)
