"""Trace and profile functions of the running thread, those that C code sets too (CPython 3.11).

`sys.settrace` sets a C function that calls a Python one; `PyEval_SetTrace` sets any C function,
which is called for every frame of the thread. A `CTracer` is such a one, and can be called for the
frames that the interpreter has made. Where to read is `frame_access`'s matter: nothing here may be
called where that is not available.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Final

from hotloop_interp.frame import NULL
from hotloop_interp.frame_access import LiveFrame, call_in_frame, offsets
from hotloop_interp.sealed import seal

seal(globals())

WHAT: Final = {
    "call": 0, "exception": 1, "line": 2, "return": 3,
    "c_call": 4, "c_exception": 5, "c_return": 6, "opcode": 7,
}  # fmt: skip
"""The events as C code knows them (PyTrace_CALL and so on, cpython/pystate.h)."""

_API = ctypes.pythonapi
_WORDS = (ctypes.c_uint64 * (1 << 44)).from_address(0)
_INTS = (ctypes.c_int32 * (1 << 45)).from_address(0)
_BYTES = (ctypes.c_int8 * (1 << 47)).from_address(0)
_AT = offsets(
    "PyThreadState.cframe",
    "PyThreadState.c_tracefunc",
    "PyThreadState.c_profilefunc",
    "PyThreadState.tracing_what",
    "_PyCFrame.current_frame",
    "_PyCFrame.previous",
    "_PyCFrame.use_tracing",
    "sizeof(_PyCFrame)",
)
_CFRAME = _AT["PyThreadState.cframe"]
_TRACE, _PROFILE = _AT["PyThreadState.c_tracefunc"], _AT["PyThreadState.c_profilefunc"]
_TRACING_WHAT = _AT["PyThreadState.tracing_what"]
_CURRENT, _PREVIOUS = _AT["_PyCFrame.current_frame"], _AT["_PyCFrame.previous"]
_USE_TRACING = _AT["_PyCFrame.use_tracing"]

_Setter = ctypes.PYFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
_set_c_trace = _Setter(("PyEval_SetTrace", _API))
_set_c_profile = _Setter(("PyEval_SetProfile", _API))
_TraceFunction = ctypes.PYFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
)
_settrace, _gettrace = sys.settrace, sys.gettrace
_setprofile, _getprofile = sys.setprofile, sys.getprofile
_thread_state = ctypes.PYFUNCTYPE(ctypes.c_void_p)(("PyThreadState_Get", _API))
_enter_tracing = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(("PyThreadState_EnterTracing", _API))
_leave_tracing = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(("PyThreadState_LeaveTracing", _API))


def enter_tracing(what: str) -> int:
    """Turn CPython's tracing off for a trace function that is told of an event.

    Answers what `leave_tracing` takes.
    """
    state = _thread_state()
    old: int = _INTS[(state + _TRACING_WHAT) >> 2]
    _INTS[(state + _TRACING_WHAT) >> 2] = WHAT[what]
    _enter_tracing(state)
    return old


def leave_tracing(what: int) -> None:
    """Undo `enter_tracing`."""
    state = _thread_state()
    _leave_tracing(state)
    _INTS[(state + _TRACING_WHAT) >> 2] = what


class CTracer:
    """A trace or profile function set by C code: its address and the object it is called with.

    `function` takes the addresses of that object, of a frame object, the event's number, and the
    address of its argument, 0 where there is none.
    """

    __slots__ = ("address", "function", "object")

    def __init__(self, address: int, object_: object) -> None:
        self.address = address
        self.object = object_
        self.function = _TraceFunction(address)

    def arguments(self, frame: FrameType, what: str, arg: object) -> tuple[int, ...]:
        """What `function` is called with for an event; `arg` is NULL where there is none."""
        return _address(self.object), id(frame), WHAT[what], 0 if arg is NULL else id(arg)


def _address(object_: object) -> int:
    """The address of what a trace function is called with; sys.gettrace shows none as None."""
    return 0 if object_ is None else id(object_)


def shown(tracer: object) -> object:
    """What sys.gettrace or sys.getprofile answers while `tracer` is set."""
    return tracer.object if type(tracer) is CTracer else tracer


def installed() -> tuple[object, object]:
    """The trace and the profile function of this thread; None, or a `CTracer` if C code set it."""
    state = _thread_state()
    trace, profile = _WORDS[(state + _TRACE) >> 3], _WORDS[(state + _PROFILE) >> 3]
    if not trace and not profile:
        return None, None
    return _known(trace, _gettrace(), 0), _known(profile, _getprofile(), 1)


def _known(address: int, object_: object, kind: int) -> object:
    if not address:
        return None
    return object_ if address == _trampolines()[kind] else CTracer(address, object_)


_TRAMPOLINES: list[int] = []


def _trampolines() -> Sequence[int]:
    """The addresses of the C functions that call what sys.settrace and sys.setprofile set."""
    if not _TRAMPOLINES:
        state = _thread_state()
        places = (state + _TRACE) >> 3, (state + _PROFILE) >> 3
        addresses = [_WORDS[place] for place in places]
        objects = _gettrace(), _getprofile()
        what = enter_tracing("call")
        try:
            _settrace(_nothing)
            _setprofile(_nothing)
            _TRAMPOLINES.extend(_WORDS[place] for place in places)
            for setter, address, object_ in zip(
                (_set_c_trace, _set_c_profile), addresses, objects, strict=True
            ):
                setter(address, _address(object_))
        finally:
            leave_tracing(what)
    return _TRAMPOLINES


def _nothing(frame: FrameType, event: str, arg: object) -> None:
    """A trace function that is never called."""


def install(trace: object, profile: object) -> None:
    """Make these the thread's trace and profile function, None for none."""
    what = enter_tracing("call")  # what is left of one may not see that the other goes
    try:
        if type(profile) is CTracer:
            _set_c_profile(profile.address, _address(profile.object))
        else:
            _setprofile(profile)  # type: ignore[arg-type]
        if type(trace) is CTracer:
            _set_c_trace(trace.address, _address(trace.object))
        else:
            _settrace(trace)  # type: ignore[arg-type]
    finally:
        leave_tracing(what)


_SPARE: list[ctypes.Array[ctypes.c_char]] = []
"""Structures for `call_shielded` that are not in use."""


def call_shielded(
    frame: LiveFrame,
    callable_: object,
    args: Sequence[object],
    kwargs: Mapping[str, object],
    remaining: int,
) -> object:
    """`frame_access.call_in_frame`, so that a trace function the C function sets spares its caller.

    CPython keeps in a structure for each evaluation (`_PyCFrame`) whether it is traced. The C
    function finds one of its own in the place of the caller's.
    """
    place = (_thread_state() + _CFRAME) >> 3
    outer = _WORDS[place]
    spare = _SPARE.pop() if _SPARE else ctypes.create_string_buffer(_AT["sizeof(_PyCFrame)"])
    own = ctypes.addressof(spare)
    _WORDS[own >> 3] = 0
    _BYTES[own + _USE_TRACING] = _BYTES[outer + _USE_TRACING]
    _WORDS[(own + _CURRENT) >> 3] = frame.address
    _WORDS[(own + _PREVIOUS) >> 3] = outer
    _WORDS[place] = own
    try:
        return call_in_frame(frame, callable_, args, kwargs, remaining)
    finally:
        _WORDS[place] = outer
        _SPARE.append(spare)
