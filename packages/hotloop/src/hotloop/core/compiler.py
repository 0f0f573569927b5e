"""From a recorded trace to installed machine code: optimise, compile, keep the books.

Owns every compiled trace and every exit of the process. An exit's number in its
``ExitRecord`` is its index here. Must not record, and must not touch frames.
"""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time_ns
from typing import Any, Final

from hotloop import log
from hotloop.config import Config
from hotloop.core.exit_report import top_exits
from hotloop.core.mishaps import Mishaps
from hotloop.core.renewal import is_generator_guard
from hotloop.core.resume_data import ResumeBuilder, UnsupportedSnapshot, exit_kind
from hotloop.core.side_exit import SideExit
from hotloop.core.trees import EXIT_NUMBER_WORD, Forest, Tree
from hotloop.frames.memory import peek, poke
from hotloop.frames.native_launch import CALLED_WORD
from hotloop.frames.resume import ExitKind, ExitRecord, Frame
from hotloop.statistics import Counters, Phase
from hotloop_backend_x86.compile import CompiledTrace, X86Backend
from hotloop_ir.op import Effect, Op
from hotloop_ir.ops.control import Leave
from hotloop_ir.ops.guard import GuardNoInterrupt
from hotloop_ir.ops.refcount import DecrefChecked
from hotloop_ir.text import print_trace
from hotloop_ir.trace import Trace
from hotloop_ir.value import Value
from hotloop_optimizer.pipeline import Optimizer

__all__ = ["Compiler", "UnsupportedSnapshot"]

FAST, BEST = 0, 2  # levels of the backend
ROUNDS_WORTH_IT = 400_000  # of fast code, before better code pays for being compiled
SOON = 30  # times that a way out to a loop or function that is to be compiled is taken
CALL_SITE_WORD = 5  # of an ExitRecord: prev_instr of the root frame while the call runs
LAST_COMPILE: Final = 1.0
"""Seconds that the end of the process waits for what is being compiled better."""


class Compiler:
    """Optimises and compiles traces."""

    def __init__(
        self,
        config: Config,
        counters: Counters,
        resume: ResumeBuilder,
        usual: Callable[[Any], int],
    ) -> None:
        self.config = config
        self.counters = counters
        self.resume = resume
        self.backend = X86Backend()
        self.checks = checks_for(config)
        self.optimizer = Optimizer(config.passes_off, tuple(self.checks[: config.verify]))
        self.forest = Forest(self.backend.arena, usual, self._note_freed)
        self._next_exit = 0
        #: Whether somebody calls :meth:`improve` now and then (else code is good at once).
        self.tiered = False
        #: Traces compiled fast that may be worth compiling better.
        self.young: list[tuple[Tree, CompiledTrace]] = []

    def _note_freed(self, size: int) -> None:
        self.counters.code_bytes_freed += size

    def compile(self, trace: Trace, owner: Any) -> CompiledTrace:
        """Optimise and compile a recorded trace.

        Raises InvalidTrace, UnsupportedSnapshot, or what the backend raises.
        """
        counters = self.counters
        clock = counters.clock
        if log.TRACE.on:
            log.TRACE.write(trace.name, print_trace(trace))
        counters.recorded_ops += len(trace.ops)
        counters.guards += guards_in(trace)
        clock.enter(Phase.OPTIMISING)
        try:
            optimised = self.optimizer.run(trace)
        finally:
            clock.leave()
        if log.OPT.on:
            log.OPT.write(optimised.name, print_trace(optimised))
        self.check(optimised)
        counters.optimised_ops += len(optimised.ops)
        counters.guards_optimised += guards_in(optimised)
        clock.enter(Phase.COMPILING)
        try:
            return self.generate(optimised, owner)
        finally:
            clock.leave()

    def check(self, trace: Trace) -> None:
        """Check an optimised trace as the knobs ask for. Raises what the checks raise."""
        for check in self.checks:
            check(trace)

    def generate(self, trace: Trace, owner: Any) -> CompiledTrace:
        """Machine code for an optimised trace, with records for its exits."""
        made: list[SideExit] = []
        tree = self.forest.tree(owner)

        def new_exit(index: int, op: Op[Any], values: tuple[Value[Any], ...]) -> int:
            side = self.new_exit(op, values)
            side.owner, side.generation, side.tree = owner, owner.renewals, tree
            made.append(side)
            return side.record.address

        level = FAST if self.tiered else BEST
        compiled = self.backend.compile(trace, level, new_exit)
        if self.tiered and self.backend.tiers:
            self.young.append((tree, compiled))
        self.forest.plant(tree, compiled, made)
        for side, site in zip(made, compiled.exits, strict=True):
            side.compiled = site
        if trace.start is not None:
            trace.start.code = (compiled.address, 0)
        self.counters.compiled_ops += len(trace.ops)
        self.counters.code_bytes += compiled.size
        if log.ASM.on:
            from hotloop_backend_x86.codemap import disassemble

            log.ASM.write(trace.name, disassemble(compiled))
        return compiled

    def improve(self) -> int:
        """Compile better what has run most rounds, if they are many; for a thread that has time.

        The nanoseconds of processor time it took.
        """
        if not self.forest.lock.acquire(False):
            return 0  # code is being freed
        try:
            return self._improve()
        finally:
            self.forest.lock.release()

    def _improve(self) -> int:
        one = max(self.young, key=lambda young: young[1].counter[0], default=None)
        if one is None or one[1].counter[0] < ROUNDS_WORTH_IT:
            return 0
        clock, began = self.counters.clock, thread_time_ns()
        clock.enter(Phase.COMPILING)
        try:
            self.young.remove(one)
            tree, code = one
            better = self.backend.recompile(code, BEST)
            tree.codes.append(better)
            self.counters.code_bytes += better.size
            self.counters.compiled_ops += len(code.trace.ops)
        finally:
            clock.leave()
        return thread_time_ns() - began

    def clear(self, often: bool) -> list[Tree]:
        """Free code that is needed no more, if it is time to; what was freed."""
        return self._fell(lambda: self.forest.look(often)) if self.forest.is_due(often) else []

    def clear_all(self) -> list[Tree]:
        """Free all code, if none of it is running; what was freed."""
        return self._fell(self.forest.all_idle, patience=LAST_COMPILE)

    def _fell(self, choose: Callable[[], list[Tree]], patience: float = 0) -> list[Tree]:
        if not self.forest.lock.acquire(timeout=patience):
            return []  # some of it is being compiled better
        try:
            trees = choose()
            gone = set(trees)
            self.young = [one for one in self.young if one[0] not in gone]
            for tree in trees:
                self.forest.fell(tree)
        finally:
            self.forest.lock.release()
        return trees

    def new_exit(self, op: Op[Any], values: tuple[Value[Any], ...]) -> SideExit:
        """A record for one exit; its resume program is made when it is first taken."""
        assert op.snapshot is not None
        kind = exit_kind(op)
        self.resume.check(op.snapshot)
        number = self._next_exit = self._next_exit + 1
        record = ExitRecord(None, kind, number, self.threshold(op))
        if kind is ExitKind.EXCEPTION:
            poke(record.address + 8 * CALL_SITE_WORD, self.resume.call_site(op.snapshot))
        side = SideExit(number, op, values, record)
        if kind is ExitKind.INTERRUPT:
            self.make_program(side)  # there is no time for it when a signal is waiting
        return side

    def threshold(self, op: Op[Any]) -> int:
        """After how many times an exit asks for a bridge."""
        usual = self.config.bridge_threshold
        if isinstance(op, Leave):
            return min(usual, SOON)
        if is_generator_guard(op):
            return 1
        extends = op.effect is Effect.GUARD and not isinstance(op, GuardNoInterrupt)
        return usual if extends or isinstance(op, DecrefChecked) else ExitRecord.NEVER_ASK

    def first_exit(self, record: int, mishaps: Mishaps) -> None:
        """An exit is taken for the first time. Nothing may keep its program from being made."""
        side = self.exit_of(record)
        try:
            self.make_program(side)
        except Exception as error:
            mishaps.note_error("leaving", error, side.owner.place)
            self.make_program(side)

    def make_program(self, side: SideExit) -> None:
        """An exit is taken for the first time: say how its frames are made.

        Another thread may have done so meanwhile, and be running its program.
        """
        snapshot = side.guard.snapshot
        assert snapshot is not None
        program = self.resume.build(snapshot, side.values, exit_kind(side.guard))
        if side.record.program is None:
            side.record.set_program(program)

    def count_exits(self) -> None:
        """Bring the counts that exits keep themselves into the statistics."""
        sides = list(self.forest.exits.values())
        self.counters.exits = self.forest.taken_before + sum(side.record.counter for side in sides)
        self.counters.entries = self.counters.exits
        if log.EXIT.on:
            log.EXIT.write("the exits taken most", top_exits(sides))

    def exit_of(self, record: int) -> SideExit:
        """The exit a record belongs to."""
        return self.forest.exits[peek(record + 8 * EXIT_NUMBER_WORD)]

    def called_record(self, side: SideExit, caller: Frame) -> ExitRecord:
        """The record through which an exit is left as the callee of a frame.

        Raises UnsupportedSnapshot.
        """
        if side.called is None:
            assert side.guard.snapshot is not None
            raises = exit_kind(side.guard) is ExitKind.EXCEPTION
            kind = ExitKind.EXCEPTION if raises else ExitKind.GUARD
            program = self.resume.build_called(side.guard.snapshot, side.values, kind, caller)
            made = ExitRecord(program, kind, -1)
            if side.called is None:  # no other thread was quicker
                side.called = made
            poke(side.record.address + 8 * CALLED_WORD, side.called.address)
        return side.called

    def attach(self, side: SideExit, bridge: CompiledTrace) -> None:
        """Let an exit go on in a bridge from now on."""
        assert side.compiled is not None
        side.bridge = bridge
        home = self.forest.tree(side.owner)  # a renewed one, if it was recorded for an old exit
        if home is not side.tree:
            side.tree.leads_to.add(home)
        self.backend.attach(side.compiled, bridge)


def checks_for(config: Config) -> list[Callable[[Trace], None]]:
    """What optimised traces are checked with, imported while builtins are as they should be."""
    checks: list[Callable[[Trace], None]] = []
    if config.verify:
        from hotloop_ir.verify import verify

        checks.append(verify)
    if config.check_refcounts:
        from hotloop_optimizer.refcount_check import check_balance

        checks.append(check_balance)
    return checks


def guards_in(trace: Trace) -> int:
    """How many guards a trace has."""
    return sum(1 for op in trace.ops if op.effect is Effect.GUARD)
