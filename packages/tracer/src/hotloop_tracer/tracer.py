"""The recorder: starts a recording at a live frame and hands back a trace and the frames.

Recording executes the program. Whatever comes of it, the frames of the result are where the
program must go on: everything before them has really happened, exactly once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hotloop_interp.frame import NULL, Frame, Slot
from hotloop_ir.ops.control import Jump
from hotloop_ir.ops.guard import GuardNoInterrupt
from hotloop_ir.slotted import slotted
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.trace import Target, Trace, TraceKind
from hotloop_ir.value import Param, Ref, Type, Value
from hotloop_tracer.abort import Abort, AbortReason
from hotloop_tracer.bridges import BridgeStart
from hotloop_tracer.comparing import compared_inputs
from hotloop_tracer.consumers import is_consumer
from hotloop_tracer.handover import concrete_chain, release
from hotloop_tracer.inlining import OwnEntry
from hotloop_tracer.merge import header_of
from hotloop_tracer.objects import Introspect
from hotloop_tracer.options import (
    GeneratorFrames,
    Header,
    Holding,
    Levels,
    Options,
    Services,
    Stage,
)
from hotloop_tracer.recording import RecordingMachine, described
from hotloop_tracer.snapshots import Shadow
from hotloop_tracer.traced import Traced


@slotted(frozen=True, eq=False)
class RecordResult:
    """What came of a recording.

    ``trace`` and no ``abort``, or an ``abort`` and no trace. ``frames`` is the chain from which the
    program goes on, outermost first, at a bytecode boundary (callers suspended in their call).
    ``pending``: the exception to raise at the innermost frame's instruction. ``header`` is where
    the recording began (None for a bridge). ``line`` is where it ended. ``tail``: how many ops of
    a bridge lie behind the return from the inlined frame it began in.
    """

    trace: Trace | None
    abort: Abort | None
    header: Header | None
    frames: list[Frame[object]]
    pending: BaseException | None
    bytecodes: int
    line: int | None
    tail: int = 0


class Recorder:
    """Records traces. It keeps nothing between recordings."""

    def __init__(self, options: Options, introspect: Introspect, services: Services) -> None:
        self.options = options
        self.introspect = introspect
        self.services = services
        self.levels: Levels | None = None
        self.stage: Stage | None = None
        self.holding: Holding | None = None
        self.generators: GeneratorFrames | None = None

    def record_loop(
        self, frame: Frame[object], callers: Sequence[Frame[object]] = (), *, early: bool = False
    ) -> RecordResult:
        """Record one round of the loop whose header ``frame`` is at.

        A round that binds or unbinds a local (the first one often does) is not the loop's usual
        one: then the next round is recorded. ``callers`` (outermost first) are suspended in the
        call of the frame; they are no part of the trace, but of the result. ``early``: also if
        the loop ends before it has come round (its rounds are bridges, then).
        """
        result = self._record_round(frame, early)
        if result.abort is not None and result.abort.reason is AbortReason.UNBOUND_CHANGED:
            again = self._record_round(result.frames[0], early)
            result = replace(again, bytecodes=again.bytecodes + result.bytecodes)
        if callers:
            called = result.frames[0]
            called.parent, called.return_kind = callers[-1], frame.return_kind
            called.payload, called.note = frame.payload, frame.note
            called.continuation = frame.continuation
            result = replace(result, frames=[*callers, *result.frames])
        return result

    def _record_round(self, frame: Frame[object], early: bool) -> RecordResult:
        try:
            machine, root, inputs = self._start(frame)
            machine.own = header_of(root)
        except Exception as error:
            return self._not_begun(error, [frame])
        machine.finishes, machine.early = True, early
        compared = compared_inputs(root)
        release([frame])
        result = self._finish(machine, root, inputs, TraceKind.LOOP, machine.own)
        if result.trace is not None:
            result.trace.compared = compared
        return result

    def record_entry(self, frame: Frame[object]) -> RecordResult:
        """Record a function from its entry to its return; the arguments are the inputs."""
        try:
            machine, root, inputs = self._start(frame)
            header = header_of(root)
            machine.finishes = True
            target = Target(_name("entry", root), tuple([Type.REF] * len(inputs)))
            target.levels = 0 if is_consumer(root.globals) else 1
            machine.own_entry = OwnEntry(root.code, root.globals, header.bound, target)
            machine.at_boundary(root)
            machine.emit(GuardNoInterrupt(machine.snap()))  # CPython looks at every entry
        except Exception as error:
            return self._not_begun(error, [frame])
        release([frame])
        return self._finish(machine, root, inputs, TraceKind.ENTRY, header)

    def record_bridge(
        self,
        snapshot: Snapshot,
        params: Sequence[Param[Any]],
        values: Mapping[Value[Any], Param[Any]],
        frames: Sequence[Frame[object]],
        *,
        known: Mapping[Value[Any], type] | None = None,
        finishes: bool = False,
        arriving: bool = False,
    ) -> RecordResult:
        """Record from a failed guard on.

        ``snapshot`` is the guard's (of the optimised trace), ``values`` maps the values that are
        live at the exit to the inputs of the bridge, ``params`` are those inputs in buffer order,
        ``frames`` the frames as they were resumed, outermost first. ``known``: exact types of live
        values. ``finishes``: the tree belongs to an entry trace. ``arriving``: the guard is no
        guard but a way out to a loop header that was to be compiled first.
        """
        try:
            machine = RecordingMachine(self.options, self.introspect, self.services)
            machine.finishes = finishes
            machine.started = arriving
            machine.is_bridge = True
            start = BridgeStart(machine, values, known or {})
            innermost, types = start.frames(snapshot, frames), start.known
            del start  # it holds every value
        except (Abort, Exception) as error:
            return self._not_begun(error, frames)
        release(frames)
        return self._finish(machine, innermost, params, TraceKind.BRIDGE, None, types)

    def _not_begun(self, error: BaseException, frames: Sequence[Frame[object]]) -> RecordResult:
        """Nothing was recorded and nothing has happened."""
        if not isinstance(error, Abort):
            if self.options.strict:
                raise error
            error = Abort(AbortReason.INTERNAL, described(error))
        return RecordResult(None, error, None, list(frames), None, 0, frames[-1].line)

    def _start(
        self, frame: Frame[object]
    ) -> tuple[RecordingMachine, Frame[Traced], list[Param[Ref]]]:
        machine = RecordingMachine(self.options, self.introspect, self.services)
        inputs: list[Param[Ref]] = []

        def trace_slot(slot: Slot[object]) -> Slot[Traced]:
            if slot is NULL:
                return NULL
            inputs.append(Param(Type.REF))
            return Traced(slot, inputs[-1])

        root: Frame[Traced] = Frame(
            frame.code,
            frame.globals,
            frame.builtins,
            [trace_slot(slot) for slot in frame.localsplus],
            func=frame.func,
            f_locals=NULL if frame.f_locals is NULL else machine.const(frame.f_locals),
        )
        root.stack = [trace_slot(slot) for slot in frame.stack]
        root.index = frame.index
        root.shadow = Shadow(0)
        return machine, root, inputs

    def _finish(
        self,
        machine: RecordingMachine,
        innermost: Frame[Traced],
        inputs: Sequence[Param[Any]],
        kind: TraceKind,
        header: Header | None,
        known: dict[Param[Any], type] | None = None,
    ) -> RecordResult:
        name = _name(kind.value, innermost)
        machine.levels, machine.stage = self.levels, self.stage
        machine.holding, machine.generators = self.holding, self.generators
        last = machine.run(innermost)
        trace: Trace | None = None
        if machine.outcome is None:
            trace = Trace(inputs, machine.ops, kind, name, known)
            trace.start = _start_target(machine, trace)
        return RecordResult(
            trace,
            machine.outcome,
            header,
            concrete_chain(last),
            machine.pending,
            machine.bytecodes,
            last.line,
            len(machine.ops) - machine.left_first if machine.left_first else 0,
        )


def _start_target(machine: RecordingMachine, trace: Trace) -> Target | None:
    """What others may jump to: an entry, or a loop's first round that does not come round.

    (One that does is given its targets when it is peeled.)
    """
    if machine.own_entry is not None:
        return machine.own_entry.target
    last = trace.ops[-1]
    if trace.kind is not TraceKind.LOOP or (isinstance(last, Jump) and last.target is None):
        return None
    return Target(f"{trace.name} start", tuple([param.type for param in trace.inputs]))


def _name(kind: str, frame: Frame[Traced]) -> str:
    return f"{kind} {frame.code.co_filename}:{frame.line}"
