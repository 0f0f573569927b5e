"""Attributes, iteration and context managers of plain objects."""

from __future__ import annotations

import builtins
import sys
from types import FrameType, FunctionType, MemberDescriptorType, MethodType
from typing import Final, Literal

from hotloop_interp.concrete import dispatch, patterns, shadows
from hotloop_interp.concrete.base import ConcreteBase, python_method
from hotloop_interp.frame import NULL, Frame, ReturnKind, Slot
from hotloop_interp.machine import EXHAUSTED, Exhausted, Result
from hotloop_interp.protocol import lookup
from hotloop_interp.sealed import seal
from hotloop_ir.type_set import TypeSet

seal(globals())

_OBJECT_GETATTRIBUTE = object.__dict__["__getattribute__"]
_QUIET: Final = TypeSet(FunctionType, type(None), int, str, MemberDescriptorType)
"""Types of class attributes (None: there is none) whose lookup runs no Python code."""
_getattr = builtins.getattr
_OBJECT_SETATTR = object.__dict__["__setattr__"]


def _is_ordinary(kind: type) -> bool:
    """Whether attribute access is object's own, without a `__getattr__`."""
    return (
        type(kind) is type
        and kind.__getattribute__ is _OBJECT_GETATTRIBUTE
        and _getattr(kind, "__getattr__", None) is None
    )


def _data_property(target: object, name: str) -> property | None:
    """The property that decides an attribute, where attribute access is the ordinary one."""
    kind = type(target)
    found = lookup(kind, name)
    return found if type(found) is property else None


class ConcreteObjects(ConcreteBase):
    """Attributes, iteration, with, match."""

    def getattr(self, frame: Frame[object], target: object, name: str) -> Result[object]:
        kind = type(target)
        if _is_ordinary(kind):
            found = lookup(kind, name)
            if type(found) in _QUIET:
                value: object = _getattr(target, name)
                return value
            if type(found) is property and type(found.fget) is FunctionType:
                return self.enter(frame, found.fget, [target])
        if kind is FrameType and name == "f_locals":
            return self._frame_locals(target)
        return self.native(frame, _getattr, (target, name))

    def _frame_locals(self, target: object) -> object:
        """`frame.f_locals` of a frame that may be one that is being interpreted."""
        assert isinstance(target, FrameType)
        interpreted = shadows.interpreted(target)
        if interpreted is None:
            return target.f_locals
        shadows.linked(interpreted)
        shadows.show_locals(interpreted)
        try:
            return target.f_locals
        finally:
            shadows.hide_locals(interpreted)

    def load_method(
        self, frame: Frame[object], target: object, name: str
    ) -> tuple[object, Slot[object]] | Frame[object]:
        result = self.getattr(frame, target, name)
        if type(result) is Frame:
            return result
        if type(result) is MethodType and result.__self__ is target:
            return result.__func__, target
        return result, NULL

    def setattr(
        self, frame: Frame[object], target: object, name: str, value: object
    ) -> Frame[object] | None:
        found = _data_property(target, name)
        if found is not None and lookup(type(target), "__setattr__") is _OBJECT_SETATTR:
            if type(found.fset) is FunctionType:
                return self.enter_discarding(frame, found.fset, [target, value])
        method = python_method(target, "__setattr__")
        if method is not None:
            return self.enter_discarding(frame, method, [target, name, value])
        self.native(frame, builtins.setattr, (target, name, value))
        return None

    def delattr(self, frame: Frame[object], target: object, name: str) -> Frame[object] | None:
        method = python_method(target, "__delattr__")
        if method is not None:
            return self.enter_discarding(frame, method, [target, name])
        self.native(frame, builtins.delattr, (target, name))
        return None

    def get_iter(self, frame: Frame[object], value: object) -> Result[object]:
        method = python_method(value, "__iter__")
        if method is not None:
            return self.enter(
                frame, method, [value], kind=ReturnKind.CONTINUE, rest=dispatch.CheckIterator()
            )
        return self.native(frame, iter, (value,))

    def for_iter(
        self, frame: Frame[object], iterator: object
    ) -> object | Literal[Exhausted.EXHAUSTED] | Frame[object]:
        generator = self.resume_generator(frame, iterator, None, ReturnKind.ITER)
        if generator is not None:
            return generator
        method = python_method(iterator, "__next__")
        if method is not None:
            return self.enter(frame, method, [iterator], kind=ReturnKind.ITER)
        return self.native(frame, next, (iterator, EXHAUSTED))

    def get_len(self, frame: Frame[object], value: object) -> Result[object]:
        return self.native(frame, len, (value,))

    def with_methods(
        self, frame: Frame[object], manager: object, *, is_async: bool
    ) -> tuple[object, object]:
        names = ("__aenter__", "__aexit__") if is_async else ("__enter__", "__exit__")
        kind = type(manager)
        what = "asynchronous context manager" if is_async else "context manager"
        enter = dispatch.lookup_special(manager, names[0])
        if enter is NULL:
            raise TypeError(
                f"'{dispatch.type_name(kind)}' object does not support the {what} protocol"
            )
        exit_ = dispatch.lookup_special(manager, names[1])
        if exit_ is NULL:
            raise TypeError(
                f"'{dispatch.type_name(kind)}' object does not support the {what} protocol"
                f" (missed {names[1]} method)"
            )
        return enter, exit_

    def match_class(self, subject: object, class_: object, count: int, names: object) -> object:
        assert isinstance(names, tuple)
        return patterns.match_class(self.here, subject, class_, count, names)

    def match_keys(self, subject: object, keys: object) -> object:
        assert isinstance(keys, tuple)
        return patterns.match_keys(self.here, subject, keys)

    def match_mapping(self, subject: object) -> object:
        return bool(type(subject).__flags__ & patterns.MAPPING_FLAG)

    def match_sequence(self, subject: object) -> object:
        return bool(type(subject).__flags__ & patterns.SEQUENCE_FLAG)

    def print_expr(self, frame: Frame[object], value: object) -> None:
        hook = getattr(sys, "displayhook", None)
        if hook is None:
            raise RuntimeError("lost sys.displayhook")
        self.native(frame, hook, (value,))
