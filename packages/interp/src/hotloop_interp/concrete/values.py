"""Operators, containers, truth, iteration over plain objects."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Final

from hotloop_interp.concrete import dispatch
from hotloop_interp.concrete.base import ConcreteBase, python_method
from hotloop_interp.frame import NULL, Frame, ReturnKind, Slot
from hotloop_interp.machine import Result
from hotloop_interp.protocol import is_a, lookup
from hotloop_interp.sealed import seal
from hotloop_ir.type_set import TypeSet

seal(globals())

_OPERATORS: Final[Mapping[str, Callable[..., object]]] = {
    "+": operator.add, "&": operator.and_, "//": operator.floordiv, "<<": operator.lshift,
    "@": operator.matmul, "*": operator.mul, "%": operator.mod, "|": operator.or_,
    "**": operator.pow, ">>": operator.rshift, "-": operator.sub, "/": operator.truediv,
    "^": operator.xor, "+=": operator.iadd, "&=": operator.iand, "//=": operator.ifloordiv,
    "<<=": operator.ilshift, "@=": operator.imatmul, "*=": operator.imul, "%=": operator.imod,
    "|=": operator.ior, "**=": operator.ipow, ">>=": operator.irshift, "-=": operator.isub,
    "/=": operator.itruediv, "^=": operator.ixor,
    "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_UNARY: Final[Mapping[str, tuple[Callable[..., object], str]]] = {
    "+": (operator.pos, "__pos__"),
    "-": (operator.neg, "__neg__"),
    "~": (operator.invert, "__invert__"),
}
_PLAIN: Final = TypeSet(int, float, str, bool, type(None), complex, bytes)
"""Types whose operators call no Python code and look at no frame."""


class ConcreteValues(ConcreteBase):
    """Operators, truth and containers."""

    def const(self, value: object) -> object:
        return value

    def binary(self, frame: Frame[object], op: str, left: object, right: object) -> Result[object]:
        if type(left) in _PLAIN and type(right) in _PLAIN:
            return _OPERATORS[op](left, right)
        attempts = dispatch.binary_attempts(op, left, right)
        if attempts is not None:
            error = dispatch.Unsupported(op, left, right)
            return dispatch.attempt(self, frame, attempts, error)
        return self.native(frame, _OPERATORS[op], (left, right))

    def unary(self, frame: Frame[object], op: str, value: object) -> Result[object]:
        function, name = _UNARY[op]
        method = python_method(value, name)
        if method is not None:
            return self.enter(frame, method, [value])
        return self.native(frame, function, (value,))

    def compare(self, frame: Frame[object], op: str, left: object, right: object) -> Result[object]:
        if type(left) in _PLAIN and type(right) in _PLAIN:
            return _OPERATORS[op](left, right)
        attempts = dispatch.compare_attempts(op, left, right)
        if attempts is not None:
            last = dispatch.Incomparable(op, left, right)
            return dispatch.attempt(self, frame, attempts, last)
        return self.native(frame, _OPERATORS[op], (left, right))

    def is_op(self, left: object, right: object, *, invert: bool) -> object:
        return (left is not right) if invert else (left is right)

    def contains(
        self, frame: Frame[object], container: object, item: object, *, invert: bool
    ) -> Result[object]:
        method = python_method(container, "__contains__")
        if method is not None:
            return self._truth_frame(frame, method, [container, item], "__contains__", invert)
        found = self.native(frame, operator.contains, (container, item))
        return (not found) if invert else found

    def _truth_frame(
        self,
        frame: Frame[object],
        method: FunctionType,
        args: Sequence[object],
        note: str,
        invert: bool,
    ) -> Result[object]:
        """Enter a method whose result is a truth value; a generator it makes is one at once."""
        result = self.enter(frame, method, args, kind=ReturnKind.TRUTH, note=note)
        if type(result) is Frame:
            return result
        return self._truth_from(note, result) != invert

    def truth(self, frame: Frame[object], value: object) -> bool | Frame[object]:
        if value is True:
            return True
        if value is False or value is None:
            return False
        if type(value) in _PLAIN:
            return bool(value)
        result = self._truth(frame, value, invert=False)
        assert isinstance(result, (bool, Frame))
        return result

    def logical_not(self, frame: Frame[object], value: object) -> Result[object]:
        return self._truth(frame, value, invert=True)

    def _truth(self, frame: Frame[object], value: object, *, invert: bool) -> Result[object]:
        """Truth by __bool__, else __len__ (PyObject_IsTrue)."""
        for name in ("__bool__", "__len__"):
            method = python_method(value, name)
            if method is not None:
                return self._truth_frame(frame, method, [value], name, invert)
            if lookup(type(value), name) is not None:
                break
        return self.native(frame, operator.not_ if invert else operator.truth, (value,))

    def truth_of_result(self, callee: Frame[object], value: object) -> bool:
        return self._truth_from(callee.note, value)

    def _truth_from(self, note: str, value: object) -> bool:
        """slot_nb_bool, slot_sq_contains and slot_sq_length's checks of a result."""
        if note == "__contains__":
            return bool(value)
        if note == "__bool__":
            if type(value) is not bool:
                raise TypeError(f"__bool__ should return bool, returned {type(value).__name__}")
            return value
        return dispatch.checked_length(value) != 0

    def is_none(self, value: object) -> bool:
        return value is None

    def getitem(self, frame: Frame[object], container: object, key: object) -> Result[object]:
        method = python_method(container, "__getitem__")
        if method is not None:
            return self.enter(frame, method, [container, key])
        return self.native(frame, operator.getitem, (container, key))

    def setitem(
        self, frame: Frame[object], container: object, key: object, value: object
    ) -> Frame[object] | None:
        method = python_method(container, "__setitem__")
        if method is not None:
            return self.enter_discarding(frame, method, [container, key, value])
        self.native(frame, operator.setitem, (container, key, value))
        return None

    def delitem(self, frame: Frame[object], container: object, key: object) -> Frame[object] | None:
        method = python_method(container, "__delitem__")
        if method is not None:
            return self.enter_discarding(frame, method, [container, key])
        self.native(frame, operator.delitem, (container, key))
        return None

    def build_tuple(self, items: Sequence[object]) -> object:
        return tuple(items)

    def build_list(self, items: Sequence[object]) -> object:
        return list(items)

    def build_set(self, items: Sequence[object]) -> object:
        return self.here(set, items)

    def build_map(self, keys: Sequence[object], values: Sequence[object]) -> object:
        return self.here(dict, zip(keys, values, strict=True))

    def build_const_key_map(self, keys: object, values: Sequence[object]) -> object:
        assert isinstance(keys, tuple)
        return dict(zip(keys, values, strict=True))

    def build_string(self, parts: Sequence[object]) -> object:
        return "".join(part for part in parts if is_a(part, str))

    def build_slice(self, parts: Sequence[object]) -> object:
        return slice(*parts)

    def format_value(
        self, frame: Frame[object], value: object, conversion: int, spec: Slot[object]
    ) -> Result[object]:
        if conversion:
            value = self.native(frame, (str, repr, ascii)[conversion - 1], (value,))
        if type(value) is str and spec is NULL:
            return value
        return self.native(frame, format, (value, "" if spec is NULL else spec))

    def list_append(self, target: object, item: object) -> None:
        list.append(_as_list(target), item)

    def list_extend(self, target: object, iterable: object) -> None:
        dispatch.extend_list(self.here, _as_list(target), iterable)

    def list_to_tuple(self, target: object) -> object:
        return tuple(_as_list(target))

    def set_add(self, target: object, item: object) -> None:
        self.here(set.add, target, item)

    def set_update(self, target: object, iterable: object) -> None:
        self.here(set.update, target, iterable)

    def map_add(self, target: object, key: object, value: object) -> None:
        self.here(dict.__setitem__, target, key, value)

    def dict_update(self, target: object, mapping: object) -> None:
        assert isinstance(target, dict)
        dispatch.update_dict(self.here, target, mapping)

    def dict_merge(self, callable_: object, target: object, mapping: object) -> None:
        assert isinstance(target, dict)
        dispatch.merge_dict(self.here, callable_, target, mapping)

    def unpack_sequence(self, value: object, count: int) -> Sequence[object]:
        return dispatch.unpack(self.here, value, count)

    def unpack_ex(self, value: object, before: int, after: int) -> Sequence[object]:
        return dispatch.unpack_starred(self.here, value, before, after)


def _as_list(target: object) -> list[object]:
    assert isinstance(target, list)
    return target
