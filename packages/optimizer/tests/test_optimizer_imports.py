"""What the loop takes from its first iteration: invariants, checked in the short preamble."""

from __future__ import annotations

from hotloop_ir.testing import assert_becomes
from hotloop_optimizer.pipeline import Forward


class Point:
    """A class whose instances have inline values."""


class Slotted:
    """A class whose instances have slots."""


NAMES = {"Point": Point, "Slotted": Slotted, "globals_": {}}


def becomes(before: str, after: str) -> None:
    assert_becomes(Forward(), before, after, NAMES)


def stays(text: str) -> None:
    becomes(text, text)


def test_classes_are_checked_before_the_loop() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, Point) @2[r0, r1]
        guard_type(r1, int) @4[r0, r1]
        guard_no_interrupt() @0[r0, r1]
        jump(r0, r1)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, Point) @2[r0, r1]
        guard_type(r1, int) @4[r0, r1]
        guard_no_interrupt() @0[r0, r1]
        label L1(r2 = r0, r3 = r1) as <loop>
        guard_no_interrupt() @0[r2, r3]
        jump L1(r2, r3)
        """,
    )


def test_a_class_that_is_not_that_of_the_next_value_is_checked_again() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, list) @2[r0, r1]
        r2 = getitem(r0, 0, PyListObject.ob_item)
        guard_type(r1, list) @2[r0, r1]
        guard_no_interrupt() @0[r1, r2]
        jump(r1, r2)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, list) @2[r0, r1]
        r2 = getitem(r0, 0, PyListObject.ob_item)
        guard_type(r1, list) @2[r0, r1]
        guard_no_interrupt() @0[r1, r2]
        label L1(r3 = r1, r4 = r2) as <loop>
        r5 = getitem(r3, 0, PyListObject.ob_item)
        guard_type(r4, list) @2[r3, r4]
        guard_no_interrupt() @0[r4, r5]
        jump L1(r4, r5)
        """,
    )


def test_numbers_are_unboxed_before_the_loop() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, int) @2[r0, r1]
        i2 = unbox_int(r0) @2[r0, r1]
        guard_type(r1, int) @2[r0, r1]
        i3 = unbox_int(r1) @2[r0, r1]
        i4 = int_add_ovf(i3, i2) @4[r0, r1]
        r5 = box_int(i4)
        guard_no_interrupt() @0[r0, r5]
        jump(r0, r5)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, int) @2[r0, r1]
        i2 = unbox_int(r0) @2[r0, r1]
        guard_type(r1, int) @2[r0, r1]
        i3 = unbox_int(r1) @2[r0, r1]
        i4 = int_add(i3, i2)
        guard_no_interrupt() @0[r0, box_int(i4)]
        label L1(r5 = r0, i6 = i4, i7 = i2) as <loop>
        i8 = int_add_ovf(i6, i7) @4[r5, box_int(i6)]
        guard_no_interrupt() @0[r5, box_int(i8)]
        jump L1(r5, i8, i7)
        """,
    )


def test_invariant_expressions_are_computed_before_the_loop() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, int) @2[r0, r1]
        i2 = unbox_int(r0) @2[r0, r1]
        i3 = int_xor(i2, 7)
        guard_type(r1, int) @2[r0, r1]
        i4 = unbox_int(r1) @2[r0, r1]
        i5 = int_xor(i4, i3)
        r6 = box_int(i5)
        guard_no_interrupt() @0[r0, r6]
        jump(r0, r6)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, int) @2[r0, r1]
        i2 = unbox_int(r0) @2[r0, r1]
        i3 = int_xor(i2, 7)
        guard_type(r1, int) @2[r0, r1]
        i4 = unbox_int(r1) @2[r0, r1]
        i5 = int_xor(i4, i3)
        guard_no_interrupt() @0[r0, box_int(i5)]
        label L1(r6 = r0, i7 = i5, i8 = i3) as <loop>
        i9 = int_xor(i7, i8)
        guard_no_interrupt() @0[r6, box_int(i9)]
        jump L1(r6, i9, i8)
        """,
    )


def test_a_global_is_loaded_before_the_loop() -> None:
    """Keys and version are only checked: the loop does not carry them."""
    becomes(
        """
        loop 'loop' [r0]
        p1 = getfield(<globals_>, PyDictObject.ma_keys)
        i2 = getfield(p1, PyDictKeysObject.dk_version)
        guard_int(i2, 5) @2[r0]
        r3 = getfield(p1, keys[24])
        guard_is(r3, <len>) @2[r0]
        r4 = getfield(p1, keys[48])
        guard_type(r4, list) @2[r0]
        guard_no_interrupt() @0[r4]
        jump(r4)
        """,
        """
        loop 'loop' [r0] as <loop start>
        p1 = getfield(<globals_>, PyDictObject.ma_keys)
        i2 = getfield(p1, PyDictKeysObject.dk_version)
        guard_int(i2, 5) @2[r0]
        r3 = getfield(p1, keys[24])
        guard_is(r3, <len>) @2[r0]
        r4 = getfield(p1, keys[48])
        guard_type(r4, list) @2[r0]
        guard_no_interrupt() @0[r4]
        label L1(r5 = r4, r6 = r4) as <loop>
        guard_no_interrupt() @0[r6]
        jump L1(r6, r6)
        """,
    )


def test_arbitrary_code_ends_what_is_known_of_memory() -> None:
    becomes(
        """
        loop 'loop' [r0]
        p1 = getfield(<globals_>, PyDictObject.ma_keys)
        i2 = getfield(p1, PyDictKeysObject.dk_version)
        guard_int(i2, 5) @2[r0]
        r3 = getfield(p1, keys[24])
        guard_is(r3, <len>) @2[r0]
        guard_type(r0, Point) @2[r0]
        r4 = call_python(r3, r0) @2[r0]
        guard_no_interrupt() @0[r0]
        jump(r0)
        """,
        """
        loop 'loop' [r0] as <loop start>
        p1 = getfield(<globals_>, PyDictObject.ma_keys)
        i2 = getfield(p1, PyDictKeysObject.dk_version)
        guard_int(i2, 5) @2[r0]
        r3 = getfield(p1, keys[24])
        guard_is(r3, <len>) @2[r0]
        guard_type(r0, Point) @2[r0]
        r4 = call_python(<len>, r0) @2[r0]
        guard_no_interrupt() @0[r0]
        label L1(r5 = r0) as <loop>
        p6 = getfield(<globals_>, PyDictObject.ma_keys)
        i7 = getfield(p6, PyDictKeysObject.dk_version)
        guard_int(i7, 5) @2[r5]
        r8 = getfield(p6, keys[24])
        guard_is(r8, <len>) @2[r5]
        guard_type(r5, Point) @2[r5]
        r9 = call_python(<len>, r5) @2[r5]
        guard_no_interrupt() @0[r5]
        jump L1(r5)
        """,
    )


def test_what_is_loaded_after_the_call_is_known_before_the_next() -> None:
    becomes(
        """
        loop 'loop' [r0]
        guard_type(r0, cell) @2[r0]
        r1 = getfield(r0, PyCellObject.ob_ref)
        r2 = call_python(<len>, r1) @2[r0]
        r3 = getfield(r0, PyCellObject.ob_ref)
        r4 = call_python(<abs>, r3) @4[r0]
        r5 = getfield(r0, PyCellObject.ob_ref)
        guard_no_interrupt() @0[r0]
        jump(r0)
        """,
        """
        loop 'loop' [r0] as <loop start>
        guard_type(r0, cell) @2[r0]
        r1 = getfield(r0, PyCellObject.ob_ref)
        r2 = call_python(<len>, r1) @2[r0]
        r3 = getfield(r0, PyCellObject.ob_ref)
        r4 = call_python(<abs>, r3) @4[r0]
        r5 = getfield(r0, PyCellObject.ob_ref)
        guard_no_interrupt() @0[r0]
        label L1(r6 = r0, r7 = r5) as <loop>
        r8 = call_python(<len>, r7) @2[r6]
        r9 = getfield(r6, PyCellObject.ob_ref)
        r10 = call_python(<abs>, r9) @4[r6]
        r11 = getfield(r6, PyCellObject.ob_ref)
        guard_no_interrupt() @0[r6]
        jump L1(r6, r11)
        """,
    )


def test_attributes_are_loaded_before_the_loop() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, Point) @2[r0, r1]
        i2 = getfield(<Point>, PyTypeObject.tp_version_tag)
        guard_int(i2, 9) @2[r0, r1]
        p3 = getfield(r0, managed.values)
        guard_raw_nonnull(p3) @2[r0, r1]
        r4 = getfield(r0, values[0])
        guard_nonnull(r4) @2[r0, r1]
        guard_type(r4, float) @2[r0, r1]
        f5 = unbox_float(r4)
        guard_type(r1, float) @2[r0, r1]
        f6 = unbox_float(r1)
        f7 = float_add(f5, f6)
        r8 = box_float(f7)
        guard_no_interrupt() @0[r0, r8]
        jump(r0, r8)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, Point) @2[r0, r1]
        i2 = getfield(<Point>, PyTypeObject.tp_version_tag)
        guard_int(i2, 9) @2[r0, r1]
        p3 = getfield(r0, managed.values)
        guard_raw_nonnull(p3) @2[r0, r1]
        r4 = getfield(r0, values[0])
        guard_nonnull(r4) @2[r0, r1]
        guard_type(r4, float) @2[r0, r1]
        f5 = unbox_float(r4)
        guard_type(r1, float) @2[r0, r1]
        f6 = unbox_float(r1)
        f7 = float_add(f5, f6)
        guard_no_interrupt() @0[r0, box_float(f7)]
        label L1(r8 = r0, f9 = f7, f10 = f5) as <loop>
        f11 = float_add(f10, f9)
        guard_no_interrupt() @0[r8, box_float(f11)]
        jump L1(r8, f11, f10)
        """,
    )


def test_a_store_ends_what_is_known_of_its_place() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, Point) @2[r0, r1]
        p2 = getfield(r0, managed.values)
        guard_raw_nonnull(p2) @2[r0, r1]
        r3 = getfield(r0, values[0])
        guard_nonnull(r3) @2[r0, r1]
        r4 = getfield(r0, values[1])
        r5 = setfield(r0, r1, values[1])
        r6 = getfield(r0, values[1])
        guard_no_interrupt() @0[r0, r3]
        jump(r0, r3)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, Point) @2[r0, r1]
        p2 = getfield(r0, managed.values)
        guard_raw_nonnull(p2) @2[r0, r1]
        r3 = getfield(r0, values[0])
        guard_nonnull(r3) @2[r0, r1]
        r4 = getfield(r0, values[1])
        r5 = setfield(r0, r1, values[1])
        guard_no_interrupt() @0[r0, r3]
        label L1(r6 = r0, r7 = r3, r8 = r3) as <loop>
        r9 = setfield(r6, r7, values[1])
        guard_no_interrupt() @0[r6, r8]
        jump L1(r6, r8, r8)
        """,
    )


def test_a_store_to_what_may_be_the_same_object() -> None:
    """The load stays behind the store."""
    becomes(
        """
        loop 'loop' [r0, r1, r2]
        guard_type(r0, cell) @2[r0, r1, r2]
        guard_type(r1, cell) @2[r0, r1, r2]
        r3 = setfield(r1, r2, PyCellObject.ob_ref)
        r4 = getfield(r0, PyCellObject.ob_ref)
        guard_no_interrupt() @0[r0, r1, r4]
        jump(r0, r1, r4)
        """,
        """
        loop 'loop' [r0, r1, r2] as <loop start>
        guard_type(r0, cell) @2[r0, r1, r2]
        guard_type(r1, cell) @2[r0, r1, r2]
        r3 = setfield(r1, r2, PyCellObject.ob_ref)
        r4 = getfield(r0, PyCellObject.ob_ref)
        guard_no_interrupt() @0[r0, r1, r4]
        label L1(r5 = r0, r6 = r1, r7 = r4) as <loop>
        r8 = setfield(r6, r7, PyCellObject.ob_ref)
        r9 = getfield(r5, PyCellObject.ob_ref)
        guard_no_interrupt() @0[r5, r6, r9]
        jump L1(r5, r6, r9)
        """,
    )


def test_items_are_loaded_before_the_loop() -> None:
    becomes(
        """
        loop 'loop' [r0]
        guard_type(r0, list) @2[r0]
        i1 = getfield(r0, PyListObject.ob_size)
        b2 = int_lt(1, i1)
        guard_true(b2) @2[r0]
        r3 = getitem(r0, 1, PyListObject.ob_item)
        guard_type(r3, float) @4[r0]
        guard_no_interrupt() @0[r0]
        jump(r0)
        """,
        """
        loop 'loop' [r0] as <loop start>
        guard_type(r0, list) @2[r0]
        i1 = getfield(r0, PyListObject.ob_size)
        b2 = int_lt(1, i1)
        guard_true(b2) @2[r0]
        r3 = getitem(r0, 1, PyListObject.ob_item)
        guard_type(r3, float) @4[r0]
        guard_no_interrupt() @0[r0]
        label L1(r4 = r0) as <loop>
        guard_no_interrupt() @0[r4]
        jump L1(r4)
        """,
    )


def test_an_item_is_loaded_before_the_loop_only_with_its_own_check() -> None:
    """That the index is in range follows from a guard that stays in the loop."""
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, list) @2[r0, r1]
        guard_type(r1, int) @2[r0, r1]
        i2 = unbox_int(r1) @2[r0, r1]
        i3 = getfield(r0, PyListObject.ob_size)
        b4 = int_lt(i2, i3)
        guard_true(b4) @2[r0, r1]
        b5 = int_gt(i2, 3)
        guard_true(b5) @2[r0, r1]
        r6 = getitem(r0, 2, PyListObject.ob_item)
        i7 = int_add(i2, 1)
        r8 = box_int(i7)
        guard_no_interrupt() @0[r0, r8]
        jump(r0, r8)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, list) @2[r0, r1]
        guard_type(r1, int) @2[r0, r1]
        i2 = unbox_int(r1) @2[r0, r1]
        i3 = getfield(r0, PyListObject.ob_size)
        b4 = int_lt(i2, i3)
        guard_true(b4) @2[r0, r1]
        b5 = int_gt(i2, 3)
        guard_true(b5) @2[r0, r1]
        r6 = getitem(r0, 2, PyListObject.ob_item)
        i7 = int_add(i2, 1)
        guard_no_interrupt() @0[r0, box_int(i7)]
        label L1(r8 = r0, i9 = i7, i10 = i3) as <loop>
        b11 = int_lt(i9, i10)
        guard_true(b11) @2[r8, box_int(i9)]
        b12 = int_gt(i9, 3)
        guard_true(b12) @2[r8, box_int(i9)]
        i13 = int_add(i9, 1)
        guard_no_interrupt() @0[r8, box_int(i13)]
        b14 = int_lt(2, i10)
        guard_true(b14) @0[r8, box_int(i13)]
        jump L1(r8, i13, i10)
        """,
    )


def test_a_division_stays_in_the_loop() -> None:
    """But one by a constant is safe anywhere."""
    becomes(
        """
        loop 'loop' [r0, r1, r2]
        guard_type(r0, int) @2[r0, r1, r2]
        i3 = unbox_int(r0) @2[r0, r1, r2]
        guard_type(r1, int) @2[r0, r1, r2]
        i4 = unbox_int(r1) @2[r0, r1, r2]
        b5 = int_gt(i4, 0)
        guard_true(b5) @2[r0, r1, r2]
        i6 = int_floordiv(i3, i4)
        i7 = int_floordiv(i3, 3)
        r8 = box_int(i6)
        r9 = box_int(i7)
        r10 = new_tuple(r8, r9)
        guard_no_interrupt() @0[r0, r1, r10]
        jump(r0, r1, r10)
        """,
        """
        loop 'loop' [r0, r1, r2] as <loop start>
        guard_type(r0, int) @2[r0, r1, r2]
        i3 = unbox_int(r0) @2[r0, r1, r2]
        guard_type(r1, int) @2[r0, r1, r2]
        i4 = unbox_int(r1) @2[r0, r1, r2]
        b5 = int_gt(i4, 0)
        guard_true(b5) @2[r0, r1, r2]
        i6 = int_floordiv(i3, i4)
        i7 = int_floordiv(i3, 3)
        guard_no_interrupt() @0[r0, r1, new_tuple(box_int(i6), box_int(i7))]
        label L1(r8 = r0, r9 = r1, i10 = i6, i11 = i7, i12 = i3, i13 = i4, i14 = i7) as <loop>
        i15 = int_floordiv(i12, i13)
        guard_no_interrupt() @0[r8, r9, new_tuple(box_int(i15), box_int(i14))]
        jump L1(r8, r9, i15, i14, i12, i13, i14)
        """,
    )


def test_attributes_of_an_object_that_may_change_its_class_stay() -> None:
    becomes(
        """
        loop 'loop' [r0]
        r1 = call_python(<len>, r0) @2[r0]
        guard_type(r0, Point) @4[r0]
        p2 = getfield(r0, managed.values)
        guard_raw_nonnull(p2) @4[r0]
        r3 = getfield(r0, values[0])
        guard_nonnull(r3) @4[r0]
        guard_no_interrupt() @0[r0]
        jump(r0)
        """,
        """
        loop 'loop' [r0] as <loop start>
        r1 = call_python(<len>, r0) @2[r0]
        guard_type(r0, Point) @4[r0]
        p2 = getfield(r0, managed.values)
        guard_raw_nonnull(p2) @4[r0]
        r3 = getfield(r0, values[0])
        guard_nonnull(r3) @4[r0]
        guard_no_interrupt() @0[r0]
        label L1(r4 = r0) as <loop>
        r5 = call_python(<len>, r4) @2[r4]
        guard_type(r4, Point) @4[r4]
        p6 = getfield(r4, managed.values)
        guard_raw_nonnull(p6) @4[r4]
        r7 = getfield(r4, values[0])
        guard_nonnull(r7) @4[r4]
        guard_no_interrupt() @0[r4]
        jump L1(r4)
        """,
    )


def test_a_constant_is_checked_before_the_loop() -> None:
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, cell) @2[r0, r1]
        r2 = getfield(r0, PyCellObject.ob_ref)
        guard_is(r2, <len>) @2[r0, r1]
        b3 = ref_is(r1, None)
        guard_true(b3) @2[r0, r1]
        guard_no_interrupt() @0[r0, r1]
        jump(r0, r1)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, cell) @2[r0, r1]
        r2 = getfield(r0, PyCellObject.ob_ref)
        guard_is(r2, <len>) @2[r0, r1]
        b3 = ref_is(r1, None)
        guard_true(b3) @2[r0, r1]
        guard_no_interrupt() @0[r0, None]
        label L1(r4 = r0, r5 = None) as <loop>
        b6 = ref_is(r5, None)
        guard_true(b6) @2[r4, r5]
        guard_no_interrupt() @0[r4, None]
        jump L1(r4, None)
        """,
    )


def test_null_is_an_invariant_too() -> None:
    becomes(
        """
        loop 'loop' [r0]
        guard_type(r0, cell) @2[r0]
        r1 = getfield(r0, PyCellObject.ob_ref)
        guard_is(r1, NULL) @2[r0]
        guard_no_interrupt() @0[r0]
        jump(r0)
        """,
        """
        loop 'loop' [r0] as <loop start>
        guard_type(r0, cell) @2[r0]
        r1 = getfield(r0, PyCellObject.ob_ref)
        guard_is(r1, NULL) @2[r0]
        guard_no_interrupt() @0[r0]
        label L1(r2 = r0) as <loop>
        guard_no_interrupt() @0[r2]
        jump L1(r2)
        """,
    )


def test_what_the_body_overwrites_is_loaded_at_the_end() -> None:
    """The number is carried unboxed in the loop, besides the box in the cell."""
    becomes(
        """
        loop 'loop' [r0, r1]
        guard_type(r0, cell) @2[r0, r1]
        r2 = getfield(r0, PyCellObject.ob_ref)
        guard_nonnull(r2) @2[r0, r1]
        guard_type(r2, int) @2[r0, r1]
        i3 = unbox_int(r2) @2[r0, r1]
        i4 = int_add_ovf(i3, 1) @2[r0, r1]
        r5 = box_int(i4)
        r6 = setfield(r0, r5, PyCellObject.ob_ref)
        guard_no_interrupt() @0[r0, r1]
        jump(r0, r1)
        """,
        """
        loop 'loop' [r0, r1] as <loop start>
        guard_type(r0, cell) @2[r0, r1]
        r2 = getfield(r0, PyCellObject.ob_ref)
        guard_nonnull(r2) @2[r0, r1]
        guard_type(r2, int) @2[r0, r1]
        i3 = unbox_int(r2) @2[r0, r1]
        i4 = int_add(i3, 1)
        r5 = box_int(i4)
        r6 = setfield(r0, r5, PyCellObject.ob_ref)
        guard_no_interrupt() @0[r0, r1]
        label L1(r7 = r0, r8 = r1, i9 = i4) as <loop>
        i10 = int_add_ovf(i9, 1) @2[r7, r8]
        r11 = box_int(i10)
        r12 = setfield(r7, r11, PyCellObject.ob_ref)
        guard_no_interrupt() @0[r7, r8]
        jump L1(r7, r8, i10)
        """,
    )
