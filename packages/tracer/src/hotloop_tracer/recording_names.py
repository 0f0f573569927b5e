"""Recording globals, builtins, names of modules, and cells.

Entries of a namespace are read at a fixed place of its keys object, guarded by the keys version
(which changes when a key comes or goes, not when a value changes).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType
from typing import Any, Final

from hotloop_interp.frame import NULL, Frame, Slot
from hotloop_ir import value as ir
from hotloop_ir.descr import (
    CELL_REF,
    DICT_KEYS,
    FUNC_CLOSURE,
    KEYS_VERSION,
    TUPLE_ITEM,
    keys_value,
)
from hotloop_ir.helper import helper_named
from hotloop_ir.ops.guard import GuardInt, GuardIs, GuardNonnull
from hotloop_ir.ops.memory import GetField, GetItem, SetField
from hotloop_ir.ops.pyobj import NewCell
from hotloop_ir.value import Const, Raw, Value, const_int
from hotloop_tracer.abort import AbortReason
from hotloop_tracer.recording_keys import Keys
from hotloop_tracer.snapshots import shadow_of
from hotloop_tracer.traced import PERMANENT, Traced

_PROMOTED: Final = (FunctionType, ModuleType, BuiltinFunctionType, type)
_DICT_SET: Final = helper_named("dict_set_safe")
_DICT_DEL: Final = helper_named("dict_del_safe")


class Names(Keys):
    """Namespaces and cells."""

    # --- namespaces -------------------------------------------------------------------------

    def name_in(self, namespace: dict[str, object], name: str) -> Traced | None:
        """The value of a name in a constant dict with str keys, None if it is absent."""
        cached = self.cache.names.get((id(namespace), name))
        if cached is not None:
            return cached
        version, offset = self.introspect.globals_entry(namespace, name)
        if not version:
            return self._name_by_lookup(namespace, name)
        keys = self._keys_of(namespace, version)
        if offset is None:
            return None
        found = Traced(namespace[name], self.emit(GetField(keys, keys_value(offset))))
        if issubclass(type(found.obj), _PROMOTED):
            self.promote(found)
        self.cache.names[id(namespace), name] = found
        return found

    def _keys_of(self, namespace: dict[str, object], version: int) -> Value[Raw]:
        keys: Any = self.cache.keys.get(id(namespace))
        if keys is None:
            keys = self.emit(GetField(self.const(namespace).ref, DICT_KEYS))
            found = self.emit(GetField(keys, KEYS_VERSION))
            self.emit(GuardInt(found, const_int(version), self.snap()))
            self.cache.keys[id(namespace)] = keys
        return keys  # type: ignore[no-any-return]

    def _name_by_lookup(self, namespace: dict[str, object], name: str) -> Traced | None:
        table, key = self.const(namespace), self.const(name)
        found = self.find_key(table, key)
        if found is None:
            if self.holds_key(table, key) is not False:
                self.give_up(AbortReason.STRANGE_NAMES)
            return None
        return self.promote(found) if issubclass(type(found.obj), _PROMOTED) else found

    def set_name_in(self, namespace: dict[str, object], name: str, value: Traced) -> None:
        """Store into a constant dict with str keys."""
        version, offset = self.introspect.globals_entry(namespace, name)
        if not version or offset is None:
            names = self.const(namespace).ref
            self.emit_call(_DICT_SET, names, self.const(name).ref, value.ref)
            namespace[name] = value.obj
            self.happened = (None,)
            self.cache.forget_names()
            self.after_call(_DICT_SET)
            return
        keys: Any = self._keys_of(namespace, version)
        self.emit(SetField(keys, value.ref, keys_value(offset)))
        namespace[name] = value.obj
        self.happened = (None,)
        self.cache.names[id(namespace), name] = value
        self.dirty = True

    def _delete_name_in(self, namespace: dict[str, object], name: str) -> None:
        if name not in namespace:
            self.give_up(AbortReason.MISSING_NAME)
        self.emit_call(_DICT_DEL, self.const(namespace).ref, self.const(name).ref)
        del namespace[name]
        self.happened = (None,)
        self.cache.forget_names()
        self.after_call(_DICT_DEL)

    # --- globals and names of modules -------------------------------------------------------

    def load_global(self, frame: Frame[Traced], name: str) -> Traced:
        """From the globals, else the builtins."""
        found = self.name_in(frame.globals, name)
        if found is None:
            found = self.name_in(frame.builtins, name)
            if found is None:
                self.give_up(AbortReason.MISSING_NAME)
        return found

    def store_global(self, frame: Frame[Traced], name: str, value: Traced) -> None:
        """Into the globals."""
        self.set_name_in(frame.globals, name, value)

    def delete_global(self, frame: Frame[Traced], name: str) -> None:
        """From the globals."""
        self._delete_name_in(frame.globals, name)

    def _module_namespace(self, frame: Frame[Traced]) -> dict[str, object]:
        names = frame.f_locals
        namespace = frame.globals
        if names is NULL or id(names.obj) != id(namespace):
            self.give_up(AbortReason.CLASS_BODY)
        return namespace

    def load_name(self, frame: Frame[Traced], name: str) -> Traced:
        """At module level the same as a global."""
        self._module_namespace(frame)
        return self.load_global(frame, name)

    def store_name(self, frame: Frame[Traced], name: str, value: Traced) -> None:
        """At module level the same as a global."""
        self.set_name_in(self._module_namespace(frame), name, value)

    def delete_name(self, frame: Frame[Traced], name: str) -> None:
        """At module level the same as a global."""
        self._delete_name_in(self._module_namespace(frame), name)

    def load_classderef(self, frame: Frame[Traced], name: str, cell: Traced) -> Slot[Traced]:
        """Class bodies are not recorded."""
        self.give_up(AbortReason.CLASS_BODY)

    def setup_annotations(self, frame: Frame[Traced]) -> None:
        """Class bodies are not recorded."""
        self.give_up(AbortReason.CLASS_BODY)

    def import_name(
        self, frame: Frame[Traced], name: str, fromlist: Traced, level: Traced
    ) -> Traced:
        """Imports are not recorded."""
        self.give_up(AbortReason.IMPORT)

    def import_from(self, frame: Frame[Traced], module: Traced, name: str) -> Traced:
        """Imports are not recorded."""
        self.give_up(AbortReason.IMPORT)

    def import_star(self, frame: Frame[Traced], module: Traced) -> None:
        """Imports are not recorded."""
        self.give_up(AbortReason.IMPORT)

    # --- cells ------------------------------------------------------------------------------

    def make_cell(self, value: Slot[Traced]) -> Traced:
        """A new cell."""
        if value is NULL:
            return Traced(CellType(), self.emit(NewCell(ir.NULL)), PERMANENT)
        cell = Traced(CellType(value.obj), self.emit(NewCell(value.ref)), PERMANENT)
        self.cache.note_cell(cell, value)
        return cell

    def cell_get(self, cell: Traced) -> Slot[Traced]:
        """Contents of a cell."""
        if cell.content is not None and cell.content.value is not None:
            return cell.content.value
        found = self.emit(GetField(cell.ref, CELL_REF))
        try:
            content = cell.obj.cell_contents
        except ValueError:
            self.emit(GuardIs(found, ir.NULL, self.snap()))
            return NULL
        self.emit(GuardNonnull(found, self.snap()))
        value = Traced(content, found)
        self.cache.note_cell(cell, value)
        return value

    def cell_set(self, cell: Traced, value: Slot[Traced]) -> None:
        """Store into a cell. Two values may be the same cell: nothing else stays known."""
        self.cache.forget_cells()
        self.dirty = True
        if value is NULL:
            self.emit(SetField(cell.ref, ir.NULL, CELL_REF))
            del cell.obj.cell_contents
            self.happened = (None,)
            return
        self.emit(SetField(cell.ref, value.ref, CELL_REF))
        cell.obj.cell_contents = value.obj
        self.happened = (None,)
        self.cache.note_cell(cell, value)

    def closure(self, frame: Frame[Traced]) -> Sequence[Traced]:
        """The cells of the running function."""
        shadow = shadow_of(frame)
        if shadow.cells is not None:
            return shadow.cells
        assert frame.func is not None
        cells = frame.func.__closure__ or ()
        if shadow.function is None or type(shadow.function) is Const:
            return [self.const(cell) for cell in cells]
        found = self.emit(GetField(shadow.function, FUNC_CLOSURE))
        return [
            Traced(cell, self.emit(GetItem(found, const_int(at), TUPLE_ITEM)), PERMANENT)
            for at, cell in enumerate(cells)
        ]
