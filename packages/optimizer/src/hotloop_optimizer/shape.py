"""Virtual state: what a loop header assumes of the values that come into it.

One shape per slot of the header's frame. A leaf is a value passed in a parameter of its
type; a virtual shape is an object that does not exist at the header, whose fields are
shapes again. ``describe`` takes the shape of the values at the end of the first
iteration, ``build`` makes the values the second iteration starts with, ``match`` takes
the values of any later arrival apart to fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from hotloop_ir.op import Op
from hotloop_ir.ops import guard, pyobj
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import NULL, NULL_OBJECT, Const, Param, Type, Value

from hotloop_optimizer.engine import Engine
from hotloop_optimizer.virtuals import Virtual, class_of

MAX_DEPTH = 4
MAX_FIELDS = 24


@dataclass(frozen=True, slots=True)
class LeafShape:
    """A value in a parameter."""

    type: Type


@dataclass(frozen=True, slots=True)
class NullShape:
    """NULL: an attribute that is not set."""


@dataclass(frozen=True, slots=True)
class SharedShape:
    """The virtual object described as number ``index`` before."""

    index: int


@dataclass(frozen=True, slots=True)
class VirtualShape:
    """An object that is not allocated."""

    template: Op[Any]
    order: tuple[int, ...]
    fields: tuple[Shape, ...]


Shape: TypeAlias = "LeafShape | NullShape | SharedShape | VirtualShape"


class Mismatch(Exception):
    """A value does not fit the shape of slot ``slot``."""

    def __init__(self, slot: int) -> None:
        super().__init__(f"slot {slot} does not fit")
        self.slot = slot


class Describer:
    """Takes the shape of values; collects the leaf values in order."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.leaves: list[Value[Any]] = []
        self.seen: dict[Virtual, int] = {}

    def describe(self, value: Value[Any], depth: int = 0) -> Shape:
        """The shape of a value; too deep or too large virtuals are allocated."""
        found = self.engine.find(value)
        if isinstance(found, Virtual):
            if found in self.seen:
                return SharedShape(self.seen[found])
            if depth < MAX_DEPTH and len(found.fields) <= MAX_FIELDS:
                self.seen[found] = len(self.seen)
                fields = tuple([self.describe(field, depth + 1) for field in found.fields])
                return VirtualShape(found.template, found.order, fields)
            found = self.engine.force(found)
        if isinstance(found, Const) and found.value is NULL_OBJECT:
            return NullShape()
        self.leaves.append(found)
        return LeafShape(found.type)


class Builder:
    """Makes the values a shape stands for, on new parameters."""

    def __init__(self) -> None:
        self.params: list[Param[Any]] = []
        self.made: list[Virtual] = []

    def build(self, shape: Shape) -> Value[Any]:
        """A parameter or a virtual object made of parameters."""
        if isinstance(shape, LeafShape):
            param: Param[Any] = Param(shape.type)
            self.params.append(param)
            return param
        if isinstance(shape, NullShape):
            return NULL
        if isinstance(shape, SharedShape):
            return self.made[shape.index]
        virtual = Virtual(shape.template, [])
        virtual.order = shape.order
        self.made.append(virtual)
        virtual.fields = [self.build(field) for field in shape.fields]
        return virtual


class Matcher:
    """Takes arriving values apart to fit shapes; collects the leaf values in order.

    ``header`` is the recorded snapshot of the header, for guards a real object needs
    before its number can be taken out. Raises :class:`Mismatch`.
    """

    def __init__(self, engine: Engine, header: Snapshot) -> None:
        self.engine = engine
        self.header = header
        self.leaves: list[Value[Any]] = []
        self.made: list[Virtual] = []
        self.slot = 0

    def match_all(self, shapes: tuple[Shape, ...], values: list[Value[Any]]) -> list[Value[Any]]:
        """The leaf values of all slots."""
        for slot, (shape, value) in enumerate(zip(shapes, values, strict=True)):
            self.slot = slot
            self.match(shape, value)
        return self.leaves

    def match(self, shape: Shape, value: Value[Any]) -> None:
        """Fit one value."""
        found = self.engine.find(value)
        if isinstance(shape, LeafShape):
            self.leaf(shape, found)
        elif isinstance(shape, NullShape):
            if not (isinstance(found, Const) and found.value is NULL_OBJECT):
                raise Mismatch(self.slot)
        elif isinstance(shape, SharedShape):
            if self.made[shape.index] is not found:
                raise Mismatch(self.slot)
        else:
            self.virtual(shape, found)

    def leaf(self, shape: LeafShape, found: Value[Any]) -> None:
        """Any value of the type; a virtual is allocated."""
        if found.type is not shape.type:
            raise Mismatch(self.slot)
        if isinstance(found, Const) and found.value is NULL_OBJECT:
            raise Mismatch(self.slot)
        self.leaves.append(self.engine.real(found))

    def virtual(self, shape: VirtualShape, found: Value[Any]) -> None:
        """A virtual of the same kind, field by field; or a real number, unboxed."""
        if not isinstance(found, Virtual):
            self.unbox(shape, found)
            return
        template = shape.template
        if (
            type(found.template) is not type(template)
            or found in self.made
            or len(found.fields) != len(shape.fields)
            or class_of(found.template) is not class_of(template)
            or found.order != shape.order
        ):
            raise Mismatch(self.slot)
        self.made.append(found)
        for field, inner in zip(shape.fields, list(found.fields), strict=True):
            self.match(field, inner)

    def unbox(self, shape: VirtualShape, found: Value[Any]) -> None:
        """Take the number out of a real int or float."""
        engine = self.engine
        kind = type(shape.template)
        if kind not in (pyobj.BoxInt, pyobj.BoxFloat, pyobj.BoxBool):
            raise Mismatch(self.slot)
        cls = class_of(shape.template)
        if engine.type_of(found) not in (None, cls):
            raise Mismatch(self.slot)
        engine.visit(guard.GuardType(found, cls, self.header))
        unboxed: Op[Any]
        if kind is pyobj.BoxInt:
            unboxed = pyobj.UnboxInt(found, self.header)
        elif kind is pyobj.BoxFloat:
            unboxed = pyobj.UnboxFloat(found)
        else:
            unboxed = pyobj.UnboxBool(found)
        self.made.append(Virtual(shape.template, []))
        self.leaves.append(engine.visit_new(unboxed))
