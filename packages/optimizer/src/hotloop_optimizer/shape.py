"""Virtual state: what a loop header assumes of the values that come into it.

One shape per slot of the header's frame. A leaf is a value passed in a parameter of its
type; a virtual shape is an object that does not exist at the header, whose fields are
shapes again. ``describe_all`` takes the shapes of the values at the end of the first
iteration, ``build`` makes the values the second iteration starts with, ``match_all`` takes
the values of any later arrival apart to fit.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from hotloop_ir.op import Op
from hotloop_ir.ops import guard, pyobj
from hotloop_ir.slotted import slotted
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import NULL, Param, Type, Value
from hotloop_optimizer.engine import Engine, InvalidTrace
from hotloop_optimizer.virtuals import BOXES, Virtual, class_of, is_null

MAX_DEPTH: Final = 4
MAX_FIELDS: Final = 24


@slotted(frozen=True)
class LeafShape:
    """A value in a parameter."""

    type: Type


@slotted(frozen=True)
class NullShape:
    """NULL: an attribute that is not set."""


@slotted(frozen=True)
class SharedShape:
    """The virtual object described as number ``index`` before."""

    index: int


@slotted(frozen=True)
class VirtualShape:
    """An object that is not allocated."""

    template: Op[Any]
    order: tuple[int, ...]
    fields: tuple[Shape, ...]


Shape: TypeAlias = "LeafShape | NullShape | SharedShape | VirtualShape"


class Mismatch(Exception):
    """Values do not fit the shapes of these slots."""

    def __init__(self, slots: set[int]) -> None:
        super().__init__(f"slots {sorted(slots)} do not fit")
        self.slots = slots


class Describer:
    """Takes the shape of values; collects the leaf values in order."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.leaves: list[Value[Any]] = []
        self.seen: dict[Virtual, int] = {}

    def describe_all(self, values: list[Value[Any]], plain: set[int]) -> tuple[Shape, ...]:
        """The shapes of all slots. Those in ``plain``, and what is too deep or too large, are
        allocated first, for that may allocate what other slots hold.
        """
        engine = self.engine
        for slot, value in enumerate(values):
            if slot in plain:
                engine.real(value)
        while any(self.forced(value, 0) for value in values):
            pass
        return tuple([self.describe(value) for value in values])

    def forced(self, value: Value[Any], depth: int) -> bool:
        """Allocate what is too deep or too large; whether anything was."""
        found = self.engine.find(value)
        if type(found) is not Virtual:
            return False
        if depth >= MAX_DEPTH or len(found.fields) > MAX_FIELDS:
            self.engine.force(found)
            return True
        return any(self.forced(field, depth + 1) for field in found.fields)

    def describe(self, value: Value[Any]) -> Shape:
        """The shape of a value."""
        found = self.engine.find(value)
        if type(found) is Virtual:
            if found in self.seen:
                return SharedShape(self.seen[found])
            self.seen[found] = len(self.seen)
            fields = tuple([self.describe(field) for field in found.fields])
            return VirtualShape(found.template, found.order, fields)
        if is_null(found):
            return NullShape()
        self.leaves.append(found)
        return LeafShape(found.type)


class Builder:
    """Makes the values a shape stands for, on new parameters.

    ``numbers`` are the virtual ints and floats, with the slots they are in.
    """

    def __init__(self) -> None:
        self.params: list[Param[Any]] = []
        self.made: list[Virtual] = []
        self.numbers: dict[Virtual, int] = {}
        self.slot = 0

    def build_all(self, shapes: tuple[Shape, ...]) -> list[Value[Any]]:
        """The values of all slots."""
        values = []
        for self.slot, shape in enumerate(shapes):
            values.append(self.build(shape))
        return values

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
        if type(shape.template) in (pyobj.BoxInt, pyobj.BoxFloat):
            self.numbers[virtual] = self.slot
        virtual.fields = [self.build(field) for field in shape.fields]
        return virtual


class _Misfit(Exception):
    """The value of the slot at hand does not fit."""


class Matcher:
    """Takes arriving values apart to fit shapes; collects the leaf values in order.

    ``header`` is the recorded snapshot of the header, for guards a real object needs
    before its number can be taken out.
    """

    def __init__(self, engine: Engine, header: Snapshot) -> None:
        self.engine = engine
        self.header = header
        self.leaves: list[Value[Any]] = []
        #: what stands for the virtual shapes so far, and the slots they are in
        self.made: list[tuple[Value[Any], int]] = []
        self.slot = 0

    def match_all(self, shapes: tuple[Shape, ...], values: list[Value[Any]]) -> list[Value[Any]]:
        """The leaf values of all slots. Raises Mismatch with every slot that does not fit."""
        misfits: set[int] = set()
        for slot, (shape, value) in enumerate(zip(shapes, values, strict=True)):
            self.slot = slot
            self.engine.nonnull.add(self.engine.find(value))  # a slot is not NULL
            try:
                self.match(shape, value)
            except (_Misfit, IndexError):  # IndexError: shared with a slot that does not fit
                misfits.add(slot)
        for found, slot in self.made:
            if self.engine.find(found) is not found and not is_number(found):
                misfits.add(slot)  # allocated for another slot, where it has to be the same
        if misfits:
            raise Mismatch(misfits)
        return self.leaves

    def match(self, shape: Shape, value: Value[Any]) -> None:
        """Fit one value."""
        found = self.engine.find(value)
        if isinstance(shape, LeafShape):
            if found.type is not shape.type or is_null(found):
                raise _Misfit
            self.leaves.append(self.engine.real(found))
        elif isinstance(shape, NullShape):
            if not is_null(found):
                raise _Misfit
        elif isinstance(shape, SharedShape):
            if self.made[shape.index][0] is not found:
                raise _Misfit
        elif type(found) is Virtual:
            self.virtual(shape, found)
        else:
            self.unbox(shape, found)

    def virtual(self, shape: VirtualShape, found: Virtual) -> None:
        """A virtual of the same kind, field by field."""
        template = shape.template
        if (
            type(found.template) is not type(template)
            or len(found.fields) != len(shape.fields)
            or class_of(found.template) is not class_of(template)
            or found.order != shape.order
            or getattr(found.template, "offsets", ()) != getattr(template, "offsets", ())
        ):
            raise _Misfit
        if not is_number(found) and any(found is other for other, _ in self.made):
            raise _Misfit  # one object where the loop has two
        self.made.append((found, self.slot))
        for field, inner in zip(shape.fields, list(found.fields), strict=True):
            self.match(field, inner)

    def unbox(self, shape: VirtualShape, found: Value[Any]) -> None:
        """Take the number out of a real int or float."""
        engine = self.engine
        kind = type(shape.template)
        cls = class_of(shape.template)
        known = engine.type_of(found)
        if kind not in BOXES or is_null(found) or not (known is None or known is cls):
            raise _Misfit
        self.made.append((found, self.slot))
        unboxed: Op[Any]
        if kind is pyobj.BoxInt:
            unboxed = pyobj.UnboxInt(found, self.header)
        elif kind is pyobj.BoxFloat:
            unboxed = pyobj.UnboxFloat(found)
        else:
            unboxed = pyobj.UnboxBool(found)
        try:
            engine.visit(guard.GuardNonnull(found, self.header))
            engine.visit(guard.GuardType(found, cls, self.header))
            number = engine.visit_new(unboxed)
        except InvalidTrace:
            raise _Misfit from None
        if number.type is not shape.fields[0].type:  # type: ignore[union-attr]
            raise _Misfit
        self.leaves.append(number)


def is_number(value: Value[Any]) -> bool:
    """Whether a value is a virtual number, whose identity does not count."""
    return type(value) is Virtual and type(value.template) in BOXES
