"""The public test helpers: they accept what is equal and refuse what is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings

from hotloop_ir import InvalidTrace, Names, Op, Trace, parse_trace, print_trace
from hotloop_ir.ops.integer import IntAdd
from hotloop_ir.random_trace import RandomTrace
from hotloop_ir.strategies import traces
from hotloop_ir.testing import (
    assert_becomes,
    assert_same_behaviour,
    canonical,
    loop_of,
    match_trace,
    normal,
    parse,
    range_of,
)
from hotloop_ir.value import Const

BEFORE = """
    [i5, r1]
    i2 = int_add(i5, 0)
    b3 = int_lt(i2, 9)
    guard_true(b3) @12[i2, box_int(i2)]
    jump(i2, r1)
"""
AFTER = """
    [i0, r1]
    b2 = int_lt(i0, 9)
    guard_true(b2) @12[i0, box_int(i0)]
    jump(i0, r1)
"""


@dataclass(frozen=True)
class AddZero:
    """Drops additions of zero (``wrongly``: of anything)."""

    name: str = "add_zero"
    wrongly: bool = False

    def run(self, trace: Trace) -> Trace:
        known: dict[Any, Any] = {}
        ops: list[Op[Any]] = []
        for op in trace.ops:
            args = tuple([known.get(arg, arg) for arg in op.args])
            new = op.rebuild(args, op.snapshot)
            if op.snapshot is not None:
                frame = op.snapshot.frame.map(lambda value: known.get(value, value))
                frame = frame.map(lambda value: value.rebuild(
                    tuple([known.get(arg, arg) for arg in value.args]), None
                ) if isinstance(value, Op) and value not in known.values() else value)  # fmt: skip
                new.snapshot = type(op.snapshot)(frame)
            if isinstance(new, IntAdd) and isinstance(new.rhs, Const):
                if self.wrongly or new.rhs.value == 0:
                    known[op] = new.lhs
                    continue
            known[op] = new
            ops.append(new)
        return trace.replace(ops)


@dataclass(frozen=True)
class Mutating:
    """Changes its input."""

    name: str = "mutating"

    def run(self, trace: Trace) -> Trace:
        del trace.ops[0]
        return trace


def test_a_pass_that_does_what_is_said_is_accepted() -> None:
    assert_becomes(AddZero(), BEFORE, AFTER)


def test_a_difference_is_shown_as_a_diff() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_becomes(AddZero(), BEFORE, BEFORE)
    assert "-i2 = int_add(i0, 0)" in str(caught.value).splitlines()


def test_a_difference_in_a_snapshot_is_a_difference() -> None:
    with pytest.raises(AssertionError):
        assert_becomes(AddZero(), BEFORE, AFTER.replace("box_int(i0)", "<0>"))


def test_a_pass_must_not_change_its_input() -> None:
    with pytest.raises(AssertionError, match="mutating changed its input"):
        assert_becomes(Mutating(), "[r0]\nguard_nonnull(r0) @0[]\njump(r0)", "[r0]\njump(r0)")


def test_texts_are_verified() -> None:
    with pytest.raises(InvalidTrace):
        parse("[i0]\njump(i0, i0)")


def test_normal_renumbers() -> None:
    assert normal(AFTER) == normal(AFTER.replace("b2", "b7"))


def test_behaviour_is_compared_by_running() -> None:
    trace = parse(BEFORE)
    assert_same_behaviour(trace, AddZero().run(trace), (9, None))
    other = parse(BEFORE.replace("9", "8"))
    with pytest.raises(AssertionError, match="gives"):
        assert_same_behaviour(trace, other, (8, None))


def test_behaviour_counts_effects_on_the_inputs() -> None:
    text = "[r0]\ni1 = call_may_raise list_append(r0, {}) @0[]\nleave() @2[]"
    one, two = (parse(text.format(item)) for item in ("<1>", "<1.0>"))
    assert_same_behaviour(one, one, ([],))
    with pytest.raises(AssertionError):
        assert_same_behaviour(one, two, ([],))


@settings(max_examples=50, deadline=None)
@given(traces())
def test_random_traces_behave_like_themselves(made: RandomTrace) -> None:
    names = Names()
    again = parse_trace(print_trace(made.trace, names), names)
    assert_same_behaviour(made.trace, again, made.inputs)


def test_canonical_values_are_equal_if_python_cannot_tell() -> None:
    shared: list[Any] = []
    assert canonical([shared, shared]) != canonical([[], []])
    assert canonical(0.0) != canonical(-0.0)
    assert canonical(1) != canonical(True) != canonical(1.0)
    assert canonical(float("nan")) == canonical(float("nan"))
    shared.append(shared)
    other: list[Any] = []
    other.append(other)
    assert canonical(shared) == canonical(other)
    assert canonical({1: 2}) != canonical({1: 3})
    assert canonical({1, 2}) == canonical({2, 1})
    assert canonical(()) == canonical(())
    assert canonical(len) == canonical(len) != canonical(abs)


LOOP = """
    [r0, i1]
    i2 = unbox_int(r0) @f:2[r0]
    label L1(i3 = i2, i4 = i1)
    i5 = int_add_ovf(i3, i4) @f:4[r0]
    b6 = int_lt(i5, 100)
    guard_true(b6) @f:6[r0] @g:8[]
    i7 = int_sub(i4, 1)
    guard_no_interrupt() @f:2[r0]
    jump L1(i5, i7)
"""


def test_a_pattern_matches_with_holes() -> None:
    bound = match_trace(
        parse(LOOP),
        """
        ...
        i1 = int_add_ovf(i8, _)
        # a comment
        b0 = int_lt(i1, 100)
        guard_true(b0) @f:6[r0] @g:8[]
        ...
        jump L1(i1, ...)
        """,
    )
    assert bound == {"i1": "i5", "i8": "i3", "b0": "b6", "r0": "r0"}


def test_a_group_matches_in_any_order() -> None:
    pattern = """
        {{{
        i9 = int_sub(i4, 1)
        guard_true(b0)
        b0 = int_lt(_, 100)
        _ = int_add_ovf(_, i4)
        }}}
        guard_no_interrupt()
        ...
    """
    trace = parse(LOOP)
    match_trace(trace, pattern, ops=loop_of(trace))


@pytest.mark.parametrize(
    "pattern",
    [
        "...\ni1 = int_add_ovf(i1, _)\n...",
        "...\nb0 = int_lt(i1, 101)\n...",
        "...\nguard_true(b0) @f:6[r0]\n...",
        "...\nint_lt(i1, 100)\n...",
        "i0 = unbox_int(r0)",
        "{{{\n_ = int_sub(...)\n}}}\n...",
        "...\nf1 = int_add_ovf(...)\n...",
        "...\ni2 = int_sub(i2, ...)\n...",
    ],
)
def test_a_pattern_that_does_not_fit_is_refused(pattern: str) -> None:
    with pytest.raises(AssertionError, match="stops matching at"):
        match_trace(parse(LOOP), pattern)


def test_parts_of_a_trace() -> None:
    trace = parse(LOOP)
    assert loop_of(trace) == trace.ops[2:]
    assert [op.mnemonic for op in range_of(trace, 4, 5)] == ["int_add_ovf", "int_lt"]
    assert [op.mnemonic for op in range_of(trace, 6, 6, "f")] == ["guard_true", "int_sub"]
    assert range_of(trace, 6, 6, "g") == []
    assert loop_of(parse(AFTER))[0].mnemonic == "int_lt"
