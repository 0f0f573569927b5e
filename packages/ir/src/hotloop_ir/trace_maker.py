"""The parts of random traces: inputs, operands, guards, snapshots, labels, the end.

While an op is added it is run on the inputs, so that guards hold the first time and the
whole trace is reached. What ops are added is the business of ``random_trace``.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Final, Protocol, TypeVar

from hotloop_ir.evaluate import Stepper
from hotloop_ir.meaning import LeaveTrace
from hotloop_ir.memory import PlainMemory
from hotloop_ir.op import GuardFailed, Op
from hotloop_ir.ops import control, guard, integer, pyobj
from hotloop_ir.snapshot import FrameState, ReturnKind, Slot, Snapshot
from hotloop_ir.text.names import CodeName
from hotloop_ir.trace import Target, Trace
from hotloop_ir.value import Const, Param, Type, Value, const_int, const_ref

O = TypeVar("O", bound=Op[Any])  # noqa: E741 - the op, given back typed as itself
T = TypeVar("T")

_TYPES: Final = (Type.INT, Type.FLOAT, Type.BOOL, Type.REF)
#: The code of the state at the header of a recorded trace: its locals are the inputs.
HEADER: Final = CodeName("header")
_CODES: Final = (CodeName("f"), CodeName("g"), CodeName("<listcomp>"))
_RETURN_KINDS: Final = tuple(kind for kind in ReturnKind if kind is not ReturnKind.ITER)


class Choices(Protocol):
    """Where the randomness comes from."""

    def below(self, count: int) -> int:
        """A number from 0 to ``count - 1``."""

    def value(self, type_: Type, boxes_only: bool = False) -> Any:
        """A concrete value of a type; for REF any object, or one that is just a value."""

    def operands(self, cls: type[Op[Any]]) -> tuple[Any, ...]:
        """Values that an arithmetic op accepts."""


class Dropped(Exception):
    """The op would leave the trace; it was not added."""


class TraceMaker:
    """Makes one trace. ``arithmetic`` are the ops to use, ``partial`` those of them that do
    not accept all operands. ``recorded``: as the recorder writes them, all inputs and slots
    of snapshots REF, the state of the header at the jump.
    """

    def __init__(
        self,
        choices: Choices,
        arithmetic: Sequence[type[Op[Any]]],
        partial: frozenset[type[Op[Any]]],
        recorded: bool = False,
    ) -> None:
        self.choices = choices
        self.arithmetic = tuple(arithmetic)
        self.partial = partial
        self.ops: list[Op[Any]] = []
        self.pools: dict[Type, list[Value[Any]]] = {type_: [] for type_ in _TYPES}
        self.classes: dict[Value[Any], type] = {}
        self.stepper = Stepper(PlainMemory())
        self.last: Snapshot | None = None
        self.left = False
        self.recorded = recorded
        #: The counter as the jump carries it back (boxed in a recorded trace).
        self.counter: Value[Any]

    # --- choices --------------------------------------------------------------------------

    def chance(self, count: int) -> bool:
        """True once in ``count`` times."""
        return self.choices.below(count) == count - 1

    def pick(self, items: Sequence[T]) -> T:
        """One of several."""
        return items[self.choices.below(len(items))]

    def value(self, type_: Type) -> Value[Any]:
        """Something of a type: a value of the trace or a constant."""
        pool = self.pools[type_]
        if pool and not self.chance(5):
            return self.pick(pool)
        return Const(type_, self.choices.value(type_, boxes_only=True))

    def ref(self, *classes: type) -> Value[Any]:
        """A REF whose class is one of these, and known to be. Raises Dropped if none is."""
        memory_ = self.stepper.memory
        fitting = [
            ref for ref in self.pools[Type.REF] if memory_.type_of(self.concrete(ref)) in classes
        ]
        if not fitting:
            raise Dropped
        ref = self.pick(fitting)
        if ref not in self.classes:
            cls = memory_.type_of(self.concrete(ref))
            self.emit(guard.GuardType(ref, cls, self.snapshot()))
            self.classes[ref] = cls
        return ref

    def concrete(self, value: Value[Any]) -> Any:
        """What a value is in the run that goes along."""
        return self.stepper.value(value)

    # --- parts of a trace -----------------------------------------------------------------

    def start(self) -> tuple[Any, ...]:
        """Make the inputs; their concrete values."""
        types = (Type.REF,) if self.recorded else _TYPES
        counter: Param[Any] = Param(types[0])
        self.params: list[Param[Any]] = [counter]
        values: list[Any] = [1 + self.choices.below(6)]
        for _ in range(self.choices.below(6)):
            type_ = self.pick(types)
            self.params.append(Param(type_))
            values.append(self.choices.value(type_))
        for param in self.params:
            self.pools[param.type].append(param)
        self.stepper.bind(self.params, copy.deepcopy(values))
        self.counter = counter
        if self.recorded:
            header = self.header(self.params)
            self.emit(guard.GuardType(counter, int, header))
            self.counter = self.emit(pyobj.UnboxInt(counter, header))
        return tuple(values)

    def header(self, values: Sequence[Value[Any]]) -> Snapshot:
        """The state at the header of a recorded trace."""
        return Snapshot(FrameState(HEADER, None, 0, tuple(values), ()))

    def emit(self, op: O, always: bool = False) -> O:
        """Add an op and run it. If it leaves the trace it is seldom added.

        Raises Dropped if it was not added, or the rest of the trace is not reached.
        """
        try:
            self.stepper.step(op)
        except (GuardFailed, LeaveTrace):
            if always or self.chance(20):
                self.ops.append(op)
                self.left = True
            raise Dropped from None
        self.ops.append(op)
        if op.type in self.pools:
            self.pools[op.type].append(op)
        return op

    def require(self, condition: Op[Any]) -> None:
        """Add a guard that a condition is as it is now, which must be true."""
        if self.concrete(condition) is not True:
            raise Dropped
        self.emit(guard.GuardTrue(condition, self.snapshot()))

    def label(self, trace: Trace) -> control.Label:
        """Add a label whose params are the counter and some values of the trace."""
        chosen = [value for pool in self.pools.values() for value in pool if self.chance(2)]
        initial = [self.counter, *[value for value in chosen if value is not self.counter]]
        params: list[Param[Any]] = [Param(value.type) for value in initial]
        label = control.Label(tuple(initial), tuple(params))
        if self.chance(2):
            trace.targets[label] = Target("here", tuple([param.type for param in params]))
            self.last = None
            self.classes.clear()
            for pool in self.pools.values():
                pool.clear()
        self.stepper.step(label)
        self.ops.append(label)
        for param in params:
            self.pools[param.type].append(param)
        self.counter = params[0]
        return label

    def close(self, label: control.Label | None) -> None:
        """Count down, leave at zero, jump."""
        if not self.recorded and self.chance(2):
            self.ops.append(guard.GuardNoInterrupt(self.snapshot()))
        count = integer.IntSub(self.counter, const_int(1))
        more = integer.IntGt(count, const_int(0))
        self.ops += [count, more, guard.GuardTrue(more, self.snapshot())]
        params = self.params if label is None else label.params
        carried: Value[Any] = count
        if self.recorded:
            box = pyobj.BoxInt(count)
            self.ops.append(box)
            carried = box
        operands = [carried, *[self.value(param.type) for param in params[1:]]]
        if self.recorded:
            self.ops.append(guard.GuardNoInterrupt(self.header(operands)))
        self.ops.append(control.Jump(tuple(operands), label))

    # --- snapshots ------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """A random state: a new one, the last one, or one that shares its callers."""
        if self.last is not None and self.chance(4):
            return self.last
        parent: FrameState | None = None
        if self.last is not None and self.chance(4):
            parent = self.last.frame.parent
        elif self.chance(4):
            parent = self.frame(None)
        self.last = Snapshot(self.frame(parent))
        return self.last

    def frame(self, parent: FrameState | None) -> FrameState:
        slots: list[tuple[Slot, ...]] = []
        for _ in range(2):
            slots.append(tuple([self.slot() for _ in range(self.choices.below(4))]))
        inlined = parent is not None
        kind = self.pick(_RETURN_KINDS) if inlined else ReturnKind.PUSH
        return FrameState(
            self.pick(_CODES),
            const_ref(len) if inlined else None,
            2 * self.choices.below(50),
            slots[0],
            slots[1],
            parent,
            kind,
            self.value(Type.REF) if kind is ReturnKind.INIT else None,
        )

    def slot(self) -> Slot:
        if self.chance(6):
            return None
        if self.recorded:
            return self.value(Type.REF)
        return self.removed() if self.chance(6) else self.value(self.pick(_TYPES))

    def removed(self) -> Value[Any]:
        """A removed allocation, or the one of another slot again."""
        kind = self.choices.below(4)
        if kind == 0:
            return pyobj.BoxInt(self.value(Type.INT))
        if kind == 1:
            return pyobj.BoxFloat(self.value(Type.FLOAT))
        inner = self.removed() if self.chance(4) else self.value(Type.REF)
        if kind == 2:
            return pyobj.NewTuple((inner, self.value(Type.REF)))
        return pyobj.NewList((inner, inner))
