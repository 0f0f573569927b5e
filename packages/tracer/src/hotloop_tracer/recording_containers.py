"""Recording indexing, slicing and storing.

A subclass of list, tuple or dict counts as its base where it does not override the method at hand.
"""

from __future__ import annotations

import operator
from typing import Final

from hotloop_interp.frame import Frame, ReturnKind
from hotloop_ir.descr import (
    LIST_ITEM,
)
from hotloop_ir.helper import helper_named
from hotloop_ir.ops.guard import GuardNonnull
from hotloop_ir.ops.integer import IntAdd, IntGe, IntLt
from hotloop_ir.ops.memory import GetField, GetItem, SetItem
from hotloop_ir.value import Const, Int, Value, const_int
from hotloop_tracer import objects
from hotloop_tracer.builtin_bases import ITEMS, LENGTHS
from hotloop_tracer.recording_arrays import NUMERIC, NumberArrays
from hotloop_tracer.snapshots import shadow_of
from hotloop_tracer.traced import Traced
from hotloop_tracer.unboxing import can_unbox

_SAFE_KEYS: Final = frozenset({str, int, float, bool, bytes, type(None)})
_H: Final = {
    name: helper_named(name)
    for name in (
        "delitem_generic",
        "dict_get_safe",
        "getitem_generic",
        "list_slice",
        "setitem_generic",
        "str_getchar",
        "str_slice",
        "tuple_slice",
    )
}


class Containers(NumberArrays):
    """Items of containers."""

    # --- indexing -----------------------------------------------------------------------------

    def getitem(
        self, frame: Frame[Traced], container: Traced, key: Traced
    ) -> Traced | Frame[Traced]:
        """``container[key]``"""
        found: Traced | Frame[Traced] | None = None
        base = self.seen_as(container, "__getitem__")
        if base is list or base is tuple or base is str:
            found = self._getitem_sequence(container, key, base)
        elif base is dict:
            found = self._getitem_dict(container, key)
        elif base in NUMERIC:
            found = self.getitem_number(container, key, base)
        elif base is None:
            found = self._enter_method(frame, container, "__getitem__", [key], ReturnKind.PUSH)
        if found is None:
            refs = (container.ref, key.ref)
            return self.residual(
                _H["getitem_generic"], refs, operator.getitem, container.obj, key.obj
            )
        return found

    def _getitem_sequence(self, container: Traced, key: Traced, base: type) -> Traced | None:
        if type(key.obj) is slice:
            return self._slice(container, key) if type(container.obj) is base else None
        if type(key.ref) is Const and container.parts is not None and type(key.obj) is int:
            if -len(container.parts) <= key.obj < len(container.parts):
                return container.parts[key.obj]
        index = self.index_in(container, key, base)
        if index is None:
            return None
        obj = container.obj[key.obj]
        if base is str:
            return self.residual(_H["str_getchar"], (container.ref, index), lambda: obj)
        return Traced(obj, self.emit(GetItem(container.ref, index, ITEMS[base])))

    def _getitem_dict(self, container: Traced, key: Traced) -> Traced | None:
        if not self.key_is_safe(key) or key.obj not in container.obj:
            return None
        self.guard_key(key)
        found = self.emit_call(_H["dict_get_safe"], container.ref, key.ref)
        self.emit(GuardNonnull(found, self.snap()))
        return Traced(container.obj[key.obj], found)

    def _slice(self, container: Traced, key: Traced) -> Traced | None:
        """A slice with step 1 and bounds that are None or ints (PySlice_AdjustIndices)."""
        cls = type(container.obj)
        if key.parts is None or key.parts[2].obj is not None:
            return None
        length = len(container.obj)
        start, stop, _ = key.parts
        for bound in (start, stop):
            if bound.obj is not None and type(bound.obj) is not int:
                return None
            if bound.obj is not None and not (can_unbox(bound) and -length <= bound.obj):
                return None
        self.type_of(container)
        for bound in key.parts:
            if bound.obj is None:
                self.type_of(bound)
        size = self.emit(GetField(container.ref, LENGTHS[cls]))
        low = const_int(0) if start.obj is None else self._bound(start, size)
        high = size if stop.obj is None else self._bound(stop, size)
        refs = (container.ref, low, high)
        return self.residual(
            _H[f"{cls.__name__}_slice"], refs, operator.getitem, container.obj, key.obj
        )

    def _bound(self, bound: Traced, size: Value[Int]) -> Value[Int]:
        """A slice bound that is not negative; too great ones are clamped by the helper."""
        number = self.int_of(bound)
        if bound.obj >= 0:
            if type(number) is not Const:
                self.guard(self.emit(IntGe(number, const_int(0))), True)
            return number
        if type(number) is not Const:
            self.guard(self.emit(IntLt(number, const_int(0))), True)
        number = self.emit(IntAdd(number, size))
        self.guard(self.emit(IntGe(number, const_int(0))), True)
        return number

    # --- storing ------------------------------------------------------------------------------

    def setitem(
        self, frame: Frame[Traced], container: Traced, key: Traced, value: Traced
    ) -> Frame[Traced] | None:
        """``container[key] = value``"""
        base = self.seen_as(container, "__setitem__")
        if base is list:
            index = self.index_in(container, key, list)
            if index is not None:
                self.emit(SetItem(container.ref, index, value.ref, LIST_ITEM))
                container.obj[key.obj] = value.obj
                self.happened = (None,)
                self.dirty = True
                return None
        elif base is dict:
            self.set_key(container, key, value)
            return None
        elif base in NUMERIC:
            if self.setitem_number(container, key, value, base):
                return None
        elif base is None:
            args = [key, value]
            callee = self._enter_method(frame, container, "__setitem__", args, ReturnKind.DISCARD)
            if isinstance(callee, Frame):
                return callee
        refs = (container.ref, key.ref, value.ref)
        self.residual_int(
            _H["setitem_generic"], refs, operator.setitem, container.obj, key.obj, value.obj
        )
        return None

    def delitem(self, frame: Frame[Traced], container: Traced, key: Traced) -> Frame[Traced] | None:
        """``del container[key]``"""
        refs = (container.ref, key.ref)
        self.residual_int(_H["delitem_generic"], refs, operator.delitem, container.obj, key.obj)
        return None

    # --- special methods ----------------------------------------------------------------------

    def _enter_method(
        self,
        frame: Frame[Traced],
        target: Traced,
        name: str,
        args: list[Traced],
        kind: ReturnKind,
        note: str = "",
    ) -> Frame[Traced] | None:
        """A frame for a special method that is a Python function of the class, else None."""
        cls = type(target.obj)
        method = objects.python_method(cls, name)
        if method is None or not self.may_step_into(frame, method):
            return None
        if not self.introspect.type_version(cls):
            return None
        self.type_of(target)
        self.version_of(cls)
        callee = self.enter_frame(frame, self.const(method), [target, *args], (), kind)
        if callee is not None and note:
            callee.note = note
            shadow_of(callee).extra = self.const(note).ref
        return callee
