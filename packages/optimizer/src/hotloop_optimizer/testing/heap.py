"""A heap that counts references: runs a trace after the refcount pass and audits it.

Objects have a class, fields and a count; a count of zero frees, and freeing an instance may
run "Python code", which rewires the heap at random. Any use of a freed object is an error,
and at every way out the exit is carried out and each count compared with the references
that exist. Knows nothing of liveness or facts: it only counts.
"""

from __future__ import annotations

import random
from typing import Any, Final

from hotloop_ir import descr as d
from hotloop_ir.op import Op
from hotloop_ir.ops.call import Call, CallMayRaise, CallPython
from hotloop_ir.ops.control import Finish, Jump, Label, Leave
from hotloop_ir.ops.guard import GuardIs, GuardNoInterrupt, GuardNonnull, GuardType
from hotloop_ir.ops.memory import GetField, GetItem, SetField, SetItem
from hotloop_ir.ops.pyobj import BoxBool, BoxFloat, NewCell, NewInstance, NewList, NewTuple
from hotloop_ir.ops.refcount import Decref, DecrefChecked, Incref
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.trace import Trace
from hotloop_ir.value import NULL_OBJECT, Const, Type, Value
from hotloop_optimizer.testing.random_traces import APPEND, CELL, PEEK, SIZE, Instance


class HeapError(AssertionError):
    """A freed object was used, or a count does not match the references that exist."""


class Obj:
    """An object of the heap. ``fields`` maps (descriptor, index) to objects."""

    __slots__ = ("alive", "cls", "count", "fields", "settled")

    def __init__(self, cls: type) -> None:
        self.cls = cls
        self.count = 1
        self.alive = True
        self.settled = False  # the trace has seen its class
        self.fields: dict[tuple[d.Descr, int], Obj] = {}

    def __repr__(self) -> str:
        return f"<{self.cls.__name__} {id(self) & 0xFFFF:x} count {self.count}>"


class _Exit(Exception):
    """The trace was left (and audited)."""


class World:
    """A heap and the run of one trace on it. ``rng`` decides everything that can vary."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.objects: list[Obj] = []
        self.outside: list[Obj] = []  # references held by nobody modelled
        self.constants: dict[int, Obj] = {}
        self.env: dict[Value[Any], Obj | None] = {}
        self.ran_python = False
        self.depth = 0
        for _ in range(rng.randint(2, 6)):
            self.outside.append(self.make(2))

    # --- the heap ---------------------------------------------------------------------------

    def make(self, depth: int, cls: type | None = None) -> Obj:
        """A new object with one reference."""
        if cls is None:
            kinds = (float, list, list, Instance, Instance, tuple, CELL) if depth else (float,)
            cls = self.rng.choice(kinds)
        obj = Obj(cls)
        for key in _places(cls):
            obj.fields[key] = self.any(depth - 1)
        self.objects.append(obj)
        return obj

    def any(self, depth: int = 1) -> Obj:
        """A reference to some object, old or new."""
        old = [obj for obj in self.objects if obj.alive and obj.count]
        if old and self.rng.random() < 0.7:
            return self.incref(self.rng.choice(old))
        return self.make(max(depth, 0))

    def incref(self, obj: Obj) -> Obj:
        self.use(obj)
        obj.count += 1
        return obj

    def decref(self, obj: Obj) -> None:
        self.use(obj)
        obj.count -= 1
        if obj.count == 0:
            self.free(obj)

    def free(self, obj: Obj) -> None:
        if obj.cls is Instance and self.rng.random() < 0.5:
            self.python()
        obj.alive = False
        fields, obj.fields = obj.fields, {}
        for content in fields.values():
            self.decref(content)

    def use(self, obj: Obj) -> None:
        if not obj.alive:
            raise HeapError(f"{obj} is used after its death")

    def python(self) -> None:
        """Arbitrary code: rewires mutable objects and drops references from outside."""
        self.ran_python = True
        if self.depth > 3:
            return
        self.depth += 1
        for _ in range(self.rng.randint(0, 6)):
            targets = [
                o for o in self.objects if o.alive and o.fields and o.cls is not tuple and o.count
            ]
            if self.outside and self.rng.random() < 0.2:
                self.decref(self.outside.pop(self.rng.randrange(len(self.outside))))
            elif targets:
                obj = self.rng.choice(targets)
                self.replace(obj, self.rng.choice(list(obj.fields)))
        self.depth -= 1

    def replace(self, obj: Obj, key: tuple[d.Descr, int]) -> None:
        new = self.any(0)
        if obj.alive:
            old, obj.fields[key] = obj.fields[key], new
            self.decref(old)
        else:
            self.decref(new)

    def become(self, obj: Obj, cls: type) -> None:
        """An object nobody has looked at yet was of this class all along."""
        self.outside.extend(obj.fields.values())
        obj.cls = cls
        obj.fields = {key: self.any(0) for key in _places(cls)}

    def audit(self, extra: list[Obj]) -> None:
        """Each count equals the references from objects, from outside and ``extra``."""
        expected: dict[Obj, int] = {}
        for holder in self.objects:
            for content in holder.fields.values():
                expected[content] = expected.get(content, 0) + 1
        for obj in (*self.outside, *extra, *self.constants.values()):
            expected[obj] = expected.get(obj, 0) + 1
        for obj, count in expected.items():
            self.use(obj)
            if obj.count != count:
                raise HeapError(f"{obj} has {count} references")
        for obj in self.objects:
            if obj.alive and obj not in expected:
                raise HeapError(f"{obj} has leaked")

    # --- running a trace --------------------------------------------------------------------

    def run(self, trace: Trace, turns: int = 3) -> None:
        """Run a trace; a loop a few times around. Raises HeapError."""
        for param in trace.inputs:
            obj = self.any()
            self.env[param] = obj
            if param in trace.borrowed:
                self.outside.append(obj)
        position = 0
        try:
            while True:
                op = trace.ops[position]
                position += 1
                if isinstance(op, Label | Jump):
                    params: tuple[Value[Any], ...] = trace.inputs
                    if isinstance(op, Jump):
                        position = 0 if op.target is None else trace.ops.index(op.target) + 1
                        params = params if op.target is None else op.target.params
                        turns -= 1
                    else:
                        params = op.params
                    moved = [self.value(arg) if arg.type is Type.REF else None for arg in op.args]
                    self.env.update(zip(params, moved, strict=True))
                    if turns < 0:
                        if trace.targets or params is trace.inputs:  # else invariants are owned too
                            self.audit([obj for obj in moved if obj is not None])
                        return
                else:
                    self.op(op)
        except _Exit:
            return

    def value(self, value: Value[Any]) -> Obj | None:
        """The object a value stands for (None: NULL); it must be alive."""
        if isinstance(value, Const):
            if value.value is NULL_OBJECT:
                return None
            key = id(value.value)
            if key not in self.constants:
                cls = type(value.value)
                self.constants[key] = self.make(1, cls if cls is Instance else float)
                self.constants[key].settled = True
            return self.constants[key]
        obj = self.env[value]
        if obj is not None:
            self.use(obj)
        return obj

    def op(self, op: Op[Any]) -> None:
        refs = [self.value(arg) for arg in op.args if arg.type is Type.REF]
        handler: Any = _HANDLERS.get(type(op))
        if handler is not None:
            self.env[op] = handler(self, op, *refs)

    def leave(self, snapshot: Snapshot) -> None:
        """Carry the way out out: move, copy, then drop; audit."""
        left = {value: self.env[value] for value in snapshot.owned}
        slots: list[Obj] = []
        built: dict[Value[Any], Obj] = {}
        for frame in snapshot.frame.chain():
            for slot in (*frame.locals, *frame.stack):
                if slot is not None:
                    obj = self.take(slot, left, built)
                    if obj is not None:
                        slots.append(obj)
        for dropped in left.values():
            if dropped is not None:
                self.decref(dropped)
        self.audit(slots)
        raise _Exit

    def take(
        self, value: Value[Any], left: dict[Value[Any], Obj | None], built: dict[Value[Any], Obj]
    ) -> Obj | None:
        """A reference for one slot."""
        if value in left:
            return left.pop(value)
        if isinstance(value, BoxBool):
            return self.incref(_box_bool(self, value))
        if isinstance(value, Op) and value not in self.env:
            if value not in built:
                items = [self.take(arg, left, built) for arg in value.args if arg.type is Type.REF]
                built[value] = _new(_CLASSES[type(value)])(self, value, *items)
                return built[value]
            return self.incref(built[value])
        found = self.value(value)
        return None if found is None else self.incref(found)


def _places(cls: type) -> list[tuple[d.Descr, int]]:
    if cls is list or cls is tuple:
        descr = d.LIST_ITEM if cls is list else d.TUPLE_ITEM
        return [(descr, index) for index in range(SIZE)]
    if cls is CELL:
        return [(d.CELL_REF, 0)]
    return [(d.instance_value(index), 0) for index in range(SIZE)] if cls is Instance else []


_CLASSES: Final[dict[type[Op[Any]], type]] = {
    NewList: list,
    NewTuple: tuple,
    NewCell: CELL,
    NewInstance: Instance,
    BoxFloat: float,
}

# --- ops ----------------------------------------------------------------------------------


def _getfield(world: World, op: GetField, base: Obj) -> Obj:
    return base.fields[(op.descr, 0)]


def _getitem(world: World, op: GetItem, base: Obj) -> Obj:
    return base.fields[(op.descr, op.index.value)]  # type: ignore[attr-defined]


def _setfield(world: World, op: SetField, base: Obj, value: Obj) -> Obj:
    old = base.fields[(op.descr, 0)]
    base.fields[(op.descr, 0)] = value
    return old


def _setitem(world: World, op: SetItem, base: Obj, value: Obj) -> Obj:
    key = (op.descr, op.index.value)  # type: ignore[attr-defined]
    old = base.fields[key]
    base.fields[key] = value
    return old


def _new(cls: type) -> Any:
    def make(world: World, op: Op[Any], *items: Obj) -> Obj:
        obj = Obj(cls)
        obj.settled = True
        obj.fields = dict(zip(_places(cls), items, strict=True))
        world.objects.append(obj)
        return obj

    return make


def _box_bool(world: World, op: BoxBool) -> Obj:
    obj = world.value(Const(Type.REF, True))
    assert obj is not None
    return obj


def _guard_type(world: World, op: GuardType, ref: Obj) -> None:
    if not ref.settled and ref.cls is not op.cls and world.rng.random() < 0.95:
        world.become(ref, op.cls)
    ref.settled = True
    if ref.cls is not op.cls:
        world.leave(op.snapshot)


def _guard_is(world: World, op: GuardIs, ref: Obj, other: Obj) -> None:
    if ref is not other:
        world.leave(op.snapshot)


def _guard_any(world: World, op: Any, *refs: Obj) -> None:
    if world.rng.random() < 0.03:
        world.leave(op.snapshot)


def _call_python(world: World, op: CallPython, *args: Obj) -> Obj:
    return _called(world, op, args)


def _called(world: World, op: Any, args: tuple[Obj, ...]) -> Obj:
    world.python()
    for arg in args:
        world.use(arg)
    if world.rng.random() < 0.1:
        world.leave(op.snapshot)
    return world.any()


def _call_may_raise(world: World, op: CallMayRaise, first: Obj, second: Obj) -> Obj:
    world.decref(first)
    return _called(world, op, (second,))


def _call(world: World, op: Call, first: Obj, second: Obj) -> Obj | None:
    if op.helper is PEEK:
        return first
    assert op.helper is APPEND
    key = (d.LIST_ITEM, world.rng.randrange(SIZE))
    old = first.fields[key]
    first.fields[key] = second
    world.outside.append(old)
    return None


def _incref(world: World, op: Incref, ref: Obj | None) -> None:
    if ref is not None:
        world.incref(ref)


def _decref(world: World, op: Decref, ref: Obj | None) -> None:
    world.ran_python = False
    if ref is not None:
        world.decref(ref)
    if world.ran_python:
        raise HeapError("Python code ran in a plain decref")


def _decref_checked(world: World, op: DecrefChecked, ref: Obj | None) -> None:
    world.ran_python = False
    if ref is not None:
        world.decref(ref)
    if world.ran_python:
        world.leave(op.snapshot)


def _leave(world: World, op: Leave) -> None:
    world.leave(op.snapshot)


def _finish(world: World, op: Finish, value: Obj) -> None:
    world.audit([value])
    raise _Exit


_HANDLERS: dict[type[Op[Any]], Any] = {
    GetField: _getfield,
    GetItem: _getitem,
    SetField: _setfield,
    SetItem: _setitem,
    **{kind: _new(cls) for kind, cls in _CLASSES.items()},
    BoxBool: _box_bool,
    GuardType: _guard_type,
    GuardIs: _guard_is,
    GuardNonnull: _guard_any,
    GuardNoInterrupt: _guard_any,
    Call: _call,
    CallMayRaise: _call_may_raise,
    CallPython: _call_python,
    Incref: _incref,
    Decref: _decref,
    DecrefChecked: _decref_checked,
    Leave: _leave,
    Finish: _finish,
}
