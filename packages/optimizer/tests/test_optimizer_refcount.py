"""Where references are made, moved and dropped: before and after."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hotloop_ir.ops.control import Jump
from hotloop_ir.testing import assert_becomes, parse
from hotloop_optimizer.refcount import RefcountError, RefcountInsertion
from hotloop_optimizer.refcount_check import check_balance


def becomes(before: str, after: str, names: Mapping[str, object] | None = None) -> None:
    assert_becomes(RefcountInsertion(), before, after, names)
    check_balance(RefcountInsertion().run(parse(before, names)))


def test_inputs_pass_through_a_loop_untouched() -> None:
    becomes(
        """
        [r0, r1]
        guard_type(r0, int) @2[r0, r1]
        guard_no_interrupt() @0[r0, r1]
        jump(r0, r1)
        """,
        """
        [r0, r1]
        guard_type(r0, int) @2[r0, r1] owns[r0, r1]
        guard_no_interrupt() @0[r0, r1] owns[r0, r1]
        jump(r0, r1)
        """,
    )


def test_harmless_value_dies_at_once() -> None:
    becomes(
        """
        [r0]
        guard_type(r0, float) @2[r0]
        f1 = unbox_float(r0)
        f2 = float_add(f1, 1.0)
        r3 = box_float(f2)
        guard_no_interrupt() @0[r3]
        jump(r3)
        """,
        """
        [r0]
        guard_type(r0, float) @2[r0] owns[r0]
        f1 = unbox_float(r0)
        decref(r0)
        f2 = float_add(f1, 1.0)
        r3 = box_float(f2)
        guard_no_interrupt() @0[r3] owns[r3]
        jump(r3)
        """,
    )


def test_other_value_dies_at_the_next_way_out() -> None:
    becomes(
        """
        [r0, r1]
        i2 = int_add(1, 2)
        resume_point() @4[r0, i2]
        r3 = call_python(r0) @6[r0, r3]
        leave() @8[r0]
        """.replace("r3]", "i2]"),
        """
        [r0, r1]
        i2 = int_add(1, 2)
        decref_checked(r1) @4[r0, i2] owns[r0]
        r3 = call_python(r0) @6[r0, i2] owns[r0]
        leave() @8[r0] owns[r0, r3]
        """,
    )


def test_death_is_not_placed_at_the_way_out_of_another_outcome() -> None:
    """After a call in the same bytecode, a guard's snapshot is where its failure goes on."""
    becomes(
        """
        [r0, r1]
        r2 = call_python(r0) @2[r0, r1]
        guard_nonnull(r2) @20[r0]
        resume_point() @4[r0, r2]
        leave() @4[r0, r2]
        """,
        """
        [r0, r1]
        r2 = call_python(r0) @2[r0, r1] owns[r0, r1]
        guard_nonnull(r2) @20[r0] owns[r0, r1, r2]
        decref_checked(r1) @4[r0, r2] owns[r0, r2]
        leave() @4[r0, r2] owns[r0, r2]
        """,
    )


def test_borrowed_value_needs_no_reference() -> None:
    becomes(
        """
        [r0]
        r1 = getitem(r0, 0, PyListObject.ob_item)
        guard_type(r1, float) @2[r0 | r1]
        f2 = unbox_float(r1)
        guard_no_interrupt() @0[r0]
        jump(r0)
        """,
        """
        [r0]
        r1 = getitem(r0, 0, PyListObject.ob_item)
        guard_type(r1, float) @2[r0 | r1] owns[r0]
        f2 = unbox_float(r1)
        guard_no_interrupt() @0[r0] owns[r0]
        jump(r0)
        """.replace("        f2 = unbox_float(r1)\n", ""),
    )


def test_borrowed_value_is_kept_over_a_call_that_may_release_it() -> None:
    becomes(
        """
        [r0]
        r1 = getitem(r0, 0, PyListObject.ob_item)
        r2 = getitem(r0, 1, PyListObject.ob_item)
        guard_nonnull(r1) @2[r0 | r1, r2]
        r3 = call_python(r2) @4[r0 | r1, r2]
        resume_point() @6[r0 | r1, r3]
        guard_is(r1, r3) @6[r0 | r1, r3]
        leave() @8[r0]
        """,
        """
        [r0]
        r1 = getitem(r0, 0, PyListObject.ob_item)
        r2 = getitem(r0, 1, PyListObject.ob_item)
        guard_nonnull(r1) @2[r0 | r1, r2] owns[r0]
        incref(r1)
        incref(r2)
        r3 = call_python(r2) @4[r0 | r1, r2] owns[r0, r1, r2]
        decref_checked(r2) @6[r0 | r1, r3] owns[r0, r1, r3]
        guard_is(r1, r3) @6[r0 | r1, r3] owns[r0, r1, r3]
        leave() @8[r0] owns[r0, r1, r3]
        """,
    )


def test_items_of_tuples_stay_borrowed_over_calls() -> None:
    becomes(
        """
        [r0]
        r1 = getitem(r0, 0, PyTupleObject.ob_item)
        r2 = call_python(r1) @4[r0 | r1]
        resume_point() @6[r0 | r2, r1]
        guard_is(r1, r2) @6[r0 | r2, r1]
        leave() @8[r0]
        """,
        """
        [r0]
        r1 = getitem(r0, 0, PyTupleObject.ob_item)
        r2 = call_python(r1) @4[r0 | r1] owns[r0]
        guard_is(r1, r2) @6[r0 | r2, r1] owns[r0, r2]
        leave() @8[r0] owns[r0, r2]
        """,
    )


def test_store_moves_the_value_and_frees_the_old_one() -> None:
    becomes(
        """
        [r0, f1]
        r2 = getfield(r0, values[0])
        guard_type(r2, float) @2[r0]
        r3 = box_float(f1)
        r4 = setfield(r0, r3, values[0])
        resume_point() @4[r0]
        guard_no_interrupt() @0[r0]
        jump(r0, f1)
        """,
        """
        [r0, f1]
        r2 = getfield(r0, values[0])
        guard_type(r2, float) @2[r0] owns[r0]
        r3 = box_float(f1)
        r4 = setfield(r0, r3, values[0])
        decref(r4)
        guard_no_interrupt() @0[r0] owns[r0]
        jump(r0, f1)
        """,
    )


def test_unknown_old_content_dies_first_with_a_way_out() -> None:
    becomes(
        """
        [r0, r1]
        r2 = setfield(r0, r1, PyCellObject.ob_ref)
        resume_point() @4[r0, r1]
        guard_no_interrupt() @0[r0, r1]
        jump(r0, r1)
        """,
        """
        [r0, r1]
        r2 = setfield(r0, r1, PyCellObject.ob_ref)
        incref(r1)
        decref_checked(r2) @4[r0, r1] owns[r0, r1]
        guard_no_interrupt() @0[r0, r1] owns[r0, r1]
        jump(r0, r1)
        """,
    )


def test_swap_of_items_counts_nothing() -> None:
    """``a[i], a[j] = a[j], a[i]``: the references change places."""
    swap = """
        [r0, i1, i2]
        r3 = getitem(r0, i1, PyListObject.ob_item)
        r4 = getitem(r0, i2, PyListObject.ob_item)
        r5 = setitem(r0, i1, r4, PyListObject.ob_item)
        resume_point() @4[r0 | r3]
        r6 = setitem(r0, i2, r3, PyListObject.ob_item)
        resume_point() @6[r0]
        guard_no_interrupt() @0[r0]
        jump(r0, i1, i2)
        """
    after = "\n".join(line for line in swap.split("\n") if "resume_point" not in line)
    becomes(swap, after.replace("@0[r0]", "@0[r0] owns[r0]"))


def test_consumed_operands_move_or_are_copied() -> None:
    becomes(
        """
        [r0, r1]
        r2 = new_tuple(r0, r1, r1, None)
        guard_no_interrupt() @0[r1, r2]
        jump(r1, r2)
        """,
        """
        [r0, r1]
        incref(r1)
        incref(None)
        r2 = new_tuple(r0, r1, r1, None)
        guard_no_interrupt() @0[r1, r2] owns[r2]
        incref(r1)
        jump(r1, r2)
        """,
    )


def test_null_is_not_counted() -> None:
    becomes(
        """
        [r0]
        r1 = setfield(r0, NULL, PyCellObject.ob_ref)
        resume_point() @4[r0]
        leave() @4[r0]
        """,
        """
        [r0]
        r1 = setfield(r0, NULL, PyCellObject.ob_ref)
        decref_checked(r1) @4[r0] owns[r0]
        leave() @4[r0] owns[r0]
        """,
    )


def test_label_takes_a_reference_for_each_param() -> None:
    becomes(
        """
        [r0]
        r1 = getfield(r0, PyCellObject.ob_ref)
        b2 = ref_is(r0, r1)
        r3 = box_bool(b2)
        guard_no_interrupt() @0[r0]
        label L1(r4 = r0, r5 = r0, r6 = r1, r7 = r3, r8 = None) as <t>
        guard_no_interrupt() @0[r4, r5, r6, r7, r8]
        jump L1(r5, r4, r6, r7, r8)
        """,
        """
        [r0]
        r1 = getfield(r0, PyCellObject.ob_ref)
        b2 = ref_is(r0, r1)
        r3 = box_bool(b2)
        guard_no_interrupt() @0[r0] owns[r0]
        incref(r0)
        incref(r1)
        incref(r3)
        incref(None)
        label L1(r4 = r0, r5 = r0, r6 = r1, r7 = r3, r8 = None) as <t>
        guard_no_interrupt() @0[r4, r5, r6, r7, r8] owns[r4, r5, r6, r7, r8]
        jump L1(r5, r4, r6, r7, r8)
        """,
    )


def test_invariant_of_a_label_without_a_target_is_owned_all_along() -> None:
    becomes(
        """
        [r0, r1]
        guard_no_interrupt() @0[r0, r1]
        label L1(r2 = r0)
        guard_nonnull(r1) @2[r2, r1]
        r3 = call_python(r1) @2[r2, r1]
        guard_no_interrupt() @0[r3, r1]
        jump L1(r3)
        """,
        """
        [r0, r1]
        guard_no_interrupt() @0[r0, r1] owns[r0, r1]
        label L1(r2 = r0)
        guard_nonnull(r1) @2[r2, r1] owns[r2, r1]
        r3 = call_python(r1) @2[r2, r1] owns[r2, r1]
        decref_checked(r2) @0[r3, r1] owns[r1, r3]
        guard_no_interrupt() @0[r3, r1] owns[r1, r3]
        jump L1(r3)
        """,
    )


def test_deaths_have_the_order_of_the_slots() -> None:
    """Locals before the operand stack, both from the bottom; what a store freed comes first."""
    becomes(
        """
        [r0, r1, r2, r3]
        guard_nonnull(r3) @2[r0, r1, r2, r3]
        r4 = call_python(r0, r3) @4[r0, r3, r1 | r2]
        r5 = setfield(r4, r0, PyCellObject.ob_ref)
        resume_point() @6[r4]
        leave() @6[r4]
        """,
        """
        [r0, r1, r2, r3]
        guard_nonnull(r3) @2[r0, r1, r2, r3] owns[r0, r1, r2, r3]
        r4 = call_python(r0, r3) @4[r0, r3, r1 | r2] owns[r0, r1, r2, r3]
        r5 = setfield(r4, r0, PyCellObject.ob_ref)
        decref_checked(r5) @6[r4] owns[r4, r3, r1, r2]
        decref_checked(r3) @6[r4] owns[r4, r1, r2]
        decref_checked(r1) @6[r4] owns[r4, r2]
        decref_checked(r2) @6[r4] owns[r4]
        leave() @6[r4] owns[r4]
        """,
    )


def test_operands_of_removed_allocations_are_uses() -> None:
    becomes(
        """
        [r0, r1]
        guard_nonnull(r0) @2[new_tuple(r0, r1), -]
        resume_point() @4[-, -]
        leave() @4[-, -]
        """,
        """
        [r0, r1]
        guard_nonnull(r0) @2[new_tuple(r0, r1), -] owns[r0, r1]
        decref_checked(r1) @4[-, -] owns[r0]
        decref_checked(r0) @4[-, -]
        leave() @4[-, -]
        """,
    )


def test_value_known_to_be_a_constant_cannot_die() -> None:
    becomes(
        """
        [r0]
        guard_is(r0, <len>) @2[r0]
        resume_point() @4[-]
        leave() @4[-]
        """,
        """
        [r0]
        guard_is(r0, <len>) @2[r0] owns[r0]
        decref(r0)
        leave() @4[-]
        """,
        {"len": len},
    )


def test_borrowed_inputs_of_bridges_are_not_owned() -> None:
    becomes(
        """
        bridge [&r0, r1: float]
        guard_nonnull(r0) @2[r0, r1]
        r2 = call_python(r0) @4[r0]
        leave() @6[r2]
        """,
        """
        bridge [&r0, r1: float]
        guard_nonnull(r0) @2[r0, r1] owns[r1]
        decref(r1)
        incref(r0)
        r2 = call_python(r0) @4[r0] owns[r0]
        leave() @6[r2] owns[r0, r2]
        """,
    )


def test_everything_dies_before_the_finish_but_its_value() -> None:
    becomes(
        """
        [r0, r1]
        r2 = call_python(r0) @2[r0, r1]
        finish(r2) @4[-, - | r2]
        """,
        """
        [r0, r1]
        r2 = call_python(r0) @2[r0, r1] owns[r0, r1]
        decref_checked(r0) @4[-, - | r2] owns[r2, r1]
        decref_checked(r1) @4[-, - | r2] owns[r2]
        finish(r2) @4[-, - | r2]
        """,
    )


def test_death_after_the_last_snapshot_uses_the_header() -> None:
    becomes(
        """
        [r0, r1]
        r2 = getfield(r1, PyCellObject.ob_ref)
        guard_no_interrupt() @0[r0]
        r3 = getfield(r1, PyCellObject.ob_ref)
        label L1(r4 = r0, r5 = r3)
        guard_no_interrupt() @0[r4, r5]
        jump L1(r4, r5)
        """,
        """
        [r0, r1]
        guard_no_interrupt() @0[r0] owns[r0, r1]
        r2 = getfield(r1, PyCellObject.ob_ref)
        incref(r2)
        decref_checked(r1) @0[r0] owns[r0, r2]
        label L1(r4 = r0, r5 = r2)
        guard_no_interrupt() @0[r4, r5] owns[r4, r5]
        jump L1(r4, r5)
        """,
    )


def test_no_way_out_for_a_death_is_an_error() -> None:
    trace = parse(
        """
        [r0]
        r1 = setfield(r0, None, PyCellObject.ob_ref)
        jump(r0)
        """
    )
    with pytest.raises(RefcountError, match="after the last snapshot"):
        RefcountInsertion().run(trace)


@pytest.mark.parametrize(
    "trace",
    [
        """
        [r0, r1, r2: tuple]
        r3 = getitem(r2, 0, PyTupleObject.ob_item)
        finish(r2) @4[r0, r3 | r2]
        """,
        """
        [r0, r1, i2]
        r3 = box_int(i2)
        r4 = new_tuple(r1, r3)
        finish(r4) @4[r0, r1, r4 | r4]
        """,
        """
        [r0, r1]
        finish(r1) @4[r0, r1, new_list(r0, new_tuple(r0)) | r1]
        """,
    ],
)
def test_nothing_that_ways_out_of_the_last_deaths_name_is_lost(trace: str) -> None:
    check_balance(RefcountInsertion().run(parse(trace)))


def test_a_removed_allocation_dies_with_what_it_holds() -> None:
    becomes(
        """
        [r0, r1]
        finish(r1) @4[r0, new_tuple(r0), r1 | r1]
        """,
        """
        [r0, r1]
        decref_checked(r0) @4[-, -, r1 | r1] owns[r1]
        finish(r1) @4[r0, new_tuple(r0), r1 | r1]
        """,
    )


def test_nothing_before_a_target_may_be_used_behind_it() -> None:
    trace = parse(
        """
        [r0]
        label L1(r1 = r0) as <t>
        guard_no_interrupt() @0[r1]
        jump L1(r1)
        """
    )
    broken = trace.replace([*trace.ops[:-1], Jump((trace.inputs[0],), trace.ops[0])])
    with pytest.raises(RefcountError, match="outside the run"):
        RefcountInsertion().run(broken)


def test_a_borrowed_cell_outlives_what_is_stored_in_it() -> None:
    """A store through an object that something unknown holds does not let that object die."""
    before = """
        bridge [&r0, i1, r2]
        r3 = box_int(i1)
        r4 = setfield(r0, r3, PyCellObject.ob_ref)
        resume_point() @4[r2 | r3]
        leave() @4[r2 | r3]
        """
    check_balance(RefcountInsertion().run(parse(before)))


def test_what_is_stored_in_a_cell_that_something_unknown_holds_is_held() -> None:
    """The store may have let go of the last reference to the function, and so to its cell."""
    becomes(
        """
        bridge [&r0, i1, r2]
        r3 = getfield(r0, PyFunctionObject.func_closure)
        r4 = getitem(r3, 0, PyTupleObject.ob_item)
        r5 = box_int(i1)
        r6 = setfield(r4, r5, PyCellObject.ob_ref)
        guard_type(r2, int) @4[r2 | r5]
        leave() @4[r2]
        """,
        """
        bridge [&r0, i1, r2]
        r3 = getfield(r0, PyFunctionObject.func_closure)
        r4 = getitem(r3, 0, PyTupleObject.ob_item)
        r5 = box_int(i1)
        incref(r5)
        r6 = setfield(r4, r5, PyCellObject.ob_ref)
        guard_type(r2, int) @4[r2 | r5] owns[r2, r5, r6]
        decref(r5)
        leave() @4[r2] owns[r2, r6]
        """,
    )


def test_what_dies_with_a_removed_list_dies_in_its_order() -> None:
    """``list_dealloc`` begins with the last item; so do the ways out in between."""
    becomes(
        """
        [r0, r1]
        guard_type(r0, Dies) @2[new_list(r0, r1)]
        resume_point() @4[-]
        leave() @4[-]
        """,
        """
        [r0, r1]
        guard_type(r0, Dies) @2[new_list(r0, r1)] owns[r0, r1]
        decref_checked(r1) @4[-] owns[r0]
        decref_checked(r0) @4[-]
        leave() @4[-]
        """,
        {"Dies": type("Dies", (), {})},
    )
