"""Memory of live objects for the evaluator, which reads and writes what machine code would, and
the traces that run on it.

It is used by tests only: with it a recorded trace runs on the real objects of a program,
and an exit can be continued by the interpreter.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Sequence
from typing import Any

from hotloop.introspect import Introspection
from hotloop_ir import descr as d
from hotloop_ir.descr import Descr, Place
from hotloop_ir.layout import Layout, current
from hotloop_ir.memory import PlainMemory
from hotloop_ir.op import Op
from hotloop_ir.ops import pyobj
from hotloop_ir.ops.control import Label
from hotloop_ir.trace import Target, Trace, TraceKind
from hotloop_ir.value import NULL_OBJECT, Type
from hotloop_tracer import Header

_NARROW = frozenset({d.TYPE_VERSION, d.KEYS_VERSION})


def live_layout() -> Layout:
    """The layout of this interpreter."""
    layout = current()
    assert isinstance(layout, Layout), layout
    return layout


def _sequence(descr: Descr) -> Any:
    """The class that has items like these."""
    found = {d.LIST_ITEM: list, d.BYTES_ITEM: bytes, d.BYTEARRAY_ITEM: bytearray}
    return found.get(descr, tuple)


class LiveMemory(PlainMemory):
    """Objects are Python's own; RAW values are addresses."""

    def __init__(self, introspection: Introspection) -> None:
        super().__init__()
        self.introspection = introspection
        self.layout = live_layout()

    def type_of(self, ref: Any) -> type:
        return type(ref)

    def address(self, base: Any, descr: Descr) -> int:
        """Where a field is."""
        start = base if descr.raw_base else id(base)
        if descr is d.MANAGED_VALUES:
            return int(start) - 32
        if descr is d.MANAGED_DICT:
            return int(start) - 24
        if descr.place in (Place.SLOT, Place.KEYS):
            return int(start) + descr.index
        if descr.place is Place.VALUES:
            values = ctypes.c_void_p.from_address(start - 32).value
            assert values
            return values + 8 * descr.index
        return int(start) + self.layout[descr.name]

    def read_field(self, base: Any, descr: Descr) -> Any:
        assert base is not NULL_OBJECT, descr
        address = self.address(base, descr)
        if descr.type is Type.REF:
            if not ctypes.c_void_p.from_address(address).value:
                return NULL_OBJECT
            return ctypes.py_object.from_address(address).value
        if descr.type is Type.RAW:
            return ctypes.c_void_p.from_address(address).value or 0
        if descr in _NARROW:
            return ctypes.c_uint32.from_address(address).value
        return ctypes.c_int64.from_address(address).value

    def write_field(self, base: Any, descr: Descr, value: Any) -> Any:
        address = self.address(base, descr)
        if descr.type is Type.INT:
            ctypes.c_int64.from_address(address).value = value
            return NULL_OBJECT
        old = self.read_field(base, descr)
        if descr.place is Place.VALUES:
            name = self.introspection.shared_key_names(type(base))[descr.index]
            object.__setattr__(base, name, value)
            return old
        word = ctypes.c_void_p.from_address(address)
        if value is NULL_OBJECT:
            word.value = 0
        else:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(value))
            word.value = id(value)
        if old is not NULL_OBJECT:
            ctypes.pythonapi.Py_DecRef(ctypes.py_object(old))
        return old

    def read_item(self, base: Any, index: int, descr: Descr) -> Any:
        """Subclasses have the layout of their base."""
        cls = _sequence(descr)
        assert isinstance(base, cls) and 0 <= index < cls.__len__(base)
        return cls.__getitem__(base, index)

    def write_item(self, base: Any, index: int, descr: Descr, value: Any) -> Any:
        old = self.read_item(base, index, descr)
        _sequence(descr).__setitem__(base, index, value)
        return old

    def allocate(self, op: Op[Any], operands: Sequence[Any]) -> Any:
        if isinstance(op, pyobj.NewInstance):
            made = object.__new__(op.cls)
            names = self.introspection.shared_key_names(op.cls)
            for index in op.order:
                object.__setattr__(made, names[index], operands[index])
            return made
        if isinstance(op, pyobj.NewSlotsInstance):
            made = object.__new__(op.cls)
            for offset, value in zip(op.offsets, operands, strict=True):
                if value is not NULL_OBJECT:
                    self.write_field(made, d.slot(offset), value)
            return made
        if isinstance(op, pyobj.NewRangeIterator):
            index, start, step, length = operands
            iterator: Any = iter(range(start, start + step * length, step))
            iterator.__setstate__(index)
            return iterator
        if isinstance(op, pyobj.NewListIterator | pyobj.NewTupleIterator):
            iterator = iter(operands[1])
            iterator.__setstate__(operands[0])
            return iterator
        if isinstance(op, pyobj.NewEnumerate):
            return enumerate(operands[1], operands[0])
        return super().allocate(op, operands)


class Compiled:
    """A trace, where it starts, and the bridges at its guards."""

    def __init__(self, trace: Trace, header: Header | None) -> None:
        self.finishes = trace.kind is TraceKind.ENTRY
        self.trace = trace
        self.header = header
        self.labels: dict[int, Label] = {
            id(target): label for label, target in trace.targets.items() if isinstance(label, Label)
        }
        for target in trace.targets.values():
            target.code = self
        self.target = trace.start or Target(
            trace.name, tuple([param.type for param in trace.inputs])
        )
        self.target.code = self
        self.inner = next(iter(trace.targets.values()), self.target)
        self.bridges: dict[Op[Any], tuple[Compiled, tuple[Any, ...]]] = {}
        self.failures: Counter[Op[Any]] = Counter()
