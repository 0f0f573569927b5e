"""Random traces about references that keep the contract: loads, stores, calls, removed
allocations, and snapshots whose locals are overwritten as a program would.

Written bytecode by bytecode: guards use the state at the start of theirs, and a
``resume_point`` follows every effect and every lost reference.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hotloop_ir import descr as d
from hotloop_ir.helper import EVERYTHING, Errors, Helper, Ownership
from hotloop_ir.op import Op
from hotloop_ir.ops.call import Call, CallMayRaise, CallPython
from hotloop_ir.ops.control import Finish, Jump, Label, Leave, ResumePoint
from hotloop_ir.ops.guard import GuardIs, GuardNoInterrupt, GuardNonnull, GuardType
from hotloop_ir.ops.memory import GetField, GetItem, SetField, SetItem
from hotloop_ir.ops.pyobj import (
    BoxBool,
    BoxFloat,
    NewCell,
    NewInstance,
    NewList,
    NewTuple,
    UnboxFloat,
)
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.trace import Target, Trace
from hotloop_ir.value import TRUE, Const, Param, Ref, Type, Value, const_float, const_int, const_ref


class Instance:
    """The class of the instances in random traces; their deaths may run Python code."""


CELL = type((lambda x: lambda: x)(0).__closure__[0])  # type: ignore[index]
SIZE = 2  # items of every list and tuple, fields of every instance

_PARAMS = (Type.REF, Type.REF)
APPEND = Helper(
    "test_append",
    "",
    _PARAMS,
    Type.VOID,
    lambda a, b: None,
    writes=frozenset((d.LIST_ITEM.memory,)),
    consumes=(1,),
)
TAKE = Helper(
    "test_take",
    "",
    _PARAMS,
    Type.REF,
    lambda a, b: a,
    errors=Errors.NULL,
    ownership=Ownership.NEW,
    writes=EVERYTHING,
    consumes=(0,),
)
PEEK = Helper("test_peek", "", _PARAMS, Type.REF, lambda a, b: a, ownership=Ownership.BORROWED)


def random_trace(rng: random.Random, length: int = 25, *, recorded: bool = False) -> Trace:
    """A random valid trace: a loop, or a straight one that leaves or finishes.

    Loops have a label, or, ``recorded``, jump back to their inputs as a recorder's do.
    """
    return _Writer(rng, length).trace(recorded)


class _Writer:
    def __init__(self, rng: random.Random, length: int) -> None:
        self.rng = rng
        self.length = length
        self.ops: list[Op[Any]] = []
        self.inputs: list[Param[Ref]] = [Param(Type.REF) for _ in range(rng.randint(1, 4))]
        self.slots: list[Value[Any] | None] = list(self.inputs)
        self.stack: list[Value[Any]] = []
        self.types: dict[Value[Any], type] = {}
        self.virtuals: set[Value[Any]] = set()
        self.pc = 0
        self.start = self.snapshot()
        self.constants: list[Const[Ref]] = [const_ref(Instance()), const_ref(1.5)]
        self.invariants = False

    def trace(self, recorded: bool) -> Trace:
        trace_kind = self.rng.choice(("loop", "loop", "loop", "leave", "finish"))
        borrowed: frozenset[Param[Ref]] = frozenset()
        known: dict[Param[Ref], type] = {}
        if trace_kind == "leave" and self.rng.random() < 0.5:
            borrowed = frozenset(p for p in self.inputs if self.rng.random() < 0.4)
        label = None
        self.bytecodes()
        if trace_kind == "loop":
            label = None if recorded else self.header()
            self.bytecodes()
            self.close(label)
        elif trace_kind == "leave":
            self.ops.append(Leave(self.snapshot()))
        else:
            self.finish()
        trace = Trace(self.inputs, self.ops, known=known)
        trace.borrowed = borrowed
        if label is not None and not self.invariants:
            trace.targets[label] = Target("t", tuple([p.type for p in label.params]))
        return trace

    def bytecodes(self) -> None:
        actions: tuple[Callable[[], bool], ...] = (
            self.load,
            self.load,
            self.store,
            self.store,
            self.allocate,
            self.swap,
            self.arithmetic,
            self.call_python,
            self.call_helper,
            self.guard,
            self.hide,
            self.forget,
            self.push,
        )
        for _ in range(self.rng.randint(1, self.length)):
            self.pc += 2
            self.start = self.snapshot()
            if self.rng.choice(actions)() or self.rng.random() < 0.1:
                self.ops.append(ResumePoint(self.snapshot(2)))

    # --- state ------------------------------------------------------------------------------

    def snapshot(self, ahead: int = 0) -> Snapshot:
        frame = FrameState(None, None, self.pc + ahead, tuple(self.slots), tuple(self.stack))
        return Snapshot(frame)

    def real(self) -> list[Value[Any]]:
        """Values an op can use."""
        found: list[Value[Any]] = [
            v for v in (*self.slots, *self.stack) if v is not None and v not in self.virtuals
        ]
        return found or [self.rng.choice(self.constants)]

    def any(self) -> Value[Any]:
        if self.rng.random() < 0.1:
            return self.rng.choice(self.constants)
        return self.rng.choice(self.real())

    def container(self) -> Value[Any]:
        """A value known (guarded) to be a list, tuple, cell or instance."""
        value = self.rng.choice(self.real())
        if self.types.get(value) is float or isinstance(value, Const):
            value = self.new()
        if value not in self.types:
            self.check(value, self.rng.choice((list, list, Instance, tuple, CELL)))
        return value

    def check(self, value: Value[Any], cls: type) -> None:
        if value not in self.types and not isinstance(value, Const):
            self.ops.append(GuardType(value, cls, self.start))
            self.types[value] = cls

    def assign(self, value: Value[Any] | None) -> bool:
        """Store into a local (or the stack, for a while)."""
        index = self.rng.randrange(len(self.slots))
        self.slots[index] = value
        return True

    def put(self, op: Op[Any]) -> Op[Any]:
        self.ops.append(op)
        return op

    # --- bytecodes --------------------------------------------------------------------------

    def read(self, base: Value[Any], index: int) -> Value[Any]:
        cls = self.types[base]
        if cls is list or cls is tuple:
            descr = d.LIST_ITEM if cls is list else d.TUPLE_ITEM
            return self.put(GetItem(base, const_int(index), descr))
        descr = d.CELL_REF if cls is CELL else d.instance_value(index)
        value = self.put(GetField(base, descr))
        self.ops.append(GuardNonnull(value, self.start))
        return value

    def write(self, base: Value[Any], index: int, value: Value[Any]) -> None:
        cls = self.types[base]
        if cls is list:
            self.ops.append(SetItem(base, const_int(index), value, d.LIST_ITEM))
        elif cls is not tuple:
            descr = d.CELL_REF if cls is CELL else d.instance_value(index)
            self.ops.append(SetField(base, value, descr))

    def load(self) -> bool:
        value = self.read(self.container(), self.rng.randrange(SIZE))
        if self.rng.random() < 0.3:
            self.check(value, float)
        return self.assign(value)

    def store(self) -> bool:
        value = self.any()
        self.write(self.container(), self.rng.randrange(SIZE), value)
        return True

    def swap(self) -> bool:
        base, other = self.container(), self.container()
        i, j = self.rng.randrange(SIZE), self.rng.randrange(SIZE)
        first, second = self.read(base, i), self.read(other, j)
        if self.rng.random() < 0.5:
            self.check(second, float)
        self.write(base, i, second)
        if self.rng.random() < 0.5:
            self.ops.append(ResumePoint(self.snapshot(2)))
        self.write(other, j, first)
        return True

    def new(self) -> Value[Any]:
        op: Op[Any]
        items = (self.any(), self.any())
        kind = self.rng.choice((list, tuple, Instance, CELL))
        if kind is list:
            op = NewList(items)
        elif kind is tuple:
            op = NewTuple(items)
        elif kind is CELL:
            op = NewCell(items[0])
        else:
            op = NewInstance(items, Instance, (0, 1))
        self.types[op] = kind
        return self.put(op)

    def allocate(self) -> bool:
        return self.assign(self.new())

    def arithmetic(self) -> bool:
        value = self.any()
        if self.types.get(value, float) is float and not isinstance(value, Const):
            self.check(value, float)
            self.ops.append(UnboxFloat(value))
        if self.rng.random() < 0.2:
            return self.assign(self.put(BoxBool(TRUE)))
        op = self.put(BoxFloat(const_float(1.0)))
        self.types[op] = float
        return self.assign(op)

    def call_python(self) -> bool:
        result = self.put(CallPython(self.any(), (self.any(),), (), self.start))
        return self.assign(result)

    def call_helper(self) -> bool:
        choice = self.rng.random()
        if choice < 0.4:
            base = self.container()
            if self.types[base] is list:
                self.ops.append(Call((base, self.any()), APPEND))
            return True
        if choice < 0.8:
            return self.assign(self.put(CallMayRaise((self.any(), self.any()), TAKE, self.start)))
        value = self.put(Call((self.any(), self.any()), PEEK))
        return self.assign(value)

    def guard(self) -> bool:
        value = self.any()
        if isinstance(value, Const):
            return False
        if self.rng.random() < 0.1:
            self.ops.append(GuardIs(value, self.constants[0], self.start))
            self.types[value] = Instance
        else:
            self.ops.append(GuardNonnull(value, self.start))
        return False

    def hide(self) -> bool:
        """A removed allocation in a local."""
        items = (self.any(), self.any())
        op: Op[Any] = NewTuple(items) if self.rng.random() < 0.5 else NewList(items)
        self.virtuals.add(op)
        return self.assign(op)

    def forget(self) -> bool:
        return self.assign(None)

    def push(self) -> bool:
        if self.stack and self.rng.random() < 0.5:
            self.stack.pop()
            return True
        if len(self.stack) < 3:
            self.stack.append(self.any())
        return False

    # --- ends -------------------------------------------------------------------------------

    def settle(self, count: int) -> None:
        """Make the locals real values, as many as the header takes."""
        self.stack.clear()
        self.slots = [self.any() if v is None or v in self.virtuals else v for v in self.slots]
        while len(self.slots) < count:
            self.slots.append(self.any())
        del self.slots[count:]
        self.ops.append(ResumePoint(self.snapshot()))
        self.ops.append(GuardNoInterrupt(self.snapshot()))

    def header(self) -> Label:
        count = self.rng.randint(1, 4)
        self.settle(count)
        params: list[Param[Ref]] = [Param(Type.REF) for _ in range(count)]
        label = Label(tuple([v for v in self.slots if v is not None]), tuple(params))
        self.ops.append(label)
        outer = [v for v in self.real() if self.rng.random() < 0.3]
        self.slots = list(params)
        if self.rng.random() < 0.3:
            self.invariants = True  # a label without a Target
            self.slots += outer
        self.types = {v: cls for v, cls in self.types.items() if v in self.slots}
        self.virtuals = set()
        return label

    def close(self, label: Label | None) -> None:
        self.settle(len(self.inputs if label is None else label.params))
        self.ops.append(Jump(tuple([v for v in self.slots if v is not None]), label))

    def finish(self) -> None:
        value = self.any()
        self.slots, self.stack = [None for _ in self.slots], [value]
        self.ops.append(Finish(value, self.snapshot()))
