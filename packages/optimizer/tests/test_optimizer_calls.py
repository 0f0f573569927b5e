"""Calls: what they allocate, forget, keep and give."""

from __future__ import annotations

from hotloop_ir.testing import assert_becomes
from hotloop_optimizer.pipeline import Forward


class Point:
    """A class whose instances have inline values."""


class Slotted:
    """A class whose instances have slots."""


NAMES = {"Point": Point, "Slotted": Slotted}


def becomes(before: str, after: str) -> None:
    assert_becomes(Forward(), before, after, NAMES)


def stays(text: str) -> None:
    becomes(text, text)


def test_arguments_of_a_call_are_allocated() -> None:
    stays(
        """
        [r0, i1]
        r2 = box_int(i1)
        r3 = new_list(r2)
        r4 = call_python(r0, r3, kwnames=('key',)) @2[r0, i1]
        r5 = getitem(r3, 0, PyListObject.ob_item)
        leave() @4[r3, r4, r5]
        """
    )


def test_arbitrary_code_changes_all_that_can_change() -> None:
    stays(
        """
        [r0, r1]
        guard_type(r0, list) @2[r0, r1]
        guard_type(r1, cell) @2[r0, r1]
        i2 = getfield(r0, PyListObject.ob_size)
        r3 = getfield(r1, PyCellObject.ob_ref)
        i4 = getfield(<len>, PyTypeObject.tp_version_tag)
        r5 = call_python(<len>, r0) @4[r0, r1]
        i6 = getfield(r0, PyListObject.ob_size)
        r7 = getfield(r1, PyCellObject.ob_ref)
        i8 = getfield(<len>, PyTypeObject.tp_version_tag)
        leave() @6[r0, i2, r3, i4, i6, r7, i8]
        """
    )


def test_a_helper_that_may_run_python_does_the_same() -> None:
    stays(
        """
        [r0, r1]
        guard_type(r0, cell) @2[r0, r1]
        r2 = getfield(r0, PyCellObject.ob_ref)
        r3 = call_may_raise number_add(r0, r1) @4[r0, r1]
        r4 = getfield(r0, PyCellObject.ob_ref)
        leave() @6[r2, r3, r4]
        """
    )


def test_what_is_virtual_is_out_of_reach() -> None:
    becomes(
        """
        [r0]
        r1 = new_cell(r0)
        r2 = call_python(<len>) @4[r0]
        r3 = getfield(r1, PyCellObject.ob_ref)
        leave() @6[r1, r3]
        """,
        """
        [r0]
        r1 = call_python(<len>) @4[r0]
        leave() @6[new_cell(r0), r0]
        """,
    )


def test_an_allocated_object_is_not_only_ours_after_arbitrary_code() -> None:
    """The frame shows it to whoever looks."""
    stays(
        """
        [r0, i1]
        r2 = new_list(r0)
        r3 = getitem(r2, i1, PyListObject.ob_item)
        r4 = call_python(<len>) @4[r2]
        guard_type(r0, list) @6[r2]
        r5 = setitem(r2, 0, r4, PyListObject.ob_item)
        r6 = setitem(r0, 0, r3, PyListObject.ob_item)
        r7 = getitem(r2, 0, PyListObject.ob_item)
        leave() @6[r7]
        """
    )


def test_a_result_is_not_null_and_perhaps_of_known_class() -> None:
    becomes(
        """
        [r0, r1]
        r2 = call_python(<len>, r0) @2[r0]
        guard_nonnull(r2) @4[r0]
        guard_type(r0, list) @4[r0]
        r3 = call_may_raise list_copy(r0) @4[r0]
        guard_type(r3, list) @6[r0]
        r4 = call_may_raise iter_next(r1) @6[r0]
        guard_nonnull(r4) @8[r0]
        leave() @8[r2, r3, r4]
        """,
        """
        [r0, r1]
        r2 = call_python(<len>, r0) @2[r0]
        guard_type(r0, list) @4[r0]
        r3 = call_may_raise list_copy(r0) @4[r0]
        r4 = call_may_raise iter_next(r1) @6[r0]
        guard_nonnull(r4) @8[r0]
        leave() @8[r2, r3, r4]
        """,
    )


def test_a_copied_list_is_a_new_object() -> None:
    becomes(
        """
        [r0, r1]
        guard_type(r0, list) @2[r0]
        i2 = getfield(r0, PyListObject.ob_size)
        r3 = call_may_raise list_copy(r0) @4[r0]
        i4 = call_may_raise list_append(r3, r1) @4[r0]
        i5 = getfield(r0, PyListObject.ob_size)
        leave() @8[r3, i2, i5]
        """,
        """
        [r0, r1]
        guard_type(r0, list) @2[r0]
        i2 = getfield(r0, PyListObject.ob_size)
        r3 = call_may_raise list_copy(r0) @4[r0]
        i4 = call_may_raise list_append(r3, r1) @4[r0]
        leave() @8[r3, i2, i2]
        """,
    )


def test_append_changes_lengths_but_no_item() -> None:
    becomes(
        """
        [r0, r1, r2]
        guard_type(r0, list) @2[r0, r1]
        guard_type(r1, list) @2[r0, r1]
        i3 = getfield(r0, PyListObject.ob_size)
        r4 = getitem(r0, 0, PyListObject.ob_item)
        i5 = call_may_raise list_append(r1, r2) @4[r0, r1]
        i6 = getfield(r0, PyListObject.ob_size)
        r7 = getitem(r0, 0, PyListObject.ob_item)
        leave() @6[i3, r4, i6, r7]
        """,
        """
        [r0, r1, r2]
        guard_type(r0, list) @2[r0, r1]
        guard_type(r1, list) @2[r0, r1]
        i3 = getfield(r0, PyListObject.ob_size)
        r4 = getitem(r0, 0, PyListObject.ob_item)
        i5 = call_may_raise list_append(r1, r2) @4[r0, r1]
        i6 = getfield(r0, PyListObject.ob_size)
        leave() @6[i3, r4, i6, r4]
        """,
    )


def test_pop_changes_items_too() -> None:
    stays(
        """
        [r0, r1]
        guard_type(r0, list) @2[r0, r1]
        guard_type(r1, list) @2[r0, r1]
        i2 = getfield(r0, PyListObject.ob_size)
        r3 = getitem(r0, 0, PyListObject.ob_item)
        r4 = call list_pop_last(r1)
        i5 = getfield(r0, PyListObject.ob_size)
        r6 = getitem(r0, 0, PyListObject.ob_item)
        leave() @6[i2, r3, r4, i5, r6]
        """
    )


def test_what_is_appended_has_escaped() -> None:
    stays(
        """
        [r0, r1, r2]
        guard_type(r0, list) @2[r0, r1]
        guard_type(r1, list) @2[r0, r1]
        r3 = new_cell(r2)
        i4 = call_may_raise list_append(r0, r3) @4[r0, r1]
        r5 = getitem(r1, 0, PyListObject.ob_item)
        guard_type(r5, cell) @6[r0, r1]
        r6 = setfield(r5, None, PyCellObject.ob_ref)
        r7 = getfield(r3, PyCellObject.ob_ref)
        leave() @6[r7]
        """
    )


def test_an_elidable_call_is_made_once() -> None:
    becomes(
        """
        [f0, r1, r2]
        f3 = call math_sin(f0)
        f4 = call math_sin(f0)
        guard_type(r1, str) @2[r1]
        guard_type(r2, str) @2[r1]
        i5 = call str_eq(r1, r2)
        i6 = call str_eq(r1, r2)
        leave() @4[f3, f4, i5, i6]
        """,
        """
        [f0, r1, r2]
        f3 = call math_sin(f0)
        guard_type(r1, str) @2[r1]
        guard_type(r2, str) @2[r1]
        i4 = call str_eq(r1, r2)
        leave() @4[f3, f3, i4, i4]
        """,
    )


def test_other_calls_are_made_as_often_as_recorded() -> None:
    stays(
        """
        [r0]
        guard_type(r0, list) @2[r0]
        r1 = call_may_raise list_copy(r0) @4[r0]
        r2 = call_may_raise list_copy(r0) @4[r0]
        leave() @4[r1, r2]
        """
    )


def test_a_compiled_callee_is_arbitrary_code() -> None:
    becomes(
        """
        [r0, r1]
        guard_type(r0, cell) @2[r0, r1]
        r2 = getfield(r0, PyCellObject.ob_ref)
        r3 = new_tuple(r1)
        r4 = call_entry <callee>(<len>, r3) @4[r0, r1]
        r5 = getfield(r0, PyCellObject.ob_ref)
        guard_nonnull(r4) @6[r0]
        leave() @6[r2, r4, r5]
        """,
        """
        [r0, r1]
        guard_type(r0, cell) @2[r0, r1]
        r2 = getfield(r0, PyCellObject.ob_ref)
        r3 = new_tuple(r1)
        r4 = call_entry <callee>(<len>, r3) @4[r0, r1]
        r5 = getfield(r0, PyCellObject.ob_ref)
        leave() @6[r2, r4, r5]
        """,
    )


def test_an_entry_returns_a_real_object() -> None:
    stays(
        """
        entry [r0, i1]
        r2 = box_int(i1)
        r3 = new_tuple(r0, r2)
        finish(r3) @4[- | r3]
        """
    )
