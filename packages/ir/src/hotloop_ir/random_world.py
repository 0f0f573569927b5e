"""The world random loops run in: objects that alias each other, and code that changes them.

A :class:`World` is built anew for every run from the same plan, so that runs can be compared.
It keeps attributes in insertion order, counts the iterations of a loop and interrupts it,
and knows four functions that do what arbitrary Python code may do.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any, Final

from hotloop_ir import descr as d
from hotloop_ir.descr import Descr
from hotloop_ir.helper import Helper
from hotloop_ir.memory import Plain, PlainMemory
from hotloop_ir.op import Op
from hotloop_ir.ops import pyobj
from hotloop_ir.slotted import slotted
from hotloop_ir.value import NULL_OBJECT


class Point:
    """The class of random instances with inline values."""


class Other:
    """What the class of a ``Point`` may be changed to."""


class Slotted:
    """The class of random instances with ``__slots__``."""


def shake(*args: Any) -> None:
    """Changes some of the objects it can reach. (The world does it.)"""


def leak(*args: Any) -> None:
    """Keeps its arguments, so that ``shake`` reaches them from then on."""


def fetch(*args: Any) -> None:
    """Returns one of the objects it can reach."""


def fail(*args: Any) -> None:
    """Like ``shake``, but now and then raises ValueError."""


FUNCTIONS: Final = (shake, leak, fetch, fail)
#: A module's globals: what traces read of it are its keys, their version and their values.
GLOBALS: Final[dict[str, object]] = {}
KEYS_ADDRESS: Final = 0x1000
GLOBAL_VALUES: Final = (d.keys_value(24), d.keys_value(48))
ATTRIBUTES: Final = (d.instance_value(0), d.instance_value(1), d.instance_value(2))
SLOTS: Final = (d.slot(16), d.slot(24))


@slotted(frozen=True)
class Node:
    """One object of the plan: its class, its value or the numbers of what it holds."""

    cls: type
    value: Any = None
    parts: tuple[int, ...] = ()


class World(PlainMemory):
    """Memory with objects made after a plan.

    ``patience`` is the number of iterations before ``guard_no_interrupt`` fails.
    """

    def __init__(self, plan: Sequence[Node], patience: int) -> None:
        super().__init__()
        self.patience = patience
        self.edges = 0
        self.leaked: list[Any] = []
        self.turns = 0
        self.objects: list[Any] = []
        for node in plan:
            self.objects.append(self._make(node))
        for node, made in zip(plan, self.objects, strict=True):
            self._fill(node, made)
        self.put(GLOBALS, d.DICT_KEYS, KEYS_ADDRESS)
        self.put(KEYS_ADDRESS, d.KEYS_VERSION, 7)
        for index, descr in enumerate(GLOBAL_VALUES):
            self.put(KEYS_ADDRESS, descr, self.objects[index % len(self.objects)])
        self.put(Point, d.TYPE_VERSION, 11)

    def _make(self, node: Node) -> Any:
        if node.cls is tuple:
            before = self.objects or [None]
            return tuple([before[part % len(before)] for part in node.parts])
        if node.cls is list:
            return []
        if node.cls is types.CellType:
            return types.CellType()
        if node.cls in (Point, Slotted):
            return Plain(node.cls, {})
        return node.value

    def _fill(self, node: Node, made: Any) -> None:
        """Mutable objects may hold any object, themselves too."""
        parts = [self.objects[part % len(self.objects)] for part in node.parts]
        if node.cls is list:
            made.extend(parts)
        elif node.cls is types.CellType and parts:
            made.cell_contents = parts[0]
        elif node.cls is Point:
            made.fields.update(zip(ATTRIBUTES, parts, strict=False))
        elif node.cls is Slotted:
            made.fields.update(zip(SLOTS, [*parts, NULL_OBJECT, NULL_OBJECT], strict=False))

    def state(self) -> tuple[Any, ...]:
        """Everything that can be seen from outside, to compare after two runs."""
        keys = [self.read_field(KEYS_ADDRESS, descr) for descr in GLOBAL_VALUES]
        version = self.read_field(KEYS_ADDRESS, d.KEYS_VERSION)
        return (self.objects, self.leaked, keys, version, self.calls, self.edges)

    # --- memory -----------------------------------------------------------------------------

    def interrupted(self) -> bool:
        self.edges += 1
        return self.edges > self.patience

    def write_field(self, base: Any, descr: Descr, value: Any) -> Any:
        if not isinstance(base, Plain) or descr.place is not d.Place.VALUES:
            return super().write_field(base, descr, value)
        if value is NULL_OBJECT:
            return base.fields.pop(descr, NULL_OBJECT)
        old = base.fields.get(descr, NULL_OBJECT)
        base.fields[descr] = value
        return old

    def allocate(self, op: Op[Any], operands: Sequence[Any]) -> Any:
        if isinstance(op, pyobj.NewInstance):
            present = [i for i, value in enumerate(operands) if value is not NULL_OBJECT]
            assert set(present) == set(op.order)
            return Plain(op.cls, {d.instance_value(i): operands[i] for i in op.order})
        if isinstance(op, pyobj.NewMethod):
            fields = (d.METHOD_FUNC, d.METHOD_SELF)
            return Plain(types.MethodType, dict(zip(fields, operands, strict=True)))
        if isinstance(op, pyobj.NewSlice):
            fields_ = (d.SLICE_START, d.SLICE_STOP, d.SLICE_STEP)
            return Plain(slice, dict(zip(fields_, operands, strict=True)))
        return super().allocate(op, operands)

    def call(self, helper: Helper, operands: Sequence[Any]) -> Any:
        if helper.elidable:  # how often it is called cannot be seen
            return helper.reference(*operands)
        return super().call(helper, operands)

    # --- arbitrary code ---------------------------------------------------------------------

    def call_python(self, callable_: Any, operands: Sequence[Any], kwnames: tuple[str, ...]) -> Any:
        self.calls.append((callable_.__name__, tuple(operands)))
        self.turns += 1
        if callable_ is leak:
            self.leaked.extend(operands)
            return None
        if callable_ is fetch:
            return self.reachable(operands)[self.turns % 5 - 5 :][0]
        self._shake(operands)
        if callable_ is fail and self.turns % 4 == 0:
            raise ValueError("fail")
        return self.turns if self.turns % 3 else 1.5 * self.turns

    def reachable(self, more: Sequence[Any]) -> list[Any]:
        """Objects code can get at, in an order that does not depend on addresses."""
        return [*self.objects, *self.leaked, *more] or [None]

    def _shake(self, operands: Sequence[Any]) -> None:
        """Change every mutable object a little."""
        found = self.reachable(operands)
        for position, obj in enumerate(found):
            step = self.turns + position
            self._change(obj, step, found[step * 7 % len(found)])
        if self.turns % 5 == 2:
            self.put(KEYS_ADDRESS, GLOBAL_VALUES[0], found[self.turns % len(found)])
        if self.turns % 7 == 3:
            self.put(KEYS_ADDRESS, d.KEYS_VERSION, 7 + self.turns)

    def _change(self, obj: Any, step: int, new: Any) -> None:
        if type(obj) is list:
            self._change_list(obj, step, new)
        elif type(obj) is types.CellType and step % 2:
            obj.cell_contents = new
        elif isinstance(obj, Plain) and obj.cls in (Point, Other):
            if step % 3 == 0:
                self.write_field(obj, ATTRIBUTES[step % 2], new)
            elif step % 11 == 4:
                obj.cls = Other if obj.cls is Point else Point
        elif isinstance(obj, Plain) and obj.cls is Slotted and step % 2:
            obj.fields[SLOTS[step // 2 % 2]] = new

    def _change_list(self, obj: list[Any], step: int, new: Any) -> None:
        if step % 4 == 0 and obj:
            obj[step // 4 % len(obj)] = new
        elif step % 4 == 1 and len(obj) < 6:
            obj.append(new)
        elif step % 4 == 2 and len(obj) > 1:
            obj.pop()
