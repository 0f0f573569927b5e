"""Random recorded loops and bridges: what a recorder writes, on objects that alias.

Loops carry boxed numbers, containers, instances and iterators around, read and write
them, inline calls and run arbitrary code. For tests of the optimizer's forward walk.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from hotloop_ir import descr as d
from hotloop_ir.helper import Errors, helper_named
from hotloop_ir.loop_maker import CODES, Frame, LoopMaker
from hotloop_ir.op import Op
from hotloop_ir.ops import boolean, call, control, floats, guard, integer, memory, pyobj
from hotloop_ir.random_objects import (
    alias,
    call_method,
    call_on_list,
    get_item,
    hide,
    nest,
    new_object,
    read_again,
    refill,
    set_item,
    two_indexes,
    use_attribute,
    use_cell,
    use_slot,
)
from hotloop_ir.random_world import (
    FUNCTIONS,
    GLOBAL_VALUES,
    GLOBALS,
    Node,
    Point,
    Slotted,
    World,
)
from hotloop_ir.slotted import slotted
from hotloop_ir.trace import Target, Trace, TraceKind
from hotloop_ir.trace_maker import Choices, Dropped
from hotloop_ir.value import NULL_OBJECT, Const, Type, Value, const_int, const_ref

_RANGE_ITERATOR: Final[type] = type(iter(range(0)))
_LIST_ITERATOR: Final[type] = type(iter([]))
_TUPLE_ITERATOR: Final[type] = type(iter(()))


#: Choices that make the plan and the inputs; fewer than this.
_PLANNING: Final = 45
_VALUES: Final = (0, 1, 2, -1, 3, 255, 257, 1 << 40, 1.5, -0.0, True, False, None, "text")


class Rolled(Choices):
    """Choices made by a seeded generator: much faster than drawing them one by one.

    With ``other`` one in ``rarely`` choices is made by that generator instead, but not those of
    the plan: a second recording of nearly the same loop.
    """

    def __init__(self, seed: int, other: Random | None = None, rarely: int = 30) -> None:
        self._rng = Random(seed)
        self._other = other
        self._rarely = rarely
        self._made = 0

    def below(self, count: int) -> int:
        self._made += 1
        chosen = self._rng.randrange(count)
        if self._other is not None and self._made > _PLANNING:
            if not self._other.randrange(self._rarely):
                return self._other.randrange(count)
        return chosen

    def value(self, type_: Type, boxes_only: bool = False) -> Any:
        return _VALUES[self.below(len(_VALUES))]

    def operands(self, cls: type[Op[Any]]) -> tuple[Any, ...]:
        """Small positive numbers: every op accepts them."""
        small: Any = {Type.INT: 1 + self.below(9), Type.FLOAT: 0.5, Type.BOOL: True}
        return tuple([small[type_] for type_ in cls.operand_types])


@slotted(frozen=True)
class RandomLoop:
    """A recorded loop and what it runs on: a plan of objects, which of them are the inputs."""

    trace: Trace
    plan: tuple[Node, ...]
    inputs: tuple[int, ...]
    patience: int

    def world(self) -> tuple[World, list[Any]]:
        """A new world, and the inputs in it."""
        world = World(self.plan, self.patience)
        return world, [world.objects[number] for number in self.inputs]


def random_loop(choices: Choices, max_steps: int = 20) -> RandomLoop:
    """A loop of at most ``max_steps`` bytecodes."""
    plan = tuple([_node(choices) for _ in range(1 + choices.below(6))])
    inputs = tuple([choices.below(len(plan)) for _ in range(1 + choices.below(4))])
    patience = 1 + choices.below(6)
    world = World(plan, patience)
    maker = LoopMaker(choices, world)
    empty = [NULL_OBJECT] * choices.below(3)
    slots = [*[world.objects[number] for number in inputs], *empty]
    maker.begin(slots)
    maker.bytecodes(1 + choices.below(max_steps), ACTIONS)
    bound = [slot is not NULL_OBJECT for slot in slots]
    if maker.left:  # the last bytecode raised: run it, and leave there
        maker.ops.append(control.Leave(maker.state()))
    else:
        maker.close(bound, None)
    return RandomLoop(maker.trace(TraceKind.LOOP, "loop"), plan, inputs, patience)


def random_bridge(
    choices: Choices, world: World, slots: Sequence[Any], bound: Sequence[bool], target: Target
) -> Trace:
    """A bridge from a frame with these slots to a header of ``target``."""
    maker = LoopMaker(choices, world)
    maker.begin(slots, bridge=True)
    if maker.frame.slots:
        maker.bytecodes(choices.below(12), ACTIONS)
    if maker.left:
        maker.ops.append(control.Leave(maker.state()))
    else:
        maker.close(bound, target)
    return maker.trace(TraceKind.BRIDGE, "bridge")


def _node(choices: Choices) -> Node:
    """One object of a plan."""
    cls: Any = (int, int, float, list, list, tuple, types.CellType, Point, Point, Slotted)[
        choices.below(10)
    ]
    if cls is int:
        return Node(int, choices.below(9) - 2)
    if cls is float:
        return Node(float, (0.5, -0.0, 2.0, 1e300)[choices.below(4)])
    return Node(cls, None, tuple([choices.below(8) for _ in range(choices.below(4))]))


# --- numbers ------------------------------------------------------------------------------

_INT_OPS: Final = (
    integer.IntAddOvf, integer.IntAddOvf, integer.IntSubOvf, integer.IntMulOvf,
    integer.IntAnd, integer.IntOr, integer.IntXor,
)  # fmt: skip
_COMPARISONS: Final = (
    integer.IntLt, integer.IntLe, integer.IntGt, integer.IntGe, integer.IntEq, integer.IntNe,
)  # fmt: skip


def _int_arithmetic(maker: LoopMaker) -> None:
    cls: Any = maker.pick(_INT_OPS)
    lhs, rhs = maker.number(), maker.number()
    op = cls(lhs, rhs, maker.state()) if cls.has_snapshot else cls(lhs, rhs)
    maker.assign(maker.box(maker.emit(op)))


def _int_division(maker: LoopMaker) -> None:
    lhs, rhs = maker.number(), maker.number()
    maker.require(integer.IntGt(rhs, const_int(0)))
    cls: Any = integer.IntMod if maker.chance(2) else integer.IntFloordiv
    maker.assign(maker.box(maker.emit(cls(lhs, rhs))))


def _float_arithmetic(maker: LoopMaker) -> None:
    lhs, rhs = maker.unbox(maker.of(float)), maker.unbox(maker.of(float))
    cls: Any = maker.pick((floats.FloatAdd, floats.FloatSub, floats.FloatMul, floats.FloatTruediv))
    if cls is floats.FloatTruediv:
        maker.require(floats.FloatNe(rhs, Const(Type.FLOAT, 0.0)))
    maker.assign(maker.box(maker.emit(cls(lhs, rhs))))


def _compare(maker: LoopMaker) -> None:
    cls: Any = maker.pick(_COMPARISONS)
    condition = cls(maker.number(), maker.number())
    if maker.chance(4):
        maker.assign(maker.box(maker.emit(condition)))
    else:
        maker.decide(condition)


def _truth(maker: LoopMaker) -> None:
    maker.decide(pyobj.UnboxBool(maker.of(bool)))


# --- references ---------------------------------------------------------------------------


def _identity(maker: LoopMaker) -> None:
    ref = maker.any()
    others = [*maker.values(), const_ref(None), const_ref(True)]
    other = maker.pick(others)
    if maker.concrete(ref) is maker.concrete(other) and maker.chance(2):
        maker.emit(guard.GuardIs(ref, other, maker.state()))
    elif type(maker.concrete(ref)) not in (int, float):  # identity of numbers does not count
        maker.decide(boolean.RefIs(ref, other))


def _constant(maker: LoopMaker) -> None:
    """What a slot holds becomes a constant: the immutable ones only, which runs share."""
    ref = maker.pick(maker.values())
    value = maker.concrete(ref)
    if value is None or value is True or value is False:
        maker.emit(guard.GuardIs(ref, const_ref(value), maker.state()))


def _move(maker: LoopMaker) -> None:
    maker.assign(maker.any())


def _delete(maker: LoopMaker) -> None:
    if maker.chance(3):
        maker.assign(None)


def _push(maker: LoopMaker) -> None:
    if len(maker.frame.slots) < 8:
        maker.frame.slots.append(maker.any())


def _enter(maker: LoopMaker) -> None:
    if len(maker.frames) < 3:
        slots: list[Any] = [maker.any() for _ in range(1 + maker.choices.below(3))]
        maker.frames.append(Frame(CODES[len(maker.frames)], [*slots, None]))


def _return(maker: LoopMaker) -> None:
    if len(maker.frames) > 1:
        result = maker.any()
        maker.frames.pop()
        maker.assign(result)


def _rotate(maker: LoopMaker) -> None:
    """What was in the first slot is now in the second, and so on."""
    slots = maker.frame.slots
    slots[:] = [slots[-1], *slots[:-1]]


# --- iterators ----------------------------------------------------------------------------


def _iterate(maker: LoopMaker) -> None:
    op: Op[Any]
    if maker.chance(2):
        length = const_int(1 + maker.choices.below(5))
        op = pyobj.NewRangeIterator(const_int(0), const_int(0), const_int(1), length)
    else:
        ref = maker.of(list, tuple)
        if maker.class_of(ref) is list:
            op = pyobj.NewListIterator(const_int(0), ref)
        else:
            op = pyobj.NewTupleIterator(const_int(0), ref)
    maker.emit(op)
    maker.types[op] = maker.class_of(op)
    maker.assign(op)


def _next(maker: LoopMaker) -> None:
    ref = maker.of(_RANGE_ITERATOR, _LIST_ITERATOR, _TUPLE_ITERATOR)
    cls = maker.class_of(ref)
    if cls is _RANGE_ITERATOR:
        index = maker.emit(memory.GetField(ref, d.RANGEITER_INDEX))
        length = maker.emit(memory.GetField(ref, d.RANGEITER_LEN))
        maker.require(integer.IntLt(index, length))
        step = maker.emit(memory.GetField(ref, d.RANGEITER_STEP))
        start = maker.emit(memory.GetField(ref, d.RANGEITER_START))
        offset = maker.emit(integer.IntMul(index, step))
        value = maker.box(maker.emit(integer.IntAdd(start, offset)))
        descr = d.RANGEITER_INDEX
    else:
        is_list = cls is _LIST_ITERATOR
        descr = d.LISTITER_INDEX if is_list else d.TUPLEITER_INDEX
        index = maker.emit(memory.GetField(ref, descr))
        sequence = maker.field(ref, d.LISTITER_SEQ if is_list else d.TUPLEITER_SEQ)
        length = maker.emit(memory.GetField(sequence, d.LIST_LEN if is_list else d.TUPLE_LEN))
        maker.require(integer.IntLt(index, length))
        value = maker.item(sequence, index)
    maker.emit(memory.SetFieldInt(ref, maker.emit(integer.IntAdd(index, const_int(1))), descr))
    maker.assign(value)


# --- the world outside --------------------------------------------------------------------


def _global(maker: LoopMaker) -> None:
    keys = maker.emit(memory.GetField(const_ref(GLOBALS), d.DICT_KEYS))
    version = maker.emit(memory.GetField(keys, d.KEYS_VERSION))
    number = maker.concrete(version)
    maker.emit(guard.GuardInt(version, const_int(number), maker.state()))
    value = maker.emit(memory.GetField(keys, maker.pick(GLOBAL_VALUES)))
    maker.assign(value)


def _call_python(maker: LoopMaker) -> None:
    function = maker.pick(FUNCTIONS)
    args = tuple([maker.any() for _ in range(maker.choices.below(3))])
    op = call.CallPython(const_ref(function), args, (), maker.state())
    try:
        result = maker.emit(op)
    except Dropped:
        if maker.left:
            maker.ops.append(op)
        raise
    maker.ran_python()
    maker.assign(result)


def _call_helper(maker: LoopMaker) -> None:
    name = maker.pick(("number_add", "number_sub", "is_true", "math_sin"))
    helper = helper_named(name)
    if helper.params[0] is Type.FLOAT:
        number = maker.unbox(maker.of(float))
        maker.assign(maker.box(maker.emit(call.Call((number,), helper))))
        return
    operands = tuple([maker.of(int, float, bool) for _ in helper.params])
    if helper.errors is Errors.NEVER:
        result: Value[Any] = maker.emit(call.Call(operands, helper))
    else:
        result = maker.emit(call.CallMayRaise(operands, helper, maker.state()))
        if helper.runs_python:
            maker.ran_python()
    if result.type is Type.REF:
        maker.assign(result)


ACTIONS: Final = (
    _int_arithmetic, _int_arithmetic, _int_arithmetic, _int_division, _float_arithmetic,
    _compare, _compare, _truth, _identity, _constant, _move, _move, _delete, _push, _rotate,
    _enter, _return, new_object, new_object, new_object, get_item, get_item, set_item,
    call_on_list, call_on_list, use_cell, use_cell, use_attribute, use_attribute, use_attribute,
    use_slot, use_slot, call_method, read_again, read_again, read_again, hide, hide, alias, alias,
    refill, two_indexes, nest, _iterate, _next, _next, _next, _global, _call_python, _call_helper,
)  # fmt: skip
