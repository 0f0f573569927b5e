"""Recording containers: building, indexing, slicing, unpacking, membership, truth."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, Final

from hotloop_interp.frame import NULL, Frame, ReturnKind, Slot
from hotloop_ir import value as ir
from hotloop_ir.descr import (
    BYTES_LEN,
    DICT_USED,
    LIST_ITEM,
    LIST_LEN,
    SET_USED,
    STR_LEN,
    TUPLE_ITEM,
    TUPLE_LEN,
)
from hotloop_ir.helper import helper_named
from hotloop_ir.ops.boolean import BoolNot, RefIs
from hotloop_ir.ops.floats import FloatNe
from hotloop_ir.ops.guard import GuardFalse, GuardNonnull, GuardTrue
from hotloop_ir.ops.integer import IntAdd, IntEq, IntGe, IntLt, IntNe
from hotloop_ir.ops.memory import GetField, GetItem, SetItem
from hotloop_ir.ops.pyobj import NewList, NewSlice, NewTuple
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import Bool, Const, Int, Value, const_float, const_int
from hotloop_tracer import objects
from hotloop_tracer.abort import AbortReason
from hotloop_tracer.objects import MISSING, lookup
from hotloop_tracer.recording_calls import Calls
from hotloop_tracer.snapshots import refs as refs_of
from hotloop_tracer.snapshots import state_at
from hotloop_tracer.traced import PERMANENT, Traced
from hotloop_tracer.unboxing import can_unbox

LENGTHS: Final[dict[type, Any]] = {
    list: LIST_LEN,
    tuple: TUPLE_LEN,
    str: STR_LEN,
    bytes: BYTES_LEN,
    dict: DICT_USED,
    set: SET_USED,
    frozenset: SET_USED,
}
_SAFE_KEYS: Final = frozenset({str, int, float, bool, bytes, type(None)})
_H: Final = {
    name: helper_named(name)
    for name in (
        "getitem_generic", "setitem_generic", "delitem_generic", "contains_generic",
        "dict_get_safe", "dict_set_safe", "dict_contains_safe", "dict_del_safe", "dict_new",
        "str_getchar", "str_slice", "str_contains", "list_slice", "tuple_slice", "list_append",
        "list_extend", "list_to_tuple", "build_set", "build_map", "str_build", "format_of",
        "str_of", "repr_of", "ascii_of", "list_contains_safe", "is_true", "list_copy",
        "str_from_int",
    )
}  # fmt: skip


class Containers(Calls):
    """Containers and truth."""

    # --- building ---------------------------------------------------------------------------

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

    # --- comprehensions and displays with stars ---------------------------------------------

    def list_append(self, target: Traced, item: Traced) -> None:
        """``target.append(item)`` of an exact list."""
        self.type_of(target)
        self.emit_call(_H["list_append"], target.ref, item.ref)
        target.obj.append(item.obj)
        self.dirty = True

    def list_extend(self, target: Traced, iterable: Traced) -> None:
        """``target.extend(iterable)``"""
        if type(iterable.obj) in (list, tuple):
            self.type_of(target)
            self.type_of(iterable)
            refs = (target.ref, iterable.ref)
            self.residual_int(_H["list_extend"], refs, target.obj.extend, iterable.obj)
            return
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
        self._set_key(target, key, value)

    def dict_update(self, target: Traced, mapping: Traced) -> None:
        """``{**mapping}``"""
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

    # --- unpacking --------------------------------------------------------------------------

    def unpack_sequence(self, value: Traced, count: int) -> Sequence[Traced]:
        """Exactly ``count`` items of an exact tuple or list."""
        cls = type(value.obj)
        if value.parts is not None and cls is tuple:
            items: Sequence[Traced] = value.parts
            if len(items) != count:
                self.give_up(AbortReason.UNPACK_MISMATCH)
            return items
        if cls is not tuple and cls is not list:
            self.give_up(AbortReason.UNPACK_MISMATCH)
        objs = list(value.obj)
        if len(objs) != count:
            self.give_up(AbortReason.UNPACK_MISMATCH)
        self.type_of(value)
        if type(value.ref) is Const and cls is tuple:
            return [self.const(obj) for obj in objs]
        self.guard_int(self.emit(GetField(value.ref, LENGTHS[cls])), count)
        descr = TUPLE_ITEM if cls is tuple else LIST_ITEM
        items = [
            Traced(obj, self.emit(GetItem(value.ref, const_int(at), descr)))
            for at, obj in enumerate(objs)
        ]
        if cls is tuple:
            value.parts = tuple(items)
        return items

    def unpack_ex(self, value: Traced, before: int, after: int) -> Sequence[Traced]:
        """``before`` items, the list of the middle, ``after`` items."""
        items = self.unpack_sequence(value, len(value.obj))
        if len(items) < before + after:
            self.give_up(AbortReason.UNPACK_MISMATCH)
        end = len(items) - after
        return [*items[:before], self.build_list(items[before:end]), *items[end:]]

    # --- indexing ---------------------------------------------------------------------------

    def index_in(self, value: Traced, key: Traced, descr: Any) -> Value[Int] | None:
        """The index as 0 <= index < length, guarded; None if it is not so now."""
        obj, length = key.obj, len(value.obj)
        if type(obj) not in (int, bool) or not -length <= obj < length or not can_unbox(key):
            return None
        self.type_of(value)
        index = self.int_of(key)
        size = self.emit(GetField(value.ref, descr))
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

    def getitem(
        self, frame: Frame[Traced], container: Traced, key: Traced
    ) -> Traced | Frame[Traced]:
        """``container[key]``"""
        cls = type(container.obj)
        found: Traced | Frame[Traced] | None = None
        if cls is list or cls is tuple or cls is str:
            found = self._getitem_sequence(container, key)
        elif cls is dict:
            found = self._getitem_dict(container, key)
        else:
            found = self._enter_method(frame, container, "__getitem__", [key], ReturnKind.PUSH)
        if found is None:
            refs = (container.ref, key.ref)
            return self.residual(
                _H["getitem_generic"], refs, operator.getitem, container.obj, key.obj
            )
        return found

    def _getitem_sequence(self, container: Traced, key: Traced) -> Traced | None:
        cls = type(container.obj)
        if type(key.obj) is slice:
            return self._slice(container, key)
        if type(key.ref) is Const and container.parts is not None and type(key.obj) is int:
            if -len(container.parts) <= key.obj < len(container.parts):
                return container.parts[key.obj]
        index = self.index_in(container, key, LENGTHS[cls])
        if index is None:
            return None
        obj = container.obj[key.obj]
        if cls is str:
            return self.residual(_H["str_getchar"], (container.ref, index), lambda: obj)
        descr = TUPLE_ITEM if cls is tuple else LIST_ITEM
        return Traced(obj, self.emit(GetItem(container.ref, index, descr)))

    def _getitem_dict(self, container: Traced, key: Traced) -> Traced | None:
        if not self.key_is_safe(key) or key.obj not in container.obj:
            return None
        self.type_of(container)
        self.guard_key(key)
        found = self.emit_call(_H["dict_get_safe"], container.ref, key.ref)
        self.emit(GuardNonnull(found, self.snap()))
        return Traced(container.obj[key.obj], found)

    def key_is_safe(self, key: Traced) -> bool:
        """Whether hashing and comparing a key runs no code of the program."""
        cls = type(key.obj)
        if cls in _SAFE_KEYS:
            return True
        if cls is tuple:
            return key.parts is not None and all(self.key_is_safe(part) for part in key.parts)
        return (
            lookup(cls, "__hash__") is object.__hash__
            and lookup(cls, "__eq__") is object.__eq__
            and bool(self.introspect.type_version(cls))
        )

    def guard_key(self, key: Traced) -> None:
        """Guard what `key_is_safe` said."""
        cls = self.type_of(key)
        if cls is tuple:
            for part in key.parts or ():
                self.guard_key(part)
        elif cls not in _SAFE_KEYS:
            self.version_of(cls)

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

    # --- storing ----------------------------------------------------------------------------

    def setitem(
        self, frame: Frame[Traced], container: Traced, key: Traced, value: Traced
    ) -> Frame[Traced] | None:
        """``container[key] = value``"""
        cls = type(container.obj)
        if cls is list:
            index = self.index_in(container, key, LIST_LEN)
            if index is not None:
                self.emit(SetItem(container.ref, index, value.ref, LIST_ITEM))
                container.obj[key.obj] = value.obj
                self.dirty = True
                return None
        elif cls is dict:
            self._set_key(container, key, value)
            return None
        else:
            args = [key, value]
            callee = self._enter_method(frame, container, "__setitem__", args, ReturnKind.DISCARD)
            if isinstance(callee, Frame):
                return callee
        refs = (container.ref, key.ref, value.ref)
        self.residual_int(
            _H["setitem_generic"], refs, operator.setitem, container.obj, key.obj, value.obj
        )
        return None

    def _set_key(self, container: Traced, key: Traced, value: Traced) -> None:
        safe = self.key_is_safe(key)
        if safe:
            self.type_of(container)
            self.guard_key(key)
        helper = _H["dict_set_safe" if safe else "setitem_generic"]
        refs = (container.ref, key.ref, value.ref)
        self.residual_int(helper, refs, operator.setitem, container.obj, key.obj, value.obj)

    def delitem(self, frame: Frame[Traced], container: Traced, key: Traced) -> Frame[Traced] | None:
        """``del container[key]``"""
        refs = (container.ref, key.ref)
        self.residual_int(_H["delitem_generic"], refs, operator.delitem, container.obj, key.obj)
        return None

    # --- special methods --------------------------------------------------------------------

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
        if method is None or not self.may_enter(frame, method):
            return None
        if not self.introspect.type_version(cls):
            return None
        self.type_of(target)
        self.version_of(cls)
        callee = self.enter_frame(frame, self.const(method), [target, *args], (), kind)
        if callee is not None and note:
            callee.note = note
        return callee

    # --- membership and truth ---------------------------------------------------------------

    def contains(
        self, frame: Frame[Traced], container: Traced, item: Traced, *, invert: bool
    ) -> Traced | Frame[Traced]:
        """``item in container``"""
        cls = type(container.obj)
        if cls is dict and self.key_is_safe(item):
            self.type_of(container)
            self.guard_key(item)
            found = item.obj in container.obj
            op = self.emit_call(_H["dict_contains_safe"], container.ref, item.ref)
            return self._membership(found, op, invert)
        if cls is str and type(item.obj) is str:
            self.type_of(container)
            self.type_of(item)
            found = item.obj in container.obj
            op = self.emit_call(_H["str_contains"], container.ref, item.ref)
            return self._membership(found, op, invert)
        callee = self._enter_method(
            frame, container, "__contains__", [item], ReturnKind.TRUTH, "__contains__"
        )
        if callee is not None:
            return callee
        helper = _H["contains_generic"]
        refs = (container.ref, item.ref)
        number, asked = self.residual_int(helper, refs, operator.contains, container.obj, item.obj)
        return self._membership(bool(number), asked, invert)

    def _membership(self, found: bool, op: Value[Int], invert: bool) -> Traced:
        make: Any = IntEq if invert else IntNe
        return self.new_bool(found != invert, self.emit(make(op, const_int(0))))

    def is_op(self, left: Traced, right: Traced, *, invert: bool) -> Traced:
        """``left is right``"""
        result = left.obj is right.obj
        if type(left.ref) is Const and type(right.ref) is Const:
            return self.const(result != invert)
        same: Value[Any] = self.emit(RefIs(left.ref, right.ref))
        if invert:
            same = self.emit(BoolNot(same))
        return self.new_bool(result != invert, same)

    def is_none(self, value: Traced) -> bool:
        """``value is None``, to branch on."""
        result = value.obj is None
        if type(value.ref) is Const or value.known >= self.cache.epoch:
            return result
        none = self.const(None)
        if result:
            self.promote(value)
        else:
            self.guard(self.emit(RefIs(value.ref, none.ref)), False)
        return result

    def truth_value(self, value: Traced) -> tuple[bool, Value[Any]] | None:
        """The truth of a value as a BOOL, if that runs no code of the program."""
        obj, cls = value.obj, type(value.obj)
        if cls is bool:
            return obj, self.bool_of(value)
        if cls is int and can_unbox(value):
            return bool(obj), self.emit(IntNe(self.int_of(value), const_int(0)))
        if cls is float:
            return bool(obj), self.emit(FloatNe(self.float_of(value), const_float(0.0)))
        if cls in LENGTHS:
            self.type_of(value)
            size = self.emit(GetField(value.ref, LENGTHS[cls]))
            return bool(obj), self.emit(IntNe(size, const_int(0)))
        if cls is type(None):
            self.type_of(value)
            return False, ir.FALSE
        has_method = [lookup(cls, name) is not MISSING for name in ("__bool__", "__len__")]
        if any(has_method) or cls is int:
            return None
        if not objects.class_is_immutable(cls) and not self.introspect.type_version(cls):
            return None
        self.type_of(value)
        self.version_of(cls)
        return True, ir.TRUE

    def truth(self, frame: Frame[Traced], value: Traced) -> bool | Frame[Traced]:
        """Truth, to branch on."""
        found = self.truth_value(value)
        if found is not None:
            self.guard(found[1], found[0])
            return found[0]
        for name in ("__bool__", "__len__"):
            if lookup(type(value.obj), name) is not MISSING:
                callee = self._enter_method(frame, value, name, [], ReturnKind.TRUTH, name)
                if callee is not None:
                    return callee
                break
        return self._truth_residual(frame, value)

    def _truth_residual(self, frame: Frame[Traced], value: Traced) -> bool:
        """``__bool__`` has run: the other outcome goes on after the jump, not at it."""
        number, op = self.residual_int(_H["is_true"], (value.ref,), bool, value.obj)
        self.guard_outcome(frame, self.emit(IntNe(op, const_int(0))), bool(number))
        return bool(number)

    def guard_outcome(self, frame: Frame[Traced], condition: Value[Bool], truth: bool) -> None:
        """Guard the outcome of a branch after an effect: fails to where the other one goes."""
        instr = frame.instr
        jumps = ("IF_TRUE" in instr.op) != truth
        stack = refs_of(frame.stack)
        if not (jumps and instr.op.endswith("OR_POP")):
            stack = stack[:-1]
        target = instr.jump if jumps else instr.next
        assert target is not None
        snapshot = Snapshot(state_at(frame, frame.decoded.instrs[target].start, stack))
        self.emit(GuardTrue(condition, snapshot) if truth else GuardFalse(condition, snapshot))

    def truth_of_result(self, callee: Frame[Traced], value: Traced) -> bool:
        """What `returned` has guarded."""
        return bool(value.obj)

    def logical_not(self, frame: Frame[Traced], value: Traced) -> Traced | Frame[Traced]:
        """``not value``"""
        found = self.truth_value(value)
        if found is not None:
            truth, condition = found
            if type(condition) is Const:
                return self.const(not truth)
            return self.new_bool(not truth, self.emit(BoolNot(condition)))
        number, op = self.residual_int(_H["is_true"], (value.ref,), bool, value.obj)
        return self.new_bool(not number, self.emit(IntEq(op, const_int(0))))

    # --- lengths ----------------------------------------------------------------------------

    def get_len(self, frame: Frame[Traced], value: Traced) -> Traced | Frame[Traced]:
        """``len(value)``"""
        cls = type(value.obj)
        if cls in LENGTHS:
            self.type_of(value)
            return self.new_int(len(value.obj), self.emit(GetField(value.ref, LENGTHS[cls])))
        number, op = self.residual_int(helper_named("len_generic"), (value.ref,), len, value.obj)
        return self.new_int(number, op)
