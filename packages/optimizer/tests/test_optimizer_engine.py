"""The forward walk on arithmetic: folding, rules, bounds, reuse, and what guards teach."""

from __future__ import annotations

import pytest

from hotloop_ir import registry
from hotloop_ir.ops import control, refcount
from hotloop_ir.testing import assert_becomes, parse
from hotloop_optimizer.engine import VISITS
from hotloop_optimizer.pipeline import Forward, InvalidTrace


def becomes(before: str, after: str) -> None:
    assert_becomes(Forward(), before, after)


def stays(text: str) -> None:
    becomes(text, text)


def invalid(text: str) -> None:
    with pytest.raises(InvalidTrace):
        Forward().run(parse(text))


def test_constants_fold() -> None:
    becomes(
        """
        [i0]
        i1 = int_add(2, 3)
        i2 = int_mul(i1, i0)
        b3 = int_lt(i1, 9)
        guard_true(b3) @2[i2]
        leave() @4[i2]
        """,
        """
        [i0]
        i1 = int_mul(5, i0)
        leave() @4[i1]
        """,
    )


def test_overflow_checks_of_constants_fold() -> None:
    becomes(
        """
        [i0]
        i1 = int_add_ovf(2, 3) @2[i0]
        leave() @4[i1]
        """,
        """
        [i0]
        leave() @4[5]
        """,
    )


def test_operands_become_what_they_are_known_to_be() -> None:
    becomes(
        """
        [i0, i1]
        b2 = int_eq(i0, 7)
        guard_true(b2) @2[i0, i1]
        i3 = int_sub(i1, i0)
        leave() @4[i0, i3]
        """,
        """
        [i0, i1]
        b2 = int_eq(i0, 7)
        guard_true(b2) @2[i0, i1]
        i3 = int_add(i1, -7)
        leave() @4[7, i3]
        """,
    )


def test_an_expression_is_computed_once() -> None:
    becomes(
        """
        [i0, i1]
        i2 = int_sub(i0, i1)
        i3 = int_sub(i0, i1)
        i4 = int_sub(i1, i0)
        leave() @4[i2, i3, i4]
        """,
        """
        [i0, i1]
        i2 = int_sub(i0, i1)
        i3 = int_sub(i1, i0)
        leave() @4[i2, i2, i3]
        """,
    )


def test_commutative_expressions_match_either_way() -> None:
    becomes(
        """
        [i0, i1, f2, f3]
        i4 = int_add(i0, i1)
        i5 = int_add(i1, i0)
        f6 = float_mul(f2, f3)
        f7 = float_mul(f3, f2)
        leave() @4[i4, i5, f6, f7]
        """,
        """
        [i0, i1, f2, f3]
        i4 = int_add(i0, i1)
        f5 = float_mul(f2, f3)
        leave() @4[i4, i4, f5, f5]
        """,
    )


def test_floats_are_told_apart_by_bits() -> None:
    stays(
        """
        [f0]
        f1 = float_mul(f0, 0.0)
        f2 = float_mul(f0, -0.0)
        leave() @4[f1, f2]
        """
    )


def test_a_checked_operation_is_checked_once() -> None:
    becomes(
        """
        [i0, i1]
        i2 = int_add_ovf(i0, i1) @2[i0, i1]
        i3 = int_add_ovf(i0, i1) @4[i0, i1]
        leave() @6[i2, i3]
        """,
        """
        [i0, i1]
        i2 = int_add_ovf(i0, i1) @2[i0, i1]
        leave() @6[i2, i2]
        """,
    )


def test_rules_apply() -> None:
    becomes(
        """
        [i0]
        i1 = int_add(i0, 0)
        i2 = int_sub(i1, i1)
        leave() @4[i1, i2]
        """,
        """
        [i0]
        leave() @4[i0, 0]
        """,
    )


def test_rules_see_through_what_was_replaced() -> None:
    becomes(
        """
        [i0, i1]
        i2 = int_sub(i0, i1)
        i3 = int_add(i2, i1)
        leave() @4[i3]
        """,
        """
        [i0, i1]
        i2 = int_sub(i0, i1)
        leave() @4[i0]
        """,
    )


def test_bounds_drop_overflow_checks() -> None:
    becomes(
        """
        [i0, i1]
        b2 = int_lt(i0, i1)
        guard_true(b2) @2[i0, i1]
        i3 = int_add_ovf(i0, 1) @4[i0, i1]
        leave() @6[i3]
        """,
        """
        [i0, i1]
        b2 = int_lt(i0, i1)
        guard_true(b2) @2[i0, i1]
        i3 = int_add(i0, 1)
        leave() @6[i3]
        """,
    )


def test_an_overflow_check_stays_where_only_one_result_fits() -> None:
    """i0 is MAX - 1 or MAX: the sum is MAX, or overflows."""
    stays(
        """
        [i0]
        b1 = int_ge(i0, 9223372036854775806)
        guard_true(b1) @2[i0]
        i2 = int_add_ovf(i0, 1) @4[i0]
        leave() @6[i2]
        """
    )


def test_bounds_decide_comparisons() -> None:
    becomes(
        """
        [i0]
        i1 = int_and(i0, 15)
        b2 = int_lt(i1, 16)
        guard_true(b2) @2[i1]
        b3 = int_ge(i1, 0)
        guard_true(b3) @4[i1]
        b4 = int_lt(i1, 15)
        guard_true(b4) @6[i1]
        leave() @8[i1]
        """,
        """
        [i0]
        i1 = int_and(i0, 15)
        b2 = int_lt(i1, 15)
        guard_true(b2) @6[i1]
        leave() @8[i1]
        """,
    )


def test_bounds_give_constants() -> None:
    becomes(
        """
        [i0]
        b1 = int_gt(i0, 4)
        guard_true(b1) @2[i0]
        b2 = int_lt(i0, 6)
        guard_true(b2) @4[i0]
        i3 = int_add(i0, 1)
        leave() @6[i0, i3]
        """,
        """
        [i0]
        b1 = int_gt(i0, 4)
        guard_true(b1) @2[i0]
        b2 = int_lt(i0, 6)
        guard_true(b2) @4[i0]
        leave() @6[5, 6]
        """,
    )


def test_lengths_and_numbers_have_bounds() -> None:
    becomes(
        """
        [r0, r1]
        guard_type(r0, list) @2[r0, r1]
        i2 = getfield(r0, PyListObject.ob_size)
        b3 = int_ge(i2, 0)
        guard_true(b3) @4[r0, r1]
        guard_type(r1, int) @4[r0, r1]
        i4 = unbox_int(r1) @4[r0, r1]
        i5 = int_add_ovf(i4, i4) @6[r0, r1]
        leave() @8[i5]
        """,
        """
        [r0, r1]
        guard_type(r0, list) @2[r0, r1]
        i2 = getfield(r0, PyListObject.ob_size)
        guard_type(r1, int) @4[r0, r1]
        i3 = unbox_int(r1) @4[r0, r1]
        i4 = int_add(i3, i3)
        leave() @8[i4]
        """,
    )


def test_a_condition_is_known_after_its_guard() -> None:
    becomes(
        """
        [i0, i1]
        b2 = int_lt(i0, i1)
        guard_true(b2) @2[i0, i1]
        guard_true(b2) @4[i0, i1]
        b3 = int_lt(i0, i1)
        guard_true(b3) @6[i0, i1]
        leave() @8[i0]
        """,
        """
        [i0, i1]
        b2 = int_lt(i0, i1)
        guard_true(b2) @2[i0, i1]
        leave() @8[i0]
        """,
    )


def test_a_condition_is_known_after_the_guard_of_its_negation() -> None:
    becomes(
        """
        [f0, f1]
        b2 = float_lt(f0, f1)
        b3 = bool_not(b2)
        guard_false(b3) @2[f0, f1]
        guard_true(b2) @4[f0, f1]
        leave() @8[f0]
        """,
        """
        [f0, f1]
        b2 = float_lt(f0, f1)
        b3 = bool_not(b2)
        guard_true(b2) @2[f0, f1]
        leave() @8[f0]
        """,
    )


def test_identity_with_a_constant_is_learned_from_a_branch() -> None:
    becomes(
        """
        [r0]
        b1 = ref_is(r0, None)
        guard_true(b1) @2[r0]
        b2 = ref_is(r0, None)
        guard_true(b2) @4[r0]
        leave() @8[r0]
        """,
        """
        [r0]
        b1 = ref_is(r0, None)
        guard_true(b1) @2[r0]
        leave() @8[None]
        """,
    )


def test_not_null_is_learned_from_a_branch() -> None:
    becomes(
        """
        [r0]
        guard_type(r0, cell) @2[r0]
        r1 = getfield(r0, PyCellObject.ob_ref)
        b2 = ref_is(r1, NULL)
        guard_false(b2) @2[r0]
        guard_nonnull(r1) @4[r0, r1]
        leave() @8[r1]
        """,
        """
        [r0]
        guard_type(r0, cell) @2[r0]
        r1 = getfield(r0, PyCellObject.ob_ref)
        b2 = ref_is(r1, NULL)
        guard_false(b2) @2[r0]
        leave() @8[r1]
        """,
    )


def test_identity_is_computed_once() -> None:
    becomes(
        """
        [r0, r1]
        b2 = ref_is(r0, r1)
        guard_false(b2) @2[r0, r1]
        b3 = ref_is(r1, r0)
        guard_false(b3) @4[r0, r1]
        leave() @8[r0]
        """,
        """
        [r0, r1]
        b2 = ref_is(r0, r1)
        guard_false(b2) @2[r0, r1]
        leave() @8[r0]
        """,
    )


def test_different_classes_are_different_objects() -> None:
    becomes(
        """
        [r0, r1]
        guard_type(r0, list) @2[r0, r1]
        guard_type(r1, tuple) @2[r0, r1]
        b2 = ref_is(r0, r1)
        guard_false(b2) @4[r0, r1]
        leave() @8[r0]
        """,
        """
        [r0, r1]
        guard_type(r0, list) @2[r0, r1]
        guard_type(r1, tuple) @2[r0, r1]
        leave() @8[r0]
        """,
    )


def test_a_small_int_may_be_any_object_like_it() -> None:
    """CPython shares small ints: the box has to be made to compare."""
    stays(
        """
        [r0, i1]
        r2 = box_int(i1)
        b3 = ref_is(r0, r2)
        guard_true(b3) @4[r0, i1]
        leave() @8[r0, r2]
        """
    )


def test_none_is_one_object() -> None:
    becomes(
        """
        [r0]
        guard_type(r0, NoneType) @2[r0]
        b1 = ref_is(r0, None)
        guard_true(b1) @4[r0]
        leave() @8[r0]
        """,
        """
        [r0]
        guard_type(r0, NoneType) @2[r0]
        leave() @8[None]
        """,
    )


def test_a_partial_operation_on_bad_constants_stays() -> None:
    """It is a mistake of the trace, or behind a guard that always fails."""
    stays(
        """
        [i0]
        i1 = int_floordiv(i0, 0)
        i2 = int_floordiv(7, 0)
        leave() @8[i1, i2]
        """
    )


def test_a_bridge_knows_classes_of_its_inputs() -> None:
    becomes(
        """
        bridge [r0: int, r1: list]
        guard_type(r0, int) @2[r0, r1]
        guard_type(r1, list) @2[r0, r1]
        i2 = unbox_int(r0) @2[r0, r1]
        leave() @8[i2]
        """,
        """
        bridge [r0: int, r1: list]
        i2 = unbox_int(r0) @2[r0, r1]
        leave() @8[i2]
        """,
    )


def test_contradictions_are_found() -> None:
    invalid(
        """
        [i0]
        i1 = int_add_ovf(9223372036854775807, 1) @2[i0]
        leave() @4[i1]
        """
    )
    invalid(
        """
        [i0]
        b1 = int_lt(i0, i0)
        guard_true(b1) @2[i0]
        leave() @4[i0]
        """
    )


def test_every_op_a_recorder_writes_has_a_handler() -> None:
    written = set(registry.values()) - {
        control.Label,
        control.Jump,
        refcount.Incref,
        refcount.Decref,
        refcount.DecrefChecked,
    }
    assert written == set(VISITS)
