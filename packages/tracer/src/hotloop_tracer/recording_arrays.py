"""Recording items of ``bytes``, ``bytearray`` and ``array.array``: numbers without boxes."""

from __future__ import annotations

from array import array
from typing import Any, Final

from hotloop_ir.descr import ARRAY_ITEMS, ARRAY_TYPECODE, ITEM_RANGE, Descr
from hotloop_ir.ops.integer import IntAdd, IntGe, IntLe, IntLt
from hotloop_ir.ops.memory import GetField, GetItem, SetItemFloat, SetItemInt
from hotloop_ir.value import Const, Int, Type, Value, const_int
from hotloop_tracer.builtin_bases import BYTES_ITEMS, LENGTHS
from hotloop_tracer.promote import INT_MAX, INT_MIN
from hotloop_tracer.recording_building import Building
from hotloop_tracer.traced import Traced
from hotloop_tracer.unboxing import EXACT_FLOAT, INTS, can_unbox

#: Sequences whose items are numbers in memory.
NUMERIC: Final = (array, bytes, bytearray)


class NumberArrays(Building):
    """Items that are numbers, and indexes."""

    def index_in(self, value: Traced, key: Traced, base: Any) -> Value[Int] | None:
        """The index as 0 <= index < length, guarded; None if it is not so now."""
        obj, length = key.obj, base.__len__(value.obj)
        if type(obj) not in INTS or not -length <= obj < length or not can_unbox(key):
            return None
        index = self.int_of(key)
        size = self.emit(GetField(value.ref, LENGTHS[base]))
        if obj < 0:
            if type(index) is not Const:
                self.guard(self.emit(IntLt(index, const_int(0))), True)
            index = self.emit(IntAdd(index, size))
            self.guard(self.emit(IntGe(index, const_int(0))), True)
            return index
        if type(index) is not Const:
            self.guard(self.emit(IntGe(index, const_int(0))), True)
        self.guard(self.emit(IntLt(index, size)), True)
        return index

    def foresee_outside(self, value: Traced, key: Traced, base: Any) -> None:
        """Guard that an index is out of range, if it is an int and is so now."""
        obj, length = key.obj, base.__len__(value.obj)
        if type(obj) not in INTS or -length <= obj < length or not can_unbox(key):
            return
        index = self.int_of(key)
        size = self.emit(GetField(value.ref, LENGTHS[base]))
        if obj < 0:
            self.guard(self.emit(IntLt(self.emit(IntAdd(index, size)), const_int(0))), True)
        else:
            self.guard(self.emit(IntGe(index, size)), True)
        self.foresee()

    def array_of(self, container: Traced, base: type) -> Descr | None:
        """What holds the numbers of a container, its type code guarded; None: not supported."""
        if base is not array:
            found: Descr = BYTES_ITEMS[base]
            return found
        items = ARRAY_ITEMS.get(container.obj.typecode)
        if items is not None:
            code = self.emit(GetField(container.ref, ARRAY_TYPECODE))
            self.guard_int(code, ord(container.obj.typecode))
        return items

    def getitem_number(self, container: Traced, key: Traced, base: type) -> Traced | None:
        """``container[key]`` for an index in range; None if it is not that."""
        if type(key.obj) not in INTS:
            return None
        descr = self.array_of(container, base)
        index = None if descr is None else self.index_in(container, key, base)
        if descr is None or index is None:
            return None
        get_item: Any = vars(base)["__getitem__"]
        obj = get_item(container.obj, key.obj)
        number: Value[Any] = self.emit(GetItem(container.ref, index, descr))
        if descr.type is Type.FLOAT:
            return self.new_float(obj, number)
        return self.new_int(obj, number)

    def setitem_number(self, container: Traced, key: Traced, value: Traced, base: type) -> bool:
        """``container[key] = value`` for an index in range and a number that fits; else False."""
        if type(key.obj) not in INTS or base is bytes:
            return False
        descr = self.array_of(container, base)
        if descr is None or not self._storable(value, descr):
            return False
        index = self.index_in(container, key, base)
        if index is None:
            return False
        if descr.type is Type.FLOAT:
            self.guard_exact_float(value)
            self.emit(SetItemFloat(container.ref, index, self.float_of(value), descr))
        else:
            number = self._in_range(value, descr)
            self.emit(SetItemInt(container.ref, index, number, descr))
        set_item: Any = vars(base)["__setitem__"]
        set_item(container.obj, key.obj, value.obj)
        self.happened = (None,)
        self.dirty = True
        return True

    def _storable(self, value: Traced, descr: Descr) -> bool:
        obj = value.obj
        if descr.type is Type.FLOAT:
            if type(obj) is float:
                return True
            return type(obj) is int and can_unbox(value) and -EXACT_FLOAT <= obj <= EXACT_FLOAT
        low, high = ITEM_RANGE[descr]
        return type(obj) in INTS and can_unbox(value) and low <= obj <= high

    def _in_range(self, value: Traced, descr: Descr) -> Value[Int]:
        number = self.int_of(value)
        low, high = ITEM_RANGE[descr]
        if type(number) is not Const:
            if low > INT_MIN:
                self.guard(self.emit(IntGe(number, const_int(low))), True)
            if high < INT_MAX:
                self.guard(self.emit(IntLe(number, const_int(high))), True)
        return number
