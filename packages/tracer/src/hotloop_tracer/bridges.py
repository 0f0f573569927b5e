"""Starting a recording from a failed guard: its snapshot as frames of traced values.

Objects whose allocation was removed from the trace are allocated in the bridge, by the same
operations; their concrete twins are in the frames that were resumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hotloop_interp.frame import NULL, Frame, ReturnKind, Slot
from hotloop_ir.op import Op
from hotloop_ir.ops.pyobj import BoxBool, BoxFloat, BoxInt, NewTuple
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.value import Const, Param, Value
from hotloop_tracer.abort import Abort, AbortReason
from hotloop_tracer.objects import type_is_permanent
from hotloop_tracer.recording_generators import GeneratorShadow, home_slots
from hotloop_tracer.recording_operators import OperatorRest
from hotloop_tracer.snapshots import Shadow
from hotloop_tracer.traced import PERMANENT, Traced

if TYPE_CHECKING:
    from hotloop_tracer.recording import RecordingMachine


class BridgeStart:
    """Builds the frames of a bridge.

    ``known`` collects the exact types of the inputs for `Trace.known`.
    """

    def __init__(
        self,
        machine: RecordingMachine,
        values: Mapping[Value[Any], Param[Any]],
        known: Mapping[Value[Any], type],
    ) -> None:
        self.machine = machine
        self.values = values
        self.types = known
        self.known: dict[Param[Any], type] = {
            values[value]: cls for value, cls in known.items() if value in values
        }
        self._mapped: dict[int, Value[Any]] = {}
        self._traced: dict[int, Traced] = {}

    def frames(self, snapshot: Snapshot, frames: Sequence[Frame[object]]) -> Frame[Traced]:
        """The innermost frame of the chain."""
        states = list(snapshot.frame.chain())[::-1]
        if len(states) != len(frames):
            raise Abort(AbortReason.NOT_RESUMABLE)
        innermost: Frame[Traced] | None = None
        for depth, (state, frame) in enumerate(zip(states, frames, strict=True)):
            innermost = self._frame(state, frame, innermost, depth)
        assert innermost is not None
        return innermost

    def _frame(
        self, state: FrameState, frame: Frame[object], parent: Frame[Traced] | None, depth: int
    ) -> Frame[Traced]:
        made: Frame[Traced] = Frame(
            frame.code,
            frame.globals,
            frame.builtins,
            self._slots(state.locals, frame.localsplus),
            func=frame.func,
            f_locals=NULL if frame.f_locals is NULL else self.machine.const(frame.f_locals),
            parent=parent,
        )
        made.stack = self._slots(state.stack, frame.stack)
        made.index = frame.index
        made.return_kind = frame.return_kind
        made.note = frame.note
        function = None if state.function is None else self.value(state.function)
        extra = state.extra
        if frame.generator is not NULL:
            self._generator(made, state, frame.generator, depth)
            return made
        shadow = made.shadow = Shadow(depth, function)
        if extra is not None:
            if frame.return_kind is ReturnKind.CONTINUE:
                self._continuation(made, frame, extra)
                shadow.extra = self._virtual(extra)
            else:
                shadow.extra = self.value(extra)
        if frame.return_kind is ReturnKind.INIT and frame.payload is not NULL:
            assert extra is not None
            made.payload = self._slot(extra, frame.payload)
        return made

    def _generator(
        self, made: Frame[Traced], state: FrameState, generator: object, depth: int
    ) -> None:
        """A generator's frame; some of its slots still are in the generator."""
        function, bits = state.function, state.extra
        assert function is not None and isinstance(bits, Const) and isinstance(bits.value, int)
        made.generator = self._slot(function, generator)
        home = home_slots(made, bits.value)
        made.shadow = GeneratorShadow(depth, self.value(function), home)

    def _continuation(self, made: Frame[Traced], frame: Frame[object], extra: Value[Any]) -> None:
        rest: Any = frame.continuation
        if not isinstance(rest, OperatorRest) or not isinstance(extra, NewTuple):
            raise Abort(AbortReason.NOT_RESUMABLE)
        left = self._slot(extra.items[0], rest.left)
        right = self._slot(extra.items[1], rest.right)
        made.continuation = OperatorRest(rest.op, left, right, rest.step)

    def _virtual(self, op: Value[Any]) -> Value[Any]:
        """The same description on the bridge's values, not allocated."""
        assert isinstance(op, Op)
        return op.rebuild(tuple([self.value(arg) for arg in op.args]), None)

    def _slots(
        self, values: Sequence[Value[Any] | None], objects: Sequence[Slot[object]]
    ) -> list[Slot[Traced]]:
        if len(values) != len(objects):
            raise Abort(AbortReason.NOT_RESUMABLE)
        return [
            NULL if value is None or obj is NULL else self._slot(value, obj)
            for value, obj in zip(values, objects, strict=True)
        ]

    def _slot(self, value: Value[Any], obj: object) -> Traced:
        traced = self._traced.get(id(value))
        if traced is not None:
            return traced
        if type(value) is Const:
            return self.machine.const(obj)
        traced = self._traced[id(value)] = Traced(obj, self.value(value))
        if isinstance(value, BoxInt | BoxFloat | BoxBool) and value not in self.values:
            traced.num = self.value(value.args[0])
        made_here = isinstance(value, Op) and value not in self.values
        if made_here or self.types.get(value) is type(obj):
            permanent = type_is_permanent(type(obj))
            traced.known = PERMANENT if permanent else self.machine.cache.epoch
        return traced

    def value(self, value: Value[Any]) -> Value[Any]:
        """A value of the old trace as one of the bridge."""
        if isinstance(value, Const):
            return value
        param = self.values.get(value)
        if param is not None:
            return param
        mapped = self._mapped.get(id(value))
        if mapped is None:
            if not isinstance(value, Op):
                raise Abort(AbortReason.NOT_RESUMABLE)
            arguments = tuple([self.value(arg) for arg in value.args])
            mapped = self._mapped[id(value)] = self.machine.emit(value.rebuild(arguments, None))
        return mapped
