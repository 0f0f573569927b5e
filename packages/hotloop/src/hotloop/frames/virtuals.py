"""Builders for virtuals: which fields of which CPython object a removed allocation fills.

Each method returns the ``Virtual`` that native code builds at an exit. Integer fields (iterator
positions) are ``Slot``s too: ``move(i)`` takes the raw 64-bit word of buf[i], ``raw(n)`` a
constant. Must not know about traces or snapshots.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import CellType, MethodType
from typing import Final

from hotloop.frames.memory import peek
from hotloop.frames.resume import NULL, Slot, Virtual, VirtualKind, const, raw
from hotloop_ir.layout import Layout

_RANGE_ITERATOR: Final[type] = type(iter(range(0)))
_LIST_ITERATOR: Final[type] = type(iter([]))
_TUPLE_ITERATOR: Final[type] = type(iter(()))

_Index = int  # builtin names are methods of Virtuals
_Pairs = Sequence[tuple[int, Slot]]
_KeysAndValues = Iterable[tuple[Slot, Slot]]


def _in_order(items: Iterable[Slot]) -> list[tuple[int, Slot]]:
    return [(-1, item) for item in items]


class Virtuals:
    """Knows the field offsets of the running CPython."""

    def __init__(self, layout: Layout) -> None:
        self._at = layout

        def nothing(_: object) -> None:
            pass

        method = MethodType(nothing, self)
        self._method_vectorcall = peek(id(method) + layout["PyMethodObject.vectorcall"])

    def tuple(self, items: Iterable[Slot]) -> Virtual:
        """A tuple of the items."""
        return Virtual(VirtualKind.TUPLE, _in_order(items))

    def list(self, items: Iterable[Slot]) -> Virtual:
        """A list of the items."""
        return Virtual(VirtualKind.LIST, _in_order(items))

    def dict(self, pairs: _KeysAndValues) -> Virtual:
        """A dict; keys must be exact strings."""
        return Virtual(VirtualKind.DICT, _in_order(slot for pair in pairs for slot in pair))

    def int(self, index: _Index) -> Virtual:
        """An int object of buf[index] that several slots share."""
        return Virtual(VirtualKind.INT, [], index)

    def float(self, index: _Index) -> Virtual:
        """A float object of buf[index] that several slots share."""
        return Virtual(VirtualKind.FLOAT, [], index)

    def instance(self, cls: type, values: _Pairs) -> Virtual:
        """An instance with inline attribute values.

        ``values``: (index in the class's shared keys, value) in the order of insertion. The class
        must have shared keys (``ht_cached_keys``) and an unchanged ``object.__new__``.
        """
        return Virtual(VirtualKind.INSTANCE, list(values), cls)

    def slotted(self, cls: type, values: _Pairs) -> Virtual:
        """An instance of a class with ``__slots__`` only: (byte offset of the member, value)."""
        tracked = bool(cls.__flags__ & self._at["Py_TPFLAGS_HAVE_GC"])
        kind = VirtualKind.TRACKED if tracked else VirtualKind.PLAIN
        return Virtual(kind, list(values), cls)

    def _object(self, kind: VirtualKind, cls: type, struct: str, **fields: Slot) -> Virtual:
        filled = [(self._at[f"{struct}.{name}"], slot) for name, slot in fields.items()]
        return Virtual(kind, filled, cls)

    def cell(self, content: Slot = NULL) -> Virtual:
        """A cell; empty by default."""
        return self._object(VirtualKind.TRACKED, CellType, "PyCellObject", ob_ref=content)

    def bound_method(self, function: Slot, instance: Slot) -> Virtual:
        """``instance.function``."""
        call = raw(self._method_vectorcall)
        return self._object(
            VirtualKind.TRACKED,
            MethodType,
            "PyMethodObject",
            im_func=function,
            im_self=instance,
            vectorcall=call,
        )

    def slice(self, start: Slot, stop: Slot, step: Slot) -> Virtual:
        """``slice(start, stop, step)``."""
        kind, cls = VirtualKind.TRACKED, slice
        return self._object(kind, cls, "PySliceObject", start=start, stop=stop, step=step)

    def range_iterator(self, index: Slot, start: Slot, step: Slot, length: Slot) -> Virtual:
        """The iterator of a range whose numbers fit a C long; all four are raw integers."""
        struct = "_PyRangeIterObject"
        return self._object(
            VirtualKind.PLAIN,
            _RANGE_ITERATOR,
            struct,
            index=index,
            start=start,
            step=step,
            len=length,
        )

    def list_iterator(self, index: Slot, items: Slot) -> Virtual:
        """The iterator of a list at a raw position; ``items`` NULL when it is exhausted."""
        struct = "_PyListIterObject"
        return self._object(
            VirtualKind.TRACKED, _LIST_ITERATOR, struct, it_index=index, it_seq=items
        )

    def tuple_iterator(self, index: Slot, items: Slot) -> Virtual:
        """The iterator of a tuple at a raw position; ``items`` NULL when it is exhausted."""
        struct = "_PyTupleIterObject"
        return self._object(
            VirtualKind.TRACKED, _TUPLE_ITERATOR, struct, it_index=index, it_seq=items
        )

    def enumerate(self, index: Slot, iterator: Slot, pair: Slot) -> Virtual:
        """``enumerate`` at a raw count. ``pair`` must be a new tuple (None, None) of its own."""
        return self._object(
            VirtualKind.TRACKED,
            enumerate,
            "enumobject",
            en_index=index,
            en_sit=iterator,
            en_result=pair,
            one=const(1),
        )

    def zip(self, size: Slot, iterators: Slot, result: Slot) -> Virtual:
        """``zip`` of a tuple of iterators. ``result`` must be a new tuple of as many Nones."""
        return self._object(
            VirtualKind.TRACKED,
            zip,
            "zipobject",
            tuplesize=size,
            ittuple=iterators,
            result=result,
        )
