"""Recording iteration: ranges, lists, tuples and enumerations by their fields, the rest by calls.

An iterator is stepped for real once; its fields are guarded before and written after, so that a
failing guard finds it as it was.
"""

from __future__ import annotations

from types import GeneratorType
from typing import Any, Final, Literal

from hotloop_interp.frame import Frame, ReturnKind
from hotloop_interp.machine import EXHAUSTED, Exhausted, Returned
from hotloop_ir import value as ir
from hotloop_ir.descr import (
    RANGE_LENGTH,
    RANGE_START,
    RANGE_STEP,
)
from hotloop_ir.helper import helper_named
from hotloop_ir.ops.guard import GuardIs, GuardNonnull
from hotloop_ir.ops.memory import GetField
from hotloop_ir.ops.pyobj import (
    NewListIterator,
    NewRangeIterator,
    NewTupleIterator,
)
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.type_set import TypeSet
from hotloop_ir.value import Int, Value, const_int
from hotloop_tracer import objects
from hotloop_tracer.abort import AbortReason
from hotloop_tracer.objects import lookup
from hotloop_tracer.recording_stepping import STEPPED, Stepping
from hotloop_tracer.snapshots import refs, state_at
from hotloop_tracer.traced import PERMANENT, Traced
from hotloop_tracer.unboxing import can_unbox

_GET_ITER: Final = helper_named("get_iter")
_ITER_NEXT: Final = helper_named("iter_next")
_ITER_NEXT_SAFE: Final = helper_named("iter_next_safe")

_ITERABLES: Final[tuple[Any, ...]] = (
    {}, {}.values(), {}.items(), set(), "", "\u0100", b"", bytearray(), reversed([]),
    reversed({}), reversed({}.values()), reversed({}.items()), range(1 << 70),
)  # fmt: skip
_SAFE_ITERATORS: Final = TypeSet(*[type(iter(iterable)) for iterable in _ITERABLES])
"""Iterators whose steps run no code of the program."""


class Iteration(Stepping):
    """GET_ITER and FOR_ITER."""

    # --- making iterators -------------------------------------------------------------------

    def get_iter(self, frame: Frame[Traced], value: Traced) -> Traced | Frame[Traced]:
        """``iter(value)``"""
        found = self.iterator_of(value)
        if found is not None:
            return found
        cls = type(value.obj)
        method = objects.python_method(cls, "__iter__")
        if method is not None and self.may_step_into(frame, method):
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
        if cls in STEPPED or cls in _SAFE_ITERATORS or cls is GeneratorType:
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
        found = self.step(iterator)
        if found is not None:
            return found
        if lookup(type(iterator.obj), "__next__") is objects.MISSING:
            self.give_up(AbortReason.RAISED)
        return self.next_residual(frame, iterator)

    def next_residual(
        self, frame: Frame[Traced], iterator: Traced
    ) -> Traced | Literal[Exhausted.EXHAUSTED]:
        """tp_iternext runs for real: the other outcome goes on after the instruction."""
        helper = _ITER_NEXT
        if type(iterator.obj) in _SAFE_ITERATORS:
            helper = _ITER_NEXT_SAFE
            self.type_of(iterator)
        op = self.emit_call(helper, iterator.ref)
        item = self.really_by(next, iterator.obj, EXHAUSTED)
        self.after_call(helper)
        instr, instrs = frame.instr, frame.decoded.instrs
        assert instr.jump is not None
        stack = refs(frame.stack)
        ended = item is EXHAUSTED
        if ended:
            state = state_at(frame, instrs[instr.next].start, (*stack, op))
            self.emit(GuardIs(op, ir.NULL, Snapshot(state, redoes=False)))
            return EXHAUSTED
        state = state_at(frame, instrs[instr.jump].start, stack[:-1])
        self.emit(GuardNonnull(op, Snapshot(state, redoes=False)))
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
