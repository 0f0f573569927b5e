"""Recording the steps of builtin iterators by their fields.

A step has two phases, so that a failing guard finds every iterator as it was: first the fields of
all iterators involved are read and guarded, then the step is taken for real, and only then the new
positions are written. `Step` is what the first phase knows.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import length_hint
from typing import Any, Final, Literal, TypeAlias

from hotloop_interp.machine import EXHAUSTED, Exhausted
from hotloop_ir import value as ir
from hotloop_ir.descr import (
    ENUM_INDEX,
    ENUM_SIT,
    LIST_ITEM,
    LIST_LEN,
    LISTITER_INDEX,
    LISTITER_SEQ,
    RANGEITER_INDEX,
    RANGEITER_LEN,
    RANGEITER_START,
    RANGEITER_STEP,
    TUPLE_ITEM,
    TUPLE_LEN,
    TUPLEITER_INDEX,
    TUPLEITER_SEQ,
    ZIP_ITERATORS,
)
from hotloop_ir.ops.boolean import RefIs
from hotloop_ir.ops.guard import GuardIs, GuardNonnull
from hotloop_ir.ops.integer import IntAdd, IntLt, IntMul
from hotloop_ir.ops.memory import GetField, GetItem, SetField, SetFieldInt
from hotloop_ir.ops.pyobj import NewTuple
from hotloop_ir.type_set import TypeSet
from hotloop_ir.value import Int, Value, const_int
from hotloop_tracer.recording_truth import Truth
from hotloop_tracer.traced import PERMANENT, Traced
from hotloop_tracer.unboxing import can_unbox

RANGE_ITERATOR: Final = type(iter(range(0)))
LIST_ITERATOR: Final = type(list[object]().__iter__())
TUPLE_ITERATOR: Final = type(iter(()))
LEAVES: Final = TypeSet(RANGE_ITERATOR, LIST_ITERATOR, TUPLE_ITERATOR)
"""Iterators over something that is no iterator; they know how many items are left."""
STEPPED: Final = TypeSet(*LEAVES, enumerate, zip)
"""Iterators that are stepped by their fields."""

_SEQUENCES: Final[dict[type, tuple[Any, Any, Any, Any]]] = {
    LIST_ITERATOR: (LISTITER_SEQ, LISTITER_INDEX, LIST_LEN, LIST_ITEM),
    TUPLE_ITERATOR: (TUPLEITER_SEQ, TUPLEITER_INDEX, TUPLE_LEN, TUPLE_ITEM),
}

Commit: TypeAlias = Callable[[Any], Traced]
"""Writes the new position; given the real item, answers its value."""


class Step:
    """What is known of an iterator before it is stepped.

    ``commit`` is None if it has come to its end; then ``end`` writes what that changes.
    ``leaves`` are the values of the iterators of `LEAVES` that take part.
    """

    __slots__ = ("commit", "end", "leaves")

    def __init__(
        self,
        commit: Commit | None,
        leaves: tuple[Value[Any], ...],
        end: Callable[[], None] | None = None,
    ) -> None:
        self.commit = commit
        self.leaves = leaves
        self.end = end


class Stepping(Truth):
    """FOR_ITER on builtin iterators."""

    def step(self, iterator: Traced) -> Traced | Literal[Exhausted.EXHAUSTED] | None:
        """Step for real and in the trace; None if the fields are not known."""
        if type(iterator.obj) not in STEPPED:
            return None
        step = self.probe(iterator)
        if step is None:
            return None
        item = next(iterator.obj, EXHAUSTED)
        self.happened = (item,)
        if step.commit is not None:
            return step.commit(item)
        if step.end is not None:
            step.end()
        return EXHAUSTED

    def probe(self, iterator: Traced) -> Step | None:
        """The first phase."""
        cls = type(iterator.obj)
        if cls is RANGE_ITERATOR:
            return self._probe_range(iterator)
        if cls in _SEQUENCES:
            return self._probe_sequence(iterator, *_SEQUENCES[cls])
        return self._probe_enumerate(iterator) if cls is enumerate else self._probe_zip(iterator)

    def _probe_range(self, iterator: Traced) -> Step:
        self.type_of(iterator)
        ref = iterator.ref
        index = self.emit(GetField(ref, RANGEITER_INDEX))
        length = self.emit(GetField(ref, RANGEITER_LEN))
        ended = not length_hint(iterator.obj)
        self.guard(self.emit(IntLt(index, length)), not ended)
        if ended:
            return Step(None, (ref,))

        def commit(item: Any) -> Traced:
            start = self.emit(GetField(ref, RANGEITER_START))
            step = self.emit(GetField(ref, RANGEITER_STEP))
            number = self.emit(IntAdd(start, self.emit(IntMul(index, step))))
            self._advance(ref, index, RANGEITER_INDEX)
            return self.new_int(item, number)

        return Step(commit, (ref,))

    def _advance(self, ref: Value[Any], index: Value[Int], descr: Any) -> None:
        self.emit(SetFieldInt(ref, self.emit(IntAdd(index, const_int(1))), descr))

    def _probe_sequence(self, iterator: Traced, seq: Any, at: Any, length: Any, items: Any) -> Step:
        self.type_of(iterator)
        ref = iterator.ref
        sequence = self.emit(GetField(ref, seq))
        if len(iterator.obj.__reduce__()) == 2:  # exhausted before: the sequence is gone
            self.emit(GuardIs(sequence, ir.NULL, self.snap()))
            return Step(None, (ref,))
        self.emit(GuardNonnull(sequence, self.snap()))
        index = self.emit(GetField(ref, at))
        ended = not length_hint(iterator.obj)
        self.guard(self.emit(IntLt(index, self.emit(GetField(sequence, length)))), not ended)
        if ended:

            def end() -> None:
                self.emit(SetField(ref, ir.NULL, seq))
                self.dirty = True

            return Step(None, (ref,), end)

        def commit(item: Any) -> Traced:
            found = Traced(item, self.emit(GetItem(sequence, index, items)))
            self._advance(ref, index, at)
            return found

        return Step(commit, (ref,))

    def _probe_enumerate(self, iterator: Traced) -> Step | None:
        _, (inner, count, *_rest) = iterator.obj.__reduce__()
        if type(inner) not in LEAVES or not can_unbox(Traced(count, ir.NULL)):
            return None
        self.type_of(iterator)
        ref = iterator.ref
        index = self.emit(GetField(ref, ENUM_INDEX))
        inside = self.probe(Traced(inner, self.emit(GetField(ref, ENUM_SIT))))
        if inside is None or inside.commit is None:
            return inside
        take = inside.commit

        def commit(pair: Any) -> Traced:
            item = take(pair[1])
            self._advance(ref, index, ENUM_INDEX)
            return self._pack((self.new_int(pair[0], index), item))

        return Step(commit, inside.leaves)

    def _pack(self, items: tuple[Traced, ...]) -> Traced:
        op = self.emit(NewTuple(tuple([item.ref for item in items])))
        made = Traced(tuple([item.obj for item in items]), op, PERMANENT)
        made.parts = items
        return made

    def _probe_zip(self, iterator: Traced) -> Step | None:
        """All iterators are probed first: one that has ended changes only those before it."""
        _, inner, *strict = iterator.obj.__reduce__()
        if strict or not inner or not all(type(part) in LEAVES for part in inner):
            return None
        if len({id(part) for part in inner}) < len(inner):
            return None
        self.type_of(iterator)
        parts = self.emit(GetField(iterator.ref, ZIP_ITERATORS))
        self.guard_int(self.emit(GetField(parts, TUPLE_LEN)), len(inner))
        values = [
            Traced(part, self.emit(GetItem(parts, const_int(at), TUPLE_ITEM)))
            for at, part in enumerate(inner)
        ]
        self._guard_distinct([value.ref for value in values])
        steps: list[Step] = []
        for value in values:
            found = self.probe(value)
            if found is None:
                return None
            steps.append(found)
            if found.commit is None:
                return Step(None, (), lambda: self._end_zip(steps, values))
        return Step(lambda items: self._take_zip(steps, items), ())

    def _guard_distinct(self, values: list[Value[Any]]) -> None:
        """The same iterator twice would be stepped twice."""
        for at, value in enumerate(values):
            for other in values[:at]:
                self.guard(self.emit(RefIs(other, value)), False)

    def _take_zip(self, steps: list[Step], items: tuple[Any, ...]) -> Traced:
        taken: list[Traced] = []
        for step, item in zip(steps, items, strict=True):
            assert step.commit is not None
            taken.append(step.commit(item))
        return self._pack(tuple(taken))

    def _end_zip(self, steps: list[Step], values: list[Traced]) -> None:
        """The iterators before the one that ended were stepped, and their items dropped."""
        *before, last = steps
        for step in before:
            assert step.commit is not None
            step.commit(0)
        if last.end is not None:
            last.end()
        self.dirty = True
