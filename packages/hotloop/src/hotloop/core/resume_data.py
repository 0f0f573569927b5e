"""From a guard's snapshot to the resume program of its exit.

The snapshot says which values are in which slots of which frames; the backend says which
buffer slot each value is stored in; the reference-counting pass says which of them the
trace owns. Put together they are the frames, virtual objects and drops that
``frames.resume.encode`` turns into words. Must not run or change any code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import CodeType
from typing import Any, Final

from hotloop.core.codes import CodeState
from hotloop.core.shims import Shims
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
from hotloop.frames.virtuals import Virtuals
from hotloop_backend_x86.stores import BUFFER_SLOTS
from hotloop_interp.decode import Instr
from hotloop_interp.protocol import BINARY_OPS, COMPARE_OPS
from hotloop_ir.layout import Layout
from hotloop_ir.op import Op
from hotloop_ir.ops import call, control, guard, pyobj, refcount
from hotloop_ir.snapshot import FrameState, ReturnKind, Snapshot
from hotloop_ir.value import NULL_OBJECT, Const, Value

CodeStates = Callable[[CodeType], CodeState]


_RESUMED_KINDS: Final = (
    ReturnKind.PUSH, ReturnKind.INIT, ReturnKind.BINARY, ReturnKind.ITER
)  # fmt: skip
_WITHOUT_SHIM: Final = (ReturnKind.PUSH, ReturnKind.ITER)


class UnsupportedSnapshot(Exception):
    """A snapshot that cannot be resumed; the trace that has it is not compiled."""


def exit_kind(op: Op[Any]) -> ExitKind:
    """What leaving at this op means."""
    if isinstance(op, (call.CallMayRaise, call.CallPython, call.CallEntry)):
        return ExitKind.EXCEPTION
    if isinstance(op, guard.GuardNoInterrupt):
        return ExitKind.INTERRUPT
    if isinstance(op, control.Finish):
        return ExitKind.FINISH
    if isinstance(op, refcount.DecrefChecked):
        return ExitKind.DIRTY
    return ExitKind.GUARD


def operator_of(instr: Instr) -> str:
    """The operator of a BINARY_OP or COMPARE_OP, as the recorder writes it."""
    if instr.op == "COMPARE_OP":
        return COMPARE_OPS[instr.arg]
    return BINARY_OPS[instr.arg]


FUNCTION_SLOT: Final = BUFFER_SLOTS - 1
"""Of the buffer of a callee: its function, when it is to be run to its end."""


class ResumeBuilder:
    """Builds resume programs. One for the whole process."""

    def __init__(
        self, layout: Layout, trampolines: Trampolines, states: CodeStates, shims: Shims
    ) -> None:
        self.trampolines = trampolines
        self.states = states
        self.shims = shims
        self.layout = layout
        self.virtuals = Virtuals(layout)
        #: Addresses of rewritten code objects whose frames fit a trampoline.
        self._fitting: set[int] = set()

    def forget(self, code: int) -> None:
        """The code object that was at this address is no more."""
        self._fitting.discard(code)

    def build(
        self, snapshot: Snapshot, values: Sequence[Value[Any]], kind: ExitKind
    ) -> ResumeProgram:
        """The program of an exit whose values are stored in this order.

        Raises UnsupportedSnapshot.
        """
        if kind is ExitKind.FINISH:
            return self.build_return(snapshot.frame)
        return _Build(self, snapshot, values).program(kind)

    def build_called(
        self, snapshot: Snapshot, values: Sequence[Value[Any]], kind: ExitKind, caller: Frame
    ) -> ResumeProgram:
        """The same frames called by another one, which is the frame that is there.

        The function of the outermost is in the last slot of the buffer. Raises
        UnsupportedSnapshot.
        """
        if len(values) >= FUNCTION_SLOT:
            raise UnsupportedSnapshot("the buffer is full")
        return _Build(self, snapshot, values).program(kind, caller)

    def check(self, snapshot: Snapshot) -> None:
        """Raises UnsupportedSnapshot for what :meth:`build` could not do later."""
        for frame in snapshot.frame.chain():
            if frame.parent is None:
                return
            if frame.return_kind not in _RESUMED_KINDS:
                raise UnsupportedSnapshot(f"return kind {frame.return_kind.value}")
            if frame.return_kind is ReturnKind.ITER:
                continue  # its generator has room
            if id(frame.code) not in self._fitting:
                try:
                    self.trampolines.for_code(self.states(frame.code).rewritten.code)
                except ValueError as error:
                    raise UnsupportedSnapshot(str(error)) from None
                self._fitting.add(id(frame.code))

    def build_return(self, frame: FrameState) -> ResumeProgram:
        """The locals have died; the value, which the trace gives away, is in ``buf[0]``."""
        state = self.states(frame.code)
        empty = [NULL] * len(frame.locals)
        made = Frame.at(state.rewritten, frame.pc, empty, (move(0),))
        return encode([made], self.trampolines)

    def call_site(self, snapshot: Snapshot) -> int:
        """``prev_instr`` of the outermost frame while a call made at this snapshot runs."""
        frames = list(snapshot.frame.chain())
        outermost = frames[-1]
        state = self.states(outermost.code)
        if len(frames) == 1:
            return state.raising_address(outermost.pc)
        if frames[-2].return_kind is ReturnKind.ITER:
            return state.suspended_address(_start_of(state, outermost.pc))
        return state.suspended_address(outermost.pc)


def _start_of(state: CodeState, pc: int) -> int:
    """Where an instruction begins: ``pc``, or the EXTENDED_ARG in front of it."""
    return state.decoded.instrs[state.decoded.index_at[pc]].start


class _Build:
    def __init__(
        self, builder: ResumeBuilder, snapshot: Snapshot, values: Sequence[Value[Any]]
    ) -> None:
        self.builder = builder
        self.snapshot = snapshot
        self.index = {value: number for number, value in enumerate(values)}
        self.owned = dict.fromkeys(snapshot.owned)  # dropped in this order
        self.uses: dict[Value[Any], int] = {}
        self.virtuals: list[Virtual] = []
        self.numbers: dict[Value[Any], int] = {}
        self.function = NULL  # of the outermost frame

    def program(self, kind: ExitKind, caller: Frame | None = None) -> ResumeProgram:
        for value in self.snapshot.values():
            self.uses[value] = self.uses.get(value, 0) + 1
        chain = list(self.snapshot.frame.chain())
        frames: list[Frame] = []
        if caller is not None:
            self.function = copy(FUNCTION_SLOT)
            frames.append(caller)
        for frame, inner in zip(chain[::-1], [*chain[-2::-1], None], strict=True):
            self.add_frame(frames, frame, inner, kind)
        drops = [self.index[value] for value in self.owned if not isinstance(value, Const)]
        try:
            return encode(frames, self.builder.trampolines, self.virtuals, drops)
        except ValueError as error:
            raise UnsupportedSnapshot(str(error)) from None

    def add_frame(
        self, frames: list[Frame], frame: FrameState, inner: FrameState | None, kind: ExitKind
    ) -> None:
        """Append a frame, and before it the shim its return kind needs."""
        if frame.parent is not None and frame.return_kind not in _WITHOUT_SHIM:
            frames.append(self.shim(frame, frame.parent))
        state, pc = self.builder.states(frame.code), frame.pc
        if inner is None:
            make = Frame.raising if kind is ExitKind.EXCEPTION else Frame.at
        elif inner.return_kind is ReturnKind.ITER:
            make, pc = Frame.at, _start_of(state, pc)
        else:
            make = Frame.suspended
        function = self.function if frame.parent is None else self.slot(frame.function)
        slots = [self.slot(value) for value in frame.locals]
        stack = [self.slot(value) for value in frame.stack]
        made = make(state.rewritten, pc, slots, stack, function)
        made.generator = frame.return_kind is ReturnKind.ITER
        frames.append(made)

    def shim(self, frame: FrameState, caller: FrameState) -> Frame:
        """The hidden frame that does the rest of the caller's instruction."""
        shims = self.builder.shims
        if frame.return_kind is ReturnKind.INIT:
            return shims.init.frame(self.slot(frame.extra))
        if frame.return_kind is ReturnKind.BINARY:
            decoded = self.builder.states(caller.code).decoded
            instr = decoded.instrs[decoded.index_at[caller.pc]]
            op = const(operator_of(instr))
            return shims.operator.frame(self.slot(frame.extra), op)
        raise UnsupportedSnapshot(f"return kind {frame.return_kind.value}")

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
            del self.owned[value]
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
        self.virtuals.append(_PLACE)  # fields may refer back to this number
        self.virtuals[number] = self.describe(op)
        return virtual(number)

    def box(self, op: Op[Any]) -> Slot:
        value = op.args[0]
        if isinstance(value, Const):
            known = value.value
            # A float of its own, as that of ``abs(1.5)``, not one that the program has.
            return const(known * 1.0 if isinstance(known, float) else known)
        number = self.index[value]
        if isinstance(op, pyobj.BoxBool):
            return boxed_bool(number)
        if self.uses.get(op, 0) < 2:
            return boxed_int(number) if isinstance(op, pyobj.BoxInt) else boxed_float(number)
        make = self.builder.virtuals
        self.numbers[op] = len(self.virtuals)
        shared = make.int(number) if isinstance(op, pyobj.BoxInt) else make.float(number)
        self.virtuals.append(shared)
        return virtual(self.numbers[op])

    def describe(self, op: Op[Any]) -> Virtual:
        """How the object of an allocation op is made."""
        make, slot = self.builder.virtuals, self.slot
        match op:
            case pyobj.NewTuple():
                return make.tuple([slot(value) for value in op.args])
            case pyobj.NewList():
                return make.list([slot(value) for value in op.args])
            case pyobj.NewInstance():
                return make.instance(op.cls, [(key, slot(op.args[key])) for key in op.order])
            case pyobj.NewSlotsInstance():
                pairs = zip(op.offsets, op.args, strict=True)
                return make.slotted(op.cls, [(offset, slot(value)) for offset, value in pairs])
            case pyobj.NewCell():
                return make.cell(slot(op.value))
            case pyobj.NewMethod():
                return make.bound_method(slot(op.function), slot(op.instance))
            case pyobj.NewSlice():
                return make.slice(slot(op.start), slot(op.stop), slot(op.step))
            case pyobj.NewRange():
                return self.range(op)
        return self.iterator(op)

    def iterator(self, op: Op[Any]) -> Virtual:
        """How the iterator of an allocation op is made."""
        make, slot, word = self.builder.virtuals, self.slot, self.word
        match op:
            case pyobj.NewRangeIterator():
                return make.range_iterator(*[word(value) for value in op.args])
            case pyobj.NewListIterator():
                return make.list_iterator(word(op.index), slot(op.sequence))
            case pyobj.NewTupleIterator():
                return make.tuple_iterator(word(op.index), slot(op.sequence))
            case pyobj.NewEnumerate():
                self.virtuals.append(make.tuple((const(None), const(None))))
                pair = virtual(len(self.virtuals) - 1)
                return make.enumerate(word(op.index), slot(op.iterator), pair)
        raise UnsupportedSnapshot(op.mnemonic)

    def range(self, op: pyobj.NewRange) -> Virtual:
        """A range object: four int objects."""
        layout = self.builder.layout
        names = ("start", "stop", "step", "length")
        fields = [
            (layout[f"rangeobject.{name}"], self.number(value))
            for name, value in zip(names, op.args, strict=True)
        ]
        return Virtual(VirtualKind.PLAIN, fields, range)

    def number(self, value: Value[Any]) -> Slot:
        """An INT as an int object."""
        return const(value.value) if isinstance(value, Const) else boxed_int(self.index[value])


_PLACE: Final = Virtual(VirtualKind.TUPLE)
