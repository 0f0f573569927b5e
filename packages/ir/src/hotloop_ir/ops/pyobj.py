"""Boxing, unboxing and allocation of CPython objects.

Every allocation is a full constructor: its operands are all there is to know about
the new object. So an allocation that was removed from a trace still describes its
object in snapshots, and making it real later is emitting the same op.
"""

from __future__ import annotations

from typing import Any

from hotloop_ir.op import Effect, Op, Own, operation
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import Bool, Float, Int, Ref, Value


@operation("box_int", effect=Effect.ALLOC, own=Own.NEW)
class BoxInt(Op[Ref]):
    """A Python int (a shared one if small)."""

    value: Value[Int]


@operation("box_float", effect=Effect.ALLOC, own=Own.NEW)
class BoxFloat(Op[Ref]):
    """A new Python float."""

    value: Value[Float]


@operation("box_bool")
class BoxBool(Op[Ref]):
    """``True`` or ``False`` (immortal while the trace lives)."""

    value: Value[Bool]


@operation("unbox_int", effect=Effect.GUARD)
class UnboxInt(Op[Int]):
    """The value of an exact int (or bool); leaves if it has more than 60 bits."""

    ref: Value[Ref]
    snapshot: Snapshot


@operation("unbox_float")
class UnboxFloat(Op[Float]):
    """The value of an exact float."""

    ref: Value[Ref]


@operation("unbox_bool")
class UnboxBool(Op[Bool]):
    """The value of an exact bool: ``ref is True``."""

    ref: Value[Ref]


@operation("new_tuple", effect=Effect.ALLOC, own=Own.NEW, consumes=None)
class NewTuple(Op[Ref]):
    """An exact tuple of the items."""

    items: tuple[Value[Ref], ...]


@operation("new_list", effect=Effect.ALLOC, own=Own.NEW, consumes=None)
class NewList(Op[Ref]):
    """An exact list of the items."""

    items: tuple[Value[Ref], ...]


@operation("new_instance", effect=Effect.ALLOC, own=Own.NEW, consumes=None)
class NewInstance(Op[Ref]):
    """An instance of heap type ``cls`` with inline attribute values, in shared-key order.

    NULL means unset; set values count as inserted in ``order`` (indexes). The type has
    ``object.__new__``'s allocation, no ``__slots__`` and no ``__del__``.
    """

    values: tuple[Value[Ref], ...]
    cls: Any
    order: tuple[int, ...]


@operation("new_slots_instance", effect=Effect.ALLOC, own=Own.NEW, consumes=None)
class NewSlotsInstance(Op[Ref]):
    """An instance of a heap type whose attributes all are ``__slots__`` members at ``offsets``."""

    values: tuple[Value[Ref], ...]
    cls: Any
    offsets: tuple[int, ...]


@operation("new_cell", effect=Effect.ALLOC, own=Own.NEW, consumes=None)
class NewCell(Op[Ref]):
    """A cell holding ``value`` (NULL: empty)."""

    value: Value[Ref]


@operation("new_method", effect=Effect.ALLOC, own=Own.NEW, consumes=None)
class NewMethod(Op[Ref]):
    """A bound method."""

    function: Value[Ref]
    instance: Value[Ref]


@operation("new_slice", effect=Effect.ALLOC, own=Own.NEW, consumes=None)
class NewSlice(Op[Ref]):
    """A slice object."""

    start: Value[Ref]
    stop: Value[Ref]
    step: Value[Ref]


@operation("new_range", effect=Effect.ALLOC, own=Own.NEW)
class NewRange(Op[Ref]):
    """``range(start, stop, step)`` with ``length`` items already computed."""

    start: Value[Int]
    stop: Value[Int]
    step: Value[Int]
    length: Value[Int]


@operation("new_range_iterator", effect=Effect.ALLOC, own=Own.NEW)
class NewRangeIterator(Op[Ref]):
    """An iterator over a range, at position ``index``."""

    index: Value[Int]
    start: Value[Int]
    step: Value[Int]
    length: Value[Int]


@operation("new_list_iterator", effect=Effect.ALLOC, own=Own.NEW, consumes=(1,))
class NewListIterator(Op[Ref]):
    """An iterator over a list, at position ``index``. ``sequence`` NULL: exhausted."""

    index: Value[Int]
    sequence: Value[Ref]


@operation("new_tuple_iterator", effect=Effect.ALLOC, own=Own.NEW, consumes=(1,))
class NewTupleIterator(Op[Ref]):
    """An iterator over a tuple, at position ``index``. ``sequence`` NULL: exhausted."""

    index: Value[Int]
    sequence: Value[Ref]


@operation("new_enumerate", effect=Effect.ALLOC, own=Own.NEW, consumes=(1,))
class NewEnumerate(Op[Ref]):
    """An enumerate object: next index and inner iterator."""

    index: Value[Int]
    iterator: Value[Ref]
