"""Numbers written into the box that they replace: when, and what else must not change."""

import sys
from typing import Any

import pytest

from hotloop_backend_x86.compile import CompiledTrace, X86Backend
from hotloop_backend_x86.reuse import find_reuse
from hotloop_backend_x86.testing import Left, enter
from hotloop_ir import descr as d
from hotloop_ir.op import Op
from hotloop_ir.ops import guard, memory, pyobj, refcount
from hotloop_ir.ops.control import Leave
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.trace import Trace, TraceKind
from hotloop_ir.value import Param, Type, Value, const_int

LEVELS = pytest.mark.parametrize("level", [0, 1, 2])
items, whole, real = Param[Any](Type.REF), Param[Any](Type.INT), Param[Any](Type.FLOAT)


def state(*values: Value[Any], owned: tuple[Value[Any], ...] = ()) -> Snapshot:
    return Snapshot(FrameState(None, None, 0, values, ()), owned)


def replacing(box: pyobj.BoxInt | pyobj.BoxFloat) -> list[Op[Any]]:
    """``items[0] = number``, and the old item dies."""
    store = memory.SetItem(items, const_int(0), box, d.LIST_ITEM)
    return [box, store, refcount.Decref(store), refcount.Decref(items), Leave(state(box))]


def go(ops: list[Op[Any]], given: list[Any], level: int, inputs: list[Param[Any]]) -> Left:
    code: CompiledTrace = X86Backend().compile(Trace(inputs, ops, TraceKind.BRIDGE), level)
    left = enter([code], given)
    code.free()
    return left


def own_float(value: float) -> float:
    return value + float(len(sys.argv)) - len(sys.argv)


def own_int(value: int) -> int:
    return int(str(value))


@LEVELS
@pytest.mark.parametrize("new", [2.5, -0.0, float("inf"), 5e-324])
def test_a_float_of_no_use_to_others_is_written(level: int, new: float) -> None:
    place = [own_float(1.25)]
    before = id(place[0])
    go(replacing(pyobj.BoxFloat(real)), [place, new], level, [items, real])
    count = sys.getrefcount(place[0])
    assert (count, repr(place[0])) == (2, repr(new))
    if level:
        assert id(place[0]) == before


@LEVELS
def test_a_float_that_others_have_stays(level: int) -> None:
    kept = own_float(1.25)
    place = [kept]
    count = sys.getrefcount(kept)
    go(replacing(pyobj.BoxFloat(real)), [place, 2.5], level, [items, real])
    assert (place, kept) == ([2.5], 1.25)
    assert sys.getrefcount(kept) == count - 1


@LEVELS
@pytest.mark.parametrize("old", [0, 7, 300, -300, 2**30, -(2**45), 2**59, 2**60, -(2**70), True])
@pytest.mark.parametrize("new", [0, 256, 257, -5, -6, 2**30 - 1, 2**30, -(2**40), 2**62])
def test_ints(level: int, old: int, new: int) -> None:
    place = [own_int(old) if old is not True else old]
    go(replacing(pyobj.BoxInt(whole)), [place, new], level, [items, whole])
    count = sys.getrefcount(place[0])
    assert place == [new] and type(place[0]) is int
    assert hash(place[0]) == hash(new) and place[0] + 1 == new + 1
    if -5 <= new <= 256:
        assert place[0] is own_int(new)
    else:
        assert count == 2
    assert 0 + own_int(7) == 7 and own_int(256) is own_int(256)


@LEVELS
@pytest.mark.parametrize("old", [None, "text", 3 + 4j, 2.5, True])
def test_what_is_no_int_stays(level: int, old: object) -> None:
    place: list[Any] = [old]
    go(replacing(pyobj.BoxInt(whole)), [place, 1000], level, [items, whole])
    assert place == [1000] and type(place[0]) is int


class Real(float):
    pass


@LEVELS
def test_a_subclass_is_no_float(level: int) -> None:
    place: list[Any] = [Real(1.0)]
    go(replacing(pyobj.BoxFloat(real)), [place, 2.5], level, [items, real])
    assert place == [2.5] and type(place[0]) is float


class Thing:
    def __init__(self) -> None:
        self.one = own_float(1.25)
        self.two = 2


@LEVELS
@pytest.mark.parametrize("unset", [False, True])
def test_attributes(level: int, unset: bool) -> None:
    Thing()
    thing = Thing()
    if unset:
        del thing.one
    box = pyobj.BoxFloat(real)
    values = memory.GetField(items, d.MANAGED_VALUES)
    store = memory.SetField(items, box, d.instance_value(0))
    ops = [
        guard.GuardType(items, Thing, state()),
        values,
        guard.GuardRawNonnull(values, state()),
        box,
        store,
        refcount.Decref(store),
        refcount.Decref(items),
        Leave(state()),
    ]
    left = go(list(ops), [thing, 2.5], level, [items, real])
    assert left.op is ops[-1]
    assert thing.one == 2.5
    assert list(vars(thing)) == (["two", "one"] if unset else ["one", "two"])


@LEVELS
def test_a_float_dies_into_the_free_list(level: int) -> None:
    box = pyobj.BoxFloat(real)
    code = X86Backend().compile(
        Trace([real], [box, refcount.Decref(box), Leave(state())], TraceKind.BRIDGE), level
    )
    numbers = []
    for number in range(500):
        enter([code], [number + 0.25])
        numbers.append(own_float(number))
        if number % 3 == 0:
            del numbers[-2:]
    code.free()
    assert len({id(number) for number in numbers}) == len(numbers)
    assert all(number == int(number) for number in numbers)


@LEVELS
@pytest.mark.parametrize("value", [257, -(2**40), 2**59, 2**60, -(2**63)])
def test_ints_die_without_leaving_anything(level: int, value: int) -> None:
    box = pyobj.BoxInt(whole)
    ops: list[Op[Any]] = [box, refcount.Decref(box), Leave(state())]
    code = X86Backend().compile(Trace([whole], ops, TraceKind.BRIDGE), level)
    blocks = []
    for _ in range(3):
        for _ in range(200):
            enter([code], [value])
        blocks.append(sys.getallocatedblocks())
    code.free()
    assert blocks[2] - blocks[1] < 50


def test_only_a_box_that_nothing_needs_before() -> None:
    box = pyobj.BoxFloat(real)
    store = memory.SetItem(items, const_int(0), box, d.LIST_ITEM)
    drop, end = refcount.Decref(store), Leave(state())

    def found(*ops: Op[Any]) -> bool:
        return bool(find_reuse(Trace([items, real], [*ops, end], TraceKind.BRIDGE)).boxes)

    assert found(box, store, drop)
    assert found(box, refcount.Incref(items), store, drop)
    assert not found(box, refcount.Incref(box), store, drop)
    assert not found(box, guard.GuardType(items, list, state(box)), store, drop)
    assert not found(box, store, refcount.Incref(items), drop)
    assert not found(box, store)
