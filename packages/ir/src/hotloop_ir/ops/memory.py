"""Reading and writing fields and arrays named by symbolic descriptors."""

from __future__ import annotations

from typing import Any

from hotloop_ir.descr import Descr
from hotloop_ir.op import Effect, Op, Own, operation
from hotloop_ir.value import Float, Int, Ref, Value, Void


@operation("getfield", effect=Effect.READ, own=Own.BORROWED, type_from="descr.type")
class GetField(Op[Any]):
    """The field ``descr`` of ``base`` (REF, or RAW for dict keys). May give NULL."""

    base: Value[Any]
    descr: Descr


@operation("setfield", effect=Effect.WRITE, own=Own.NEW, consumes=(1,))
class SetField(Op[Ref]):
    """Store ``value`` into a REF field; the result is what was there before (or NULL).

    The field's reference to the old object passes to the trace (its death is the death
    of this result), the field takes over a reference to ``value``. For inline
    attribute values an old NULL also appends the key to the insertion order. ``base`` is
    REF, or RAW for the value word of a dict entry.
    """

    base: Value[Any]
    value: Value[Ref]
    descr: Descr


@operation("setfield_int", effect=Effect.WRITE)
class SetFieldInt(Op[Void]):
    """Store an INT field (iterator positions)."""

    base: Value[Ref]
    value: Value[Int]
    descr: Descr


@operation("getitem", effect=Effect.READ, own=Own.BORROWED, type_from="descr.type")
class GetItem(Op[Any]):
    """Item ``index`` of the array ``descr`` of ``base``; ``0 <= index < length`` must hold."""

    base: Value[Ref]
    index: Value[Int]
    descr: Descr


@operation("setitem", effect=Effect.WRITE, own=Own.NEW, consumes=(2,))
class SetItem(Op[Ref]):
    """Store ``value`` as item ``index``; the result is the old item, as for ``setfield``."""

    base: Value[Ref]
    index: Value[Int]
    value: Value[Ref]
    descr: Descr


@operation("setitem_int", effect=Effect.WRITE)
class SetItemInt(Op[Void]):
    """Store an INT item (of a ``bytearray``, say); it must be one that fits (``ITEM_RANGE``)."""

    base: Value[Ref]
    index: Value[Int]
    value: Value[Int]
    descr: Descr


@operation("setitem_float", effect=Effect.WRITE)
class SetItemFloat(Op[Void]):
    """Store a FLOAT item (of an ``array`` of doubles)."""

    base: Value[Ref]
    index: Value[Int]
    value: Value[Float]
    descr: Descr
