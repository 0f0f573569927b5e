"""Recording indexing and storing.

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
from hotloop_ir.ops.memory import GetItem, SetItem
from hotloop_ir.type_set import TypeSet
from hotloop_ir.value import Const
from hotloop_tracer import objects
from hotloop_tracer.builtin_bases import ITEMS
from hotloop_tracer.recording_arrays import NUMERIC, NumberArrays
from hotloop_tracer.recording_slices import Slices
from hotloop_tracer.snapshots import shadow_of
from hotloop_tracer.traced import Traced

_SAFE_KEYS: Final = TypeSet(str, int, float, bool, bytes, type(None))
_H: Final = {
    name: helper_named(name)
    for name in (
        "delitem_generic",
        "dict_get_safe",
        "getitem_generic",
        "list_pop",
        "setitem_generic",
        "str_getchar",
    )
}


class Containers(NumberArrays, Slices):
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
            found = self.find_key(container, key)
            if found is None and type(container.obj) is dict:
                self._foresee_missing(container, key)
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
            return self.get_slice(container, key) if type(container.obj) is base else None
        if type(key.ref) is Const and container.parts is not None and type(key.obj) is int:
            if -len(container.parts) <= key.obj < len(container.parts):
                return container.parts[key.obj]
        index = self.index_in(container, key, base)
        if index is None:
            if type(container.obj) is base:
                self.foresee_outside(container, key, base)
            return None
        obj = container.obj[key.obj]
        if base is str:
            return self.residual(_H["str_getchar"], (container.ref, index), lambda: obj)
        return Traced(obj, self.emit(GetItem(container.ref, index, ITEMS[base])))

    def _foresee_missing(self, container: Traced, key: Traced) -> None:
        if self.holds_key(container, key) is False:
            self.foresee()

    # --- storing ------------------------------------------------------------------------------

    def setitem(
        self, frame: Frame[Traced], container: Traced, key: Traced, value: Traced
    ) -> Frame[Traced] | None:
        """``container[key] = value``"""
        base = self.seen_as(container, "__setitem__")
        if base is list:
            if type(key.obj) is slice and self.set_slice(container, key, value):
                return None
            index = self.index_in(container, key, list)
            if index is not None:
                self.emit(SetItem(container.ref, index, value.ref, LIST_ITEM))
                self.lose(list.__getitem__(container.obj, key.obj))
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
        if self.seen_as(container, "__delitem__") is list:
            if type(key.obj) is slice and self.set_slice(container, key, None):
                return None
            index = self.index_in(container, key, list)
            if index is not None:
                self.lose(list.__getitem__(container.obj, key.obj))
                pop, at = _H["list_pop"], key.obj
                self.residual(pop, (container.ref, index), list.__delitem__, container.obj, at)
                return None
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
