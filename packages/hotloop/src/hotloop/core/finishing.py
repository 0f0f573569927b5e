"""Running a compiled callee that left to its end: the slow half of ``call_entry``.

Compiled code called compiled code, and the callee left in its middle. Its frames do not
exist; a hidden *launcher* function is called, whose merge point asks at once, and the
answer makes it the suspended caller of the callee's frames. CPython then runs them, pushes
and pops them itself, and the launcher returns what they return. Must not compile.
"""

from __future__ import annotations

import opcode
from _thread import get_ident
from array import array
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import Any, TypeAlias

from hotloop.core.codes import Codes
from hotloop.core.levels import ThreadLevels
from hotloop.core.resume_data import FUNCTION_SLOT
from hotloop.frames.clock import MachineClock
from hotloop.frames.hidden import hide
from hotloop.frames.memory import lasting_bytes, peek, peek8, poke8, symbol
from hotloop.frames.native_launch import FORMAT, LENT, finish_ir
from hotloop.frames.resume import Frame as ResumeFrame
from hotloop.frames.resume import const
from hotloop.frames.rewrite import ENTRY
from hotloop.frames.runtime import CompileModule, Runtime
from hotloop_backend_x86.stores import FUNCTION_WORD
from hotloop_interp.frame import Frame

Request: TypeAlias = Callable[[Sequence[Frame[object]], BaseException | None], tuple[object, ...]]
"""Makes the request with which native code goes on from frames (outermost first)."""


def _undisturbed(code: CodeType) -> CodeType:
    """Code of a function in which nothing comes in before its merge point.

    RESUME looks at the eval breaker unless its operand is 2 or more. An exception that another
    thread sets (or a handler raises) in a launcher that is not the caller of anything yet would
    lose the callee.
    """
    raw = bytearray(code.co_code)
    start = next(at for at in range(0, len(raw), 2) if raw[at] == opcode.opmap["RESUME"])
    raw[start + 1] = 2
    return code.replace(co_code=bytes(raw))


def _launch(order: object = None, call: Callable[[], object] | None = None) -> object:
    if call is None:
        return None  # its merge point did not ask
    return call()


class Launch:
    """What the launcher is to do, and whether its merge point has asked for it.

    ``request`` makes the request, ``traced`` is how the thread was traced before.
    """

    __slots__ = ("answered", "request", "traced")

    def __init__(self, request: Callable[[], object], traced: int) -> None:
        self.request = request
        self.traced = traced
        self.answered = False


class Launcher:
    """Runs chains of frames that have no caller yet. One per process."""

    def __init__(
        self, runtime: Runtime, codes: Codes, request: Request, stop: Callable[[], None]
    ) -> None:
        self.request = request
        self._layout = layout = runtime.layout
        launch: Any = _launch
        launch.__code__ = _undisturbed(launch.__code__)
        state = codes.install(launch)
        hide(state.rewritten.code, layout)
        self.point = state.points[ENTRY]
        self.point.record.set_slow_path(self.answer)
        self.point.record.counter = 0
        self.point.record.set("launches", 1)
        self.call_pc = next(i.index for i in state.decoded.instrs if i.op == "CALL")
        self.code = state.original
        self._running = symbol("_PyRuntime") + layout["_PyRuntimeState.gilstate.tstate_current"]
        self.levels = ThreadLevels(layout)
        self._cframe = layout["PyThreadState.cframe"]
        self._use_tracing = layout["_PyCFrame.use_tracing"]
        names = ("PyThreadState.c_tracefunc", "PyThreadState.c_profilefunc")
        self._tracers = [layout[name] for name in names]
        self._kept: list[object] = []
        self.let_go = runtime.let_go
        #: Nothing may raise any more.
        self.stop = stop
        #: By thread; a launch may lead to others before its merge point asks.
        self.waiting: defaultdict[int, list[Launch]] = defaultdict(list)
        pc = state.decoded.instrs[self.call_pc].start
        #: The launcher's frame as the caller of others.
        slots = (const(None), const(None))
        self.frame = ResumeFrame.suspended(state.rewritten, pc, slots, ())

    def native_half(
        self,
        compile_module: CompileModule,
        natives: Mapping[str, int],
        clock: MachineClock,
        function: Callable[..., object],
    ) -> int:
        """Address of ``hl_finish``, which calls a function when a callee left in its middle.

        ``natives``: addresses of what ``frames.native`` exports.
        """
        words = array("q", [id(function), id(_launch)])
        self._kept += (function, words)
        symbols = {
            "hl_functions": words.buffer_info()[0],
            "hl_finish_format": lasting_bytes(FORMAT),
            **clock.symbols,
            "hl_hold": natives["hl_hold"],
            "hl_release": natives["hl_release"],
        }
        text = finish_ir(self._layout, FUNCTION_WORD, FUNCTION_SLOT)
        return compile_module(text, symbols)["hl_finish"]

    def run(self, frames: Sequence[Frame[object]], pending: BaseException | None) -> object:
        """Run frames (outermost first) to their end; what the outermost returns or raises."""
        return self.obey(lambda: self.request_for(frames, pending))

    def obey(self, request: Callable[[], object]) -> object:
        """Do what a request for the launcher's frame says; what its callee returns or raises.

        No merge point asks while its thread is traced, so tracing stops until this one has. It
        may have been turned on again in between; then there is another try. What others make the
        thread raise comes while the frames run: not before, nor afterwards.
        """
        self.stop()
        while True:
            flag = self.tracing_flag()
            launch = Launch(request, peek8(flag))
            self.waiting[get_ident()].append(launch)
            self.point.record.counter = 0
            poke8(flag, 0)
            try:
                result = _launch()
            finally:
                self.stop()
                if launch.answered:
                    self.levels.change(LENT)
            if launch.answered:
                return result
            self.waiting[get_ident()].remove(launch)
            self.trace_again(launch.traced)

    def tracing_flag(self) -> int:
        """Where the evaluation loop at hand sees whether its thread is traced."""
        return peek(peek(self._running) + self._cframe) + self._use_tracing

    def trace_again(self, traced: int) -> None:
        """Let a thread be traced as it was, unless nobody wants that any more.

        (``_PyThreadState_UpdateTracingState``: a flag without a function would slow everything.)
        """
        thread = peek(self._running)
        if any(peek(thread + place) for place in self._tracers):
            flag = self.tracing_flag()
            poke8(flag, peek8(flag) | traced)

    def answer(self, mark: object, address: int, record: int, buf: int) -> object:
        """The slow path of the launcher's merge point: become the caller of the frames."""
        launch = self.waiting[get_ident()].pop()
        self.trace_again(launch.traced)
        request = launch.request()
        launch.answered = True
        self.let_go()
        self.levels.change(-LENT)
        return request

    def request_for(self, frames: Sequence[Frame[object]], pending: BaseException | None) -> object:
        """Become the caller of frames."""
        own: Frame[Any] = Frame(self.code, {}, {}, [None])
        own.index = self.call_pc
        frames[0].parent = own
        request = self.request([own, *frames], pending)
        for frame in frames:  # whoever still holds them must not keep the program's objects alive
            frame.localsplus, frame.stack = [], []
        return request
