"""Reading and writing live CPython 3.11 frames (trace functions are `trace_access`'s).

A `LiveFrame` is a view of one `_PyInterpreterFrame` in memory (Include/internal/pycore_frame.h).
Offsets come from `hotloop_ir.layout`; on an interpreter it does not know, `available()` says why
and nothing else here may be called. Nothing here interprets; who writes a frame answers for its
being valid.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping, Sequence
from types import CodeType, FrameType, FunctionType
from typing import Final

from hotloop_interp.frame import NULL, Slot
from hotloop_interp.sealed import seal
from hotloop_ir.layout import current

seal(globals())

_LAYOUT = current()
_API = ctypes.pythonapi

# The whole address space as arrays: indexing one is the fastest typed access there is.
_WORDS = (ctypes.c_uint64 * (1 << 44)).from_address(0)
_OBJECTS = (ctypes.py_object * (1 << 44)).from_address(0)
_INTS = (ctypes.c_int32 * (1 << 45)).from_address(0)
_BYTES = (ctypes.c_int8 * (1 << 47)).from_address(0)

# Objects go in as addresses: ctypes looks at __class__ of what it converts, which runs code.
_incref = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(("Py_IncRef", _API))
_decref = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(("Py_DecRef", _API))
_set_handled = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(("PyErr_SetHandledException", _API))
_locals_to_fast = ctypes.PYFUNCTYPE(None, ctypes.py_object, ctypes.c_int)(
    ("PyFrame_LocalsToFast", _API)
)
_thread_state = _API.PyThreadState_Get
_thread_state.argtypes, _thread_state.restype = [], ctypes.c_void_p
_frame_new = ctypes.PYFUNCTYPE(
    ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.py_object, ctypes.c_void_p
)(("PyFrame_New", _API))


def available() -> str:
    """Empty if frames of the running interpreter can be accessed, else one line that says why."""
    return _LAYOUT if isinstance(_LAYOUT, str) else ""


def offsets(*names: str) -> dict[str, int]:
    """Facts of the layout; 0 for all where frames cannot be accessed."""
    return {name: 0 if isinstance(_LAYOUT, str) else _LAYOUT[name] for name in names}


_AT: Final = offsets(
    "_PyInterpreterFrame.f_func",
    "_PyInterpreterFrame.f_globals",
    "_PyInterpreterFrame.f_builtins",
    "_PyInterpreterFrame.f_locals",
    "_PyInterpreterFrame.f_code",
    "_PyInterpreterFrame.frame_obj",
    "_PyInterpreterFrame.previous",
    "_PyInterpreterFrame.prev_instr",
    "_PyInterpreterFrame.stacktop",
    "_PyInterpreterFrame.owner",
    "_PyInterpreterFrame.localsplus",
    "PyFrameObject.f_back",
    "PyFrameObject.f_frame",
    "PyFrameObject.f_fast_as_locals",
    "PyCodeObject.co_code_adaptive",
    "PyGenObject.gi_iframe",
    "PyGenObject.gi_frame_state",
    "PyGenObject.gi_exc_state",
    "PyGenObject.gi_running_async",
    "PyThreadState.cframe",
    "PyThreadState.recursion_remaining",
    "_PyCFrame.current_frame",
)
_FUNC = _AT["_PyInterpreterFrame.f_func"]
_GLOBALS = _AT["_PyInterpreterFrame.f_globals"]
_BUILTINS = _AT["_PyInterpreterFrame.f_builtins"]
_LOCALS = _AT["_PyInterpreterFrame.f_locals"]
_CODE = _AT["_PyInterpreterFrame.f_code"]
_FRAME_OBJ = _AT["_PyInterpreterFrame.frame_obj"]
_PREVIOUS = _AT["_PyInterpreterFrame.previous"]
_PREV_INSTR = _AT["_PyInterpreterFrame.prev_instr"]
_STACKTOP = _AT["_PyInterpreterFrame.stacktop"]
_OWNER = _AT["_PyInterpreterFrame.owner"]
_LOCALSPLUS = _AT["_PyInterpreterFrame.localsplus"]
_F_BACK = _AT["PyFrameObject.f_back"]
_F_FRAME = _AT["PyFrameObject.f_frame"]
_F_FAST_AS_LOCALS = _AT["PyFrameObject.f_fast_as_locals"]
_CODE_UNITS = _AT["PyCodeObject.co_code_adaptive"]
_GEN_FRAME = _AT["PyGenObject.gi_iframe"]
_GEN_STATE = _AT["PyGenObject.gi_frame_state"]
_GEN_EXC = _AT["PyGenObject.gi_exc_state"]
_GEN_RUNNING_ASYNC = _AT["PyGenObject.gi_running_async"]
_CFRAME = _AT["PyThreadState.cframe"]
_REMAINING = _AT["PyThreadState.recursion_remaining"]
_CURRENT = _AT["_PyCFrame.current_frame"]

OWNED_BY_THREAD = 0
OWNED_BY_GENERATOR = 1
OWNED_BY_FRAME_OBJECT = 2

GEN_CREATED = -2
GEN_SUSPENDED = -1
GEN_EXECUTING = 0


def _slot(address: int) -> Slot[object]:
    """The object a pointer in memory points to, as a new reference."""
    return _OBJECTS[address >> 3] if _WORDS[address >> 3] else NULL


def _store(address: int, value: Slot[object]) -> None:
    """Replace an owned pointer in memory; the old object may die, after the store."""
    old = _WORDS[address >> 3]
    if value is NULL:
        _WORDS[address >> 3] = 0
    else:
        _incref(id(value))
        _WORDS[address >> 3] = id(value)
    if old:
        _decref(old)


class LiveFrame:
    """A view of a `_PyInterpreterFrame`; valid as long as the frame is, and its code."""

    __slots__ = ("_first", "_pointer", "address")

    def __init__(self, address: int) -> None:
        self.address = address
        self._first = _WORDS[(address + _CODE) >> 3] + _CODE_UNITS
        self._pointer = (address + _PREV_INSTR) >> 3

    @property
    def code(self) -> CodeType:
        """`f_code`."""
        value = _OBJECTS[(self.address + _CODE) >> 3]
        assert isinstance(value, CodeType)
        return value

    def function(self) -> FunctionType:
        """`f_func` (a method: a property of this type would bind it)."""
        value: object = _OBJECTS[(self.address + _FUNC) >> 3]
        assert type(value) is FunctionType
        return value

    def set_function(self, value: FunctionType) -> None:
        """Replace `f_func`."""
        _store(self.address + _FUNC, value)

    @property
    def globals(self) -> dict[str, object]:
        """`f_globals`."""
        value = _OBJECTS[(self.address + _GLOBALS) >> 3]
        assert isinstance(value, dict)
        return value

    @property
    def builtins(self) -> dict[str, object]:
        """`f_builtins`."""
        value = _OBJECTS[(self.address + _BUILTINS) >> 3]
        assert isinstance(value, dict)
        return value

    @property
    def locals(self) -> Slot[object]:
        """`f_locals`: the namespace of a class body or module, NULL for most functions."""
        return _slot(self.address + _LOCALS)

    @property
    def previous(self) -> int:
        """Address of the caller's frame, 0 at the bottom."""
        return _WORDS[(self.address + _PREVIOUS) >> 3]

    @previous.setter
    def previous(self, address: int) -> None:
        _WORDS[(self.address + _PREVIOUS) >> 3] = address

    @property
    def owner(self) -> int:
        """Who owns it: `OWNED_BY_THREAD`, `OWNED_BY_GENERATOR` or `OWNED_BY_FRAME_OBJECT`."""
        return _BYTES[self.address + _OWNER]

    @owner.setter
    def owner(self, value: int) -> None:
        _BYTES[self.address + _OWNER] = value

    @property
    def last(self) -> int:
        """`prev_instr` as a byte offset into the code: the unit before the next one to run."""
        return _WORDS[self._pointer] - self._first

    @last.setter
    def last(self, offset: int) -> None:
        _WORDS[self._pointer] = self._first + offset

    @property
    def stacktop(self) -> int:
        """Slots in use, locals included; -1 while the interpreter keeps the stack in registers."""
        return _INTS[(self.address + _STACKTOP) >> 2]

    @stacktop.setter
    def stacktop(self, value: int) -> None:
        _INTS[(self.address + _STACKTOP) >> 2] = value

    def slots(self, start: int, stop: int) -> list[Slot[object]]:
        """Contents of localsplus[start:stop]; the operand stack follows the local slots."""
        base = self.address + _LOCALSPLUS
        return [_slot(base + 8 * index) for index in range(start, stop)]

    def write_slots(self, start: int, values: Sequence[Slot[object]]) -> None:
        """Replace localsplus[start:start + len(values)]; the old contents may die."""
        base = self.address + _LOCALSPLUS + 8 * start
        for index, value in enumerate(values):
            _store(base + 8 * index, value)

    def take_slots(self, start: int, stop: int) -> list[Slot[object]]:
        """Move localsplus[start:stop] out, leaving NULL."""
        values = self.slots(start, stop)
        self.write_slots(start, [NULL] * len(values))
        return values

    def init_stack(self, start: int, values: Sequence[object]) -> None:
        """Write above the top of the stack, where old contents are garbage and not owned."""
        base = self.address + _LOCALSPLUS + 8 * start
        for index, value in enumerate(values):
            if value is NULL:
                _WORDS[(base >> 3) + index] = 0
            else:
                _incref(id(value))
                _WORDS[(base >> 3) + index] = id(value)


def live_frame(frame: FrameType) -> LiveFrame:
    """The interpreter frame behind a frame object."""
    return LiveFrame(_WORDS[(id(frame) + _F_FRAME) >> 3])


def generator_frame(generator: object) -> LiveFrame:
    """The frame inside a generator, coroutine or async generator (it must not be finished)."""
    return LiveFrame(id(generator) + _GEN_FRAME)


def generator_state(generator: object) -> int:
    """`gi_frame_state`: `GEN_CREATED`, `GEN_SUSPENDED`, `GEN_EXECUTING` or greater when over."""
    return _BYTES[id(generator) + _GEN_STATE]


def set_generator_state(generator: object, state: int) -> None:
    """Write `gi_frame_state`."""
    _BYTES[id(generator) + _GEN_STATE] = state


def generator_handled(generator: object) -> Slot[object]:
    """The exception the suspended generator is handling (gi_exc_state.exc_value)."""
    return _slot(id(generator) + _GEN_EXC)


def set_generator_handled(generator: object, exception: Slot[object]) -> None:
    """Write gi_exc_state.exc_value."""
    _store(id(generator) + _GEN_EXC, exception)


# PyAsyncGenASend is private to genobject.c and in no header; `asend_parts` probes what it reads.
_ASEND_GEN, _ASEND_VALUE, _ASEND_STATE = 16, 24, 32
ASEND_INIT, ASEND_ITER = 0, 1


class AsendParts:
    """What an `asend()` or `__anext__()` awaitable of an async generator holds."""

    __slots__ = ("asend", "generator", "state", "value")

    def __init__(self, asend: object) -> None:
        self.asend = asend
        self.generator: Slot[object] = _slot(id(asend) + _ASEND_GEN)
        self.value = _slot(id(asend) + _ASEND_VALUE)
        self.state = _INTS[(id(asend) + _ASEND_STATE) >> 2]

    def start(self) -> None:
        """Mark it as begun, as its first send does."""
        _INTS[(id(self.asend) + _ASEND_STATE) >> 2] = ASEND_ITER
        _BYTES[id(self.generator) + _GEN_RUNNING_ASYNC] = 1


def asend_readable(generator: object, asend: object, value: object) -> bool:
    """Probe: whether the fields of a fresh `generator.asend(value)` are where they are expected."""
    words = [_WORDS[(id(asend) + at) >> 3] for at in (_ASEND_GEN, _ASEND_VALUE)]
    state = _INTS[(id(asend) + _ASEND_STATE) >> 2]
    return words == [id(generator), id(value)] and state == ASEND_INIT


def set_handled_exception(exception: object) -> None:
    """Make an exception (or None) the handled one: what sys.exc_info() and `raise` see."""
    _set_handled(id(exception))


def current_frame() -> LiveFrame:
    """The running frame: that of the caller, a Python function."""
    return live_frame(sys._getframe(1))


def call_in_frame(
    frame: LiveFrame,
    callable_: object,
    args: Sequence[object],
    kwargs: Mapping[str, object],
    remaining: int = 0,
) -> object:
    """Call a C function that sees `frame` as the running frame.

    Python code that it calls back sees it as its caller. When this function returns, the
    interpreter itself makes its caller's frame the current one again. The C function may recurse
    `remaining` deep, where it is given, before RecursionError.
    """
    state = _thread_state()
    _WORDS[(_WORDS[(state + _CFRAME) >> 3] + _CURRENT) >> 3] = frame.address
    if not remaining:  # without keywords nothing is allocated, so nothing collected, before
        return callable_(*args, **kwargs) if kwargs else callable_(*args)  # type: ignore[operator]
    counter = (state + _REMAINING) >> 2
    saved = _INTS[counter]
    _INTS[counter] = remaining
    try:
        return callable_(*args, **kwargs)  # type: ignore[operator]
    finally:
        _INTS[counter] = saved


def add_recursion_room(count: int) -> None:
    """Let this thread recurse `count` deeper than the recursion limit says (less if negative)."""
    _INTS[(_thread_state() + _REMAINING) >> 2] += count


def new_frame_object(
    code: CodeType, globals_: dict[str, object], namespace: Slot[object]
) -> FrameType:
    """A frame object that no interpreter runs (PyFrame_New): for tracebacks and introspection."""
    where = None if namespace is NULL else id(namespace)
    frame = _frame_new(_thread_state(), code, globals_, where)
    assert isinstance(frame, FrameType)
    return frame


def adopt(frame: FrameType, previous: int) -> LiveFrame:
    """Make a new frame object look like a running one, called by the frame at `previous`."""
    live = live_frame(frame)
    live.owner = OWNED_BY_THREAD
    live.previous = previous
    _WORDS[(live.address + _FRAME_OBJ) >> 3] = id(frame)
    return live


def retire(frame: FrameType, back: FrameType | None) -> None:
    """Undo `adopt` when the frame is over (take_ownership in frame.c)."""
    live = live_frame(frame)
    live.owner = OWNED_BY_FRAME_OBJECT
    live.previous = 0
    _WORDS[(live.address + _FRAME_OBJ) >> 3] = 0
    if back is not None:
        _store(id(frame) + _F_BACK, back)


def locals_to_fast(frame: FrameType) -> None:
    """Write the dict behind `f_locals` into the frame's slots (PyFrame_LocalsToFast)."""
    _locals_to_fast(frame, 1)


def refresh_locals(frame: FrameType) -> None:
    """Drop what was written into a dict that `f_locals` gave out (call_trampoline)."""
    if _BYTES[id(frame) + _F_FAST_AS_LOCALS]:
        _ = frame.f_locals
