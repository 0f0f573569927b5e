"""sys.settrace and sys.setprofile for interpreted frames.

The program's functions get the events of interpreted frames from here (call, line, return,
exception, opcode, c_call ...), in the order of ceval.c. They themselves run natively, with
CPython's tracing off, as they do under CPython; so do those that C code sets (`CTracer`). Native
code that C functions call back is traced by CPython, through a filter that hides this
interpreter's own frames.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import BuiltinFunctionType, CoroutineType, FrameType, MethodDescriptorType
from typing import Any

from hotloop_interp import frame_access as access
from hotloop_interp import trace_access
from hotloop_interp.concrete import shadows
from hotloop_interp.concrete.generators import ConcreteGenerators
from hotloop_interp.concrete.shadows import Shadow
from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame, ReturnKind
from hotloop_interp.sealed import seal
from hotloop_interp.trace_access import CTracer

seal(globals())

_OWN = "hotloop_interp."


def _filter(function: Any, shown: FrameType) -> Any:
    """The function, not called for frames of this interpreter, nor for C calls of `shown`."""
    if function is None:
        return None

    def trace(frame: FrameType, event: str, arg: object) -> object:
        if frame is shown and event[:2] == "c_":
            return None
        if str(frame.f_globals.get("__name__", "")).startswith(_OWN):
            return None
        if type(function) is not CTracer:
            return function(frame, event, arg)
        function.function(*function.arguments(frame, event, arg))
        return trace

    return trace


class ConcreteTracing(ConcreteGenerators):
    """Trace and profile events."""

    def __init__(self) -> None:
        super().__init__()
        self.in_event = False
        self.hooked = False

    def set_tracing(self, *, trace: object, profile: object) -> None:
        """What sys.settrace and sys.setprofile set."""
        self.tracefunc, self.profilefunc = trace, profile
        self.watches = self.hooked or trace is not None or profile is not None

    def before_instruction(self, frame: Frame[object]) -> None:
        if self.in_event or (self.tracefunc is None and self.profilefunc is None):
            return
        if shadows.shadow_of(frame).native:
            return
        instr = frame.instr
        if instr.op == "RESUME":
            self._event(frame, "call", None)
        elif self.tracefunc is not None:
            self._line(frame, instr)
        frame.traced = frame.index

    def _line(self, frame: Frame[object], instr: Instr) -> None:
        """maybe_call_line_trace."""
        shown = shadows.shadow_of(frame).object
        if shown.f_trace is None and type(self.tracefunc) is not CTracer:
            return
        instrs = frame.decoded.instrs
        before = frame.traced if frame.traced >= 0 else frame.index - 1
        entry = next(index for index, item in enumerate(instrs) if item.op == "RESUME")
        if frame.index < entry:  # (_co_firsttraceable)
            return
        last_line = None if before <= entry else instrs[before].line
        if instr.line is not None and shown.f_trace_lines:
            backward = frame.index < before and instr.op != "SEND"
            if instr.line != last_line or backward:
                self._event(frame, "line", None)
        if shown.f_trace_opcodes:
            self._event(frame, "opcode", None)

    def _event(self, frame: Frame[object], what: str, arg: object) -> None:
        """call_trace for the trace function, then for the profile function."""
        if self.in_event or (self.tracefunc is None and self.profilefunc is None):
            return
        shadow = shadows.linked_shadow(frame)
        if shadow.native:
            return
        if self.tracefunc is not None and what[:2] != "c_":
            local = what != "call" and type(self.tracefunc) is not CTracer
            callback = shadow.object.f_trace if local else self.tracefunc
            if callback is not None:
                result = self._callback(frame, callback, what, arg, is_trace=True)
                if result is not None:
                    shadow.object.f_trace = result  # type: ignore[assignment]
        if self.profilefunc is not None and what not in ("line", "opcode", "exception"):
            self._callback(frame, self.profilefunc, what, arg, is_trace=False)

    def _callback(
        self, frame: Frame[object], callback: object, what: str, arg: object, *, is_trace: bool
    ) -> object:
        """call_trampoline: the callback sees and may change the frame's locals and line."""
        shadow = shadows.linked_shadow(frame)
        shadow.live.last = frame.raised_at
        shadow.index = -1
        shadows.show_all(frame)
        self.in_event = True
        old = trace_access.enter_tracing(what)
        trace_access.install(self.tracefunc, self.profilefunc)
        failed = True
        try:
            result = self._tell(shadow, callback, what, arg)
            failed = False
            return result
        finally:
            trace, profile = trace_access.installed()
            if failed:
                trace, profile = (None, profile) if is_trace else (trace, None)
                if is_trace:
                    del shadow.object.f_trace
            trace_access.install(None, None)
            trace_access.leave_tracing(old)
            self.set_tracing(trace=trace, profile=profile)
            self.in_event = False
            self._take_back(frame, what)

    def _tell(self, shadow: Shadow, callback: object, what: str, arg: object) -> object:
        """Call a trace function; `arg` is NULL where C code gets none, and Python code None."""
        if type(callback) is not CTracer:
            args = (shadow.object, what, None if arg is NULL else arg)
            return access.call_in_frame(shadow.live, callback, args, {})
        access.call_in_frame(
            shadow.live, callback.function, callback.arguments(shadow.object, what, arg), {}
        )
        return None

    def _take_back(self, frame: Frame[object], what: str) -> None:
        """Read what the callback changed: locals, and the line of a jump with the stack."""
        live = shadows.shadow_of(frame).live
        target, depth = shadows.take_all(frame)
        if what == "line" and target != frame.raised_at:
            del frame.stack[depth:]
            frame.index = frame.decoded.index_at[target]
            self.handled[-1] = sys.exception()
        live.last = frame.instr.last

    def native(
        self,
        frame: Frame[object],
        callable_: object,
        args: Sequence[object],
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        trace, profile = self.tracefunc, self.profilefunc
        if trace is not None or profile is not None:
            shown = shadows.shadow_of(frame).object
            trace, profile = _filter(trace, shown), _filter(profile, shown)
            trace_access.install(trace, profile)
        try:
            return super().native(frame, callable_, args, kwargs)
        finally:
            new_trace, new_profile = trace_access.installed()
            if new_trace is not None or new_profile is not None:
                trace_access.install(None, None)
            if new_trace is not trace or new_profile is not profile:
                self.set_tracing(
                    trace=self.tracefunc if new_trace is trace else new_trace,
                    profile=self.profilefunc if new_profile is profile else new_profile,
                )

    def begin(self) -> None:
        """Take over the trace functions of the native caller."""
        trace, profile = trace_access.installed()
        if trace is not None or profile is not None:
            trace_access.install(None, None)
            self.set_tracing(trace=trace, profile=profile)

    def end(self) -> None:
        """Give the trace functions back to the native caller."""
        if self.watches:
            trace_access.install(self.tracefunc, self.profilefunc)

    def c_event(self, frame: Frame[object], what: str, function: object) -> None:
        if self.profilefunc is not None:
            self._event(frame, what, function)

    def profiled(
        self,
        frame: Frame[object],
        callable_: object,
        args: Sequence[object],
        kwargs: Mapping[str, object],
    ) -> object:
        """A call of a C function with its c_call, c_return and c_exception (C_TRACE)."""
        known = callable_
        if type(callable_) is MethodDescriptorType and args:
            known = callable_.__get__(args[0], type(args[0]))
        if type(known) is not BuiltinFunctionType:
            return self.native(frame, callable_, args, kwargs)
        self._event(frame, "c_call", known)
        end = "c_exception"
        try:
            result = self.native(frame, callable_, args, kwargs)
            end = "c_return"
            return result
        finally:
            self._event(frame, end, known)

    def add_traceback(self, frame: Frame[object], exception: BaseException) -> BaseException | None:
        super().add_traceback(frame, exception)
        try:
            self._exception_event(frame, exception)
        except BaseException as error:
            replacement = error
        else:
            return None
        super().add_traceback(frame, replacement)
        return replacement

    def _exception_event(self, frame: Frame[object], exception: BaseException) -> None:
        """call_exc_trace."""
        if self.tracefunc is not None:
            self._event(frame, "exception", (type(exception), exception, exception.__traceback__))

    def is_stop_iteration(self, exception: BaseException) -> bool:
        stops = super().is_stop_iteration(exception)
        if stops and self.frame is not None:
            self._exception_event(self.frame, exception)
        return stops

    def yielded(self, frame: Frame[object], value: object) -> object:
        self._event(frame, "return", value)
        return super().yielded(frame, value)

    def returned(self, frame: Frame[object], value: object) -> object:
        if self.tracefunc is None and self.profilefunc is None:
            return super().returned(frame, value)
        if frame.instr.op != "RETURN_GENERATOR":
            self._event(frame, "return", value)
        resumer, kind, generator = frame.parent, frame.return_kind, frame.generator
        result = super().returned(frame, value)
        if resumer is not None and kind in (ReturnKind.ITER, ReturnKind.SEND):
            # While tracing, CPython resumes by a call that raises StopIteration.
            if type(generator) is CoroutineType or (generator is not NULL and value is not None):
                self._exception_event(resumer, StopIteration(value))
        return result

    def raised(self, frame: Frame[object], exception: BaseException) -> BaseException:
        try:
            self._event(frame, "return", NULL)
        except BaseException as error:
            exception = error
        return super().raised(frame, exception)
