"""Recording the making and taking apart of containers."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, Final

from hotloop_interp.frame import NULL, Frame, Slot
from hotloop_ir import value as ir
from hotloop_ir.helper import helper_named
from hotloop_ir.ops.memory import GetField, GetItem
from hotloop_ir.ops.pyobj import NewList, NewSlice, NewTuple
from hotloop_ir.value import Const, const_int
from hotloop_tracer.abort import AbortReason
from hotloop_tracer.builtin_bases import ITEMS, LENGTHS, SEQUENCES, builtin_base
from hotloop_tracer.objects import MISSING, class_is_immutable, lookup
from hotloop_tracer.recording_calls import Calls
from hotloop_tracer.traced import PERMANENT, Traced
from hotloop_tracer.unboxing import can_unbox

_H: Final = {
    name: helper_named(name)
    for name in (
        "ascii_of",
        "build_map",
        "build_set",
        "dict_new",
        "dict_set_safe",
        "format_of",
        "list_append",
        "list_extend",
        "list_to_tuple",
        "repr_of",
        "setitem_generic",
        "str_build",
        "str_from_int",
        "str_of",
    )
}


class Building(Calls):
    """Containers made and unpacked."""

    # --- building -----------------------------------------------------------------------------

    def build_tuple(self, items: Sequence[Traced]) -> Traced:
        """``(*items,)``; its items stay known."""
        if not items:
            return self.const(())
        op = self.emit(NewTuple(tuple([item.ref for item in items])))
        made = Traced(tuple([item.obj for item in items]), op, PERMANENT)
        made.parts = tuple(items)
        return made

    def build_list(self, items: Sequence[Traced]) -> Traced:
        """``[*items]``"""
        op = self.emit(NewList(tuple([item.ref for item in items])))
        return Traced([item.obj for item in items], op, PERMANENT)

    def build_set(self, items: Sequence[Traced]) -> Traced:
        """``{*items}``"""
        values = tuple([item.ref for item in items])
        return self.residual(_H["build_set"], values, lambda: {item.obj for item in items})

    def build_map(self, keys: Sequence[Traced], values: Sequence[Traced]) -> Traced:
        """A dict of the pairs."""
        if not keys:
            return self.residual(_H["dict_new"], (), dict)
        pairs = list(zip(keys, values, strict=True))
        refs = tuple([part.ref for pair in pairs for part in pair])
        return self.residual(_H["build_map"], refs, lambda: {k.obj: v.obj for k, v in pairs})

    def build_const_key_map(self, keys: Traced, values: Sequence[Traced]) -> Traced:
        """A dict with constant keys."""
        return self.build_map([self.const(key) for key in keys.obj], values)

    def build_string(self, parts: Sequence[Traced]) -> Traced:
        """Concatenation."""
        values = tuple([part.ref for part in parts])
        return self.residual(_H["str_build"], values, lambda: "".join([p.obj for p in parts]))

    def build_slice(self, parts: Sequence[Traced]) -> Traced:
        """``slice(*parts)``; its parts stay known."""
        start, stop, *rest = parts
        step = rest[0] if rest else self.const(None)
        op = self.emit(NewSlice(start.ref, stop.ref, step.ref))
        made = Traced(slice(start.obj, stop.obj, step.obj), op, PERMANENT)
        made.parts = (start, stop, step)
        return made

    def format_value(
        self, frame: Frame[Traced], value: Traced, conversion: int, spec: Slot[Traced]
    ) -> Traced | Frame[Traced]:
        """``format(value, spec)`` after a conversion."""
        if conversion:
            name = ("", "str_of", "repr_of", "ascii_of")[conversion]
            value = self._text(name, (str, str, repr, ascii)[conversion], value)
        if spec is NULL:
            if type(value.obj) is str:
                self.type_of(value)
                return value
            if type(value.obj) is int:
                return self._text("str_of", str, value)
            return self.residual(_H["format_of"], (value.ref, ir.NULL), format, value.obj)
        refs = (value.ref, spec.ref)
        return self.residual(_H["format_of"], refs, format, value.obj, spec.obj)

    def _text(self, name: str, do: Any, value: Traced) -> Traced:
        cls = type(value.obj)
        if cls is str and do is str:
            self.type_of(value)
            return value
        if cls is int and can_unbox(value) and do is not ascii:
            number = self.int_of(value)
            return self.residual(_H["str_from_int"], (number,), str, value.obj)
        return self.residual(_H[name], (value.ref,), do, value.obj)

    def str_of(self, value: Traced) -> Traced:
        """``str(value)``"""
        return self._text("str_of", str, value)

    # --- comprehensions and displays with stars -----------------------------------------------

    def list_append(self, target: Traced, item: Traced) -> None:
        """``target.append(item)`` of an exact list."""
        self.type_of(target)
        self.emit_call(_H["list_append"], target.ref, item.ref)
        list.append(target.obj, item.obj)
        self.happened = (None,)
        self.dirty = True

    def list_extend(self, target: Traced, iterable: Traced) -> None:
        """``target.extend(iterable)`` or ``[*iterable]``.

        CPython has a message of its own for what is not iterable there.
        """
        cls = type(iterable.obj)
        if cls in SEQUENCES:
            self.type_of(target)
            self.type_of(iterable)
            refs = (target.ref, iterable.ref)
            self.residual_int(_H["list_extend"], refs, list.extend, target.obj, iterable.obj)
            return
        names = ("__iter__", "__getitem__")
        missing = all(lookup(cls, name) is MISSING for name in names)
        if missing or not self.version_of(self.type_of(iterable)):
            self.give_up(AbortReason.RAISED)
        self._method_residual(list.extend, [target, iterable])

    def list_to_tuple(self, target: Traced) -> Traced:
        """``(*target,)``"""
        return self.residual(_H["list_to_tuple"], (target.ref,), tuple, target.obj)

    def set_add(self, target: Traced, item: Traced) -> None:
        """Add in a comprehension."""
        self._method_residual(set.add, [target, item])

    def set_update(self, target: Traced, iterable: Traced) -> None:
        """``{*iterable}``"""
        self._method_residual(set.update, [target, iterable])

    def map_add(self, target: Traced, key: Traced, value: Traced) -> None:
        """Set an item in a comprehension."""
        self.type_of(target)
        self.set_key(target, key, value)

    def dict_update(self, target: Traced, mapping: Traced) -> None:
        """``{**mapping}``: a mapping whose methods may raise anything is left to CPython.

        It takes any AttributeError to mean that there is none; ``dict.update`` also takes pairs.
        """
        cls = self.type_of(mapping)
        plain = lookup(cls, "__iter__") is dict.__iter__ or class_is_immutable(cls)
        if not plain or lookup(cls, "keys") is MISSING or not self.version_of(cls):
            self.give_up(AbortReason.RAISED)
        self._method_residual(dict.update, [target, mapping])

    def dict_merge(self, callable_: Traced, target: Traced, mapping: Traced) -> None:
        """``callable_(**mapping)``: duplicate names, an error, are left to CPython."""
        names = mapping.obj
        if type(names) is not dict or not names.keys().isdisjoint(target.obj):
            self.give_up(AbortReason.RAISED)
        if not all(type(name) is str for name in names):
            self.give_up(AbortReason.RAISED)
        self.type_of(mapping)
        self._method_residual(dict.update, [target, mapping])

    def _method_residual(self, descriptor: Any, args: list[Traced]) -> Traced:
        return self.call_python(self.const(descriptor), args, ())

    # --- what counts as a builtin ------------------------------------------------------------

    def seen_as(self, value: Traced, method: str) -> type | None:
        """The builtin container whose special method a value has, guarded; else None."""
        cls = type(value.obj)
        base = builtin_base(cls, method)
        if base is None:
            return None
        if base is not cls and not self.introspect.type_version(cls):
            return None
        self.version_of(self.type_of(value))
        return base

    # --- keys of dicts --------------------------------------------------------------------

    def set_key(self, container: Traced, key: Traced, value: Traced) -> None:
        if self.handling is not None:
            self.add_key(container, key, value)
            return
        safe = self.key_is_safe(key)
        if safe:
            self.guard_key(key)
        helper = _H["dict_set_safe" if safe else "setitem_generic"]
        refs = (container.ref, key.ref, value.ref)
        self.residual_int(helper, refs, operator.setitem, container.obj, key.obj, value.obj)

    # --- unpacking ----------------------------------------------------------------------------

    def unpack_sequence(self, value: Traced, count: int) -> Sequence[Traced]:
        """Exactly ``count`` items of an exact tuple or list."""
        cls = type(value.obj)
        if value.parts is not None and cls is tuple:
            items: Sequence[Traced] = value.parts
            if len(items) != count:
                self.give_up(AbortReason.UNPACK_MISMATCH)
            return items
        if cls not in SEQUENCES:
            self.give_up(AbortReason.UNPACK_MISMATCH)
        objs = list(value.obj)
        if len(objs) != count:
            self.give_up(AbortReason.UNPACK_MISMATCH)
        self.type_of(value)
        if type(value.ref) is Const and cls is tuple:
            return [self.const(obj) for obj in objs]
        self.guard_int(self.emit(GetField(value.ref, LENGTHS[cls])), count)
        descr = ITEMS[cls]
        items = [
            Traced(obj, self.emit(GetItem(value.ref, const_int(at), descr)))
            for at, obj in enumerate(objs)
        ]
        if cls is tuple:
            value.parts = tuple(items)
        return items

    def unpack_ex(self, value: Traced, before: int, after: int) -> Sequence[Traced]:
        """``before`` items, the list of the middle, ``after`` items."""
        if type(value.obj) not in SEQUENCES:
            self.give_up(AbortReason.UNPACK_MISMATCH)  # its len() may be code of the program
        items = self.unpack_sequence(value, len(value.obj))
        if len(items) < before + after:
            self.give_up(AbortReason.UNPACK_MISMATCH)
        end = len(items) - after
        return [*items[:before], self.build_list(items[before:end]), *items[end:]]
