"""Exceptions: handled exception, raise, except clauses, exception groups, tracebacks.

The handled exception is also made CPython's (PyErr_SetHandledException), so that native code
called from here sees it, and chains its own exceptions to it.
"""

from __future__ import annotations

from types import TracebackType
from typing import NoReturn

from hotloop_interp.concrete import groups, shadows
from hotloop_interp.concrete.base import ConcreteBase
from hotloop_interp.frame import NULL, Frame, Slot
from hotloop_interp.frame_access import set_handled_exception
from hotloop_interp.machine import Result, Unwind
from hotloop_interp.protocol import is_a
from hotloop_interp.sealed import seal

seal(globals())

_OWN_MODULES = "hotloop_interp."
_NOT_CLASSES = "catching classes that do not inherit from BaseException is not allowed"


class ConcreteExceptions(ConcreteBase):
    """Exceptions as plain objects."""

    def exception_value(self, exception: BaseException) -> object:
        return exception

    def exception_of(self, value: object) -> BaseException:
        assert isinstance(value, BaseException)
        return value

    def lasti_of(self, value: object) -> int:
        assert isinstance(value, int)
        return value

    def add_traceback(self, frame: Frame[object], exception: BaseException) -> BaseException | None:
        """Replace the entries of this interpreter's own frames by one for the frame."""
        inner = without_own(exception.__traceback__)
        shadow = shadows.linked_shadow(frame)
        if shadow.native:
            exception.__traceback__ = inner
            return None
        instr = frame.instr
        line = frame.code.co_firstlineno if instr.line is None else instr.line
        exception.__traceback__ = TracebackType(inner, shadow.object, instr.offset, line)
        return None

    def push_handled(self, frame: Frame[object], exception: object) -> object:
        previous = self.handled[-1]
        self.set_handled(exception)
        return previous

    def pop_handled(self, frame: Frame[object], previous: object) -> None:
        self.set_handled(previous)

    def set_handled(self, exception: object) -> None:
        """Make it the handled exception of the running generator or call."""
        self.handled[-1] = exception
        self.show_handled()

    def show_handled(self) -> None:
        """Tell CPython: the innermost that is not None (_PyErr_GetTopmostException)."""
        for exception in reversed(self.handled):
            if exception is not None:
                set_handled_exception(exception)
                return
        set_handled_exception(None)

    def topmost(self) -> object:
        """The exception that a bare raise raises again, or None."""
        for exception in reversed(self.handled):
            if exception is not None:
                return exception
        return None

    def exc_match(self, frame: Frame[object], exception: object, class_: object) -> object:
        classes = class_ if is_a(class_, tuple) else (class_,)
        for item in classes:
            if not _is_exception_class(item):
                raise TypeError(_NOT_CLASSES)
        return _given_matches(exception, class_)

    def group_match(
        self, frame: Frame[object], exception: object, class_: object
    ) -> tuple[object, object]:
        if exception is None:
            return None, None
        rest, match = groups.group_match(self.exception_of(exception), class_)
        if match is not None:
            self.set_handled(match)
        return rest, match

    def prep_reraise_star(self, original: object, raised: object) -> object:
        assert isinstance(raised, list)
        return groups.prep_reraise_star(self.exception_of(original), raised)

    def is_stop_async(self, exception: object) -> bool:
        return is_a(exception, StopAsyncIteration)

    def is_stop_iteration(self, exception: BaseException) -> bool:
        return is_a(exception, StopIteration)

    def stop_value(self, exception: BaseException) -> object:
        assert isinstance(exception, StopIteration)
        return exception.value

    def raise_stop_iteration(self, value: object) -> NoReturn:
        raise StopIteration(value) if value is not None else StopIteration

    def do_raise(
        self, frame: Frame[object], exception: Slot[object], cause: Slot[object]
    ) -> NoReturn:
        """do_raise of ceval.c."""
        if exception is NULL:
            handled = self.topmost()
            if handled is None:
                raise RuntimeError("No active exception to reraise")
            raise Unwind(self.exception_of(handled))
        value = self._instance(frame, exception, "exceptions must derive from BaseException")
        if cause is NULL:
            raise value
        if cause is None:
            value.__cause__ = None
            raise value
        value.__cause__ = self._instance(
            frame, cause, "exception causes must derive from BaseException"
        )
        raise value

    def _instance(self, frame: Frame[object], value: object, complaint: str) -> BaseException:
        """The exception that a raise names: an instance, or a class to call."""
        if is_a(value, BaseException):
            return value
        if not (is_a(value, type) and issubclass(value, BaseException)):
            raise TypeError(complaint)
        made = self.native(frame, value, ())
        if not is_a(made, BaseException):
            raise TypeError(
                f"calling {value!r} should have returned an instance of BaseException,"
                f" not {type(made)!r}"
            )
        return made

    def with_except_start(
        self, frame: Frame[object], exit_: object, exception: object
    ) -> Result[object]:
        error = self.exception_of(exception)
        return self.call(frame, exit_, [type(error), error, error.__traceback__], ())


def without_own(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the leading entries of this interpreter's own frames."""
    while trace is not None and _is_own(trace):
        trace = trace.tb_next
    return trace


def _is_own(entry: TracebackType) -> bool:
    module = entry.tb_frame.f_globals.get("__name__")
    return type(module) is str and module.startswith(_OWN_MODULES)


def _is_exception_class(value: object) -> bool:
    """PyExceptionClass_Check."""
    return is_a(value, type) and type.__subclasscheck__(BaseException, value)


def _given_matches(exception: object, class_: object) -> bool:
    """PyErr_GivenExceptionMatches: by the real MRO, not by __subclasscheck__."""
    if is_a(class_, tuple):
        return any(_given_matches(exception, item) for item in class_)
    return is_a(class_, type) and type.__subclasscheck__(class_, type(exception))
