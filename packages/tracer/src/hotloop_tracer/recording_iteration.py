"""Recording iteration: ranges, lists, tuples and enumerations by their fields, the rest by calls.

An iterator is stepped for real once; its fields are guarded before and written after, so that a
failing guard finds it as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from hotloop_interp.frame import Frame, ReturnKind
from hotloop_interp.machine import EXHAUSTED, Exhausted, Returned
from hotloop_ir import value as ir
from hotloop_ir.descr import (
    ENUM_INDEX,
    ENUM_SIT,
    LIST_ITEM,
    LIST_LEN,
    LISTITER_INDEX,
    LISTITER_SEQ,
    RANGE_LENGTH,
    RANGE_START,
    RANGE_STEP,
    RANGEITER_INDEX,
    RANGEITER_LEN,
    RANGEITER_START,
    RANGEITER_STEP,
    TUPLE_ITEM,
    TUPLE_LEN,
    TUPLEITER_INDEX,
    TUPLEITER_SEQ,
)
from hotloop_ir.helper import helper_named
from hotloop_ir.ops.guard import GuardIs, GuardNonnull
from hotloop_ir.ops.integer import IntAdd, IntLt, IntMul
from hotloop_ir.ops.memory import GetField, GetItem, SetField, SetFieldInt
from hotloop_ir.ops.pyobj import (
    NewListIterator,
    NewRangeIterator,
    NewTuple,
    NewTupleIterator,
)
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import Int, Value, const_int
from hotloop_tracer import objects
from hotloop_tracer.abort import AbortReason
from hotloop_tracer.objects import lookup
from hotloop_tracer.recording_truth import Truth
from hotloop_tracer.snapshots import refs, state_at
from hotloop_tracer.traced import PERMANENT, Traced
from hotloop_tracer.unboxing import can_unbox

RANGE_ITERATOR: Final = type(iter(range(0)))
LIST_ITERATOR: Final = type(list[object]().__iter__())
TUPLE_ITERATOR: Final = type(iter(()))
_GET_ITER: Final = helper_named("get_iter")
_ITER_NEXT: Final = helper_named("iter_next")

_SEQUENCE: Final[dict[type, tuple[Any, Any, Any, Any]]] = {
    LIST_ITERATOR: (LISTITER_SEQ, LISTITER_INDEX, LIST_LEN, LIST_ITEM),
    TUPLE_ITERATOR: (TUPLEITER_SEQ, TUPLEITER_INDEX, TUPLE_LEN, TUPLE_ITEM),
}


class Iteration(Truth):
    """GET_ITER and FOR_ITER."""

    # --- making iterators -------------------------------------------------------------------

    def get_iter(self, frame: Frame[Traced], value: Traced) -> Traced | Frame[Traced]:
        """``iter(value)``"""
        found = self.iterator_of(value)
        if found is not None:
            return found
        cls = type(value.obj)
        method = objects.python_method(cls, "__iter__")
        if method is not None and self.may_enter(frame, method):
            if self.introspect.type_version(cls):
                self.type_of(value)
                self.version_of(cls)
                callee = self.enter_frame(frame, self.const(method), [value], (), ReturnKind.PUSH)
                if callee is not None:
                    return callee
        return self.residual(_GET_ITER, (value.ref,), iter, value.obj)

    def iterator_of(self, value: Traced) -> Traced | None:
        """The iterator of a list, tuple or range, or an iterator that is its own."""
        obj, cls = value.obj, type(value.obj)
        base = self.seen_as(value, "__iter__")
        if base is list or base is tuple:
            make: Any = NewListIterator if base is list else NewTupleIterator
            return Traced(iter(obj), self.emit(make(const_int(0), value.ref)), PERMANENT)
        if cls is range:
            return self._range_iterator(value)
        if cls in _SEQUENCE or cls is RANGE_ITERATOR or cls is enumerate or cls is zip:
            self.type_of(value)
            return value
        return None

    def _range_iterator(self, value: Traced) -> Traced | None:
        bounds = self.range_bounds(value)
        if bounds is None:
            return None
        start, step, length = bounds
        op = self.emit(NewRangeIterator(const_int(0), start, step, length))
        return Traced(iter(value.obj), op, PERMANENT)

    def range_bounds(self, value: Traced) -> tuple[Value[Int], Value[Int], Value[Int]] | None:
        """Start, step and length of a range of small ints."""
        made = value.num
        if type(made) is RangeBounds:
            return made.start, made.step, made.length
        obj = value.obj
        fields = (
            (obj.start, RANGE_START), (obj.step, RANGE_STEP), (len(obj), RANGE_LENGTH)
        )  # fmt: skip
        if not all(can_unbox(Traced(number, ir.NULL)) for number, _ in fields):
            return None
        self.type_of(value)
        start, step, length = [
            self.int_of(Traced(number, self.emit(GetField(value.ref, descr))))
            for number, descr in fields
        ]
        return start, step, length

    # --- stepping ---------------------------------------------------------------------------

    def for_iter(
        self, frame: Frame[Traced], iterator: Traced
    ) -> Traced | Literal[Exhausted.EXHAUSTED] | Frame[Traced]:
        """The next item, or EXHAUSTED."""
        found = self.step_iterator(iterator, _really_next(iterator.obj))
        if found is not None:
            return found
        if lookup(type(iterator.obj), "__next__") is objects.MISSING:
            self.give_up(AbortReason.RAISED)
        return self._next_residual(frame, iterator)

    def step_iterator(
        self, iterator: Traced, take: Callable[[], Any]
    ) -> Traced | Literal[Exhausted.EXHAUSTED] | None:
        """Step by fields; ``take`` steps for real (EXHAUSTED at the end). None: no fields known."""
        cls = type(iterator.obj)
        if cls is RANGE_ITERATOR:
            return self._step_range(iterator, take)
        if cls in _SEQUENCE:
            return self._step_sequence(iterator, take, *_SEQUENCE[cls])
        if cls is enumerate:
            return self._step_enumerate(iterator, take)
        return None

    def _step_range(
        self, iterator: Traced, take: Callable[[], Any]
    ) -> Traced | Literal[Exhausted.EXHAUSTED]:
        self.type_of(iterator)
        index = self.emit(GetField(iterator.ref, RANGEITER_INDEX))
        length = self.emit(GetField(iterator.ref, RANGEITER_LEN))
        snapshot = self.snap()
        item = take()
        more = self.emit(IntLt(index, length))
        ended = item is EXHAUSTED
        if ended:
            self.emit(ir_guard(more, False, snapshot))
            return EXHAUSTED
        self.emit(ir_guard(more, True, snapshot))
        start = self.emit(GetField(iterator.ref, RANGEITER_START))
        step = self.emit(GetField(iterator.ref, RANGEITER_STEP))
        number = self.emit(IntAdd(start, self.emit(IntMul(index, step))))
        self.emit(SetFieldInt(iterator.ref, self._plus_one(index), RANGEITER_INDEX))
        return self.new_int(item, number)

    def _plus_one(self, index: Value[Int]) -> Value[Int]:
        return self.emit(IntAdd(index, const_int(1)))

    def _step_sequence(
        self, iterator: Traced, take: Callable[[], Any], seq: Any, at: Any, length: Any, items: Any
    ) -> Traced | Literal[Exhausted.EXHAUSTED]:
        self.type_of(iterator)
        was_ended = _is_ended(iterator.obj)
        sequence = self.emit(GetField(iterator.ref, seq))
        if was_ended:
            self.emit(GuardIs(sequence, ir.NULL, self.snap()))
            return EXHAUSTED
        self.emit(GuardNonnull(sequence, self.snap()))
        index = self.emit(GetField(iterator.ref, at))
        size = self.emit(GetField(sequence, length))
        snapshot = self.snap()
        item = take()
        more = self.emit(IntLt(index, size))
        ended = item is EXHAUSTED
        if ended:
            self.emit(ir_guard(more, False, snapshot))
            self.emit(SetField(iterator.ref, ir.NULL, seq))
            self.dirty = True
            return EXHAUSTED
        self.emit(ir_guard(more, True, snapshot))
        found = self.emit(GetItem(sequence, index, items))
        self.emit(SetFieldInt(iterator.ref, self._plus_one(index), at))
        return Traced(item, found)

    def _step_enumerate(
        self, iterator: Traced, take: Callable[[], Any]
    ) -> Traced | Literal[Exhausted.EXHAUSTED] | None:
        self.type_of(iterator)
        _, (inner, count, *_rest) = iterator.obj.__reduce__()
        if type(count) is not int or not can_unbox(Traced(count, ir.NULL)):
            return None
        if type(inner) not in _SEQUENCE and type(inner) is not RANGE_ITERATOR:
            return None
        index = self.emit(GetField(iterator.ref, ENUM_INDEX))
        inside = Traced(inner, self.emit(GetField(iterator.ref, ENUM_SIT)))

        def take_inner() -> Any:
            pair = take()
            return pair if pair is EXHAUSTED else pair[1]

        item = self.step_iterator(inside, take_inner)
        if item is EXHAUSTED or item is None:
            return item
        self.emit(SetFieldInt(iterator.ref, self._plus_one(index), ENUM_INDEX))
        number = self.new_int(count, index)
        made = Traced((count, item.obj), self.emit(NewTuple((number.ref, item.ref))), PERMANENT)
        made.parts = (number, item)
        return made

    def _next_residual(
        self, frame: Frame[Traced], iterator: Traced
    ) -> Traced | Literal[Exhausted.EXHAUSTED]:
        """tp_iternext has run: the other outcome goes on after the instruction."""
        op = self.emit_call(_ITER_NEXT, iterator.ref)
        item = self.really(next, iterator.obj, EXHAUSTED)
        self.after_call(_ITER_NEXT)
        instr, instrs = frame.instr, frame.decoded.instrs
        assert instr.jump is not None
        stack = refs(frame.stack)
        ended = item is EXHAUSTED
        if ended:
            state = state_at(frame, instrs[instr.next].start, (*stack, op))
            self.emit(GuardIs(op, ir.NULL, Snapshot(state)))
            return EXHAUSTED
        state = state_at(frame, instrs[instr.jump].start, stack[:-1])
        self.emit(GuardNonnull(op, Snapshot(state)))
        return Traced(item, op)

    # --- generators and coroutines ----------------------------------------------------------

    def return_generator(self, frame: Frame[Traced]) -> Traced:
        """Generators are not entered."""
        self.give_up(AbortReason.GENERATOR)

    def yielded(self, frame: Frame[Traced], value: Traced) -> Traced:
        """The driver leaves the trace before a yield."""
        self.give_up(AbortReason.GENERATOR)

    def send(
        self, frame: Frame[Traced], receiver: Traced, value: Traced
    ) -> Traced | Returned[Traced] | Frame[Traced]:
        """Generators are not entered."""
        self.give_up(AbortReason.GENERATOR)

    def get_yield_from_iter(self, frame: Frame[Traced], value: Traced) -> Traced | Frame[Traced]:
        """Generators are not entered."""
        self.give_up(AbortReason.GENERATOR)

    def get_awaitable(
        self, frame: Frame[Traced], value: Traced, context: int
    ) -> Traced | Frame[Traced]:
        """Coroutines are not entered."""
        self.give_up(AbortReason.GENERATOR)

    def get_aiter(self, frame: Frame[Traced], value: Traced) -> Traced | Frame[Traced]:
        """Coroutines are not entered."""
        self.give_up(AbortReason.GENERATOR)

    def get_anext(self, frame: Frame[Traced], iterator: Traced) -> Traced | Frame[Traced]:
        """Coroutines are not entered."""
        self.give_up(AbortReason.GENERATOR)

    def async_gen_wrap(self, value: Traced) -> Traced:
        """Generators are not entered."""
        self.give_up(AbortReason.GENERATOR)


class RangeBounds(Value[Int]):
    """What a range made in this trace consists of (kept in ``Traced.num``)."""

    __slots__ = ("length", "start", "step")

    def __init__(self, start: Value[Int], step: Value[Int], length: Value[Int]) -> None:
        self.start = start
        self.step = step
        self.length = length


def ir_guard(condition: Any, holds: bool, snapshot: Snapshot) -> Any:
    """A guard of a condition with a given snapshot."""
    from hotloop_ir.ops.guard import GuardFalse, GuardTrue

    return GuardTrue(condition, snapshot) if holds else GuardFalse(condition, snapshot)


def _really_next(iterator: Any) -> Callable[[], Any]:
    return lambda: next(iterator, EXHAUSTED)


def _is_ended(iterator: Any) -> bool:
    """Whether a list or tuple iterator was exhausted before (its sequence is gone)."""
    return len(iterator.__reduce__()) == 2
