"""The closed circle: a merge point asks, a trace is recorded, compiled, entered, extended.

``Driver.slow_path`` is what native code calls when a merge point is used up without
compiled code, or when a side exit has been taken often enough. It answers None (go on as
you are) or a request to go on from other frames. Nothing that goes wrong inside may reach
the program: errors of ours give the loop up and are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from hotloop import log
from hotloop.config import Config
from hotloop.core.budget import RESERVE, Budget
from hotloop.core.callees import Callees
from hotloop.core.claim import Claim
from hotloop.core.clearing import Clearing
from hotloop.core.codes import Codes, Point
from hotloop.core.compiler import Compiler
from hotloop.core.exit_facts import known_types
from hotloop.core.finishing import Launcher
from hotloop.core.generators import Generators, empty_generators
from hotloop.core.handover import Handover, drop_owned, read_values, take_frame
from hotloop.core.interrupts import HeldBack
from hotloop.core.mishaps import Mishaps
from hotloop.core.on_purpose import OnPurpose
from hotloop.core.patience import Patience
from hotloop.core.profit import Profit
from hotloop.core.quiet import Quiet
from hotloop.core.rebuild import rebuild_chain
from hotloop.core.renewal import is_stale, renew
from hotloop.core.resume_data import ResumeBuilder, UnsupportedSnapshot
from hotloop.core.services import DriverServices, bound_slots
from hotloop.core.shims import Shims
from hotloop.core.side_exit import SideExit
from hotloop.core.stage import Stage
from hotloop.core.tails import Tails
from hotloop.frames.clock import MachineClock
from hotloop.frames.native_launch import LENT
from hotloop.frames.records import NEVER
from hotloop.frames.runtime import CompileModule, Runtime
from hotloop.introspect import Introspection
from hotloop.statistics import Counters, Phase
from hotloop_backend_x86.arena import ArenaFull
from hotloop_interp.frame import Frame, Slot
from hotloop_interp.frame_access import LiveFrame
from hotloop_ir.ops.control import Leave
from hotloop_ir.trace import Trace
from hotloop_ir.value import Param, Type, Value
from hotloop_optimizer.pipeline import InvalidTrace
from hotloop_tracer.abort import AbortReason
from hotloop_tracer.options import Options
from hotloop_tracer.tracer import Recorder, RecordResult


class Driver:
    """Records, compiles and installs. One per process."""

    def __init__(self, config: Config, counters: Counters, runtime: Runtime, codes: Codes) -> None:
        self.config = config
        self.counters = counters
        self.codes = codes
        self.natives = runtime.natives
        shims = Shims(runtime.layout, codes.prepare)
        self.builder = ResumeBuilder(runtime.layout, runtime.trampolines, codes.prepare, shims)
        self.on_purpose = OnPurpose(config.stress)
        self.compiler = Compiler(config, counters, self.builder, codes.usual)
        self.quiet = Quiet(runtime)
        held_back = HeldBack(runtime, self.quiet)
        self.launcher = Launcher(runtime, codes, self.request, held_back.stop)
        self.services = DriverServices(config, codes, self.launcher, runtime.layout)
        options = Options(
            trace_limit=config.trace_limit,
            inline_depth=config.inline_depth,
            unroll_limit=config.unroll_limit,
            strict=config.strict,
            stop=self.on_purpose.stop(),
        )
        self.introspection = Introspection(runtime.layout)
        self.recorder = Recorder(options, self.introspection, self.services)
        self.mishaps = Mishaps(config, counters)
        self.tails = Tails(codes, self.services)
        self.patience = Patience(config, counters, codes)
        self.budget = Budget(config.budget)
        self.profit = Profit()
        self.clearing = Clearing(self)
        #: The right to record, which one thread has at a time.
        self.claim = Claim()
        self.recorder.holding = held_back
        self.recorder.levels = self.levels = self.launcher.levels
        self.recorder.stage = self.stage = Stage(codes.prepare, runtime.auditing)
        self.recorder.generators = Generators(self.services, runtime.layout)

    def set_up_calls(self, compile_module: CompileModule, clock: MachineClock) -> None:
        """Let compiled code that calls compiled code come here when the callee leaves."""
        finish = Callees(self).finish_call
        address = self.launcher.native_half(compile_module, self.natives, clock, finish)
        self.compiler.backend.set_finish_call(address)

    # -- what native code calls -----------------------------------------------------

    def slow_path(self, mark: object, address: int, record: int, buf: int) -> object:
        """A merge point without code (``record`` 0), an exit that has become hot, or one that is
        taken for the first time (without ``buf``: another thread may be quicker to see to it).
        """
        self.quiet.hold()
        claimed = self.claim.take()
        if claimed:
            self.levels.note(LENT - 3)  # two frames of ours, and the stub's
            self.stage.root = address
            self.clearing.look()
        try:
            return self.decide(mark, address, record, buf, claimed)
        finally:
            if claimed:
                self.claim.give_back()
            self.quiet.release()

    def decide(self, mark: object, address: int, record: int, buf: int, claimed: bool) -> object:
        """``slow_path`` when nothing else runs; ``claimed``: this thread may record."""
        if record and not buf:
            self.compiler.first_exit(record, self.mishaps)
            return None
        if record:
            side = self.compiler.exit_of(record)
            if not self.may_extend(side, claimed):
                return None
            with self.budget:
                return self.hot_exit(side, address, buf)
        if not claimed:  # the recorder runs the program, or another thread records
            return None
        point = self.codes.point_of(id(mark))
        if not self.budget.allows():
            self.patience.wait(point)
            return None
        with self.budget:
            return self.hot_point(point, address)

    def may_extend(self, side: SideExit, claimed: bool) -> bool:
        """Whether a bridge may be recorded now; else the exit asks again later."""
        throws_away = self.on_purpose.throws_away
        if not claimed or not self.budget.allows() or throws_away(self.codes):
            self.patience.put_off(side)
            return False
        if is_stale(side):
            renew(side.owner)
            self.counters.invalidated += 1
            self.patience.postpone(side)
            return False
        return True

    def hot_point(self, point: Point, address: int) -> object:
        """A loop or an entry has become hot."""
        point.record.counter = NEVER  # until something is decided
        if not self.config.allows(*point.place):
            return None
        state = point.state
        pc = state.start_pc if point.is_entry else point.pc
        try:
            frame = take_frame(address, state, pc)
        except Exception as error:
            self.point_error(point, error)
            return None
        result = self.record(
            lambda: (
                self.recorder.record_entry(frame)
                if point.is_entry
                else self.recorder.record_loop(frame, early=self.patience.takes_early(point))
            )
        )
        try:
            self.finish_point(point, result)
        except Exception as error:
            self.point_error(point, error)
        return self.request(result.frames, result.pending)

    def point_error(self, point: Point, error: Exception) -> None:
        """An error of ours at a merge point."""
        self.mishaps.note_error("recording", error, point.place)
        self.patience.point_failed(point)

    def finish_point(self, point: Point, result: RecordResult) -> None:
        """Compile and install what was recorded, or count the failure."""
        trace = result.trace
        reason = None if result.abort is None else result.abort.reason
        if self.patience.must_wait(point, reason, missing=self.services.missing):
            return
        if trace is None:
            assert result.abort is not None
            self.mishaps.note_abort(result, point.place)
            self.patience.point_failed(point, result.abort.reason)
            return
        compiled = self.compile(trace, point, result.bytecodes)
        if compiled is None:
            self.patience.point_failed(point)
            return
        self.install(point, result, compiled)

    def install(self, point: Point, result: RecordResult, compiled: Any) -> None:
        """Let traces jump to a compiled loop or entry; the first one is entered, too."""
        assert result.header is not None
        target = next(iter(compiled.trace.targets.values()), compiled.trace.start)
        point.versions[result.header.bound] = target
        self.counters.loops += 1
        if point.compiled is not None:
            return
        point.target = target
        point.compiled = compiled
        point.bound = result.header.bound
        point.record.set_mask(point.bound)
        point.record.entry = compiled.address
        point.record.counter = 0

    def hot_exit(self, side: SideExit, address: int, buf: int) -> object:
        """A side exit has been taken often: record what follows it."""
        log.EXIT.write(f"exit {side.number} is hot: {side.compiled!r}")
        live = LiveFrame(address)
        try:
            chain = self.rebuild(side, buf, live.function(), live.locals)
        except Exception as error:
            self.exit_error(side, error)
            return None
        drop_owned(side.guard.snapshot, side.values, buf)
        empty_generators(chain)
        result = self.record_exit(side, chain)
        return self.request(result.frames, result.pending)

    def exit_error(self, side: SideExit, error: Exception) -> None:
        """An error of ours at a side exit."""
        self.mishaps.note_error("extending", error, side.owner.place)
        self.patience.refuse(side, AbortReason.INTERNAL.name)

    def record_exit(self, side: SideExit, chain: list[Any]) -> RecordResult:
        """Record a bridge from the frames of an exit, compile and attach it.

        At an exit to a loop that is not compiled for the slots bound there, the loop is recorded.
        Whatever goes wrong, the frames of the result are where the program goes on.
        """
        result = RecordResult(None, None, None, chain, None, 0, None)
        try:
            point = self.services.lacking(chain[-1]) if isinstance(side.guard, Leave) else None
            if point is not None:
                frame, callers = chain[-1], chain[:-1]
                bound = bound_slots(frame)
                early = self.patience.takes_early(point)
                result = self.record(lambda: self.recorder.record_loop(frame, callers, early=early))
                self.finish_version(side, point, bound, result)
            else:
                run, inputs = self.bridge_of(side, chain)
                result = self.record(run)
                self.finish_bridge(side, result, inputs)
        except Exception as error:
            self.exit_error(side, error)
        return result

    def bridge_of(
        self, side: SideExit, chain: list[Any]
    ) -> tuple[Callable[[], RecordResult], dict[Value[Any], Param[Any]]]:
        """How the bridge of an exit is recorded, and its inputs."""
        params: list[Param[Any]] = [Param(value.type) for value in side.values]
        inputs: dict[Value[Any], Param[Any]] = dict(zip(side.values, params, strict=True))
        assert side.guard.snapshot is not None
        snapshot = side.guard.snapshot
        known, arriving = known_types(side), isinstance(side.guard, Leave)
        return lambda: self.recorder.record_bridge(
            snapshot, params, inputs, chain, known=known, finishes=True, arriving=arriving
        ), inputs

    def finish_bridge(
        self, side: SideExit, result: RecordResult, inputs: dict[Value[Any], Param[Any]]
    ) -> None:
        """Compile and attach what was recorded, or count the failure."""
        if result.trace is None:
            last = result.frames[-1]
            assert result.abort is not None
            self.mishaps.note_abort(result, (last.code.co_filename, last.line or 0))
            self.patience.exit_failed(side, result.abort.reason, result.bytecodes)
        elif self.services.missing and self.patience.may_wait(side):
            self.patience.postpone(side, 2)
        else:
            self.extend(side, result, inputs)
            self.tails.note(side, result.tail)

    def finish_version(
        self, side: SideExit, point: Point, bound: tuple[bool, ...], result: RecordResult
    ) -> None:
        """Compile a loop (for other bound slots); its exits' bridges come later."""
        trace = result.trace
        compiled = None if trace is None else self.compile(trace, point, result.bytecodes)
        if compiled is not None:
            self.install(point, result, compiled)
            self.patience.postpone(side)
        elif result.abort is not None:
            self.mishaps.note_abort(result, point.place)
            point.bad_moments += result.abort.reason is AbortReason.RETURNED_EARLY
            if not self.patience.may_wait(side, result.abort.reason):
                point.versions[bound] = None  # its rounds become part of what leads to it
            self.patience.postpone(side, 2)
        else:
            self.patience.refuse(side, "not compiled")

    def extend(
        self, side: SideExit, result: RecordResult, inputs: dict[Value[Any], Param[Any]]
    ) -> None:
        """Compile a bridge and attach it."""
        trace = result.trace
        assert side.guard.snapshot is not None and trace is not None
        owned = set(side.guard.snapshot.owned)
        trace.borrowed = frozenset(
            [
                param
                for value, param in inputs.items()
                if value.type is Type.REF and value not in owned
            ]
        )
        compiled = self.compile(trace, side.owner, result.bytecodes, side)
        if compiled is not None:
            self.compiler.attach(side, compiled)
            self.counters.bridges += 1
        else:
            self.patience.refuse(side, "not compiled")

    def pause(self) -> None:
        """Do not enter compiled code until :meth:`resume`."""
        self.compiler.tiered = False
        self.codes.pause()

    def resume(self) -> None:
        """Enter compiled code again."""
        self.codes.resume()

    def improve(self, active: bool) -> None:
        """Called by the sampler's thread now and then: better code for what runs most, and none
        where it does not pay.
        """
        self.compiler.tiered = active
        self.profit.look()
        self.budget.earned = self.profit.saved
        if self.budget.allows(RESERVE):
            self.budget.spent += self.compiler.improve()

    # -- steps ------------------------------------------------------------------------

    def record(self, run: Any) -> RecordResult:
        """Run the recorder with the clock on."""
        self.services.missing = False
        clock = self.counters.clock
        clock.enter(Phase.RECORDING)
        try:
            result: RecordResult = run()
        finally:
            clock.leave()
        self.counters.recorded_bytecodes += result.bytecodes
        return result

    def compile(
        self, trace: Trace, owner: Point, bytecodes: int, after: SideExit | None = None
    ) -> Any:
        """Compile a trace (the bridge of ``after``); None, and a note in the log, if that fails."""
        try:
            compiled = self.compiler.compile(trace, owner)
            sides = self.compiler.forest.newest(owner, compiled)
            self.profit.add(owner, compiled, sides, bytecodes, after)
            return compiled
        except (ArenaFull, InvalidTrace, UnsupportedSnapshot) as error:
            self.compiler.forest.new += 1  # freeing some may help
            self.counters.abort(type(error).__name__, *owner.place)
            log.ABORT.write(f"{trace.name}: {type(error).__name__}: {error}")
        except Exception as error:
            self.mishaps.note_failed(trace, error, owner.place)
        return None

    def rebuild(
        self, side: SideExit, buf: int, function: FunctionType, f_locals: Slot[object]
    ) -> list[Frame[object]]:
        """The chain of frames an exit stands for, with plain objects."""
        assert side.guard.snapshot is not None
        named = dict(zip(side.values, read_values(buf, side.values), strict=True))
        names_of = self.introspection.shared_key_names
        return rebuild_chain(side.guard.snapshot, named, function, f_locals, names_of)

    def request(
        self, frames: Sequence[Frame[object]], pending: BaseException | None
    ) -> tuple[object, ...]:
        """The request with which native code goes on from frames (outermost first)."""
        pending = self.mishaps.raising(pending)
        try:
            return Handover(self.builder).request(frames, pending)
        except Exception as error:
            self.mishaps.note_error("going on", error, (frames[-1].code.co_filename, 0))
            return Handover(self.builder).request(frames, pending)
