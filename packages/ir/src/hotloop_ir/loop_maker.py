"""The parts of random recorded loops: frames, guards, boxed numbers, containers, the end.

Written as a recorder writes: bytecode by bytecode, every guard with the state at the start of
its bytecode, at most one effect at the end of a bytecode, every slot a reference. The
trace is run while it is made, so that guards hold the first time. What bytecodes are made is
the business of ``random_loop``.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from hotloop_ir.descr import LIST_ITEM, TUPLE_ITEM, Descr
from hotloop_ir.evaluate import Stepper
from hotloop_ir.meaning import LeaveTrace
from hotloop_ir.memory import ContractViolation
from hotloop_ir.op import Effect, GuardFailed, Op
from hotloop_ir.ops import boolean, control, guard, memory, pyobj
from hotloop_ir.random_world import World
from hotloop_ir.snapshot import FrameState, ReturnKind, Slot, Snapshot
from hotloop_ir.text.names import CodeName
from hotloop_ir.trace import Target, Trace, TraceKind
from hotloop_ir.trace_maker import Choices, Dropped
from hotloop_ir.value import NULL_OBJECT, Const, Param, Type, Value, const_ref

O = TypeVar("O", bound=Op[Any])  # noqa: E741 - the op, given back typed as itself
T = TypeVar("T")

CODES: Final = (CodeName("f"), CodeName("g"), CodeName("h"))
#: Unboxed ints stay below this, so that ``unbox_int`` takes what ``box_int`` made.
_SMALL: Final = 1 << 60
_EFFECTS: Final = (Effect.WRITE, Effect.CALL)


class Frame:
    """A frame being recorded."""

    def __init__(self, code: CodeName, slots: list[Slot], pc: int = 0) -> None:
        self.code = code
        self.slots = slots
        self.pc = pc


class LoopMaker:
    """Makes one recorded trace, running it in ``world``."""

    def __init__(self, choices: Choices, world: World) -> None:
        self.choices = choices
        self.world = world
        self.stepper = Stepper(world)
        self.ops: list[Op[Any]] = []
        self.params: list[Param[Any]] = []
        self.known: dict[Param[Any], type] = {}
        self.first_class: dict[Param[Any], type] = {}
        self.frames: list[Frame] = []
        #: classes the recorder has guarded; those of heap types until code runs
        self.types: dict[Value[Any], type] = {}
        self.numbers: dict[Value[Any], Value[Any]] = {}
        self.start: Snapshot | None = None
        #: what was stored into a slot last: programs go on with it
        self.recent: Slot = None
        #: places read or written: base, descriptor, index (None: a field)
        self.places: list[tuple[Value[Any], Descr, Value[Any] | None]] = []
        self.left = False

    # --- choices --------------------------------------------------------------------------

    def chance(self, count: int) -> bool:
        """True once in ``count`` times."""
        return self.choices.below(count) == count - 1

    def pick(self, items: Sequence[T]) -> T:
        """One of several. Raises Dropped if there is none."""
        if not items:
            raise Dropped
        return items[self.choices.below(len(items))]

    def concrete(self, value: Value[Any]) -> Any:
        """What a value is in the run that goes along."""
        return self.stepper.value(value)

    # --- slots ----------------------------------------------------------------------------

    @property
    def frame(self) -> Frame:
        """The innermost frame."""
        return self.frames[-1]

    def values(self) -> list[Value[Any]]:
        """What the slots of the innermost frame hold."""
        return [slot for slot in self.frame.slots if slot is not None]

    def any(self) -> Value[Any]:
        """Something to store: mostly what a slot holds, else a constant or a new number."""
        values = self.values()
        if self.recent in values and self.chance(3):
            assert self.recent is not None
            return self.recent
        if values and not self.chance(6):
            return self.pick(values)
        if self.chance(2):
            return const_ref(self.choices.value(Type.REF, boxes_only=True))
        return self.box(self.number())

    def of(self, *classes: type) -> Value[Any]:
        """What some slot holds, of one of these classes and known to be. Raises Dropped."""
        fitting = [v for v in self.values() if self.class_of(v) in classes]
        ref = self.pick(fitting)
        if self.recent in fitting and self.chance(3):
            assert self.recent is not None
            ref = self.recent
        self.check_type(ref)
        return ref

    def class_of(self, ref: Value[Any]) -> type:
        """The class a value has now."""
        return self.world.type_of(self.concrete(ref))

    def check_type(self, ref: Value[Any]) -> None:
        """Guard the class, mostly only if it is not known."""
        cls = self.class_of(ref)
        if self.types.get(ref) is not cls or self.chance(8):
            self.emit(guard.GuardType(ref, cls, self.state()))
            self.types[ref] = cls

    def assign(self, value: Slot) -> None:
        """Store into a slot."""
        self.frame.slots[self.choices.below(len(self.frame.slots))] = value
        self.recent = value

    def number(self) -> Value[Any]:
        """An unboxed int: of a slot, or a constant. Raises Dropped."""
        if self.chance(4):
            return Const(Type.INT, self.choices.below(7) - 2)
        return self.unbox(self.of(int, bool))

    def unbox(self, ref: Value[Any]) -> Value[Any]:
        """The number of a REF of known class int, bool or float. Raises Dropped."""
        known = self.numbers.get(ref)
        if known is not None and not self.chance(3):
            return known
        cls = self.class_of(ref)
        if cls is float:
            self.numbers[ref] = self.emit(pyobj.UnboxFloat(ref))
        else:
            self.numbers[ref] = self.emit(pyobj.UnboxInt(ref, self.state()))
        return self.numbers[ref]

    def box(self, number: Value[Any]) -> Value[Any]:
        """A boxed number."""
        if number.type is Type.FLOAT:
            op: Op[Any] = pyobj.BoxFloat(number)
        elif number.type is Type.BOOL:
            op = pyobj.BoxBool(number)
        else:
            if abs(self.concrete(number)) >= _SMALL:
                raise Dropped
            op = pyobj.BoxInt(number)
        self.emit(op)
        if number.type is not Type.BOOL:
            self.numbers[op] = number
        self.types[op] = self.class_of(op)
        return op

    # --- ops --------------------------------------------------------------------------------

    def emit(self, op: O) -> O:
        """Add an op and run it. Raises Dropped if it leaves the trace; it is not added then."""
        try:
            self.stepper.step(op)
        except (GuardFailed, ContractViolation):
            raise Dropped from None
        except LeaveTrace:
            self.left = True
            raise Dropped from None
        self.ops.append(op)
        return op

    def decide(self, condition: Op[Any]) -> bool:
        """A branch: guard that a condition is what it is now."""
        self.emit(condition)
        outcome = bool(self.concrete(condition))
        if self.chance(5):
            inverse = self.emit(boolean.BoolNot(condition))
            cls = guard.GuardFalse if outcome else guard.GuardTrue
            self.emit(cls(inverse, self.state()))
        else:
            cls = guard.GuardTrue if outcome else guard.GuardFalse
            self.emit(cls(condition, self.state()))
        return outcome

    def require(self, condition: Op[Any]) -> None:
        """Guard that a condition is true. Raises Dropped if it is not."""
        if not self.decide(condition):
            raise Dropped

    def item(self, base: Value[Any], index: Value[Any]) -> Value[Any]:
        """Load an item of a list or tuple."""
        descr = LIST_ITEM if self.class_of(base) is list else TUPLE_ITEM
        self.places.append((base, descr, index))
        return self.emit(memory.GetItem(base, index, descr))

    def set_item(self, base: Value[Any], index: Value[Any], value: Value[Any]) -> None:
        """Store an item of a list."""
        self.places.append((base, LIST_ITEM, index))
        self.emit(memory.SetItem(base, index, value, LIST_ITEM))

    def set_field(self, base: Value[Any], descr: Descr, value: Value[Any]) -> None:
        """Store a field."""
        self.places.append((base, descr, None))
        self.emit(memory.SetField(base, value, descr))

    def field(self, base: Value[Any], descr: Descr) -> Value[Any]:
        """Load a field that may be NULL and guard that it is not. Raises Dropped if it is."""
        self.places.append((base, descr, None))
        op: Op[Any] = memory.GetField(base, descr)
        self.emit(op)
        if self.concrete(op) is NULL_OBJECT:
            if self.chance(2):
                self.emit(guard.GuardIs(op, Const(Type.REF, NULL_OBJECT), self.state()))
            raise Dropped
        self.emit(guard.GuardNonnull(op, self.state()))
        return op

    def ran_python(self) -> None:
        """Arbitrary code has run: classes of heap types are not known any more."""
        fixed = (int, float, bool, list, tuple, types.CellType)
        self.types = {v: cls for v, cls in self.types.items() if cls in fixed}

    # --- snapshots --------------------------------------------------------------------------

    def state(self) -> Snapshot:
        """The state at the start of the bytecode."""
        if self.start is None:
            self.start = self.snapshot()
        return self.start

    def snapshot(self, ahead: int = 0) -> Snapshot:
        """The state of all frames now, ``ahead`` bytes further."""
        made: FrameState | None = None
        for frame in self.frames:
            inner = frame is self.frame
            pc = frame.pc + (ahead if inner else 0)
            function = const_ref(len) if made is not None else None
            made = FrameState(
                frame.code, function, pc, tuple(frame.slots), (), made, ReturnKind.PUSH
            )
        assert made is not None
        return Snapshot(made)

    # --- making the trace -------------------------------------------------------------------

    def begin(self, slots: Sequence[Any], *, bridge: bool = False) -> None:
        """One frame whose slots hold these objects, each an input (NULL: an empty slot).

        A bridge may have unboxed numbers as inputs, and know the class of others.
        """
        made: list[Slot] = [None if s is NULL_OBJECT else self.input(s, bridge) for s in slots]
        self.frames.append(Frame(CODES[0], made, 100 if bridge else 0))

    def input(self, value: Any, bridge: bool) -> Value[Any]:
        """What a slot holds at first."""
        unboxed = {int: Type.INT, float: Type.FLOAT, bool: Type.BOOL}.get(type(value))
        if not bridge or unboxed is None or self.chance(2):
            param: Param[Any] = Param(Type.REF)
            self.params.append(param)
            self.stepper.bind((param,), (value,))
            self.first_class[param] = self.class_of(param)
            if bridge and value is not NULL_OBJECT and self.chance(2):
                self.types[param] = self.known[param] = self.class_of(param)
            return param
        param = Param(unboxed)
        self.params.append(param)
        self.stepper.bind((param,), (value,))
        return self.box(param)

    def bytecodes(self, count: int, actions: Sequence[Callable[[LoopMaker], None]]) -> None:
        """Record so many bytecodes; fewer if one raises."""
        for _ in range(count):
            self.next_bytecode()
            mark = len(self.ops)
            before = [tuple(frame.slots) for frame in self.frames]
            try:
                self.pick(actions)(self)
            except Dropped:
                pass
            if self.left:
                return
            changed = [tuple(frame.slots) for frame in self.frames] != before
            if changed or any(op.effect in _EFFECTS for op in self.ops[mark:]):
                self.emit(control.ResumePoint(self.snapshot(2)))

    def next_bytecode(self) -> None:
        """Guards get a new state from here on."""
        self.frame.pc += 2
        self.start = None

    def close(self, bound: Sequence[bool], target: Target | None) -> None:
        """Back to a header whose slots are bound like this; to its own or that of ``target``."""
        del self.frames[1:]
        frame = self.frame
        slots: list[Slot] = []
        for index, wanted in enumerate(bound):
            slot = frame.slots[index] if index < len(frame.slots) else None
            slots.append(self.settled(index, slot) if wanted else None)
        frame.slots = slots
        frame.pc = 0
        self.ops.append(control.ResumePoint(self.snapshot()))
        self.ops.append(guard.GuardNoInterrupt(self.snapshot()))
        operands = tuple([slot for slot in slots if slot is not None])
        self.ops.append(control.Jump(operands, target))

    def settled(self, index: int, slot: Slot) -> Value[Any]:
        """What a slot of the header gets: mostly of the class it had, so that the loop lasts."""
        if target_slots := self.params[index : index + 1]:
            wanted = self.first_class.get(target_slots[0])
            if slot is None or (self.class_of(slot) is not wanted and not self.chance(4)):
                fitting = [v for v in self.values() if self.class_of(v) is wanted]
                if fitting:
                    return self.pick(fitting)
                if self.class_of(target_slots[0]) is wanted:
                    return target_slots[0]
        return const_ref(None) if slot is None else slot

    def trace(self, kind: TraceKind, name: str) -> Trace:
        """What was recorded."""
        return Trace(self.params, self.ops, kind, name, self.known)
