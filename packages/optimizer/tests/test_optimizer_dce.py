"""Dead code goes; what has an effect, is in a snapshot or is carried with a purpose stays."""

from __future__ import annotations

from hotloop_ir.testing import assert_becomes, parse
from hotloop_ir.text import print_trace
from hotloop_optimizer.dce import DeadCode


def becomes(before: str, after: str) -> None:
    assert_becomes(DeadCode(), before, after)


def stays(text: str) -> None:
    becomes(text, text)


def test_unused_ops_go() -> None:
    becomes(
        """
        [r0, i1]
        i2 = int_add(i1, 1)
        i3 = int_mul(i2, i2)
        r4 = getfield(r0, PyCellObject.ob_ref)
        r5 = box_int(i1)
        r6 = new_tuple(r5, r0)
        jump(r0, i1)
        """,
        """
        [r0, i1]
        jump(r0, i1)
        """,
    )


def test_snapshots_are_uses() -> None:
    stays(
        """
        [r0, i1]
        i2 = int_add(i1, 1)
        guard_nonnull(r0) @4[r0, i2]
        jump(r0, i1)
        """
    )


def test_fields_of_removed_allocations_are_uses() -> None:
    stays(
        """
        [r0, i1]
        i2 = int_add(i1, 1)
        guard_nonnull(r0) @4[new_tuple(r0, box_int(i2))]
        jump(r0, i1)
        """
    )


def test_effects_stay() -> None:
    stays(
        """
        [r0, r1, i2]
        r3 = setfield(r0, r1, PyCellObject.ob_ref)
        r4 = call_python(r0, r1) @2[r0, r1, i2]
        i5 = int_add_ovf(i2, 1) @4[r0, r1, i2]
        resume_point() @6[r0, r1, i2]
        leave() @8[r0, r1, i2]
        """
    )


def test_value_that_only_carries_itself_goes() -> None:
    becomes(
        """
        [i0, i1]
        i2 = int_add(i0, 1)
        label L1(i3 = i0, i4 = i2)
        i5 = int_add_ovf(i3, 1) @8[i3]
        i6 = int_add(i4, 1)
        jump L1(i5, i6)
        """,
        """
        [i0, i1]
        label L1(i2 = i0)
        i3 = int_add_ovf(i2, 1) @8[i2]
        jump L1(i3)
        """,
    )


def test_carried_values_that_feed_each_other_go_together() -> None:
    becomes(
        """
        [i0, i1, i2]
        label L1(i3 = i0, i4 = i1, i5 = i2)
        guard_int(i3, 5) @8[i3]
        i6 = int_add(i4, i5)
        jump L1(i3, i5, i6)
        """,
        """
        [i0, i1, i2]
        label L1(i3 = i0)
        guard_int(i3, 5) @8[i3]
        jump L1(i3)
        """,
    )


def test_value_passed_for_another_param_stays() -> None:
    stays(
        """
        [i0, i1]
        label L1(i2 = i0, i3 = i1)
        guard_int(i2, 5) @8[i2]
        jump L1(i3, i3)
        """
    )


def test_params_of_a_label_with_a_target_stay() -> None:
    trace = parse(
        """
        [i0]
        label L1(i1 = i0) as <t>
        i2 = int_add(i1, 1)
        jump L1(i2)
        """
    )
    assert print_trace(DeadCode().run(trace)) == print_trace(trace)


def test_reference_that_dies_in_the_next_iteration_stays() -> None:
    """Without the param, the object would die at the jump: earlier than its local does."""
    stays(
        """
        [r0, r1]
        label L1(r2 = r0, r3 = r1)
        r4 = call_python(r2) @2[r2]
        jump L1(r2, r4)
        """
    )


def test_reference_handed_on_unchanged_goes() -> None:
    becomes(
        """
        [r0, r1]
        label L1(r2 = r0, r3 = r1)
        r4 = call_python(r2) @2[r2]
        jump L1(r4, r3)
        """,
        """
        [r0, r1]
        label L1(r2 = r0)
        r3 = call_python(r2) @2[r2]
        jump L1(r3)
        """,
    )


def test_the_truth_value_of_a_removed_box_is_a_use() -> None:
    stays(
        """
        [r0, i1]
        b2 = int_lt(i1, 3)
        guard_nonnull(r0) @4[box_bool(b2)]
        leave() @6[r0]
        """
    )
