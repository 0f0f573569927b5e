"""Compiled traces whose code asks the evaluator: exits, bridges and calls are the backend's own.

Must not know what an exit means, nor what an op does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hotloop.core.quiet import Quiet
from hotloop.evaluated import native
from hotloop.evaluated.live import LiveMemory
from hotloop.evaluated.stepping import Running
from hotloop.frames.memory import add_reference, peek, poke, symbol
from hotloop.frames.native_alone import asking_symbols
from hotloop.frames.runtime import CompileModule
from hotloop_backend_x86.compile import X86Backend
from hotloop_backend_x86.emit.control import code_of
from hotloop_backend_x86.emitter import Emitter, ExitSite, Uncompilable
from hotloop_backend_x86.natives import runtime_functions
from hotloop_backend_x86.stores import BUFFER_SLOTS
from hotloop_ir.layout import Layout
from hotloop_ir.op import Op
from hotloop_ir.ops.call import CallEntry
from hotloop_ir.ops.control import Finish, Jump, Label, Leave, ResumePoint
from hotloop_ir.ops.guard import GuardRoom
from hotloop_ir.trace import Target, Trace, TraceKind
from hotloop_ir.value import Value

if TYPE_CHECKING:
    from hotloop.core.driver import Driver


class Program:
    """A trace to be evaluated, and where its exits, jumps and calls of entries lead.

    ``rooms``: the exits of calls for which no room is left.
    """

    def __init__(self, trace: Trace, counter: int) -> None:
        self.trace = trace
        self.table = 0  # its address
        self.sites: dict[Op[Any], ExitSite] = {}
        self.rooms: dict[Op[Any], ExitSite] = {}
        self._codes: dict[Op[Any], tuple[int, int]] = {}
        self._counter = counter
        self._labels = [index for index, op in enumerate(trace.ops) if isinstance(op, Label)]

    def header(self, selector: int) -> tuple[int, Sequence[Value[Any]]]:
        """Where a selector enters: the index of the first op, and what is in the buffer."""
        if not selector or self.trace.kind is TraceKind.BRIDGE:  # which is given something else
            return 0, self.trace.inputs
        return self.header_of(self.trace.ops[self._labels[selector - 1]])

    def header_of(self, label: Op[Any] | None) -> tuple[int, Sequence[Value[Any]]]:
        """Where a jump inside the trace leads; None: to its start."""
        if label is None:
            return 0, self.trace.inputs
        assert isinstance(label, Label)
        return self.trace.ops.index(label) + 1, label.params

    def count_round(self, position: int) -> None:
        """A header has been passed, or the start, which counts if there is no header."""
        if self._counter and (position or not self._labels):
            poke(self._counter, peek(self._counter) + 1)

    def code_of(self, op: Jump | CallEntry) -> tuple[int, int]:
        """Address and selector of what an op goes to: this very trace, which had no code before,
        or another, as it was when this one was compiled.
        """
        code: tuple[int, int] = self._codes.get(op) or op.target.code
        return code

    def add_exits(self, e: Emitter) -> None:
        """Give the trace its exits. Raises Uncompilable."""
        for op in self.trace.ops:
            if isinstance(op, CallEntry | Jump) and isinstance(op.target, Target):
                if op.target is not self.trace.start:
                    self._codes[op] = code_of(op.target)
            if op.snapshot is None or isinstance(op, ResumePoint):
                continue
            if isinstance(op, Finish):
                self.sites[op] = e.final_exit(op, (op.value,))
                continue
            if isinstance(op, CallEntry) and op.snapshot.redoes:
                self.rooms[op] = e.exit(Leave(op.snapshot))
            self.sites[op] = e.exit(Leave(op.snapshot) if isinstance(op, GuardRoom) else op)
        last = self.trace.ops[-1]
        most = max([len(site.values) for site in e.exits], default=0)
        if max(most, len(last.args), len(self.trace.inputs)) > BUFFER_SLOTS:
            raise Uncompilable(f"more than {BUFFER_SLOTS} values at once")


class Evaluator:
    """What native code asks: the activations that are being evaluated, by their words."""

    def __init__(self, live: LiveMemory, quiet: Quiet) -> None:
        self._live = live
        self._quiet = quiet
        self._running: dict[int, Running] = {}

    def step(self, program: Program, buf: int, words: int) -> None:
        """Go on with an activation. Nothing of the program may run, nor the GIL be let go of."""
        self._quiet.hold()
        try:
            if peek(words) == native.Wish.START:
                self._running[words] = Running(program, self._live, buf, words)
            if self._running[words].go_on():
                del self._running[words]
        finally:
            self._quiet.release()


class EvaluatorBackend(X86Backend):
    """A backend whose code evaluates the trace; all levels are the same."""

    tiers = False

    def __init__(
        self,
        step: Callable[[Program, int, int], None],
        layout: Layout,
        natives: Mapping[str, int],
        compile_module: CompileModule,
    ) -> None:
        super().__init__()
        symbols = asking_symbols(natives)
        symbols |= {name: symbol(name) for name in native.SYMBOLS}
        symbols |= {name: runtime_functions()[name] for name in native.NATIVES}
        symbols["hl_evaluator"] = add_reference(step)
        functions = compile_module(native.native_ir(layout), symbols)
        self._evaluate = functions["hl_evaluate"]

    def emit(self, e: Emitter) -> Callable[[int], str]:
        program = Program(e.trace, e.counter)
        program.add_exits(e)
        e.keep.append(program)

        def text(table: int) -> str:
            program.table = table
            return native.stub_text(self._evaluate, id(program))

        return text


def evaluator_backend(driver: Driver, compile_module: CompileModule) -> EvaluatorBackend:
    """The backend of a process whose traces are evaluated."""
    live = LiveMemory(driver.introspection, runtime_functions())
    step = Evaluator(live, driver.quiet).step
    return EvaluatorBackend(step, driver.builder.layout, driver.natives, compile_module)
