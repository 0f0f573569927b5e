"""What is known of the objects behind references: whose death is harmless.

Three kinds of death, from cheap to dear:

    LEAF      the object owns no reference and its death runs no Python code (int, str, ...),
              or it cannot die here at all (the trace keeps the constant it is known to be)
    QUIET     its death runs no Python code but releases what it holds (range, tuple of ints)
    ANY       its death may run Python code or release anything
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from hotloop_ir.op import Op
from hotloop_ir.ops.call import Call, CallMayRaise
from hotloop_ir.ops.guard import GuardIs, GuardType
from hotloop_ir.ops.pyobj import (
    BoxBool,
    BoxFloat,
    BoxInt,
    NewRange,
    NewRangeIterator,
    NewSlice,
    NewTuple,
    UnboxBool,
    UnboxFloat,
    UnboxInt,
)
from hotloop_ir.type_set import TypeSet
from hotloop_ir.value import Const, Param, Value
from hotloop_optimizer.refcount.effects import Key

Told: TypeAlias = "tuple[Value[Any], Death]"


class Death(enum.IntEnum):
    """What the death of an object may do."""

    LEAF = 0
    QUIET = 1
    ANY = 2


_SINGLETONS: Final = (None, NotImplemented, Ellipsis)
LEAF_TYPES: Final = TypeSet(
    int, float, str, bytes, bool, complex, *map(type, (*_SINGLETONS, iter(range(0))))
)

#: Ops whose results are such objects, whatever run of the trace they are made in.
_LEAVES: Final = (BoxInt, BoxFloat, BoxBool, NewRangeIterator)
#: Values that may be in a place; more than this many is "anything".
_MOST_CONTENTS: Final = 3
_MOST_PLACES: Final = 32


def death_of_type(cls: type | None) -> Death:
    """The death of an object of exactly this type."""
    if cls in LEAF_TYPES:
        return Death.LEAF
    return Death.QUIET if cls is range else Death.ANY


class Facts:
    """Deaths of values and the contents of places, as known at one point of a run."""

    __slots__ = ("_contents", "_deaths", "_replaced")

    def __init__(
        self,
        params: tuple[Param[Any], ...],
        known: dict[Param[Any], type],
        replaced: dict[Value[Any], type],
    ) -> None:
        self._deaths: dict[Value[Any], Death] = {}
        # memory class -> place -> the values that may be there
        self._contents: dict[str, dict[Key, tuple[Value[Any], ...]]] = {}
        self._replaced = replaced
        for param in params:
            if param in known:
                self._deaths[param] = death_of_type(known[param])

    def death(self, value: Value[Any]) -> Death:
        """What the death of a value may do."""
        if isinstance(value, Const) or type(value) in _LEAVES:
            return Death.LEAF
        return self._deaths.get(value, Death.ANY)

    def learn(self, op: Op[Any]) -> None:
        """Take in what holds after an op."""
        learn = _LEARN.get(type(op))
        if learn is not None:
            self.set_death(*learn(self, op))
        elif op in self._replaced:
            self.set_death(op, death_of_type(self._replaced[op]))

    def set_death(self, value: Value[Any], death: Death) -> None:
        """The death of ``value`` is known to be at most this."""
        if death < self._deaths.get(value, Death.ANY):
            self._deaths[value] = death

    def contents(self, memory: str, key: Key) -> tuple[Value[Any], ...]:
        """The values that may be in a place; empty if anything may be there."""
        return self._contents.get(memory, {}).get(key, ())

    def loaded(self, memory: str, key: Key, value: Value[Any]) -> None:
        """A load of a place gave ``value``."""
        places = self._contents.setdefault(memory, {})
        if len(places) < _MOST_PLACES and len(places.get(key, ())) != 1:
            places[key] = (value,)

    def stored(self, memory: str, key: Key, value: Value[Any]) -> None:
        """A place was overwritten; other places of its class may be the same place."""
        places = self._contents.get(memory, {})
        kept = {
            place: values if value in values else (*values, value)
            for place, values in places.items()
            if len(values) < _MOST_CONTENTS or value in values
        }
        kept[key] = (value,)
        self._contents[memory] = kept

    def forget(self, writes: frozenset[str]) -> None:
        """A call may have changed memory of these classes."""
        if "*" in writes:
            self._contents.clear()
            return
        for memory in writes:
            self._contents.pop(memory, None)

    def death_of_contents(self, memory: str, key: Key) -> Death:
        """What the death of the present contents of a place may do."""
        values = self.contents(memory, key)
        return max(map(self.death, values)) if values else Death.ANY


# --- what ops tell ------------------------------------------------------------------------


def _guard_type(facts: Facts, op: GuardType) -> Told:
    return op.ref, death_of_type(op.cls)


def _guard_is(facts: Facts, op: GuardIs) -> Told:
    if isinstance(op.other, Const):
        return op.ref, Death.LEAF
    return op.other, Death.LEAF if isinstance(op.ref, Const) else Death.ANY


def _unbox(facts: Facts, op: UnboxInt | UnboxFloat | UnboxBool) -> Told:
    return op.ref, Death.LEAF


def _range(facts: Facts, op: NewRange) -> Told:
    return op, Death.QUIET


def _frozen(facts: Facts, op: NewTuple | NewSlice) -> Told:
    return op, max([Death.QUIET, *map(facts.death, op.args)])


def _call(facts: Facts, op: Call | CallMayRaise) -> Told:
    return op, death_of_type(op.helper.result_class)


_LEARN: Final[dict[type[Op[Any]], Callable[[Facts, Any], Told]]] = {
    GuardType: _guard_type,
    GuardIs: _guard_is,
    UnboxInt: _unbox,
    UnboxFloat: _unbox,
    UnboxBool: _unbox,
    NewRange: _range,
    NewTuple: _frozen,
    NewSlice: _frozen,
    Call: _call,
    CallMayRaise: _call,
}
