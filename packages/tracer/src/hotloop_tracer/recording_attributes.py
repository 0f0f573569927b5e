"""Recording attributes: instances, classes, modules, properties, methods.

The order of lookup is that of _PyObject_GenericGetAttrWithDict and _PyObject_GetMethod. What the
class says is guarded by its version, where the instance keeps a value by its type.
"""

from __future__ import annotations

import operator
from collections import namedtuple
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, Final, TypeAlias, cast

from hotloop_interp.frame import NULL, Frame, ReturnKind, Slot
from hotloop_interp.protocol import is_a
from hotloop_ir import value as ir
from hotloop_ir.descr import (
    CACHED_KEYS,
    KEYS_COUNT,
    MANAGED_DICT,
    MANAGED_VALUES,
    TUPLE_ITEM,
    TUPLE_LEN,
    instance_value,
    slot,
)
from hotloop_ir.helper import helper_named
from hotloop_ir.ops.guard import GuardInt, GuardIs, GuardNonnull, GuardRawNonnull
from hotloop_ir.ops.memory import GetField, GetItem, SetField
from hotloop_ir.ops.pyobj import NewMethod
from hotloop_ir.type_set import TypeSet
from hotloop_ir.value import const_int
from hotloop_tracer import objects
from hotloop_tracer.attribute_kinds import Kind, classify
from hotloop_tracer.builtin_bases import has_builtin_base
from hotloop_tracer.inlining import Inlining
from hotloop_tracer.objects import MISSING, lookup
from hotloop_tracer.traced import PERMANENT, Traced

_GETATTR: Final = helper_named("getattr_generic")
_DICT_SET: Final = helper_named("dict_set_safe")
_SETATTR: Final = helper_named("setattr_generic")

_Example = namedtuple("_Example", "field")
_C_FUNCTIONS: Final = TypeSet(BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)
_TUPLE_FIELD: Final = type(vars(_Example)["field"])


Plan: TypeAlias = tuple[Kind, Any]


class Attributes(Inlining):
    """Getting and setting attributes."""

    # --- what a class says ------------------------------------------------------------------

    def plan(self, target: Traced, name: str) -> Plan | None:
        """What the class of an instance says of a name, guarded; None if that cannot be."""
        cls = type(target.obj)
        if not objects.has_generic_getattr(cls):
            return None
        if not (objects.class_is_immutable(cls) or self.introspect.type_version(cls)):
            return None
        self.type_of(target)
        self.version_of(cls)
        attribute = lookup(cls, name)
        return classify(attribute), attribute

    # --- reading ----------------------------------------------------------------------------

    def getattr(self, frame: Frame[Traced], target: Traced, name: str) -> Traced | Frame[Traced]:
        """``target.name``."""
        found = self._find(frame, target, name)
        if isinstance(found, tuple):
            return self._bind(found[0], target)
        if found is None:
            return self.getattr_residual(target, name)
        return found

    def load_method(
        self, frame: Frame[Traced], target: Traced, name: str
    ) -> tuple[Traced, Slot[Traced]] | Frame[Traced]:
        """A function and its receiver, or an attribute and NULL."""
        found = self._find(frame, target, name)
        if isinstance(found, tuple):
            return found[0], target
        if found is None:
            return self.getattr_residual(target, name), NULL
        if isinstance(found, Frame):
            return found
        return found, NULL

    def getattr_residual(self, target: Traced, name: str) -> Traced:
        """The general lookup, which may run any code."""
        values = (target.ref, self.const(name).ref)
        return self.residual(_GETATTR, values, getattr, target.obj, name)

    def _find(
        self, frame: Frame[Traced], target: Traced, name: str
    ) -> Traced | Frame[Traced] | tuple[Traced] | None:
        """The attribute, a frame that computes it, (a method,) to bind, or None: general."""
        obj = target.obj
        if type(obj) is ModuleType:
            return self._of_module(target, name)
        if is_a(obj, type):
            return self._of_class(target, name)
        plan = self.plan(target, name)
        return None if plan is None else self._of_instance(frame, target, name, plan)

    def _of_module(self, target: Traced, name: str) -> Traced | None:
        namespace = target.obj.__dict__
        if name not in namespace or lookup(ModuleType, name) is not MISSING:
            return None
        self.type_of(self.promote(target))
        return self.name_in(namespace, name)

    def _of_class(self, target: Traced, name: str) -> Traced | None:
        cls, meta = target.obj, type(target.obj)
        if lookup(meta, "__getattribute__") is not type.__getattribute__:
            return None
        if lookup(meta, name) is not MISSING:
            return None
        attribute = lookup(cls, name)
        kind = classify(attribute)
        if kind not in (Kind.METHOD, Kind.STATIC, Kind.CLASS, Kind.PLAIN):
            return None
        if not (objects.class_is_immutable(cls) or self.introspect.type_version(cls)):
            return None
        if not (objects.class_is_immutable(meta) or self.introspect.type_version(meta)):
            return None
        self.type_of(self.promote(target))
        self.version_of(meta)
        self.version_of(cls)
        if kind is Kind.STATIC:
            return self.const(attribute.__func__)  # type: ignore[attr-defined]
        if kind is Kind.CLASS:
            return self._bind_class(attribute, target)
        return self.const(attribute)

    def _of_instance(
        self, frame: Frame[Traced], target: Traced, name: str, plan: Plan
    ) -> Traced | Frame[Traced] | tuple[Traced] | None:
        kind, attribute = plan
        if kind is Kind.PROPERTY:
            return self._property(frame, target, attribute)
        if kind is Kind.SLOT:
            return self._slot(target, attribute)
        if kind is Kind.DATA:
            return self._data_descriptor(target, name, attribute)
        if type(target.obj).__dictoffset__:
            found = self._of_dict(target, name)
            if found is not MISSING:
                return None if found is None else cast(Traced, found)
        return self._of_type(target, kind, attribute)

    def _of_type(self, target: Traced, kind: Kind, attribute: Any) -> Traced | tuple[Traced] | None:
        """A class attribute that the instance does not hide."""
        if kind is Kind.METHOD:
            return (self.const(attribute),)
        if kind is Kind.PLAIN:
            return self.const(attribute)
        if kind is Kind.STATIC:
            return self.const(attribute.__func__)
        if kind is Kind.CLASS:
            return self._bind_class(attribute, self.const(type(target.obj)))
        return None

    def _property(
        self, frame: Frame[Traced], target: Traced, attribute: property
    ) -> Traced | Frame[Traced] | None:
        getter = attribute.fget
        if type(getter) is not FunctionType:
            return None
        return self.enter(frame, self.const(getter), [target], ())

    def _data_descriptor(self, target: Traced, name: str, attribute: Any) -> Traced | None:
        """``__class__``, and fields of named tuples."""
        if attribute is object.__dict__["__class__"]:
            return self.const(type(target.obj))
        if type(attribute) is _TUPLE_FIELD and is_a(target.obj, tuple):
            index = attribute.__reduce__()[1][0]
            if index >= tuple.__len__(target.obj):
                return None
            size = self.emit(GetField(target.ref, TUPLE_LEN))
            self.guard_int(size, tuple.__len__(target.obj))
            item = self.emit(GetItem(target.ref, const_int(index), TUPLE_ITEM))
            return Traced(tuple.__getitem__(target.obj, index), item)
        return None

    def _slot(self, target: Traced, attribute: Any) -> Traced | None:
        offset = self.introspect.slot_offset(attribute)
        if offset is None:
            return None
        try:
            obj = attribute.__get__(target.obj)
        except AttributeError:  # it is not set: the general way raises
            return None
        found = self.emit(GetField(target.ref, slot(offset)))
        self.emit(GuardNonnull(found, self.snap()))
        return Traced(obj, found)

    # --- values of instances ----------------------------------------------------------------

    def _of_dict(self, target: Traced, name: str) -> Any:
        """The instance's own value; MISSING if it has none (guarded); None: use the general way."""
        obj, cls = target.obj, type(target.obj)
        if not objects.flags(cls) & objects.MANAGED_DICT:
            return None
        if not self.introspect.has_inline_values(obj):
            return self._of_managed_dict(target, name)
        index = self.introspect.instance_value_index(obj, name)
        if index is None:
            self.guard_shared_keys(cls)
            self._guard_inline(target)
            return MISSING
        self._guard_inline(target)
        found = self.emit(GetField(target.ref, instance_value(index)))
        value = self.introspect.inline_value(obj, index, MISSING)
        if value is MISSING:
            self.emit(GuardIs(found, ir.NULL, self.snap()))
            return MISSING
        self.emit(GuardNonnull(found, self.snap()))
        return Traced(value, found)

    def _guard_inline(self, target: Traced) -> None:
        """Guard that the attribute values are inline."""
        if id(target.ref) not in self.cache.values:
            raw = self.emit(GetField(target.ref, MANAGED_VALUES))
            self.emit(GuardRawNonnull(raw, self.snap()))
            self.cache.values[id(target.ref)] = target.ref

    def guard_shared_keys(self, cls: type) -> None:
        """Guard that no attribute name was added to those of a class's instances."""
        key = (id(cls), KEYS_COUNT)
        if key not in self.cache.fields:
            keys = self.emit(GetField(self.const(cls).ref, CACHED_KEYS))
            count = self.emit(GetField(keys, KEYS_COUNT))
            expected = const_int(self.introspect.shared_key_count(cls))
            self.emit(GuardInt(count, expected, self.snap()))
            self.cache.fields[key] = cls

    def _of_managed_dict(self, target: Traced, name: str) -> Any:
        if self.introspect.instance_dict(target.obj) is None:
            return self._without_dict(target)
        table = self._managed_dict(target)
        if table is None:
            return None
        key = self.const(name)
        value = self.find_key(table, key)
        return MISSING if value is None and self.holds_key(table, key) is False else value

    def _managed_dict(self, target: Traced) -> Traced | None:
        """The dict of an instance; None if it has none, or one of a subclass."""
        names = self.introspect.instance_dict(target.obj)
        if type(names) is not dict:
            return None
        found = self.emit(GetField(target.ref, MANAGED_DICT))
        self.emit(GuardNonnull(found, self.snap()))
        table = Traced(names, found)
        self.type_of(table)
        return table

    def _without_dict(self, target: Traced) -> Any:
        """No attribute was ever set: so it is with subclasses of builtin containers, which have
        no inline values from the start (only object_new makes them).
        """
        if not has_builtin_base(type(target.obj)):
            return None
        found = self.emit(GetField(target.ref, MANAGED_DICT))
        self.emit(GuardIs(found, ir.NULL, self.snap()))
        return MISSING

    # --- bound methods ----------------------------------------------------------------------

    def _bind(self, function: Traced, target: Traced) -> Traced:
        """``target.name`` of a method that is not called at once."""
        if type(function.obj) is not FunctionType:
            return self.getattr_residual(target, function.obj.__name__)
        return self.new_method(function, target)

    def _bind_class(self, attribute: Any, cls: Traced) -> Traced | None:
        function = attribute.__func__
        return (
            self.new_method(self.const(function), cls) if type(function) is FunctionType else None
        )

    def new_method(self, function: Traced, instance: Traced) -> Traced:
        """A bound method made in this trace."""
        op = self.emit(NewMethod(function.ref, instance.ref))
        method = Traced(function.obj.__get__(instance.obj), op, PERMANENT)
        method.parts = (function, instance)
        return method

    # --- writing ----------------------------------------------------------------------------

    def setattr(
        self, frame: Frame[Traced], target: Traced, name: str, value: Traced
    ) -> Frame[Traced] | None:
        """``target.name = value``."""
        cls = type(target.obj)
        setter = lookup(cls, "__setattr__")
        if type(setter) is FunctionType:
            return self._enter_setter(frame, setter, [target, self.const(name), value], name)
        plan = self.plan(target, name) if setter is object.__setattr__ else None
        if plan is not None:
            kind, attribute = plan
            if kind is Kind.PROPERTY and type(attribute.fset) is FunctionType:
                return self._enter_setter(frame, attribute.fset, [target, value], name)
            if kind is Kind.SLOT and self._set_slot(target, attribute, value):
                return None
            if kind not in (Kind.PROPERTY, Kind.SLOT, Kind.DATA) and self._set_value(
                target, name, value
            ):
                return None
        self._setattr_residual(target, name, value)
        return None

    def _setattr_residual(self, target: Traced, name: str, value: Traced) -> None:
        values = (target.ref, self.const(name).ref, value.ref)
        self.residual_int(_SETATTR, values, setattr, target.obj, name, value.obj)

    def _enter_setter(
        self, frame: Frame[Traced], setter: FunctionType, args: list[Traced], name: str
    ) -> Frame[Traced] | None:
        target, value = args[0], args[-1]
        if lookup(type(target.obj), "__setattr__") is setter:
            cls = type(target.obj)
            if not self.introspect.type_version(cls):
                self._setattr_residual(target, name, value)
                return None
            self.type_of(target)
            self.version_of(cls)
        callee = self.enter_frame(frame, self.const(setter), args, (), ReturnKind.DISCARD)
        if callee is None:
            self._setattr_residual(target, name, value)
        return callee

    def _set_slot(self, target: Traced, attribute: Any, value: Traced) -> bool:
        offset = self.introspect.slot_offset(attribute)
        if offset is None:
            return False
        self.emit(SetField(target.ref, value.ref, slot(offset)))
        attribute.__set__(target.obj, value.obj)
        self.happened = (None,)
        self.dirty = True
        return True

    def _set_value(self, target: Traced, name: str, value: Traced) -> bool:
        """Set an inline value; the class's shared keys have the name or take it."""
        obj = target.obj
        if not objects.flags(type(obj)) & objects.MANAGED_DICT:
            return False
        if not self.introspect.has_inline_values(obj):
            return self._set_in_dict(target, name, value)
        self._guard_inline(target)
        object.__setattr__(obj, name, value.obj)
        self.happened = (None,)
        index = self.introspect.instance_value_index(obj, name)
        if index is None or not self.introspect.has_inline_values(obj):
            self.emit_call(_SETATTR, target.ref, self.const(name).ref, value.ref)
            self.after_call(_SETATTR)
            return True
        self.emit(SetField(target.ref, value.ref, instance_value(index)))
        self.dirty = True
        return True

    def _set_in_dict(self, target: Traced, name: str, value: Traced) -> bool:
        """Set an attribute in the dict of the instance (_PyObjectDict_SetItem)."""
        table = self._managed_dict(target)
        if table is None:
            return False
        refs = (table.ref, self.const(name).ref, value.ref)
        self.residual_int(_DICT_SET, refs, operator.setitem, table.obj, name, value.obj)
        return True

    def delattr(self, frame: Frame[Traced], target: Traced, name: str) -> Frame[Traced] | None:
        """``del target.name``: always the general way."""
        values = (target.ref, self.const(name).ref, ir.NULL)
        self.residual_int(_SETATTR, values, delattr, target.obj, name)
        return None


def is_builtin_callable(obj: object) -> bool:
    """Whether an object is a C function or an unbound C method."""
    return type(obj) in _C_FUNCTIONS
