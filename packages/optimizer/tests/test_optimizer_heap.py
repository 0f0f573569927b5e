"""The heap cache: loads that are known, stores that forget, objects that may be the same."""

from __future__ import annotations

from types import CellType

from hotloop_ir.testing import assert_becomes
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


def test_a_field_is_loaded_once() -> None:
    becomes(
        """
        [r0]
        guard_type(r0, cell) @2[r0]
        r1 = getfield(r0, PyCellObject.ob_ref)
        r2 = getfield(r0, PyCellObject.ob_ref)
        leave() @4[r1, r2]
        """,
        """
        [r0]
        guard_type(r0, cell) @2[r0]
        r1 = getfield(r0, PyCellObject.ob_ref)
        leave() @4[r1, r1]
        """,
    )


def test_what_is_stored_is_what_is_loaded() -> None:
    becomes(
        """
        [r0, r1]
        guard_type(r0, Point) @2[r0, r1]
        r2 = setfield(r0, r1, values[0])
        r3 = getfield(r0, values[0])
        r4 = getfield(r0, values[1])
        leave() @4[r2, r3, r4]
        """,
        """
        [r0, r1]
        guard_type(r0, Point) @2[r0, r1]
        r2 = setfield(r0, r1, values[0])
        r3 = getfield(r0, values[1])
        leave() @4[r2, r1, r3]
        """,
    )


def test_numbers_stored_are_loaded() -> None:
    becomes(
        """
        [r0, i1]
        guard_type(r0, range_iterator) @2[r0, i1]
        setfield_int(r0, i1, _PyRangeIterObject.index)
        i2 = getfield(r0, _PyRangeIterObject.index)
        leave() @4[r0, i2]
        """,
        """
        [r0, i1]
        guard_type(r0, range_iterator) @2[r0, i1]
        setfield_int(r0, i1, _PyRangeIterObject.index)
        leave() @4[r0, i1]
        """,
    )


def test_a_store_forgets_the_field_of_what_may_be_the_same() -> None:
    becomes(
        """
        [r0, r1, r2]
        guard_type(r0, cell) @2[r0, r1]
        guard_type(r1, cell) @2[r0, r1]
        r3 = getfield(r0, PyCellObject.ob_ref)
        r4 = setfield(r1, r2, PyCellObject.ob_ref)
        r5 = getfield(r0, PyCellObject.ob_ref)
        r6 = getfield(r1, PyCellObject.ob_ref)
        leave() @4[r3, r4, r5, r6]
        """,
        """
        [r0, r1, r2]
        guard_type(r0, cell) @2[r0, r1]
        guard_type(r1, cell) @2[r0, r1]
        r3 = getfield(r0, PyCellObject.ob_ref)
        r4 = setfield(r1, r2, PyCellObject.ob_ref)
        r5 = getfield(r0, PyCellObject.ob_ref)
        leave() @4[r3, r4, r5, r2]
        """,
    )


def test_a_store_forgets_no_other_field() -> None:
    becomes(
        """
        [r0, r1, r2]
        guard_type(r0, Point) @2[r0, r1]
        guard_type(r1, Point) @2[r0, r1]
        r3 = getfield(r0, values[0])
        r4 = setfield(r1, r2, values[1])
        r5 = getfield(r0, values[0])
        leave() @4[r3, r4, r5]
        """,
        """
        [r0, r1, r2]
        guard_type(r0, Point) @2[r0, r1]
        guard_type(r1, Point) @2[r0, r1]
        r3 = getfield(r0, values[0])
        r4 = setfield(r1, r2, values[1])
        leave() @4[r3, r4, r3]
        """,
    )


def test_objects_of_different_classes_are_different() -> None:
    becomes(
        """
        [r0, r1, r2]
        guard_type(r0, Point) @2[r0, r1]
        guard_type(r1, Slotted) @2[r0, r1]
        r3 = getfield(r0, slot[16])
        r4 = setfield(r1, r2, slot[16])
        r5 = getfield(r0, slot[16])
        leave() @4[r3, r4, r5]
        """,
        """
        [r0, r1, r2]
        guard_type(r0, Point) @2[r0, r1]
        guard_type(r1, Slotted) @2[r0, r1]
        r3 = getfield(r0, slot[16])
        r4 = setfield(r1, r2, slot[16])
        leave() @4[r3, r4, r3]
        """,
    )


def test_a_new_object_is_no_other_object() -> None:
    becomes(
        """
        [r0, i1, r2]
        guard_type(r0, list) @2[r0, i1, r2]
        r3 = getitem(r0, 0, PyListObject.ob_item)
        r4 = new_list(r2)
        r5 = setitem(r4, i1, r2, PyListObject.ob_item)
        r6 = getitem(r0, 0, PyListObject.ob_item)
        r7 = setitem(r0, 0, r2, PyListObject.ob_item)
        r8 = getitem(r4, i1, PyListObject.ob_item)
        leave() @4[r3, r4, r5, r6, r8]
        """,
        """
        [r0, i1, r2]
        guard_type(r0, list) @2[r0, i1, r2]
        r3 = getitem(r0, 0, PyListObject.ob_item)
        r4 = new_list(r2)
        r5 = setitem(r4, i1, r2, PyListObject.ob_item)
        r6 = setitem(r0, 0, r2, PyListObject.ob_item)
        leave() @4[r3, r4, r5, r3, r2]
        """,
    )


def test_a_new_object_that_was_stored_may_be_what_is_loaded() -> None:
    stays(
        """
        [r0, r1, r2]
        guard_type(r0, cell) @2[r0, r1, r2]
        guard_type(r1, cell) @2[r0, r1, r2]
        r3 = new_cell(r2)
        r4 = setfield(r0, r3, PyCellObject.ob_ref)
        r5 = getfield(r1, PyCellObject.ob_ref)
        guard_type(r5, cell) @4[r0, r1, r2]
        r6 = setfield(r5, None, PyCellObject.ob_ref)
        r7 = getfield(r3, PyCellObject.ob_ref)
        leave() @6[r3, r6, r7]
        """
    )


def test_what_a_new_object_holds_has_escaped() -> None:
    """The cell is loaded again through the list, by an index that is not known."""
    stays(
        """
        [r0, r1, i2]
        guard_type(r0, list) @2[r0, r1, i2]
        r3 = new_cell(r1)
        r4 = new_list(r3)
        r5 = getitem(r4, i2, PyListObject.ob_item)
        guard_type(r5, cell) @4[r0, r1, i2]
        r6 = setfield(r5, None, PyCellObject.ob_ref)
        r7 = getfield(r3, PyCellObject.ob_ref)
        leave() @6[r3, r7]
        """
    )


def test_items_are_told_apart_by_constant_indexes() -> None:
    becomes(
        """
        [r0, r1]
        guard_type(r0, list) @2[r0, r1]
        r2 = getitem(r0, 0, PyListObject.ob_item)
        r3 = setitem(r0, 1, r1, PyListObject.ob_item)
        r4 = getitem(r0, 0, PyListObject.ob_item)
        r5 = getitem(r0, 1, PyListObject.ob_item)
        leave() @4[r2, r3, r4, r5]
        """,
        """
        [r0, r1]
        guard_type(r0, list) @2[r0, r1]
        r2 = getitem(r0, 0, PyListObject.ob_item)
        r3 = setitem(r0, 1, r1, PyListObject.ob_item)
        leave() @4[r2, r3, r2, r1]
        """,
    )


def test_a_computed_index_may_be_any() -> None:
    becomes(
        """
        [r0, r1, i2]
        guard_type(r0, list) @2[r0, r1, i2]
        r3 = getitem(r0, 0, PyListObject.ob_item)
        r4 = setitem(r0, i2, r1, PyListObject.ob_item)
        r5 = getitem(r0, 0, PyListObject.ob_item)
        r6 = getitem(r0, i2, PyListObject.ob_item)
        leave() @4[r3, r4, r5, r6]
        """,
        """
        [r0, r1, i2]
        guard_type(r0, list) @2[r0, r1, i2]
        r3 = getitem(r0, 0, PyListObject.ob_item)
        r4 = setitem(r0, i2, r1, PyListObject.ob_item)
        r5 = getitem(r0, 0, PyListObject.ob_item)
        leave() @4[r3, r4, r5, r1]
        """,
    )


def test_a_store_by_a_constant_index_may_be_at_a_computed_one() -> None:
    stays(
        """
        [r0, r1, i2]
        guard_type(r0, list) @2[r0, r1, i2]
        r3 = getitem(r0, i2, PyListObject.ob_item)
        r4 = setitem(r0, 0, r1, PyListObject.ob_item)
        r5 = getitem(r0, i2, PyListObject.ob_item)
        leave() @4[r3, r4, r5]
        """
    )


def test_tuples_never_change() -> None:
    becomes(
        """
        [r0]
        guard_type(r0, tuple) @2[r0]
        r1 = getitem(r0, 0, PyTupleObject.ob_item)
        r2 = call_python(r1) @4[r0, r1]
        r3 = getitem(r0, 0, PyTupleObject.ob_item)
        i4 = getfield(r0, PyTupleObject.ob_size)
        i5 = getfield(r0, PyTupleObject.ob_size)
        leave() @6[r0, r3, i4, i5]
        """,
        """
        [r0]
        guard_type(r0, tuple) @2[r0]
        r1 = getitem(r0, 0, PyTupleObject.ob_item)
        r2 = call_python(r1) @4[r0, r1]
        i3 = getfield(r0, PyTupleObject.ob_size)
        leave() @6[r0, r1, i3, i3]
        """,
    )


def test_the_values_of_dict_keys_are_told_apart() -> None:
    becomes(
        """
        [r0]
        guard_type(r0, dict) @2[r0]
        p1 = getfield(r0, PyDictObject.ma_keys)
        i2 = getfield(p1, PyDictKeysObject.dk_version)
        guard_int(i2, 5) @2[r0]
        r3 = getfield(p1, keys[24])
        r4 = getfield(p1, keys[48])
        r5 = getfield(p1, keys[24])
        leave() @4[r3, r4, r5]
        """,
        """
        [r0]
        guard_type(r0, dict) @2[r0]
        p1 = getfield(r0, PyDictObject.ma_keys)
        i2 = getfield(p1, PyDictKeysObject.dk_version)
        guard_int(i2, 5) @2[r0]
        r3 = getfield(p1, keys[24])
        r4 = getfield(p1, keys[48])
        leave() @4[r3, r4, r3]
        """,
    )


def test_the_old_content_of_a_store_is_of_the_class_it_was_known_to_be() -> None:
    becomes(
        """
        [r0, r1]
        guard_type(r0, cell) @2[r0, r1]
        r2 = getfield(r0, PyCellObject.ob_ref)
        guard_type(r2, list) @2[r0, r1]
        r3 = setfield(r0, r1, PyCellObject.ob_ref)
        guard_type(r3, list) @4[r0, r1]
        leave() @6[r3]
        """,
        """
        [r0, r1]
        guard_type(r0, cell) @2[r0, r1]
        r2 = getfield(r0, PyCellObject.ob_ref)
        guard_type(r2, list) @2[r0, r1]
        r3 = setfield(r0, r1, PyCellObject.ob_ref)
        leave() @6[r3]
        """,
    )


def test_contents_of_a_constant() -> None:
    becomes(
        """
        [r0]
        r1 = getfield(<cell_>, PyCellObject.ob_ref)
        r2 = getfield(<cell_>, PyCellObject.ob_ref)
        r3 = setfield(<cell_>, r0, PyCellObject.ob_ref)
        r4 = getfield(<cell_>, PyCellObject.ob_ref)
        leave() @2[r1, r2, r3, r4]
        """,
        """
        [r0]
        r1 = getfield(<cell_>, PyCellObject.ob_ref)
        r2 = setfield(<cell_>, r0, PyCellObject.ob_ref)
        leave() @2[r1, r1, r2, r0]
        """,
    )


def test_a_value_may_turn_out_to_be_a_constant_whose_content_was_known() -> None:
    becomes(
        """
        [r0, r1]
        guard_type(r0, cell) @2[r0, r1]
        r2 = getfield(<cell_>, PyCellObject.ob_ref)
        r3 = getfield(r0, PyCellObject.ob_ref)
        guard_is(r0, <cell_>) @2[r0, r1]
        r4 = setfield(r0, r1, PyCellObject.ob_ref)
        r5 = getfield(<cell_>, PyCellObject.ob_ref)
        leave() @4[r2, r3, r5]
        """,
        """
        [r0, r1]
        guard_type(r0, cell) @2[r0, r1]
        r2 = getfield(<cell_>, PyCellObject.ob_ref)
        r3 = getfield(r0, PyCellObject.ob_ref)
        guard_is(r0, <cell_>) @2[r0, r1]
        r4 = setfield(<cell_>, r1, PyCellObject.ob_ref)
        leave() @4[r2, r3, r1]
        """,
    )


def test_items_are_never_null() -> None:
    becomes(
        """
        [r0]
        guard_type(r0, list) @2[r0]
        r1 = getitem(r0, 0, PyListObject.ob_item)
        guard_nonnull(r1) @2[r0]
        leave() @4[r1]
        """,
        """
        [r0]
        guard_type(r0, list) @2[r0]
        r1 = getitem(r0, 0, PyListObject.ob_item)
        leave() @4[r1]
        """,
    )


def test_numbers_in_arrays() -> None:
    """What is stored is there; other kinds of arrays are other memory; items have bounds."""
    becomes(
        """
        [r0, r1, i2, i3, i4]
        guard_type(r0, bytearray) @2[r0]
        guard_type(r1, bytes) @2[r0]
        i5 = getitem(r0, 0, PyByteArrayObject.ob_start)
        i6 = getitem(r1, 1, PyBytesObject.ob_sval)
        setitem_int(r0, i2, i3, PyByteArrayObject.ob_start)
        i7 = getitem(r0, i2, PyByteArrayObject.ob_start)
        i8 = getitem(r0, 0, PyByteArrayObject.ob_start)
        i9 = getitem(r1, 1, PyBytesObject.ob_sval)
        i10 = int_add_ovf(i8, i9) @4[r0]
        leave() @4[r0, i5, i6, i7, i8, i9, i10]
        """,
        """
        [r0, r1, i2, i3, i4]
        guard_type(r0, bytearray) @2[r0]
        guard_type(r1, bytes) @2[r0]
        i5 = getitem(r0, 0, PyByteArrayObject.ob_start)
        i6 = getitem(r1, 1, PyBytesObject.ob_sval)
        setitem_int(r0, i2, i3, PyByteArrayObject.ob_start)
        i8 = getitem(r0, 0, PyByteArrayObject.ob_start)
        i10 = int_add(i8, i6)
        leave() @4[r0, i5, i6, i3, i8, i6, i10]
        """,
    )
