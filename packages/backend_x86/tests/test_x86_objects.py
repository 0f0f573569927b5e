"""Boxes, allocations, fields and items: machine code on real objects."""

import ctypes
import math
from collections.abc import Iterator
from typing import Any

import pytest

from hotloop_backend_x86.compile import X86Backend
from hotloop_backend_x86.testing import Left, run
from hotloop_ir import descr as d
from hotloop_ir.descr import Descr, instance_value, slot
from hotloop_ir.op import Op
from hotloop_ir.ops import guard, memory, pyobj
from hotloop_ir.ops.control import Leave
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.trace import Trace
from hotloop_ir.value import NULL, NULL_OBJECT, Const, Param, Type, Value, const_int, const_ref

LEVELS = pytest.mark.parametrize("level", [0, 1, 2])


def state(*values: Value[Any]) -> Snapshot:
    return Snapshot(FrameState(None, None, 0, values, ()))


def ref() -> Param[Any]:
    return Param(Type.REF)


def integer() -> Param[Any]:
    return Param(Type.INT)


def leave_with(inputs: list[Param[Any]], ops: list[Op[Any]], given: list[Any], level: int) -> Left:
    end = Leave(state(*[op for op in ops if op.type is not Type.VOID], *inputs))
    left = run(Trace(inputs, [*ops, end]), given, level)
    assert left.op is end
    return left


def one(op: Op[Any], given: list[Any], level: int) -> Any:
    """The result of one op whose operands are the inputs."""
    inputs = [value for value in op.args if isinstance(value, Param)]
    return leave_with(inputs, [op], given, level).values[op]


INTS = [0, 1, -1, -5, -6, 256, 257, 2**30 - 1, 2**30, -(2**30), 2**31, 2**60 - 1, -(2**60) + 1]
WIDE = [2**60, -(2**60), 2**63 - 1, -(2**63), 2**62]


@LEVELS
def test_box_int_makes_the_int(level: int) -> None:
    for value in INTS + WIDE:
        box = pyobj.BoxInt(integer())
        found = one(box, [value], level)
        assert type(found) is int
        assert found == value
        assert found + 0 == value and hash(found) == hash(value) and -found == -value
        if -5 <= value <= 256:
            assert found is int(str(value))


@LEVELS
def test_unbox_int_takes_60_bits_and_leaves_on_more(level: int) -> None:
    for value in [*INTS, *WIDE, 2**64, -(2**100), True, False]:
        param = ref()
        op = pyobj.UnboxInt(param, state(param))
        end = Leave(state(op))
        left = run(Trace([param], [op, end]), [value], level)
        if abs(value) < 2**60:
            assert left.op is end
            assert left.values[op] == value
        else:
            assert left.op is op
            assert left.values[param] == value


@LEVELS
def test_floats_and_bools_box_and_unbox(level: int) -> None:
    for value in [0.0, -0.0, 1.5, math.inf, 5e-324]:
        found = one(pyobj.BoxFloat(Param(Type.FLOAT)), [value], level)
        assert type(found) is float and found.hex() == value.hex()
        assert one(pyobj.UnboxFloat(ref()), [value], level).hex() == value.hex()
    for flag in (True, False):
        assert one(pyobj.BoxBool(Param(Type.BOOL)), [flag], level) is flag
        assert one(pyobj.UnboxBool(ref()), [flag], level) is flag


@LEVELS
def test_many_floats_come_from_the_free_list_and_the_allocator(level: int) -> None:
    param: Param[Any] = Param(Type.FLOAT)
    boxes = [pyobj.BoxFloat(param) for _ in range(150)]
    spare = [float(number) + 0.5 for number in range(300)]
    del spare
    left = leave_with([param], list(boxes), [2.25], level)
    found = [left.values[box] for box in boxes]
    assert found == [2.25] * 150
    assert len({id(value) for value in found}) == 150


class Inline:
    def __init__(self) -> None:
        self.first: object = 1
        self.second: object = 2
        self.third: object = 3


class Slotted:
    __slots__ = ("one", "two")
    one: object
    two: object


def member_offset(name: str) -> int:
    """By storing an object and looking where its address went."""
    probe, mark = Slotted(), object()
    setattr(probe, name, mark)
    words = (ctypes.c_int64 * 6).from_address(id(probe))
    return 8 * list(words).index(id(mark))


@LEVELS
def test_containers_are_made_of_their_items(level: int) -> None:
    a, b = ref(), ref()
    items = [object(), [1]]
    ops: list[Op[Any]] = [
        pyobj.NewTuple((a, b, a)),
        pyobj.NewList((b, a)),
        pyobj.NewTuple(()),
        pyobj.NewList(()),
        pyobj.NewCell(a),
        pyobj.NewSlice(a, b, const_ref(None)),
    ]
    made = leave_with([a, b], ops, items, level)
    tuple_, list_, empty, nothing, cell, slice_ = [made.values[op] for op in ops]
    assert tuple_ == (items[0], items[1], items[0])
    assert list_ == [items[1], items[0]]
    assert empty is () and nothing == []  # noqa: F632
    assert cell.cell_contents is items[0]
    assert (slice_.start, slice_.stop, slice_.step) == (items[0], items[1], None)
    list_.append(5)
    assert len(list_) == 3


@LEVELS
def test_empty_cells_and_bound_methods(level: int) -> None:
    cell = pyobj.NewCell(NULL)
    function, instance = ref(), ref()
    method = pyobj.NewMethod(function, instance)
    sample = [3, 1]
    left = leave_with([function, instance], [cell, method], [len, sample], level)
    with pytest.raises(ValueError, match="empty"):
        _ = left.values[cell].cell_contents
    assert left.values[method]() == 2
    assert left.values[method].__self__ is sample


@LEVELS
def test_ranges_and_iterators_go_on_where_they_are(level: int) -> None:
    one_, two, three, four = (integer() for _ in range(4))
    sequence = ref()
    numbers = [one_, two, three, four]
    made = pyobj.NewRange(*numbers)
    left = leave_with(numbers, [made], [3, 20, 5, 4], level)
    assert left.values[made] == range(3, 20, 5) and list(left.values[made]) == [3, 8, 13, 18]
    iterator = pyobj.NewRangeIterator(*numbers)
    left = leave_with(numbers, [iterator], [1, 3, 5, 4], level)
    assert list(left.values[iterator]) == [8, 13, 18]
    items = pyobj.NewListIterator(one_, sequence)
    assert list(leave_with([one_, sequence], [items], [1, [5, 6, 7]], level).values[items]) == [
        6,
        7,
    ]
    pair = pyobj.NewTupleIterator(one_, sequence)
    assert list(leave_with([one_, sequence], [pair], [2, (5, 6, 7)], level).values[pair]) == [7]
    ended = pyobj.NewListIterator(one_, NULL)
    assert list(leave_with([one_], [ended], [2], level).values[ended]) == []
    counted = pyobj.NewEnumerate(one_, sequence)
    left = leave_with([one_, sequence], [counted], [7, iter("ab")], level)
    assert list(left.values[counted]) == [(7, "a"), (8, "b")]


@LEVELS
def test_instances_have_their_values_in_the_order_given(level: int) -> None:
    Inline()
    a, b = ref(), ref()
    given = [object(), object()]
    whole = pyobj.NewInstance((a, b, a), Inline, (2, 0, 1))
    part = pyobj.NewInstance((NULL, a, NULL), Inline, (1,))
    bare = pyobj.NewInstance((), Inline, ())
    left = leave_with([a, b], [whole, part, bare], given, level)
    made = left.values[whole]
    assert type(made) is Inline
    assert (made.first, made.second, made.third) == (given[0], given[1], given[0])
    assert list(vars(made)) == ["third", "first", "second"]
    assert vars(left.values[part]) == {"second": given[0]}
    assert vars(left.values[bare]) == {}
    left.values[bare].first = 4
    assert left.values[bare].first == 4


@LEVELS
def test_slotted_instances(level: int) -> None:
    a = ref()
    mark = object()
    made = pyobj.NewSlotsInstance((a, NULL), Slotted, (member_offset("two"), member_offset("one")))
    found = leave_with([a], [made], [mark], level).values[made]
    assert found.two is mark
    assert not hasattr(found, "one")


def plain() -> int:
    return 1


def nested() -> Any:
    cell = 5

    def inner(a: int = 1, *, b: int = 2) -> int:
        return a + b + cell

    return inner


def reads() -> Iterator[tuple[object, Descr, object]]:
    function = nested()
    yield (1, 2, 3), d.TUPLE_LEN, 3
    yield [1, 2], d.LIST_LEN, 2
    yield "text", d.STR_LEN, 4
    yield b"12345", d.BYTES_LEN, 5
    yield {1: 2}, d.DICT_USED, 1
    yield {1, 2}, d.SET_USED, 2
    yield function, d.FUNC_CODE, function.__code__
    yield function, d.FUNC_DEFAULTS, (1,)
    yield plain, d.FUNC_DEFAULTS, NULL_OBJECT
    yield function, d.FUNC_KWDEFAULTS, {"b": 2}
    yield function, d.FUNC_CLOSURE, function.__closure__
    yield function.__closure__[0], d.CELL_REF, 5
    yield [].append, d.METHOD_SELF, []
    yield [1].append, d.BUILTIN_SELF, [1]
    yield slice(1, 2, 3), d.SLICE_STOP, 2
    yield range(2, 9, 3), d.RANGE_STEP, 3
    yield range(2, 9, 3), d.RANGE_LENGTH, 3
    yield iter(range(2, 9, 3)), d.RANGEITER_LEN, 3
    yield iter(range(2, 9, 3)), d.RANGEITER_START, 2
    listed = iter([1, 2])
    next(listed)
    yield listed, d.LISTITER_INDEX, 1
    yield listed, d.LISTITER_SEQ, [1, 2]
    yield enumerate("ab", 4), d.ENUM_INDEX, 4


@LEVELS
def test_fields_are_read(level: int) -> None:
    rows = list(reads())
    inputs = [ref() for _ in rows]
    ops = [memory.GetField(param, row[1]) for param, row in zip(inputs, rows, strict=True)]
    left = leave_with(inputs, list(ops), [row[0] for row in rows], level)
    for op, row in zip(ops, rows, strict=True):
        assert left.values[op] == row[2], row


@LEVELS
def test_versions_are_32_bit_unsigned(level: int) -> None:
    assert Inline().first == 1
    version = memory.GetField(const_ref(Inline), d.TYPE_VERSION)
    keys = memory.GetField(const_ref(globals()), d.DICT_KEYS)
    dict_version = memory.GetField(keys, d.KEYS_VERSION)
    left = leave_with([], [version, keys, dict_version], [], level)
    assert 0 <= left.values[version] < 2**32
    assert 0 <= left.values[dict_version] < 2**32


@LEVELS
def test_attributes_with_inline_values(level: int) -> None:
    obj = ref()
    new = ref()
    sample = Inline()
    mark = object()
    raw = memory.GetField(obj, d.MANAGED_VALUES)
    held = guard.GuardRawNonnull(raw, state(obj))
    before = memory.GetField(obj, instance_value(1))
    old = memory.SetField(obj, new, instance_value(1))
    after = memory.GetField(obj, instance_value(1))
    left = leave_with([obj, new], [raw, held, before, old, after], [sample, mark], level)
    assert left.values[before] == 2 and left.values[old] == 2
    assert left.values[after] is mark and sample.second is mark
    assert list(vars(sample)) == ["first", "second", "third"]


@LEVELS
def test_the_first_store_of_an_attribute_is_noted_in_the_order(level: int) -> None:
    obj = ref()
    sample = Inline.__new__(Inline)
    stores = [
        memory.SetField(obj, const_ref("a"), instance_value(2)),
        memory.SetField(obj, const_ref("b"), instance_value(0)),
        memory.SetField(obj, const_ref("c"), instance_value(2)),
    ]
    left = leave_with([obj], list(stores), [sample], level)
    assert left.values[stores[0]] is NULL_OBJECT
    assert left.values[stores[2]] == "a"
    assert list(vars(sample).items()) == [("third", "c"), ("first", "b")]


@LEVELS
def test_slots_and_cells_are_written(level: int) -> None:
    obj, cell = ref(), ref()
    sample = Slotted()
    sample.two = 2
    two = memory.GetField(obj, slot(member_offset("two")))
    one_ = memory.SetField(obj, const_ref("x"), slot(member_offset("one")))
    box = nested().__closure__[0]
    stored = memory.SetField(cell, const_ref("y"), d.CELL_REF)
    left = leave_with([obj, cell], [two, one_, stored], [sample, box], level)
    assert left.values[two] == 2 and left.values[one_] is NULL_OBJECT
    assert sample.one == "x"
    assert left.values[stored] == 5 and box.cell_contents == "y"


@LEVELS
def test_iterator_positions_are_written(level: int) -> None:
    iterator = ref()
    sample = iter([1, 2, 3])
    write = memory.SetFieldInt(iterator, const_int(2), d.LISTITER_INDEX)
    leave_with([iterator], [write], [sample], level)
    assert list(sample) == [3]


@LEVELS
def test_items_are_read_and_written(level: int) -> None:
    values, index, items = ref(), integer(), ref()
    given = ["a", "b", "c"]
    read = memory.GetItem(values, index, d.TUPLE_ITEM)
    old = memory.SetItem(items, index, const_ref("new"), d.LIST_ITEM)
    again = memory.GetItem(items, const_int(1), d.LIST_ITEM)
    left = leave_with([values, index, items], [read, old, again], [("x", "y"), 1, given], level)
    assert left.values[read] == "y"
    assert left.values[old] == "b"
    assert left.values[again] == "new"
    assert given == ["a", "new", "c"]


@LEVELS
def test_an_exit_stores_the_operands_of_removed_objects(level: int) -> None:
    number, flag, other = integer(), Param[Any](Type.BOOL), ref()
    inner = pyobj.NewTuple((pyobj.BoxInt(number), other))
    removed = pyobj.NewList((inner, inner, const_ref(None)))
    end = Leave(state(removed, number, flag))
    left = run(Trace([number, flag, other], [end]), [41, True, "o"], level)
    assert left.values == {number: 41, other: "o", flag: True}


def test_constants_stay_alive_as_long_as_the_code() -> None:
    thing = object()
    param = ref()
    op = guard.GuardIs(param, Const(Type.REF, thing), state(param))
    code = X86Backend().compile(Trace([param], [op, Leave(state())]), 0)
    assert thing in code.keep
    code.free()
    assert code.keep == []
    assert code.size == 0
