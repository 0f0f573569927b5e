"""A small JIT for tests: interpreter, recorder and evaluator in one loop.

It interprets a function; where a loop header or a function entry comes up it records or runs the
recorded trace on live objects, resumes from exits, and grows bridges. Every guard can be made to
fail. What comes out must be what CPython computes.
"""

from __future__ import annotations

import builtins
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any, cast

from tracer_live import Compiled, LiveMemory, live_layout

from hotloop.introspect import Introspection
from hotloop_interp.concrete import ConcreteMachine
from hotloop_interp.concrete.base import builtins_of
from hotloop_interp.concrete.shadows import native_shadow
from hotloop_interp.driver import Done, Failed, step, unwind_exception
from hotloop_interp.frame import NULL, Frame, ReturnKind
from hotloop_interp.protocol import BINARY_OPS, COMPARE_OPS
from hotloop_ir import snapshot as ir
from hotloop_ir.evaluate import (
    Finished,
    FrameValues,
    JumpOut,
    LimitReached,
    Stepper,
    TraceExit,
    exit_values,
)
from hotloop_ir.helper import Errors
from hotloop_ir.meaning import ExitReason
from hotloop_ir.op import Op
from hotloop_ir.ops.call import CallMayRaise
from hotloop_ir.ops.control import Label
from hotloop_ir.ops.integer import IntNe
from hotloop_ir.trace import Target, Trace
from hotloop_ir.value import NULL_OBJECT, Param
from hotloop_ir.verify import verify
from hotloop_tracer import DefaultServices, Header, Options, Recorder, RecordResult
from hotloop_tracer.recording_operators import OperatorRest

ALL_KINDS = frozenset(ReturnKind)
_KINDS = {
    ir.ReturnKind.PUSH: ReturnKind.PUSH,
    ir.ReturnKind.INIT: ReturnKind.INIT,
    ir.ReturnKind.DISCARD: ReturnKind.DISCARD,
    ir.ReturnKind.TRUTH: ReturnKind.TRUTH,
    ir.ReturnKind.BINARY: ReturnKind.CONTINUE,
}


def _resume() -> object:
    """The code of the frame below the first interpreted one."""
    return _resume()


_RESUME = cast(FunctionType, _resume)


class VmServices(DefaultServices):
    """Compiled loops are those of the VM."""

    def __init__(self, vm: MiniJit) -> None:
        super().__init__()
        self.vm = vm

    def target_for(self, header: Header) -> Target | None:
        compiled = self.vm.find(header)
        return None if compiled is None else compiled.inner

    def entry_for(self, function: FunctionType, bound: tuple[bool, ...]) -> Target | None:
        compiled = self.vm.find(Header(function.__code__, 0, 0, bound))
        return None if compiled is None else compiled.target


class MiniJit:
    """``threshold``: arrivals before recording; ``fail``: which guards to fail by force."""

    def __init__(
        self,
        *,
        threshold: int = 2,
        bridge_threshold: int = 2,
        entries: bool = False,
        fail: Callable[[Op[Any]], bool] | None = None,
        options: Options | None = None,
        limit: int = 1000,
        optimize: Callable[[Trace], Trace] | None = None,
    ) -> None:
        self.introspection = Introspection(live_layout())
        self.options = options or Options(strict=True, return_kinds=ALL_KINDS)
        self.recorder = Recorder(self.options, self.introspection, VmServices(self))
        self.memory = LiveMemory(self.introspection)
        self.machine = ConcreteMachine()
        self.threshold = threshold
        self.bridge_threshold = bridge_threshold
        self.entries = entries
        self.fail = fail
        self.limit = limit
        self.optimize = optimize
        self.arrivals: Counter[tuple[int, int]] = Counter()
        self.compiled: list[Compiled] = []
        self.results: list[RecordResult] = []
        self.rounds = 0
        self._codes: list[CodeType] = []

    # --- compiled traces --------------------------------------------------------------------

    def find(self, header: Header) -> Compiled | None:
        """What is compiled for a merge point."""
        for compiled in self.compiled:
            if compiled.header is not None and compiled.header.same(header):
                return compiled
        return None

    @property
    def traces(self) -> list[Trace]:
        """All recorded traces, bridges too."""
        return [result.trace for result in self.results if result.trace is not None]

    @property
    def aborts(self) -> list[str]:
        """The reasons of all aborts."""
        return [result.abort.reason.name for result in self.results if result.abort is not None]

    # --- running ----------------------------------------------------------------------------

    def call(self, function: Callable[..., Any], *args: object) -> Any:
        """``function(*args)`` in the VM."""
        assert isinstance(function, FunctionType)
        code = function.__code__
        frame: Frame[object] = Frame(
            code, function.__globals__, builtins_of(function), [], func=function
        )
        names = frame.decoded.localsplus_names
        frame.localsplus = [*args, *([NULL] * (len(names) - len(args)))]
        frame.parent = self._below(sys._getframe(1))
        return self._run(frame)

    def run_module(self, source: str) -> dict[str, object]:
        """Execute a module; its namespace."""
        code = compile(source, "<module>", "exec")
        namespace: dict[str, object] = {"__name__": "<module>"}
        self.run_frame(Frame(code, namespace, vars(builtins), [], f_locals=namespace))
        return namespace

    def run_frame(self, frame: Frame[object]) -> None:
        """Execute a frame of a module."""
        frame.parent = self._below(sys._getframe(1))
        self._run(frame)

    def _below(self, caller: Any) -> Frame[object]:
        below: Frame[object] = Frame(
            _RESUME.__code__, globals(), builtins_of(_RESUME), [], func=_RESUME
        )
        calls = [instr.index for instr in below.decoded.instrs if instr.op == "CALL"]
        below.index = calls[0]
        below.shadow = native_shadow(caller)
        return below

    def _run(self, frame: Frame[object]) -> Any:
        current: Frame[object] = frame
        while True:
            self.machine.switched(current)
            following = self._merge_point(current) or step(self.machine, current)
            if isinstance(following, Failed):
                raise following.exception
            if isinstance(following, Done):
                return following.value
            current = following

    def _merge_point(self, frame: Frame[object]) -> Any:
        """Record or run a trace here; None to interpret the instruction."""
        if frame.generator is not NULL or frame.parent is None:
            return None
        at_loop = frame.index in frame.decoded.loop_headers
        at_entry = self.entries and frame.index == 0 and frame.func is not None
        if at_entry and (frame.code.co_freevars or frame.code.co_cellvars):
            return None
        if frame.code is _resume.__code__ or not (at_loop or at_entry):
            return None
        slots = [*frame.localsplus, *frame.stack]
        bound = tuple([slot is not NULL for slot in slots])
        header = Header(frame.code, frame.instr.start, len(frame.stack), bound)
        compiled = self.find(header)
        if compiled is not None:
            return self._enter(frame, compiled, [slot for slot in slots if slot is not NULL])
        key = (id(frame.code), frame.index)
        self._codes.append(frame.code)
        self.arrivals[key] += 1
        if self.arrivals[key] < self.threshold:
            return None
        self.arrivals[key] = 0
        record = self.recorder.record_loop if at_loop else self.recorder.record_entry
        result = record(frame)
        self._note(result)
        return self._go_on(frame, result.frames, result.pending, moved=result.bytecodes > 0)

    def _note(self, result: RecordResult) -> Compiled | None:
        self.results.append(result)
        if result.trace is None:
            return None
        trace = result.trace
        if self.optimize is None:  # else jumps are boxed for a target that takes numbers
            verify(trace)
        if trace.start is None and result.header is not None:
            trace.start = Target(trace.name, tuple([param.type for param in trace.inputs]))
        if self.optimize is not None:
            trace = self.optimize(trace)
            verify(trace)
        compiled = Compiled(trace, result.header)
        self.compiled.append(compiled)
        return compiled

    def _go_on(
        self,
        frame: Frame[object],
        frames: list[Frame[object]],
        pending: BaseException | None,
        *,
        moved: bool,
    ) -> Any:
        """Continue the program in ``frames``, whose outermost takes the place of ``frame``."""
        root = frames[0]
        frame.localsplus, frame.stack, frame.index = root.localsplus, root.stack, root.index
        if len(frames) > 1:
            frames[1].parent = frame
            frame = frames[-1]
        if pending is not None:
            return unwind_exception(self.machine, frame, pending, is_new=True)
        return frame if moved else None

    # --- traces on live objects -------------------------------------------------------------

    def _enter(self, frame: Frame[object], compiled: Compiled, inputs: list[Any]) -> Any:
        moved = False
        label: Label | None = None
        while True:
            stepper = Stepper(self.memory, self.fail)
            result = stepper.run(compiled.trace, inputs, self.limit, label)
            label = None
            if isinstance(result, JumpOut):
                self.rounds += 1
                compiled, inputs, moved = result.target.code, list(result.values), True
                label = compiled.labels.get(id(result.target))
                continue
            if isinstance(result, Finished):
                return self._finish(frame, result.value)
            assert not isinstance(result, LimitReached), "the trace does not end"
            bridge = compiled.bridges.get(result.op)
            if bridge is not None:
                compiled, live = bridge
                inputs = [result.env[value] for value in live]
                moved = True
                continue
            return self._exit(frame, compiled, result, moved)

    def _finish(self, frame: Frame[object], value: Any) -> Any:
        returns = [i.index for i in frame.decoded.instrs if i.op == "RETURN_VALUE"]
        frame.index = returns[0]
        frame.localsplus = [NULL] * len(frame.localsplus)
        frame.stack = [value]
        return frame

    def _exit(self, frame: Frame[object], owner: Compiled, left: TraceExit, moved: bool) -> Any:
        frames = self._frames(frame, left)
        guard = left.op
        owner.failures[guard] += 1
        hot = owner.failures[guard] == self.bridge_threshold
        is_guard = left.reason in (ExitReason.GUARD, ExitReason.LEAVE)
        if self.fail is None and hot and is_guard and type(guard).mnemonic != "leave":
            return self._bridge(frame, owner, left, frames)
        if left.exception is None and not moved and self._is_start(frame, frames):
            step_result = self._go_on(frame, frames, None, moved=True)
            return step(self.machine, step_result)
        return self._go_on(frame, frames, left.exception, moved=True)

    @staticmethod
    def _is_start(frame: Frame[object], frames: list[Frame[object]]) -> bool:
        """Whether the exit is where the trace was entered, so that the next round needs a push."""
        return len(frames) == 1 and frames[0].index == frame.index

    def _bridge(
        self, frame: Frame[object], owner: Compiled, left: TraceExit, frames: list[Frame[object]]
    ) -> Any:
        assert left.op.snapshot is not None
        live = exit_values(left.op.snapshot, owner.trace)
        params = [Param[Any](value.type) for value in live]
        values = dict(zip(live, params, strict=True))
        finishes = owner.finishes
        result = self.recorder.record_bridge(
            left.op.snapshot, params, values, frames, finishes=finishes
        )
        compiled = self._note(result)
        if compiled is not None:
            compiled.finishes = finishes
            owner.bridges[left.op] = (compiled, live)
        following = self._go_on(frame, result.frames, result.pending, moved=True)
        if result.bytecodes == 0 and result.pending is None:
            return step(self.machine, following)
        return following

    def _frames(self, root: Frame[object], left: TraceExit) -> list[Frame[object]]:
        """The frames of an exit, outermost first."""
        made: list[Frame[object]] = []
        for state in reversed(left.frames):
            made.append(_frame(root, state, made[-1] if made else None))
        return made


def _frame(root: Frame[object], state: FrameValues, parent: Frame[object] | None) -> Frame[object]:
    function = root.func if parent is None else state.function
    frame: Frame[object] = Frame(
        state.code,
        root.globals if function is None else function.__globals__,
        root.builtins if function is None else builtins_of(function),
        list(_slots(state.locals)),
        func=function,
        f_locals=root.f_locals if parent is None else NULL,
        parent=parent,
    )
    frame.stack = list(_slots(state.stack))
    frame.index = frame.decoded.index_at[state.pc]
    frame.return_kind = _KINDS[state.return_kind]
    if state.return_kind is ir.ReturnKind.INIT:
        frame.payload = state.extra
    if state.return_kind is ir.ReturnKind.TRUTH:
        frame.note = state.extra
    if state.return_kind is ir.ReturnKind.BINARY:
        assert parent is not None
        left, right, step_number = state.extra
        names = COMPARE_OPS if parent.instr.op == "COMPARE_OP" else BINARY_OPS
        frame.continuation = OperatorRest(names[parent.instr.arg], left, right, step_number)
    return frame


def _slots(values: tuple[Any, ...]) -> Iterator[Any]:
    for value in values:
        yield NULL if value is NULL_OBJECT else value


def _redoes(op: Op[Any]) -> bool:
    """Whether a guard fails to the start of its instruction, which can simply be done again.

    After an effect a guard fails to where the other outcome goes on: it must not be forced.
    """
    if op.snapshot is not None and not op.snapshot.redoes:
        return False
    asked = op.args[0] if op.args else None
    if isinstance(asked, IntNe):
        asked = asked.args[0]
    if not isinstance(asked, CallMayRaise):
        return True
    return not asked.helper.runs_python and asked.helper.errors is not Errors.NULL_OR_STOP


def fail_nth(number: int) -> Callable[[Op[Any]], bool]:
    """Fail the guard that is run as number ``number``."""
    count = 0

    def fail(op: Op[Any]) -> bool:
        nonlocal count
        count += _redoes(op)
        return count == number and _redoes(op)

    return fail


def fail_every(number: int) -> Callable[[Op[Any]], bool]:
    """Fail every so manyth guard."""
    count = 0

    def fail(op: Op[Any]) -> bool:
        nonlocal count
        count += _redoes(op)
        return count % number == 0 and _redoes(op)

    return fail
