"""Guards: dropped if known, learned from, contradictions found."""

from __future__ import annotations

import pytest

from hotloop_ir.testing import assert_becomes, parse
from hotloop_optimizer.pipeline import Forward, InvalidTrace


class Point:
    """A class whose instances have inline values."""


class Slotted:
    """A class whose instances have slots."""


class Awkward:
    """Must not be compared while optimising."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("the optimizer ran Python code")

    __hash__ = None  # type: ignore[assignment]


POINT = Point()
NAMES = {"Point": Point, "Slotted": Slotted, "point": POINT, "awkward": Awkward()}


def becomes(before: str, after: str) -> None:
    assert_becomes(Forward(), before, after, NAMES)


def stays(text: str) -> None:
    becomes(text, text)


def invalid(text: str) -> None:
    with pytest.raises(InvalidTrace):
        Forward().run(parse(text, NAMES))


def test_a_class_is_checked_once() -> None:
    becomes(
        """
        [r0]
        guard_type(r0, int) @2[r0]
        guard_type(r0, int) @4[r0]
        guard_nonnull(r0) @4[r0]
        leave() @6[r0]
        """,
        """
        [r0]
        guard_type(r0, int) @2[r0]
        leave() @6[r0]
        """,
    )


def test_the_class_of_a_constant_is_known() -> None:
    """But an instance of a heap type may be given another."""
    becomes(
        """
        [r0]
        guard_type(<7>, int) @2[r0]
        guard_type(<point>, Point) @4[r0]
        guard_type(<point>, Point) @6[r0]
        leave() @6[r0]
        """,
        """
        [r0]
        guard_type(<point>, Point) @4[r0]
        leave() @6[r0]
        """,
    )


def test_arbitrary_code_may_assign_classes_of_heap_types_only() -> None:
    becomes(
        """
        [r0, r1]
        guard_type(r0, Point) @2[r0, r1]
        guard_type(r1, list) @2[r0, r1]
        r2 = call_python(<len>) @4[r0, r1]
        guard_type(r0, Point) @6[r0, r1]
        guard_type(r1, list) @6[r0, r1]
        guard_nonnull(r0) @6[r0, r1]
        leave() @8[r0]
        """,
        """
        [r0, r1]
        guard_type(r0, Point) @2[r0, r1]
        guard_type(r1, list) @2[r0, r1]
        r2 = call_python(<len>) @4[r0, r1]
        guard_type(r0, Point) @6[r0, r1]
        leave() @8[r0]
        """,
    )


def test_what_is_known_of_the_inputs_of_a_bridge_ends_too() -> None:
    becomes(
        """
        bridge [r0: Point, r1: int]
        guard_type(r0, Point) @2[r0, r1]
        r2 = call_python(<len>) @4[r0, r1]
        guard_type(r0, Point) @6[r0, r1]
        guard_type(r1, int) @6[r0, r1]
        leave() @8[r0]
        """,
        """
        bridge [r0: Point, r1: int]
        r2 = call_python(<len>) @4[r0, r1]
        guard_type(r0, Point) @6[r0, r1]
        leave() @8[r0]
        """,
    )


def test_a_value_is_the_constant_it_was_guarded_to_be() -> None:
    becomes(
        """
        [r0]
        guard_is(r0, <len>) @2[r0]
        guard_is(r0, <len>) @4[r0]
        guard_nonnull(r0) @4[r0]
        r1 = call_python(r0) @6[r0]
        leave() @6[r0]
        """,
        """
        [r0]
        guard_is(r0, <len>) @2[r0]
        r1 = call_python(<len>) @6[<len>]
        leave() @6[<len>]
        """,
    )


def test_identity_guards_work_from_either_side() -> None:
    becomes(
        """
        [r0, r1]
        guard_is(<len>, r0) @2[r0, r1]
        guard_is(r0, r0) @4[r0, r1]
        guard_is(r0, r1) @4[r0, r1]
        leave() @6[r0, r1]
        """,
        """
        [r0, r1]
        guard_is(r0, <len>) @2[r0, r1]
        guard_is(r1, <len>) @4[<len>, r1]
        leave() @6[<len>, <len>]
        """,
    )


def test_identity_of_two_values_teaches_nothing_but_is_checked() -> None:
    stays(
        """
        [r0, r1]
        guard_is(r0, r1) @2[r0, r1]
        leave() @6[r0, r1]
        """
    )


def test_a_box_is_made_to_be_compared_with_a_constant() -> None:
    """It may be the shared one."""
    becomes(
        """
        [i0]
        r1 = box_int(i0)
        guard_is(r1, <5>) @2[r1]
        i2 = unbox_int(r1) @4[r1]
        leave() @6[r1, i2]
        """,
        """
        [i0]
        r1 = box_int(i0)
        guard_is(r1, <5>) @2[r1]
        leave() @6[<5>, 5]
        """,
    )


def test_null_is_learned() -> None:
    becomes(
        """
        [r0]
        guard_type(r0, cell) @2[r0]
        r1 = getfield(r0, PyCellObject.ob_ref)
        guard_is(r1, NULL) @2[r0]
        r2 = getfield(r0, PyCellObject.ob_ref)
        guard_is(r2, NULL) @4[r0]
        leave() @6[r0]
        """,
        """
        [r0]
        guard_type(r0, cell) @2[r0]
        r1 = getfield(r0, PyCellObject.ob_ref)
        guard_is(r1, NULL) @2[r0]
        leave() @6[r0]
        """,
    )


def test_not_null_is_checked_once() -> None:
    becomes(
        """
        [r0]
        guard_type(r0, Point) @2[r0]
        p1 = getfield(r0, managed.values)
        guard_raw_nonnull(p1) @2[r0]
        guard_raw_nonnull(p1) @4[r0]
        r2 = getfield(r0, values[0])
        guard_nonnull(r2) @4[r0]
        guard_nonnull(r2) @6[r0]
        leave() @6[r2]
        """,
        """
        [r0]
        guard_type(r0, Point) @2[r0]
        p1 = getfield(r0, managed.values)
        guard_raw_nonnull(p1) @2[r0]
        r2 = getfield(r0, values[0])
        guard_nonnull(r2) @4[r0]
        leave() @6[r2]
        """,
    )


def test_constants_are_not_null() -> None:
    becomes(
        """
        [r0]
        guard_nonnull(<awkward>) @2[r0]
        leave() @6[r0]
        """,
        """
        [r0]
        leave() @6[r0]
        """,
    )


def test_inputs_of_a_loop_are_not_null() -> None:
    becomes(
        """
        [r0]
        guard_nonnull(r0) @2[r0]
        leave() @6[r0]
        """,
        """
        [r0]
        leave() @6[r0]
        """,
    )


def test_inputs_of_a_bridge_may_be_null() -> None:
    stays(
        """
        bridge [r0]
        guard_nonnull(r0) @2[r0]
        leave() @6[r0]
        """
    )


def test_a_number_is_the_constant_it_was_guarded_to_be() -> None:
    becomes(
        """
        [i0]
        guard_int(i0, 5) @2[i0]
        guard_int(5, i0) @4[i0]
        i1 = int_mul(i0, i0)
        leave() @6[i1]
        """,
        """
        [i0]
        guard_int(i0, 5) @2[i0]
        leave() @6[25]
        """,
    )


def test_numbers_are_compared_from_either_side() -> None:
    becomes(
        """
        [i0, i1]
        guard_int(5, i0) @2[i0, i1]
        guard_int(i1, i0) @4[i0, i1]
        leave() @6[i1]
        """,
        """
        [i0, i1]
        guard_int(i0, 5) @2[i0, i1]
        guard_int(i1, 5) @4[5, i1]
        leave() @6[5]
        """,
    )


def test_two_numbers_that_are_equal_teach_nothing_but_are_checked() -> None:
    stays(
        """
        [i0, i1]
        guard_int(i0, i1) @2[i0, i1]
        leave() @6[i1]
        """
    )


def test_a_truth_value_is_guarded_once() -> None:
    becomes(
        """
        [b0]
        guard_true(b0) @2[b0]
        guard_true(b0) @4[b0]
        b1 = bool_not(b0)
        guard_false(b1) @4[b0]
        leave() @6[b1]
        """,
        """
        [b0]
        guard_true(b0) @2[b0]
        leave() @6[false]
        """,
    )


def test_a_guard_of_a_negation_guards_what_is_negated() -> None:
    becomes(
        """
        [f0, f1]
        b2 = float_lt(f0, f1)
        b3 = bool_not(b2)
        guard_true(b3) @2[f0, f1]
        leave() @6[f0]
        """,
        """
        [f0, f1]
        b2 = float_lt(f0, f1)
        b3 = bool_not(b2)
        guard_false(b2) @2[f0, f1]
        leave() @6[f0]
        """,
    )


def test_a_virtual_bool_becomes_the_constant_it_was_guarded_to_be() -> None:
    becomes(
        """
        [b0]
        r1 = box_bool(b0)
        guard_is(r1, True) @2[r1]
        leave() @4[r1]
        """,
        """
        [b0]
        guard_true(b0) @2[box_bool(b0)]
        leave() @4[True]
        """,
    )


def test_interrupts_are_always_looked_for() -> None:
    stays(
        """
        [r0]
        guard_no_interrupt() @2[r0]
        guard_no_interrupt() @2[r0]
        leave() @4[r0]
        """
    )


def test_a_class_that_cannot_be_is_a_contradiction() -> None:
    invalid("[r0]\nguard_type(r0, int) @2[r0]\nguard_type(r0, float) @4[r0]\nleave() @6[r0]")
    invalid("[r0]\nguard_type(None, int) @2[r0]\nleave() @6[r0]")
    invalid("[r0]\nr1 = new_list()\nguard_type(r1, tuple) @2[r0]\nleave() @6[r0]")


def test_an_identity_that_cannot_be_is_a_contradiction() -> None:
    invalid("[r0]\nguard_is(None, <len>) @2[r0]\nleave() @6[r0]")
    invalid("[r0]\nr1 = new_list()\nguard_is(r0, r1) @2[r0]\nleave() @6[r0]")


def test_a_null_that_cannot_be_is_a_contradiction() -> None:
    invalid("[r0]\nguard_nonnull(NULL) @2[r0]\nleave() @6[r0]")
    invalid("[r0]\nguard_raw_nonnull(0x0) @2[r0]\nleave() @6[r0]")


def test_a_number_that_cannot_be_is_a_contradiction() -> None:
    invalid("[i0]\nguard_int(i0, 4) @2[i0]\nguard_int(i0, 5) @4[i0]\nleave() @6[i0]")
    invalid("[b0]\nguard_true(b0) @2[b0]\nguard_false(b0) @4[b0]\nleave() @6[b0]")
