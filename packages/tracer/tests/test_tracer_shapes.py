"""The text of recorded loops: what is recorded for a few lines of Python, and nothing more."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tracer_vm import MiniJit

from hotloop_ir.ops.call import Call, CallMayRaise
from hotloop_ir.text import print_trace
from hotloop_ir.trace import Trace

LIMIT = 100


def helpers_of(trace: Trace, *kinds: type[Call | CallMayRaise]) -> list[str]:
    """The names of the helpers that a trace calls."""
    wanted = kinds or (Call, CallMayRaise)
    calls = [op for op in trace.ops if isinstance(op, Call | CallMayRaise)]
    return [op.helper.name for op in calls if isinstance(op, wanted)]


def loop_of(function: Callable[..., Any], *args: object) -> Trace:
    """The first loop recorded while the function runs."""
    jit = MiniJit(bridge_threshold=10**9)
    jit.call(function, *args)
    return jit.traces[0]


def text_of(trace: Trace) -> str:
    """The ops without their snapshots and version numbers."""
    lines = print_trace(trace).strip().splitlines()[1:]
    lines = [re.sub(r" @.*$", "", line) for line in lines]
    return "\n".join(re.sub(r"(guard_int\(i\d+), \d{2,}\)", r"\1, V)", line) for line in lines)


def mnemonics(trace: Trace) -> list[str]:
    """The names of the ops in order."""
    return [op.mnemonic for op in trace.ops]


def check(found: str, expected: str) -> None:
    """Compare two texts without their indentation."""
    wanted = [line.strip() for line in expected.strip().splitlines()]
    assert found.splitlines() == wanted


def test_a_range_loop_reads_and_steps_the_iterator() -> None:
    def add(n: int) -> int:
        total = 0
        for i in range(n):
            total += i
        return total

    check(
        text_of(loop_of(add, 9)),
        """
        guard_type(r3, range_iterator)
        i4 = getfield(r3, _PyRangeIterObject.index)
        i5 = getfield(r3, _PyRangeIterObject.len)
        b6 = int_lt(i4, i5)
        guard_true(b6)
        i7 = getfield(r3, _PyRangeIterObject.start)
        i8 = getfield(r3, _PyRangeIterObject.step)
        i9 = int_mul(i4, i8)
        i10 = int_add(i7, i9)
        i11 = int_add(i4, 1)
        setfield_int(r3, i11, _PyRangeIterObject.index)
        r12 = box_int(i10)
        resume_point()
        guard_type(r1, int)
        i13 = unbox_int(r1)
        i14 = int_add_ovf(i13, i10)
        r15 = box_int(i14)
        guard_no_interrupt()
        jump(r0, r15, r12, r3)
        """,
    )


def test_a_while_loop_guards_its_condition() -> None:
    def count(n: int) -> int:
        i = 0
        while i < n:
            i += 1
        return i

    check(
        text_of(loop_of(count, 9)),
        """
        guard_type(r1, int)
        i2 = unbox_int(r1)
        i3 = int_add_ovf(i2, 1)
        r4 = box_int(i3)
        guard_type(r0, int)
        i5 = unbox_int(r0)
        b6 = int_lt(i3, i5)
        r7 = box_bool(b6)
        guard_true(b6)
        guard_no_interrupt()
        jump(r0, r4)
        """,
    )


def test_the_exit_of_a_for_loop_restarts_the_for_iter() -> None:
    def walk(items: list[int]) -> int:
        last = 0
        for item in items:
            last = item
        return last

    trace = loop_of(walk, [1, 2, 3])
    guard = next(op for op in trace.ops if op.mnemonic == "guard_true")
    assert guard.snapshot is not None
    state = guard.snapshot.frame
    assert state.pc == trace_header_pc(trace) and len(state.stack) == 1


def trace_header_pc(trace: Trace) -> int:
    """The pc of the snapshot of the guard before the jump."""
    guard = trace.ops[-2]
    assert guard.mnemonic == "guard_no_interrupt" and guard.snapshot is not None
    return guard.snapshot.frame.pc


def test_a_global_is_read_at_its_place_under_the_version_of_the_keys() -> None:
    def below(n: int) -> int:
        i = 0
        while i < LIMIT:
            i += n
        return i

    found = mnemonics(loop_of(below, 9))
    at = found.index("getfield")
    assert found[at : at + 4] == ["getfield", "getfield", "guard_int", "getfield"]
    assert found.count("guard_is") == 0


class Thing:
    def __init__(self, value: int) -> None:
        self.value = value

    def get(self) -> int:
        return self.value


def test_a_method_is_inlined_under_guards_of_type_version_keys_and_code() -> None:
    def ask(thing: Thing, n: int) -> int:
        total = 0
        for _ in range(n):
            total += thing.get()
        return total

    trace = loop_of(ask, Thing(3), 9)
    text = text_of(trace)
    assert "call_python" not in text
    for line in (
        "guard_type(r0, Thing)",
        "getfield(<Thing>, PyTypeObject.tp_version_tag)",
        "getfield(<Thing>, PyHeapTypeObject.ht_cached_keys)",
        "getfield(r0, managed.values)",
        "getfield(<get>, PyFunctionObject.func_code)",
        "getfield(r0, values[0])",
    ):
        assert text.count(line) == 1, line
    inner = [op for op in trace.ops if op.snapshot is not None and op.snapshot.frame.parent]
    assert inner
    for op in inner:
        assert op.snapshot is not None
        parent = op.snapshot.frame.parent
        assert parent is not None
        assert len(parent.stack) == 2, "the iterator and the sum: the call's operands are gone"
        assert parent.code is ask.__code__


def test_facts_are_forgotten_after_a_residual_call() -> None:
    def ask(thing: Thing, call: Callable[[], Any], n: int) -> int:
        total = 0
        for _ in range(n):
            total += thing.value
            sorted((2, 1))
            total += thing.value
        return total

    text = text_of(loop_of(ask, Thing(3), len, 9))
    assert text.count("guard_type(r0, Thing)") == 2
    assert text.count("getfield(<Thing>, PyTypeObject.tp_version_tag)") == 2


def test_an_instance_is_allocated_empty_and_filled_by_its_init() -> None:
    def make(n: int) -> Thing | None:
        thing = None
        for i in range(n):
            thing = Thing(i)
        return thing

    trace = loop_of(make, 9)
    found = mnemonics(trace)
    assert found.count("new_instance") == 1 and found.count("setfield") == 1
    assert "call_python" not in found
    state = next(
        op.snapshot.frame
        for op in trace.ops
        if op.snapshot is not None and op.snapshot.frame.parent is not None
    )
    assert state.return_kind.value == "init" and state.extra is not None


def test_big_ints_use_the_c_function() -> None:
    def grow(n: int) -> int:
        value = 1 << 70
        for _ in range(n):
            value = value * 3
        return value

    assert "int_mul_big" in text_of(loop_of(grow, 9))


def test_a_tuple_made_and_taken_apart_in_the_loop_is_not_read_back() -> None:
    def swap(n: int) -> tuple[int, int]:
        a, b = 1, 2
        for _ in range(n):
            pair = (a, b)
            b, a = pair
        return a, b

    found = mnemonics(loop_of(swap, 9))
    assert found.count("new_tuple") == 1 and "getitem" not in found


def test_a_residual_next_fails_to_the_end_of_the_loop() -> None:
    def walk(n: int) -> int:
        total = 0
        for item in map(abs, range(n)):
            total += item
        return total

    trace = loop_of(walk, 9)
    call = next(op for op in trace.ops if op.mnemonic == "call_may_raise")
    guard = trace.ops[trace.ops.index(call) + 1]
    assert guard.mnemonic == "guard_nonnull" and guard.args == (call,)
    assert guard.snapshot is not None and guard.snapshot.frame.stack == ()
    assert call.snapshot is not None and len(call.snapshot.frame.stack) == 1


def test_the_recursion_of_an_entry_calls_the_entry_itself() -> None:
    jit = MiniJit(entries=True)
    assert jit.call(fibonacci, 12) == 144
    trace = jit.traces[0]
    entries = [op for op in trace.ops if op.mnemonic == "call_entry"]
    assert entries
    targets = {id(op.target) for op in entries}  # type: ignore[attr-defined]
    assert targets == {id(trace.start)}
    assert trace.ops[-1].mnemonic == "finish"


def fibonacci(n: int) -> int:
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def test_operands_that_overflow_are_made_again() -> None:
    """What a field held need not live for the way out of an addition: an equal int does."""

    class Box:
        count = 0

    def add(box: Box, n: int) -> None:
        for i in range(n):
            box.count = box.count + i

    box = Box()
    box.count = 1000
    text = print_trace(loop_of(add, box, 9))
    (line,) = [line for line in text.splitlines() if "int_add_ovf" in line]
    stack = line.partition("|")[2]
    assert stack.count("box_int(") == 1  # i has a box of its own in a local variable


def test_slices_take_unboxed_bounds() -> None:
    def flip(n: int) -> list[int]:
        perm = [0] * 8
        for i in range(n):
            k = i % 4
            perm[: k + 1] = perm[k::-1]
            del perm[8:k]
        return perm

    trace = loop_of(flip, 30)
    helpers = helpers_of(trace)
    assert helpers == [
        "list_slice_step",
        "list_dies_quietly",
        "list_set_slice_quiet",
        "list_dies_quietly",
        "list_set_slice_quiet",
    ]


def test_a_slice_whose_items_may_run_code_forgets_everything() -> None:
    def replace(n: int) -> list[Any]:
        items: list[Any] = [[0]] * 8
        for i in range(n):
            items[2:3] = ([i],)
        return items

    trace = loop_of(replace, 30)
    helpers = helpers_of(trace)
    assert helpers == ["list_set_slice"]


def test_one_item_is_deleted_as_it_is_popped() -> None:
    def shorten(items: list[Any], n: int) -> None:
        for _ in range(n):
            del items[1]

    trace = loop_of(shorten, list(range(40)), 20)
    assert helpers_of(trace, CallMayRaise) == ["list_pop"]


def test_a_bound_builtin_method_is_like_the_method() -> None:
    def turn(n: int) -> list[int]:
        items = [1, 2, 3]
        add, pop, put, starts = items.append, items.pop, items.insert, "text".startswith
        for i in range(n):
            add(i)
            put(1, pop(0))
            starts("te")
        return items

    trace = loop_of(turn, 30)
    helpers = helpers_of(trace, CallMayRaise)
    assert helpers == ["list_append", "list_pop", "list_insert"]
    assert mnemonics(trace).count("call_python") == 1  # startswith: it runs no Python code
    text = text_of(trace)
    assert text.count("PyCFunctionObject.m_ml") == text.count("PyCFunctionObject.m_self") == 4
    assert text.count("guard_type(r1, list)") <= 1


def test_a_bound_method_that_a_class_hides_stays_a_call() -> None:
    class Named(list[int]):
        pass

    def turn(items: list[int], n: int) -> None:
        add = items.append
        for i in range(n):
            add(i)

    items = Named()
    add = items.append
    Named.append = lambda self, item: None  # type: ignore[method-assign]

    def use(n: int) -> None:
        for i in range(n):
            add(i)

    assert "call_python" in mnemonics(loop_of(use, 30))
    assert "list_append" in text_of(loop_of(turn, [], 30))
    assert len(items) == 30


def test_small_values_are_looked_for_without_code_of_the_program() -> None:
    def look(items: list[Any], n: int) -> int:
        found = 0
        for i in range(n):
            if i in items and "x" not in (1, "y", found):
                found += items.index(i)
                items.remove(i)
            found += len(list(range(i % 3)))
        return found

    trace = loop_of(look, list(range(40)), 30)
    names = mnemonics(trace)
    helpers = helpers_of(trace)
    assert helpers == [
        "list_find_quiet",
        "tuple_find_quiet",
        "list_find_quiet",
        "list_find_quiet",
        "list_pop",
        "list_from_quiet",
    ]
    assert "call_python" not in names
