"""Reference counts and deaths: exact counts, harmless and harmful deaths, collections."""

import gc
import sys
import weakref
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import pytest

from hotloop_backend_x86.compile import CompiledTrace, X86Backend
from hotloop_backend_x86.memory import Activation, add_references
from hotloop_backend_x86.testing import Left, enter, exit_state
from hotloop_ir import descr as d
from hotloop_ir.op import Op
from hotloop_ir.ops import memory, pyobj, refcount
from hotloop_ir.ops.control import Leave
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.trace import Trace, TraceKind
from hotloop_ir.value import NULL, NULL_OBJECT, Param, Type, Value, const_int, const_ref

LEVELS = pytest.mark.parametrize("level", [0, 1, 2])


def state(*values: Value[Any], owned: tuple[Value[Any], ...] = ()) -> Snapshot:
    return Snapshot(FrameState(None, None, 0, values, ()), owned)


def ref() -> Param[Any]:
    return Param(Type.REF)


def go(inputs: list[Param[Any]], ops: list[Op[Any]], given: list[Any], level: int) -> Left:
    code = X86Backend().compile(Trace(inputs, ops, TraceKind.BRIDGE), level)
    left = enter([code], given)
    code.free()
    return left


@LEVELS
def test_incref_and_decref_count(level: int) -> None:
    thing = object()
    before = sys.getrefcount(thing)
    param = ref()
    ops = [refcount.Incref(param), refcount.Incref(param), Leave(state())]
    go([param], list(ops), [thing], level)
    assert sys.getrefcount(thing) == before + 3  # the input's too
    ops = [*[refcount.Decref(param)] * 4, Leave(state())]
    go([param], [refcount.Decref(param) for _ in range(4)] + [Leave(state())], [thing], level)
    assert sys.getrefcount(thing) == before


@LEVELS
def test_null_is_not_counted(level: int) -> None:
    param = ref()
    ops = [
        refcount.Incref(param),
        refcount.Decref(param),
        refcount.DecrefChecked(param, state()),
        refcount.Incref(NULL),
        refcount.Decref(NULL),
        refcount.DecrefChecked(NULL, state()),
        Leave(state()),
    ]
    assert go([param], ops, [NULL_OBJECT], level).op is ops[-1]


@LEVELS
def test_what_a_trace_makes_dies_in_it(level: int) -> None:
    number = Param[Any](Type.INT)
    box = pyobj.BoxInt(number)
    item = ref()
    pair = pyobj.NewTuple((item, box))
    thing = object()
    before = sys.getrefcount(thing)
    ops = [box, pair, refcount.Decref(pair), Leave(state())]
    go([number, item], ops, [2**40, thing], level)
    assert sys.getrefcount(thing) == before


@LEVELS
def test_a_replaced_item_belongs_to_the_trace(level: int) -> None:
    items, new = ref(), ref()
    old = memory.SetItem(items, const_int(0), new, d.LIST_ITEM)
    first, second = object(), object()
    given = [first]
    counts = sys.getrefcount(first), sys.getrefcount(second)
    ops = [old, refcount.Decref(old), refcount.Decref(items), Leave(state())]
    go([items, new], ops, [given, second], level)
    assert given == [second]
    assert (sys.getrefcount(first), sys.getrefcount(second)) == (counts[0] - 1, counts[1] + 1)


class Plain:
    def __init__(self, *values: object) -> None:
        self.values = values


class Slots:
    __slots__ = ("__weakref__", "one")

    def __init__(self, one: object) -> None:
        self.one = one


class Derived(Plain):
    extra = 1


class Loud:
    def __del__(self) -> None:
        deaths.append(gc.isenabled())


class Sub(list[Any]):
    pass


class Mapping(dict[Any, Any]):
    pass


Pair = namedtuple("Pair", "one two")
deaths: list[bool] = []


def generator() -> Any:
    try:
        yield 1
    finally:
        deaths.append(gc.isenabled())


def finished() -> Any:
    made = (number for number in (1, 2))
    assert sum(made) == 3
    return made


def suspended() -> Any:
    made = generator()
    next(made)
    return made


def with_dict() -> Any:
    made = Plain(1)
    made.__dict__["more"] = [Plain(2)]
    return made


def with_weakref(made: Any) -> Any:
    references.append(weakref.ref(made, lambda _: deaths.append(gc.isenabled())))
    return made


def with_deleted() -> Any:
    made: set[Any] = {(k,) for k in range(100)}
    for k in range(90):
        made.discard((k,))
    return [made]


def chain(length: int) -> Any:
    made: Any = None
    for _ in range(length):
        made = [made]
    return made


references: list[Any] = []
shared = Plain("shared")

HARMLESS: list[Callable[[], Any]] = [
    lambda: 2**70,
    lambda: float(len(deaths)) + 0.5,
    lambda: "".join(["not", "interned"]),
    list,
    lambda: [1, "a", None, [2.5, (3, {})]],
    lambda: (1, [2]),
    lambda: {"a": [1], "b": (2, [3])},
    lambda: {1: [1], (2, 3): {4: 5}},
    lambda: Plain(1, [2], Plain(3)),
    lambda: Slots(Slots([1])),
    lambda: Derived(Derived(1)),
    lambda: Plain(shared, shared, [shared, shared]),
    lambda: [list(range(1000)), [[k] for k in range(1000)]],
    lambda: [finished(), iter([1]), iter((1,)), enumerate([1]), slice([1], [2])],
    lambda: (lambda x: lambda: x)([1]),
    lambda: [].append,
    lambda: Plain(1).__init__,  # type: ignore[misc]
    with_dict,
    lambda: chain(100),
    lambda: {1, (2, 3), frozenset([4, "x"])},
    with_deleted,
    lambda: Pair([1], {2: 3}),
    lambda: Sub([1, [2], Plain(3)]),
    lambda: Mapping({1: [2]}),
]
HARMFUL: list[Callable[[], Any]] = [
    Loud,
    lambda: [Loud()],
    lambda: [(x := Loud()), x, [x]],
    lambda: {"key": Loud()},
    lambda: {Loud(): 1},
    lambda: Plain(Plain(Loud())),
    lambda: Slots([Loud()]),
    lambda: with_weakref(Plain()),
    lambda: [with_weakref(Slots(1))],
    suspended,
    lambda: {Loud(), 1},
    lambda: Pair(1, Loud()),
    lambda: Sub([Loud()]),
    lambda: Mapping({1: Loud()}),
    lambda: with_weakref({1, 2}),
    lambda: (lambda x: lambda: x)(Loud()),
]
UNKNOWN: list[Callable[[], Any]] = [
    lambda: [ValueError("x")],
    lambda: [memoryview(b"x")],
    lambda: [[k] for k in range(5000)],
]


def drop_checked(level: int) -> tuple[CompiledTrace, Op[Any]]:
    param, number = ref(), Param[Any](Type.INT)
    op = refcount.DecrefChecked(param, state(number))
    trace = Trace([param, number], [op, Leave(state())], TraceKind.BRIDGE)
    return X86Backend().compile(trace, level), op


def kill(code: CompiledTrace, make: Callable[[], Any]) -> tuple[Left, Activation]:
    """Give the trace the only reference to a new object."""
    activation = Activation()
    made = make()
    activation.write(0, Type.REF, made)
    activation.write(1, Type.INT, 77)
    add_references(made, 1)
    del made
    record = activation.run(code.address)
    exit = next(exit for exit in code.exits if exit.record == record)
    return Left(exit, exit_state(exit, activation)), activation


@LEVELS
def test_harmless_deaths_stay_in_the_trace(level: int) -> None:
    code, op = drop_checked(level)
    for make in HARMLESS:
        deaths.clear()
        blocks = sys.getallocatedblocks()
        left, _ = kill(code, make)
        assert left.op is not op, make
        assert deaths == []
        assert sys.getallocatedblocks() - blocks < 100, make
    assert sys.getrefcount(shared) == 2


@LEVELS
def test_harmful_deaths_happen_and_leave(level: int) -> None:
    code, op = drop_checked(level)
    assert gc.isenabled()
    for make in HARMFUL:
        deaths.clear()
        left, activation = kill(code, make)
        assert left.op is op, make
        assert list(left.values.values()) == [77]
        assert deaths == [True], make
        assert activation.record_word(-4) == 0
        assert gc.isenabled()
    references.clear()


@LEVELS
def test_deaths_of_unknown_things_leave(level: int) -> None:
    code, op = drop_checked(level)
    for make in UNKNOWN:
        assert kill(code, make)[0].op is op, make


@LEVELS
def test_a_reference_from_elsewhere_keeps_things_alive(level: int) -> None:
    code, op = drop_checked(level)
    deaths.clear()
    loud = Loud()
    held = [loud, loud]
    count = sys.getrefcount(loud)
    left, _ = kill(code, lambda: [loud, loud, (loud,)])
    assert left.op is not op
    assert sys.getrefcount(loud) == count
    left, _ = kill(code, lambda: held)
    assert left.op is not op
    assert held == [loud, loud] and deaths == []


@LEVELS
def test_counts_are_given_back_after_a_harmful_death_was_found(level: int) -> None:
    code, op = drop_checked(level)
    first, second = Plain(1), [2]
    counts = sys.getrefcount(first), sys.getrefcount(second)
    assert kill(code, lambda: [first, (second, first), Loud(), second])[0].op is op
    assert (sys.getrefcount(first), sys.getrefcount(second)) == counts


class Disabler:
    def __del__(self) -> None:
        gc.disable()


@LEVELS
def test_a_finaliser_may_turn_collections_off(level: int) -> None:
    code, op = drop_checked(level)
    try:
        left, activation = kill(code, Disabler)
        assert left.op is op
        assert activation.record_word(-3) == 0
        assert not gc.isenabled()
    finally:
        gc.enable()


@LEVELS
def test_constants_are_counted_too(level: int) -> None:
    thing = object()
    before = sys.getrefcount(thing)
    const = const_ref(thing)
    go([], [refcount.Incref(const), refcount.Incref(const), Leave(state())], [], level)
    assert sys.getrefcount(thing) >= before + 2
    add_references(thing, -2)
