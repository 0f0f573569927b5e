"""What all parts of the concrete machine share: native calls and entering Python functions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Final, cast

from hotloop_interp.concrete import shadows
from hotloop_interp.frame import NULL, Frame, ReturnKind
from hotloop_interp.machine import Continuation, Machine, Result
from hotloop_interp.protocol import bind_arguments, lookup
from hotloop_interp.sealed import seal
from hotloop_interp.trace_access import call_shielded

seal(globals())

Callee = Callable[..., object]
"""Any callable, as native calls take it."""

_HEAPTYPE = 1 << 9

_NO_KEYWORDS: Final[dict[str, object]] = {}

DRIVER_DEPTH: Final = 200
"""Native frames and calls that this interpreter may need above those of the program."""


class ConcreteBase(Machine[object]):
    """State of the machine, native calls, frames for Python functions."""

    def __init__(self) -> None:
        self.handled: list[object] = [sys.exception()]
        self.frame: Frame[object] | None = None
        self.recursion_limit = sys.getrecursionlimit()
        self.tracefunc: object = None
        self.profilefunc: object = None

    def switched(self, frame: Frame[object]) -> None:
        self.frame = frame

    def here(self, function: object, *args: object) -> object:
        """Call a C function that may run Python code, from the running frame."""
        frame = self.frame
        assert frame is not None
        return self.native(frame, function, args)

    def resume_generator(
        self, frame: Frame[object], generator: object, value: object, kind: ReturnKind
    ) -> Frame[object] | None:
        """The frame of a suspended generator, None if it must be resumed natively."""
        return None

    def throw_into(
        self, frame: Frame[object], generator: object, exception: BaseException
    ) -> Frame[object] | None:
        """The frame of a suspended generator to raise in, None if it must be done natively."""
        return None

    def native(
        self,
        frame: Frame[object],
        callable_: object,
        args: Sequence[object],
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        """Call something natively, with `frame` as the calling frame for whoever looks.

        Raises CPython's TypeError for what is not callable.
        """
        shadow = shadows.linked(frame)
        remaining = max(self.recursion_limit - frame.depth, 1)
        if id(callable_) not in shadows.READERS:
            return call_shielded(shadow, callable_, args, kwargs or _NO_KEYWORDS, remaining)
        shadows.show_locals(frame)
        try:
            return call_shielded(shadow, callable_, args, kwargs or _NO_KEYWORDS, remaining)
        finally:
            shadows.hide_locals(frame)

    def set_tracing(self, *, trace: object, profile: object) -> None:
        """What sys.settrace and sys.setprofile set."""
        raise NotImplementedError

    def c_event(self, frame: Frame[object], what: str, function: object) -> None:
        """Tell a profiler of a C call."""
        raise NotImplementedError

    def profiled(
        self,
        frame: Frame[object],
        callable_: object,
        args: Sequence[object],
        kwargs: Mapping[str, object],
    ) -> object:
        """A native call that the program makes, with its events for a profiler."""
        raise NotImplementedError

    def enter(
        self,
        frame: Frame[object],
        function: FunctionType,
        args: Sequence[object],
        kwnames: tuple[str, ...] = (),
        kind: ReturnKind = ReturnKind.PUSH,
        *,
        payload: object = NULL,
        rest: Continuation[object] | None = None,
        note: str = "",
    ) -> Result[object]:
        """A frame for a call of a Python function."""
        code = function.__code__
        defaults, kwdefaults = function.__defaults__ or (), function.__kwdefaults__ or {}
        slots = bind_arguments(self, code, args, kwnames, defaults, kwdefaults)
        if slots is None:
            # Raises the error of arguments that do not fit.
            made = self.native(frame, function, *split_keywords(args, kwnames))
            return rest.resume(self, frame, made) if rest is not None else made
        if frame.depth >= self.recursion_limit:
            raise RecursionError("maximum recursion depth exceeded")
        callee: Frame[object] = Frame(
            code, function.__globals__, builtins_of(function), slots, func=function, parent=frame
        )
        callee.return_kind = kind
        callee.payload = payload
        callee.continuation = rest
        callee.note = note
        return callee

    def enter_discarding(
        self, frame: Frame[object], function: FunctionType, args: Sequence[object]
    ) -> Frame[object] | None:
        """A frame for a call whose result is not wanted."""
        result = self.enter(frame, function, args, kind=ReturnKind.DISCARD)
        return result if type(result) is Frame else None


def builtins_of(function: FunctionType) -> dict[str, object]:
    """`function.__builtins__`, which mypy knows only when its cache is empty."""
    found = function.__builtins__  # type: ignore[attr-defined, unused-ignore]
    return cast("dict[str, object]", found)


def split_keywords(
    args: Sequence[object], kwnames: tuple[str, ...]
) -> tuple[Sequence[object], dict[str, object]]:
    """Positional and keyword arguments of a vectorcall-style argument list."""
    if not kwnames:
        return args, {}
    given = len(args) - len(kwnames)
    return args[:given], dict(zip(kwnames, args[given:], strict=True))


def python_method(value: object, name: str) -> FunctionType | None:
    """The Python function that a special method of a user type is, if it is one."""
    kind = type(value)
    if not kind.__flags__ & _HEAPTYPE:
        return None
    found = lookup(kind, name)
    return found if type(found) is FunctionType else None
