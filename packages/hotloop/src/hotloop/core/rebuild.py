"""The frames of a side exit as frames of plain objects, for recording a bridge from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import CellType, FunctionType, MethodType
from typing import Any, Final, TypeAlias

from hotloop.core.resume_data import operator_of
from hotloop.frames.memory import add_reference, poke
from hotloop_interp.frame import NULL, Frame, ReturnKind, Slot
from hotloop_interp.frame_access import generator_frame
from hotloop_ir import snapshot as ir
from hotloop_ir.op import Op
from hotloop_ir.ops import pyobj
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.value import NULL_OBJECT, Const, Value
from hotloop_tracer.recording_operators import OperatorRest

KeyNames: TypeAlias = Callable[[type], list[str]]

_KINDS = {
    ir.ReturnKind.PUSH: ReturnKind.PUSH,
    ir.ReturnKind.INIT: ReturnKind.INIT,
    ir.ReturnKind.DISCARD: ReturnKind.DISCARD,
    ir.ReturnKind.TRUTH: ReturnKind.TRUTH,
    ir.ReturnKind.BINARY: ReturnKind.CONTINUE,
    ir.ReturnKind.ITER: ReturnKind.ITER,
}


class NotRebuilt(Exception):
    """An exit whose frames cannot be made of plain objects here."""


class _Rebuild:
    def __init__(self, named: Mapping[Value[Any], object], names_of: KeyNames) -> None:
        self.named = named
        self.names_of = names_of
        self.made: dict[Value[Any], Any] = {}

    def find(self, value: Value[Any]) -> Any:
        """The object (or number) a value of the snapshot stands for."""
        if isinstance(value, Const):
            return NULL if value.value is NULL_OBJECT else value.value
        if value in self.named:
            return self.named[value]
        if value not in self.made:
            assert isinstance(value, Op)
            args = [self.find(arg) for arg in value.args]
            self.made[value] = make_removed(value, args, self.names_of)
        return self.made[value]


def make_removed(op: Op[Any], args: list[Any], names_of: KeyNames) -> Any:
    """The object of an allocation op, of numbers and objects. Raises NotRebuilt."""
    if isinstance(op, pyobj.NewInstance):
        return _instance(op, args, names_of)
    if isinstance(op, pyobj.NewSlotsInstance):
        return _slots_instance(op, args)
    make = _ALLOCATE.get(type(op))
    if make is None:
        raise NotRebuilt(op.mnemonic)
    return make(*args)


def _instance(op: pyobj.NewInstance, args: list[Any], names_of: KeyNames) -> object:
    """An instance with the attributes that are set, in their order."""
    made: object = object.__new__(op.cls)
    names = names_of(op.cls)
    for index in op.order:
        object.__setattr__(made, names[index], args[index])
    return made


def _slots_instance(op: pyobj.NewSlotsInstance, args: list[Any]) -> object:
    """An instance that consists of its slots only."""
    made: object = object.__new__(op.cls)
    for offset, value in zip(op.offsets, args, strict=True):
        if value is not NULL:
            poke(id(made) + offset, add_reference(value))
    return made


def _range_iterator(index: int, start: int, step: int, length: int) -> object:
    iterator = iter(range(start, start + step * length, step))
    iterator.__setstate__(index)  # type: ignore[attr-defined]
    return iterator


def _sequence_iterator(index: int, sequence: Any) -> object:
    if sequence is NULL:
        return _exhausted(iter([]))
    iterator = iter(sequence)
    iterator.__setstate__(index)
    return iterator


def _tuple_iterator(index: int, sequence: Any) -> object:
    return _exhausted(iter(())) if sequence is NULL else _sequence_iterator(index, sequence)


def _exhausted(iterator: Any) -> object:
    next(iterator, None)
    return iterator


def _cell(content: Any) -> CellType:
    return CellType() if content is NULL else CellType(content)


_ALLOCATE: Final[dict[type[Op[Any]], Callable[..., Any]]] = {
    pyobj.BoxInt: lambda number: number,
    pyobj.BoxFloat: lambda number: number,
    pyobj.BoxBool: bool,
    pyobj.NewTuple: lambda *items: items,
    pyobj.NewList: lambda *items: list(items),
    pyobj.NewSlice: slice,
    pyobj.NewMethod: MethodType,
    pyobj.NewCell: _cell,
    pyobj.NewRange: lambda start, stop, step, length: range(start, stop, step),
    pyobj.NewRangeIterator: _range_iterator,
    pyobj.NewListIterator: _sequence_iterator,
    pyobj.NewTupleIterator: _tuple_iterator,
    pyobj.NewEnumerate: lambda index, iterator: enumerate(iterator, index),
}


def rebuild_chain(
    snapshot: Snapshot,
    named: Mapping[Value[Any], object],
    function: FunctionType,
    f_locals: Slot[object],
    names_of: KeyNames,
) -> list[Frame[object]]:
    """Frames outermost first; the outermost runs ``function`` in namespace ``f_locals``.

    Raises NotRebuilt if some object cannot be made here.
    """
    work = _Rebuild(named, names_of)
    frames: list[Frame[object]] = []
    for state in reversed(list(snapshot.frame.chain())):
        running: Any = function if not frames else work.find(_known(state.function))
        parent = frames[-1] if frames else None
        frame = _frame(work, state, running, parent)
        if not frames:
            frame.f_locals = f_locals
        frames.append(frame)
    return frames


def _known(function: Value[Any] | None) -> Value[Any]:
    assert function is not None
    return function


def _frame(
    work: _Rebuild, state: FrameState, function: Any, parent: Frame[object] | None
) -> Frame[object]:
    generator: Slot[object] = NULL
    if state.return_kind is ir.ReturnKind.ITER:
        generator, function = function, generator_frame(function).function()
    frame: Frame[object] = Frame(
        state.code,
        function.__globals__,
        function.__builtins__,
        [_slot(work, value) for value in state.locals],
        func=function,
        parent=parent,
    )
    frame.generator = generator
    frame.stack = [_slot(work, value) for value in state.stack]
    frame.index = frame.decoded.index_at[state.pc]
    frame.return_kind = _KINDS[state.return_kind]
    if state.extra is not None and generator is NULL:
        if frame.return_kind is ReturnKind.CONTINUE:
            left, right, step = work.find(state.extra)
            assert parent is not None
            frame.continuation = OperatorRest(operator_of(parent.instr), left, right, step)
        else:
            frame.payload = work.find(state.extra)
    return frame


def _slot(work: _Rebuild, value: Value[Any] | None) -> Slot[object]:
    if value is None:
        return NULL
    found: Slot[object] = work.find(value)
    return found
