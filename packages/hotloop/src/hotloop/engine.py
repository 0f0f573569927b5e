"""The engine of a process: what ``hotloop.api`` talks to.

Enabling it only starts looking where time goes. Interpreter, recorder, optimizer and
backend are imported when something is hot, so that a program in which nothing is pays
nothing for them.
"""

from __future__ import annotations

import _thread
import atexit
import sys
from time import perf_counter_ns

from hotloop.api import EngineUnavailable
from hotloop.core.left_over import import_with_left_over
from hotloop.runner_imports import half_imported, has_namesakes, own_imports, quick_turns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any, TypeVar

    from hotloop.config import Config
    from hotloop.core.codes import Codes
    from hotloop.core.forking import ForkLocks
    from hotloop.core.hotness import Hotness
    from hotloop.core.lasting import Settling
    from hotloop.core.sampler import Sampler
    from hotloop.frames.auditing import Auditing
    from hotloop.frames.runtime import Runtime
    from hotloop.statistics import Counters, Stats
    from hotloop_ir.layout import Layout

    F = TypeVar("F", bound=Callable[..., Any])

_DEPTH = 12  # frames of a stack that are looked at before anything is imported


class Engine:
    """One per process; made by :func:`get_engine`."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._since = perf_counter_ns()
        self._counters: Counters | None = None
        self.started = False
        self.active = False
        self._sampler: Sampler | None = None
        self._home = _thread.get_ident()
        self._hotness: Hotness | None = None
        #: Whether the main thread brings in what is needed (None: nothing was needed yet).
        self._home_asked: bool | None = None
        self._runtime: Runtime | None = None
        self._codes: Codes | None = None
        self._driver: Any = None
        self._last_stats: Stats | None = None
        self._settling: Settling | None = None
        self._fork_locks: ForkLocks | None = None
        self._auditing: Auditing | None = None
        self._starting = False
        #: Code objects the sampler has seen, by id: kept, so that an id stays theirs.
        self._seen: dict[int, CodeType] = {}

    # -- the protocol -----------------------------------------------------------------

    def enable(self) -> None:
        """Start, or go on, noticing hot code and entering compiled code. Idempotent."""
        if self.active:
            return
        self.started = self.active = True
        if self._sampler is None:
            # The first thread to import it is its main thread, which waits for all others at exit.
            import threading  # noqa: F401

            from hotloop.core.sampler import Sampler

            interval = 0.005
            if "hotloop.config" in sys.modules:
                interval = self.config.sampling_interval
            self._sampler = Sampler(interval, self._look, self._improve, self.auditing)
            self.fork_locks.locks.insert(0, self._sampler.busy)
        if self._driver is not None:
            self._driver.resume()
        self._sampler.start()

    def disable(self) -> None:
        """Stop noticing, recording and entering; compiled code is kept. Idempotent."""
        if not self.active:
            return
        self.active = False
        if self._sampler is not None:
            self._sampler.stop()
        if self._driver is not None:
            self._driver.pause()

    def jit(self, function: F, threshold: int | None = None) -> F:
        """Give a function merge points now, without waiting for a sample; returns it."""
        self.started = True
        hotness = self.hotness
        state = hotness.codes.install(function)  # type: ignore[arg-type]
        hotness.codes.arm(state, threshold)
        return function

    def rewrite_all(self, code: CodeType) -> CodeType:
        """Give code, and all code inside it, merge points; for tests (``HOTLOOP_STRESS=hot``)."""
        self.started = True
        return self.hotness.rewrite_all(code)

    def rewrite_everything(self) -> None:
        """Give all functions merge points when they are made (``--stress hot``)."""
        with own_imports():
            from hotloop.core.everything import rewrite_everything

        self.started = True
        rewrite_everything(self.hotness, self._complain)

    def stats(self) -> Stats:
        """The counters as they are now, or were when the program ended."""
        if self._last_stats is not None:
            return self._last_stats
        machine_code = 0
        if self._driver is not None:
            assert self._runtime is not None
            self._driver.compiler.count_exits()
            machine_code = self._runtime.clock.nanoseconds()
        return self.counters.snapshot(machine_code)

    @property
    def counters(self) -> Counters:
        """The live counters; made on first use."""
        if self._counters is None:
            with own_imports():
                import_with_left_over()
                from hotloop.statistics import Counters

            made = Counters(self._since)
            if self._counters is None:  # else another thread was quicker
                self._counters = made
        return self._counters

    @property
    def fork_locks(self) -> ForkLocks:
        """What whoever forks waits for; made on first use."""
        if self._fork_locks is None:
            from hotloop.core.forking import ForkLocks

            self._fork_locks = ForkLocks()
        return self._fork_locks

    @property
    def auditing(self) -> Auditing:
        """What keeps audit events of ours from the program's hooks; made on first use."""
        if self._auditing is None:
            from hotloop.frames.auditing import Auditing

            self._auditing = Auditing(self.layout)
        return self._auditing

    # -- made when something is hot ---------------------------------------------------

    @property
    def config(self) -> Config:
        """The knobs."""
        from hotloop.config import current

        return current()

    @property
    def hotness(self) -> Hotness:
        """What decides which code is rewritten; made on first use."""
        if self._hotness is None:
            with quick_turns(), own_imports():
                made = self._make_hotness()
            if self._hotness is None:  # else another thread was quicker
                self._runtime, self._codes, self._hotness = made
            self._seen.clear()
        return self._hotness

    def _make_hotness(self) -> tuple[Runtime, Codes, Hotness]:
        import_with_left_over()
        from hotloop.core.codes import Codes
        from hotloop.core.hotness import Hotness
        from hotloop.frames.moving import Mover
        from hotloop.frames.native_launch import LENT
        from hotloop.frames.runtime import Runtime

        runtime = Runtime(self.layout, self.auditing)
        runtime.set_headroom(LENT)
        runtime.on_first_use(self._first_use)
        codes = Codes(self.layout, runtime.records, self._slow_path, self.config)
        return runtime, codes, Hotness(self.config, codes, Mover(runtime), self._start)

    def _look(self, ident: int, frame: FrameType) -> bool:
        """The sampler's callback. Must not raise: it runs in a thread of its own."""
        try:
            if self._starting and (self._driver is None or self._driver.claim.taken):
                return False  # the compiler is not the program
            if self._hotness is None and not self._seen_twice(frame):
                return False
            if self._driver is None and self._asked_home():
                return False
            return self.hotness.look(ident, frame)
        except Exception as error:
            self._complain("sampling", error)
            return False

    def _asked_home(self) -> bool:
        """Whether what is needed now is left to the main thread: imports of ours change what
        others see where the program has modules of the same names.
        """
        if self._home_asked is None:
            self._home_asked = has_namesakes()
            if self._home_asked:
                from hotloop.frames.memory import call_in_main_thread

                call_in_main_thread(self._bring_in)
        return self._home_asked

    def _bring_in(self) -> None:
        """Bring in everything, in the main thread. Must not raise."""
        try:
            assert self.hotness is not None
            self._start()
        except KeyboardInterrupt:
            _thread.interrupt_main()
        except Exception as error:
            self._complain("starting", error)

    def _improve(self) -> None:
        """Called by the sampler between looks. Must not raise."""
        try:
            if self._driver is not None and not self._driver.claim.taken:
                self._driver.improve(self.active)
                if self._settling is not None:
                    self._settling.look()
        except Exception as error:
            self._complain("improving", error)

    def _seen_twice(self, frame: FrameType | None) -> bool:
        """Whether a stack shows code that an earlier one has shown, not counting what imports it.

        Until it does nothing is worth importing the deciders for.
        """
        stack: list[CodeType] = []
        while frame is not None and len(stack) < _DEPTH:
            code = frame.f_code
            if code.co_filename.startswith("<frozen importlib"):
                break
            stack.append(code)
            frame = frame.f_back
        twice = any(id(code) in self._seen for code in stack)
        self._seen.update((id(code), code) for code in stack)
        return twice

    def _first_use(self, record: object) -> None:
        """The first merge point is used up."""
        self._start()

    def _start(self) -> bool:
        """Bring in the compiler and the native half; says whether they are there.

        What is imported here may reach merge points itself: only the first call acts. It is put
        off, and asked for again, while modules are half imported.
        """
        if self._starting:
            return self._driver is not None
        if half_imported():
            return False
        from hotloop.frames.standing_in import StandIn

        assert self._runtime is not None  # whoever asks has merge points
        stand_in = StandIn(self._runtime.stand_ins)
        self._starting = True
        self.auditing.hold()
        try:
            self._start_quietly()
        except Exception as error:
            self._complain("starting the compiler", error)
            self.disable()
            if self._runtime is not None:
                self._runtime.stop()  # no merge point asks again
        finally:
            self.auditing.release()
            stand_in.leave()
        return self._driver is not None

    def _start_quietly(self) -> None:
        from hotloop.core.collecting import Collections
        from hotloop.core.levels import ThreadLevels
        from hotloop.frames.native_launch import LENT

        levels, collections = ThreadLevels(self.layout), Collections(self.layout)
        at_home = _thread.get_ident() == self._home
        if at_home:  # no finaliser of the program runs here
            collections.hold()
        levels.change(LENT)
        try:
            with quick_turns(), own_imports():
                self._make_driver()
        finally:
            levels.change(-LENT)
            if at_home:
                collections.release()

    def _make_driver(self) -> None:
        from hotloop.config_values import Executor
        from hotloop.core import on_purpose
        from hotloop.core.driver import Driver
        from hotloop.core.hiding import hide_everything, keep_builtins
        from hotloop.core.hotness import own_files
        from hotloop.core.lasting import Settling
        from hotloop.frames.probe import arrays_fit
        from hotloop_backend_x86.llvm import lock, when_started
        from hotloop_backend_x86.natives import compile_module

        self.fork_locks.locks.append(lock)
        assert self._runtime is not None and self._codes is not None
        if not arrays_fit(self.layout):
            raise EngineUnavailable("arrays are not as they are known")
        self._runtime.start(compile_module)
        atexit.register(self._stop)
        if self.config.stress.fault is not None:
            from hotloop.core.faults import inject

            inject(self.config.stress.fault)
        driver = Driver(self.config, self.counters, self._runtime, self._codes)
        driver.compiler.tiered = self.active
        driver.set_up_calls(compile_module, self._runtime.clock)
        if self.config.executor is Executor.EVALUATOR:
            from hotloop.evaluated.backend import evaluator_backend

            driver.compiler.backend = evaluator_backend(driver, compile_module)
        if self.config.stress.audit is not None:
            from hotloop.audited.backend import audit_backend

            driver.compiler.backend = audit_backend(driver, compile_module)
        on_purpose.start(self.config)
        hide_everything(self.layout)
        keep_builtins(self.layout)
        when_started(lambda: keep_builtins(self.layout))
        self.hotness.own_files = own_files()
        self._settling = Settling(self.layout, compile_module)
        self._driver = driver  # last: from here on the program's merge points are answered

    def _stop(self) -> None:
        """The program has ended; what still runs of it may find modules half gone."""
        assert self._runtime is not None
        self._runtime.stop()
        if self._sampler is not None:
            self._sampler.stop()
        if self._driver is not None:
            self._last_stats = self.stats()
            self._driver.clearing.give_up()

    def _slow_path(self, mark: object, address: int, record: int, buf: int) -> object:
        """Called by native code; see ``core.driver``."""
        if self._driver is None or not (self.active or self.started):
            return None
        return self._driver.slow_path(mark, address, record, buf)

    def _complain(self, what: str, error: Exception) -> None:
        """An error of ours outside a recording: into the log, never into the program."""
        from hotloop import log

        self.counters.abort("INTERNAL", what, 0)
        if log.ABORT.on:
            import traceback

            log.ABORT.write(
                f"internal error while {what}", "".join(traceback.format_exception(error))
            )


def get_engine() -> Engine:
    """The engine for this process. Raises EngineUnavailable on a build that is not known."""
    from hotloop.frames.probe import probe

    layout = probe()
    if isinstance(layout, str):
        raise EngineUnavailable(layout)
    return Engine(layout)
