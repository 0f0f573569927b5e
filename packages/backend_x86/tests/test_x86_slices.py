"""Slices: native code against the references of the helpers, with random and extreme operands."""

import random
import sys
from collections.abc import Callable
from typing import Any

import pytest

from hotloop_backend_x86.compile import X86Backend
from hotloop_backend_x86.testing import enter, keep_alive
from hotloop_ir.helper import Errors, helper_named
from hotloop_ir.op import Op
from hotloop_ir.ops import call
from hotloop_ir.ops.control import Leave
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.trace import Trace, TraceKind
from hotloop_ir.value import NULL_OBJECT, Param, Value

INT_MAX = (1 << 63) - 1
EXTREMES = [0, 1, -1, 2, -2, INT_MAX, -INT_MAX, -INT_MAX - 1, INT_MAX - 1, 1 << 40, -(1 << 40)]
RUNS = 400


def state(*values: Value[Any]) -> Snapshot:
    return Snapshot(FrameState(None, None, 0, values, ()))


def native(name: str) -> Callable[..., Any]:
    """A helper as compiled code calls it."""
    helper = helper_named(name)
    params: list[Param[Any]] = [Param(type) for type in helper.params]
    op: Op[Any] = (
        call.Call(tuple(params), helper)
        if helper.errors is Errors.NEVER
        else call.CallMayRaise(tuple(params), helper, state(*params))
    )
    trace = keep_alive(Trace(params, [op, Leave(state(op))], TraceKind.BRIDGE))
    code = X86Backend().compile(trace, 1)
    return lambda *operands: enter([code], list(operands)).values[op]


def bounds(rng: random.Random) -> tuple[int, int, int]:
    """Start, stop and a step that is not 0."""
    pick = [rng.choice(EXTREMES) if rng.random() < 0.3 else rng.randint(-9, 9) for _ in "abc"]
    return pick[0], pick[1], pick[2] or rng.choice((1, -1))


@pytest.mark.parametrize("kind", ["list", "tuple", "str"])
def test_a_slice_is_that_of_python(kind: str) -> None:
    rng = random.Random(kind)
    run, reference = native(f"{kind}_slice_step"), helper_named(f"{kind}_slice_step").reference
    alphabets = ("abcdefgh", "a\xe9\xff", "a\u20acb", "a\U0001f600")
    for _ in range(RUNS):
        size = rng.randint(0, 8)
        if kind == "str":
            whole: Any = "".join(rng.choices(rng.choice(alphabets), k=size))
        else:
            whole = [object() for _ in range(size)]
            whole = tuple(whole) if kind == "tuple" else whole
        operands = bounds(rng)
        found, expected = run(whole, *operands), reference(whole, *operands)
        assert found == expected == whole[slice(*operands)] and type(found) is type(whole)
        assert (found is whole) == (expected is whole)
        if kind == "str":
            assert hash(found) == hash(expected) and found.isascii() == expected.isascii()
            assert sys.getsizeof(found) == sys.getsizeof(expected)


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_slice_owns_what_is_in_it(kind: Any) -> None:
    run = native(f"{kind.__name__}_slice_step")
    item = object()
    before = sys.getrefcount(item)
    whole = kind([item] * 7)
    part = run(whole, 6, -INT_MAX - 1, -2)
    assert len(part) == 4
    assert sys.getrefcount(item) == before + 7 + 4


@pytest.mark.parametrize("name", ["list_set_slice", "list_set_slice_quiet"])
def test_a_stored_slice_is_that_of_python(name: str) -> None:
    rng = random.Random(name)
    run, reference = native(name), helper_named(name).reference
    for _ in range(RUNS):
        whole = [rng.randint(0, 10**6) * 1.5 for _ in range(rng.randint(0, 8))]
        given: Any = [rng.randint(0, 10**6) for _ in range(rng.randint(0, 8))]
        kind = rng.randint(0, 5)
        start, stop, _ = bounds(rng)
        copy = list(whole)
        if kind == 0:
            assert run(whole, start, stop, whole) == reference(copy, start, stop, copy)
        elif kind == 1:
            assert run(whole, start, stop, NULL_OBJECT) == reference(copy, start, stop, NULL_OBJECT)
        else:
            given = tuple(given) if kind == 2 else given
            if kind == 3:
                given = given * len(copy[start:stop])
                given = given[: len(copy[start:stop])]
            expected = reference(copy, start, stop, given)
            assert run(whole, start, stop, given) == expected == 0
        assert whole == copy


@pytest.mark.parametrize("name", ["list_set_slice", "list_set_slice_quiet"])
def test_a_stored_slice_keeps_the_balance(name: str) -> None:
    run = native(name)
    kinds: list[Any] = [[2] * 3, (2,) * 2, [2] * 5, [], NULL_OBJECT]
    for given in kinds:
        old, new = 10.5**3, 11.5**3
        counts = sys.getrefcount(old), sys.getrefcount(new)
        whole = [old] * 6
        if given is not NULL_OBJECT:
            given = type(given)([new] * len(given))
        size = 0 if given is NULL_OBJECT else len(given)
        assert run(whole, 1, -2, given) == 0
        assert len(whole) == 3 + size
        assert sys.getrefcount(old) == counts[0] + 3
        assert sys.getrefcount(new) == counts[1] + 2 * size


def test_a_death_inside_runs_code_after_the_store() -> None:
    run, seen = native("list_set_slice"), []

    class Mortal:
        def __del__(self) -> None:
            seen.append(list(whole))

    whole: list[Any] = [1, Mortal(), Mortal(), 2]
    assert run(whole, 1, 3, [7]) == 0
    assert seen == [[1, 7, 2]] * 2


def test_what_dies_quietly() -> None:
    run, reference = native("list_dies_quietly"), helper_named("list_dies_quietly").reference

    class Whole(int):
        pass

    quiet = [1, 2.5, "x", b"y", None, True, 3j, range(2), 10**30]
    for loud in ([], (), {}, object(), Whole(1), int, run):
        items = [*quiet, loud, *quiet]
        for start, stop in [(0, INT_MAX), (0, 9), (0, 10), (10, 19), (-9, 99), (9, 9), (9, 10)]:
            expected = reference(items, start, stop)
            assert run(items, start, stop) == expected
            assert expected == all(item is not loud for item in items[start:stop])


@pytest.mark.parametrize("kind", [list, tuple])
def test_an_item_is_found_as_python_finds_it(kind: Any) -> None:
    rng = random.Random(kind.__name__)
    name = f"{kind.__name__}_find_quiet"
    run, reference = native(name), helper_named(name).reference
    nan = float("nan")

    class Equal:
        def __eq__(self, other: object) -> bool:
            raise AssertionError("must not be asked")

    def pick() -> Any:
        text, number = rng.choice(("", "a", "ab", "\xe9", "\u20ac")), rng.randint(-3, 3)
        big = rng.choice((1 << 29, 1 << 30, 1 << 60, 1 << 70)) * number
        return rng.choice((text, number, float(number), big, float(big), True, False, None, nan))

    for _ in range(4 * RUNS):
        items = [pick() for _ in range(rng.randint(0, 6))]
        if rng.random() < 0.2:
            items.insert(rng.randint(0, 6), rng.choice((Equal(), (), b"a", 1j)))
        wanted = pick()
        wanted = rng.choice((wanted, eval(repr(wanted), {"nan": nan})))
        found = run(kind(items), wanted)
        assert found == reference(kind(items), wanted), (items, wanted)
        if found != 1:
            assert (wanted in items) == (found > 1)
            assert found == 0 or items.index(wanted) == found - 2


def test_an_item_popped_in_the_middle_leaves_the_rest_in_order() -> None:
    run = native("list_pop")
    for size in range(1, 40):
        for index in range(-size, size):
            whole = [object() for _ in range(size)]
            copy = list(whole)
            assert run(whole, index) is copy.pop(index)
            assert whole == copy
    whole = list(range(1000, 1100))
    copy = list(whole)
    while copy:
        at = len(copy) // 3
        assert run(whole, at) == copy.pop(at) and whole == copy
        assert sys.getsizeof(whole) < 8 * 120 + 60


class Loud:
    """A key whose comparison must not be asked for once its dict is made."""

    made = False

    def __init__(self, like: object) -> None:
        self.like = like

    def __hash__(self) -> int:
        return hash(self.like)

    def __eq__(self, other: object) -> bool:
        assert not Loud.made
        return False


def table(rng: random.Random) -> dict[Any, Any]:
    """A dict of few or many keys, with deleted ones, some of the same hash."""
    found: dict[Any, Any] = {}
    for _ in range(rng.choice((0, 1, 5, 40, 300, 70_000 if rng.random() < 0.01 else 9))):
        number = rng.randint(-9, 400)
        odd = ("ab"[number % 2], float(number), (number, number % 3), number << 61, None, Loud)
        key = rng.choice((number, number, *odd[: rng.randint(0, 5)]))
        found[key] = number
        if rng.random() < 0.2:
            del found[key]
    if rng.random() < 0.3:
        like = rng.randint(-9, 9)
        loud = Loud(rng.choice((like, (like, like % 3))))
        found = rng.choice(({loud: 0, **found}, {(loud, 1): 0, **found}))
    return found


def test_a_key_is_found_as_python_finds_it_or_not_asked_for() -> None:
    rng = random.Random(6)
    get, contains = native("dict_get_safe"), native("dict_contains_safe")
    asked = helper_named("dict_get_safe").reference, helper_named("dict_contains_safe").reference
    answers = set()
    for _ in range(RUNS):
        Loud.made = False
        keys = table(rng)
        Loud.made = True
        for _ in range(10):
            number = rng.randint(-9, 9)
            key = rng.choice((number, float(number), number << 61, (number, number % 3), "a", None))
            there = contains(keys, key)
            answers.add(there)
            assert there == asked[1](keys, key)
            assert get(keys, key) is asked[0](keys, key) or there == 1
            if there == 1:
                assert get(keys, key) == keys[key]
    assert answers == {0, 1, -1}


class Shared:
    """Instances share the keys of their dicts."""


def names(rng: random.Random) -> dict[str, int]:
    """A dict with str keys only: few or many, some deleted, or an instance's with shared keys."""
    if rng.random() < 0.3:
        one = Shared()
        for name in rng.sample("abcdef", rng.randint(0, 6)):
            setattr(one, name, rng.randint(0, 9))
        return one.__dict__
    found = {f"k{number}": number for number in range(rng.choice((0, 3, 6, 200, 70_000, 9)))}
    for number in range(rng.randint(0, 5)):
        found.pop(f"k{number}", None)
    return {**found, "a": 1} if rng.random() < 0.5 else found


def test_a_str_is_found_among_strs() -> None:
    rng = random.Random(7)
    get, asked = native("dict_get_safe"), helper_named("dict_get_safe").reference
    hinted = native("dict_get_hinted")
    hits = 0
    for _ in range(RUNS // 4):
        keys = names(rng)
        stored = list(keys)
        for _ in range(20):
            key = rng.choice((*stored[:5], *stored[-5:], *"abcdef", "k1", "".join(("k", "2"))))
            hits += key in keys
            assert get(keys, key) is asked(keys, key)
            place = stored.index(key) if key in keys else 0
            hint = place + rng.choice((0, 0, 1, 5, 100_000))
            assert hinted(keys, key, hint) is asked(keys, key)
        assert hinted(keys, 5, 0) is asked(keys, 5)
        assert get(keys, 5) is asked(keys, 5)
    assert hits > RUNS // 2
