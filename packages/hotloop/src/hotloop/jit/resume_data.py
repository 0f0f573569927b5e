"""From a guard's snapshot to the resume program of its exit.

The snapshot says which values are in which slots of which frames; the backend says which
buffer slot each value is stored in; the reference-counting pass says which of them the
trace owns. Put together they are the frames, virtual objects and drops that
``frames.resume.encode`` turns into words. Must not run or change any code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import BuiltinMethodType, CellType, CodeType, MethodType
from typing import Any, Final

from hotloop.frames.memory import peek
from hotloop.frames.resume import (
    NULL,
    ExitKind,
    Frame,
    ResumeProgram,
    Slot,
    Tag,
    Trampolines,
    Virtual,
    VirtualKind,
    boxed_bool,
    boxed_float,
    boxed_int,
    const,
    copy,
    encode,
    move,
    raw,
    virtual,
)
from hotloop.jit.codes import CodeState
from hotloop.jit.shims import Shims
from hotloop_ir.layout import Layout
from hotloop_ir.op import Op
from hotloop_ir.ops import call, control, guard, pyobj, refcount
from hotloop_ir.snapshot import FrameState, ReturnKind, Snapshot
from hotloop_ir.value import NULL_OBJECT, Const, Value

CodeStates = Callable[[CodeType], CodeState]
_HAVE_GC: Final = 1 << 14
_LIST_ITERATOR: Final = type(iter([]))
_TUPLE_ITERATOR: Final = type(iter(()))
_RANGE_ITERATOR: Final = type(iter(range(0)))


class UnsupportedSnapshot(Exception):
    """A snapshot that cannot be resumed; the trace that has it is not compiled."""


def exit_kind(op: Op[Any]) -> ExitKind:
    """What leaving at this op means."""
    if isinstance(op, (call.CallMayRaise, call.CallPython, call.CallEntry)):
        return ExitKind.EXCEPTION
    if isinstance(op, guard.GuardNoInterrupt):
        return ExitKind.INTERRUPT
    if isinstance(op, refcount.DecrefChecked):
        return ExitKind.DIRTY
    return ExitKind.GUARD


class ResumeBuilder:
    """Builds resume programs. One for the whole process."""

    def __init__(
        self, layout: Layout, trampolines: Trampolines, states: CodeStates, shims: Shims
    ) -> None:
        self.layout = layout
        self.trampolines = trampolines
        self.states = states
        self.shims = shims
        method: MethodType | BuiltinMethodType = shims.pending
        self.method_vectorcall = peek(id(method) + layout["PyMethodObject.vectorcall"])

    def build(
        self, snapshot: Snapshot, values: Sequence[Value[Any]], kind: ExitKind
    ) -> ResumeProgram:
        """The program of an exit whose values are stored in this order.

        Raises UnsupportedSnapshot.
        """
        return _Build(self, snapshot, values).program(kind)

    def call_site(self, snapshot: Snapshot) -> int:
        """``prev_instr`` of the outermost frame while a call made at this snapshot runs."""
        frames = list(snapshot.frame.chain())
        outermost = frames[-1]
        state = self.states(outermost.code)
        if len(frames) == 1:
            return state.raising_address(outermost.pc)
        return state.suspended_address(outermost.pc)


class _Build:
    def __init__(
        self, builder: ResumeBuilder, snapshot: Snapshot, values: Sequence[Value[Any]]
    ) -> None:
        self.builder = builder
        self.layout = builder.layout
        self.snapshot = snapshot
        self.index = {value: number for number, value in enumerate(values)}
        self.owned = set(snapshot.owned)
        self.uses: dict[Value[Any], int] = {}
        self.virtuals: list[Virtual] = []
        self.numbers: dict[Value[Any], int] = {}

    def program(self, kind: ExitKind) -> ResumeProgram:
        for value in self.snapshot.values():
            self.uses[value] = self.uses.get(value, 0) + 1
        chain = list(self.snapshot.frame.chain())
        frames: list[Frame] = []
        for frame in reversed(chain):
            self.add_frame(frames, frame, frame is chain[0], kind)
        drops = [self.index[value] for value in self.owned if not isinstance(value, Const)]
        try:
            return encode(frames, self.builder.trampolines, self.virtuals, drops)
        except ValueError as error:
            raise UnsupportedSnapshot(str(error)) from None

    def add_frame(
        self, frames: list[Frame], frame: FrameState, innermost: bool, kind: ExitKind
    ) -> None:
        """Append a frame, and before it the shim its return kind needs."""
        if frame.parent is not None and frame.return_kind is not ReturnKind.PUSH:
            if frame.return_kind is not ReturnKind.INIT:
                raise UnsupportedSnapshot(f"return kind {frame.return_kind.value}")
            shim = self.builder.shims.init
            extra = self.slot(frame.extra)
            frames.append(shim.frame((extra,)))
        if not innermost:
            make = Frame.suspended
        else:
            make = Frame.raising if kind is ExitKind.EXCEPTION else Frame.at
        state = self.builder.states(frame.code)
        function = NULL if frame.parent is None else self.slot(frame.function)
        slots = [self.slot(value) for value in frame.locals]
        stack = [self.slot(value) for value in frame.stack]
        frames.append(make(state.rewritten, frame.pc, slots, stack, function))

    def slot(self, value: Value[Any] | None) -> Slot:
        """The slot code of a value."""
        if value is None:
            return NULL
        if isinstance(value, Const):
            return NULL if value.value is NULL_OBJECT else const(value.value)
        number = self.index.get(value)
        if number is None:
            assert isinstance(value, Op)
            return self.removed(value)
        if value in self.owned:
            self.owned.discard(value)
            return move(number)
        return copy(number)

    def word(self, value: Value[Any]) -> Slot:
        """An INT as a raw word of an object."""
        if isinstance(value, Const):
            assert isinstance(value.value, int)
            return raw(value.value)
        return Slot(Tag.MOVE, self.index[value])

    # -- removed allocations -----------------------------------------------------

    def removed(self, op: Op[Any]) -> Slot:
        """An object that was never allocated."""
        done = self.numbers.get(op)
        if done is not None:
            return virtual(done)
        if isinstance(op, (pyobj.BoxInt, pyobj.BoxFloat, pyobj.BoxBool)):
            return self.box(op)
        number = self.numbers[op] = len(self.virtuals)
        item = Virtual(VirtualKind.TUPLE)
        self.virtuals.append(item)
        self.describe(op, item)
        return virtual(number)

    def box(self, op: Op[Any]) -> Slot:
        value = op.args[0]
        if isinstance(value, Const):
            return const(value.value)
        number = self.index[value]
        if isinstance(op, pyobj.BoxBool):
            return boxed_bool(number)
        if self.uses.get(op, 0) < 2:
            return boxed_int(number) if isinstance(op, pyobj.BoxInt) else boxed_float(number)
        kind = VirtualKind.INT if isinstance(op, pyobj.BoxInt) else VirtualKind.FLOAT
        self.numbers[op] = len(self.virtuals)
        self.virtuals.append(Virtual(kind, subject=number))
        return virtual(self.numbers[op])

    def describe(self, op: Op[Any], item: Virtual) -> None:
        """Fill in how the object of an allocation op is made."""
        if isinstance(op, (pyobj.NewTuple, pyobj.NewList)):
            item.kind = VirtualKind.TUPLE if isinstance(op, pyobj.NewTuple) else VirtualKind.LIST
            item.fields = [(0, self.slot(value)) for value in op.args]
        elif isinstance(op, pyobj.NewInstance):
            item.kind, item.subject = VirtualKind.INSTANCE, op.cls
            item.fields = [(key, self.slot(op.args[key])) for key in op.order]
        else:
            self.describe_raw(op, item)

    def describe_raw(self, op: Op[Any], item: Virtual) -> None:
        """Objects made field by field."""
        at = self.layout
        fields: list[tuple[int, Slot]]
        cls: type
        if isinstance(op, pyobj.NewSlotsInstance):
            cls = op.cls
            pairs = zip(op.offsets, op.args, strict=True)
            fields = [(offset, self.slot(value)) for offset, value in pairs]
        elif isinstance(op, pyobj.NewCell):
            cls, fields = CellType, [(at["PyCellObject.ob_ref"], self.slot(op.value))]
        elif isinstance(op, pyobj.NewMethod):
            cls = MethodType
            fields = [
                (at["PyMethodObject.im_func"], self.slot(op.function)),
                (at["PyMethodObject.im_self"], self.slot(op.instance)),
                (at["PyMethodObject.vectorcall"], raw(self.builder.method_vectorcall)),
            ]
        elif isinstance(op, pyobj.NewSlice):
            cls = slice
            names = ("start", "stop", "step")
            fields = [
                (at[f"PySliceObject.{name}"], self.slot(value))
                for name, value in zip(names, op.args, strict=True)
            ]
        elif isinstance(op, pyobj.NewRange):
            cls = range
            names = ("start", "stop", "step", "length")
            fields = [
                (at[f"rangeobject.{name}"], self.number(value))
                for name, value in zip(names, op.args, strict=True)
            ]
        else:
            cls, fields = self.iterator(op)
        item.kind = VirtualKind.TRACKED if cls.__flags__ & _HAVE_GC else VirtualKind.PLAIN
        item.subject = cls
        item.fields = fields

    def number(self, value: Value[Any]) -> Slot:
        """An INT as an int object."""
        return const(value.value) if isinstance(value, Const) else boxed_int(self.index[value])

    def iterator(self, op: Op[Any]) -> tuple[type, list[tuple[int, Slot]]]:
        """Iterators: positions are raw words."""
        at = self.layout
        if isinstance(op, pyobj.NewRangeIterator):
            names = ("index", "start", "step", "len")
            return _RANGE_ITERATOR, [
                (at[f"_PyRangeIterObject.{name}"], self.word(value))
                for name, value in zip(names, op.args, strict=True)
            ]
        if isinstance(op, (pyobj.NewListIterator, pyobj.NewTupleIterator)):
            is_list = isinstance(op, pyobj.NewListIterator)
            struct = "_PyListIterObject" if is_list else "_PyTupleIterObject"
            return (_LIST_ITERATOR if is_list else _TUPLE_ITERATOR), [
                (at[f"{struct}.it_index"], self.word(op.args[0])),
                (at[f"{struct}.it_seq"], self.slot(op.args[1])),
            ]
        assert isinstance(op, pyobj.NewEnumerate), op
        pair = Virtual(VirtualKind.TUPLE, [(0, const(None)), (0, const(None))])
        self.virtuals.append(pair)
        made = len(self.virtuals) - 1
        fields = [
            (at["enumobject.en_index"], self.word(op.index)),
            (at["enumobject.en_sit"], self.slot(op.iterator)),
            (at["enumobject.en_result"], virtual(made)),
        ]
        if "enumobject.one" in at:
            fields.append((at["enumobject.one"], raw(id(1))))
        return enumerate, fields


_ = control
