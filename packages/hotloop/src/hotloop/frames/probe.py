"""Check at start-up that the struct offsets are true of the running interpreter.

Every check reads memory of live objects whose contents are known. On the first mismatch the
answer is one line saying which field is wrong; hotloop then leaves the program alone. Memory is
read through /proc/self/mem, where a wrong pointer is an error and not a crash. Must not change
anything in the interpreter.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from types import FunctionType, MethodType

from hotloop.frames.memory import symbol
from hotloop_ir.layout import Layout, current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_Check = tuple[str, int, int]  # field, value read, value expected


class _Plain:
    """A class with inline attribute values."""


class _Slotted:
    __slots__ = ("first",)

    def __init__(self) -> None:
        self.first = "x"


def probe() -> Layout | str:
    """The layout of the running interpreter, checked; or one line saying why hotloop is off."""
    layout = current()
    if isinstance(layout, str):
        return layout
    groups = (_containers, _numbers, _dicts, _types, _functions, _iterators, _frames)
    field = ""
    _memory.open()
    try:
        for group in groups:
            for field, read, expected in group(layout):
                if read != expected:
                    return f"{field} is not where {layout.name} has it in this build of CPython"
    except (OSError, OverflowError):
        return f"a struct after {field} is not as {layout.name} has it in this build of CPython"
    finally:
        _memory.close()
    return layout


def arrays_fit(layout: Layout) -> bool:
    """Whether ``array.array`` is as the layout has it; asked when the compiler is brought in,
    because the module is not loaded at start-up.
    """
    from array import array

    numbers = array("h", [5, -7])
    address = id(numbers)
    _memory.open()
    try:
        return (
            peek(address + layout["arrayobject.ob_size"]) == 2
            and peek(address + layout["arrayobject.ob_item"]) == numbers.buffer_info()[0]
            and peek8(peek(address + layout["arrayobject.ob_descr"])) == ord("h")
        )
    except (OSError, OverflowError):
        return False
    finally:
        _memory.close()


class _Memory:
    """The memory of this process as a file; plain reads where there is no /proc."""

    def __init__(self) -> None:
        self.file = -1

    def open(self) -> None:
        try:
            self.file = os.open("/proc/self/mem", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self.file = -1

    def close(self) -> None:
        if self.file >= 0:
            os.close(self.file)

    def read(self, address: int, size: int) -> bytes:
        if self.file < 0:
            return ctypes.string_at(address, size)
        return os.pread(self.file, size, address)


_memory = _Memory()


def peek(address: int) -> int:
    """The signed 64-bit word at an address. Raises OSError where nothing is mapped."""
    return int.from_bytes(_memory.read(address, 8), "little", signed=True)


def peek32(address: int) -> int:
    """The signed 32-bit word at an address."""
    return int.from_bytes(_memory.read(address, 4), "little", signed=True)


def peek8(address: int) -> int:
    """The byte at an address."""
    return _memory.read(address, 1)[0]


def peek_double(address: int) -> float:
    """The double at an address."""
    value: float = struct.unpack("d", _memory.read(address, 8))[0]
    return value


def _containers(at: Layout) -> Iterator[_Check]:
    pair = ("a", sys)
    yield "PyObject.ob_type", peek(id(pair) + at["PyObject.ob_type"]), id(tuple)
    yield "PyTupleObject.ob_size", peek(id(pair) + at["PyTupleObject.ob_size"]), 2
    yield "PyTupleObject.ob_item", peek(id(pair) + at["PyTupleObject.ob_item"] + 8), id(sys)
    items = [sys, pair, None]
    yield "PyListObject.ob_size", peek(id(items) + at["PyListObject.ob_size"]), 3
    array = peek(id(items) + at["PyListObject.ob_item"])
    yield "PyListObject.ob_item", peek(array + 8), id(pair)
    yield "PyListObject.allocated", int(peek(id(items) + at["PyListObject.allocated"]) >= 3), 1
    text = "hotloop"
    yield "PyASCIIObject.length", peek(id(text) + at["PyASCIIObject.length"]), 7
    yield "PyASCIIObject data", peek8(id(text) + at.size("PyASCIIObject")), ord("h")
    raw = b"hotloop"
    yield "PyBytesObject.ob_sval", peek8(id(raw) + at["PyBytesObject.ob_sval"] + 1), ord("o")
    changing = bytearray(b"hotloop")
    yield "PyByteArrayObject.ob_size", peek(id(changing) + at["PyByteArrayObject.ob_size"]), 7
    start = peek(id(changing) + at["PyByteArrayObject.ob_start"])
    yield "PyByteArrayObject.ob_start", peek8(start + 1), ord("o")
    group = {1, 2, 5}
    yield "PySetObject.used", peek(id(group) + at["PySetObject.used"]), 3
    part = slice(pair, items, sys)
    yield "PySliceObject.start", peek(id(part) + at["PySliceObject.start"]), id(pair)
    yield "PySliceObject.step", peek(id(part) + at["PySliceObject.step"]), id(sys)


def _numbers(at: Layout) -> Iterator[_Check]:
    number = -(5 << 30 | 77)
    digits = id(number) + at["PyLongObject.ob_digit"]
    yield "PyLongObject.ob_size", peek(id(number) + at["PyLongObject.ob_size"]), -2
    yield "PyLongObject.ob_digit", peek32(digits), 77
    yield "PyLongObject.ob_digit", peek32(digits + 4), 5
    real = 1234.5
    yield (
        "PyFloatObject.ob_fval",
        int(peek_double(id(real) + at["PyFloatObject.ob_fval"]) * 2),
        2469,
    )
    numbers = range(3, 300, 7)
    yield "rangeobject.step", peek(id(numbers) + at["rangeobject.step"]), id(7)


def _dicts(at: Layout) -> Iterator[_Check]:
    table = {"alpha": sys, "beta": 2}
    yield "PyDictObject.ma_used", peek(id(table) + at["PyDictObject.ma_used"]), 2
    yield "PyDictObject.ma_values", peek(id(table) + at["PyDictObject.ma_values"]), 0
    keys = peek(id(table) + at["PyDictObject.ma_keys"])
    yield from _keys(at, keys, at["DICT_KEYS_UNICODE"], sys)
    other = _Plain()
    setattr(other, "value", table)  # noqa: B010  (an attribute that mypy need not know)
    values = peek(id(other) + at["managed.values"])
    yield "managed.values", peek(values), id(table)
    yield "managed.dict", peek(id(other) + at["managed.dict"]), 0
    yield "PyDictValues prefix", peek8(values - 2), 1
    shared = peek(id(_Plain) + at["PyHeapTypeObject.ht_cached_keys"])
    yield "PyHeapTypeObject.ht_cached_keys", peek8(shared + at["PyDictKeysObject.dk_kind"]), 2


def _keys(at: Layout, keys: int, kind: int, first: object) -> Iterator[_Check]:
    yield "PyDictKeysObject.dk_kind", peek8(keys + at["PyDictKeysObject.dk_kind"]), kind
    yield "PyDictKeysObject.dk_nentries", peek(keys + at["PyDictKeysObject.dk_nentries"]), 2
    index_bytes = 1 << peek8(keys + at["PyDictKeysObject.dk_log2_index_bytes"])
    entry = keys + at["PyDictKeysObject.dk_indices"] + index_bytes
    value = peek(entry + at["PyDictUnicodeEntry.me_value"])
    yield "PyDictUnicodeEntry.me_value", value, id(first)


def _types(at: Layout) -> Iterator[_Check]:
    yield (
        "PyTypeObject.tp_basicsize",
        peek(id(_Plain) + at["PyTypeObject.tp_basicsize"]),
        (_Plain.__basicsize__),
    )
    yield "PyTypeObject.tp_flags", peek(id(_Plain) + at["PyTypeObject.tp_flags"]), _Plain.__flags__
    yield "PyTypeObject.tp_mro", peek(id(_Plain) + at["PyTypeObject.tp_mro"]), id(_Plain.__mro__)
    yield (
        "PyTypeObject.tp_dictoffset",
        peek(id(_Plain) + at["PyTypeObject.tp_dictoffset"]),
        (_Plain.__dictoffset__),
    )
    hasattr(_Plain, "probe")  # a lookup assigns a version tag
    tag = peek32(id(_Plain) + at["PyTypeObject.tp_version_tag"])
    yield "PyTypeObject.tp_version_tag", int(0 < tag < 1 << 30), 1
    member = _Slotted.__dict__["first"]
    definition = peek(id(member) + at["PyMemberDescrObject.d_member"])
    offset = peek(definition + at["PyMemberDef.offset"])
    one = _Slotted()
    yield "PyMemberDef.offset", peek(id(one) + offset), id(one.first)
    methods = peek(id(len) + at["PyCFunctionObject.m_ml"])
    yield "PyMethodDef.ml_flags", peek32(methods + at["PyMethodDef.ml_flags"]), at["METH_O"]


def _functions(at: Layout) -> Iterator[_Check]:
    held = [0]

    def inner(first: int = 1) -> object:
        return held if first else None

    code = inner.__code__
    yield "PyFunctionObject.func_code", peek(id(inner) + at["PyFunctionObject.func_code"]), id(code)
    defaults = peek(id(inner) + at["PyFunctionObject.func_defaults"])
    yield "PyFunctionObject.func_defaults", defaults, id(inner.__defaults__)
    assert isinstance(inner, FunctionType)
    closure = inner.__closure__ or ()
    cell = closure[0]
    yield (
        "PyFunctionObject.func_closure",
        peek(id(inner) + at["PyFunctionObject.func_closure"]),
        (id(closure)),
    )
    yield "PyCellObject.ob_ref", peek(id(cell) + at["PyCellObject.ob_ref"]), id(held)
    bound = MethodType(inner, held)
    yield "PyMethodObject.im_func", peek(id(bound) + at["PyMethodObject.im_func"]), id(inner)
    yield "PyMethodObject.im_self", peek(id(bound) + at["PyMethodObject.im_self"]), id(held)
    yield (
        "PyCodeObject.co_stacksize",
        peek32(id(code) + at["PyCodeObject.co_stacksize"]),
        (code.co_stacksize),
    )
    yield "PyCodeObject.co_nlocalsplus", peek32(id(code) + at["PyCodeObject.co_nlocalsplus"]), 2
    yield (
        "PyCodeObject.co_consts",
        peek(id(code) + at["PyCodeObject.co_consts"]),
        (id(code.co_consts)),
    )
    # COPY_FREE_VARS 1; RESUME 0
    first = peek(id(code) + at["PyCodeObject.co_code_adaptive"]) & 0xFFFF
    yield "PyCodeObject.co_code_adaptive", first, int.from_bytes(code.co_code[:2], "little")
    line = peek32(id(code) + at["PyCodeObject._co_firsttraceable"])
    yield "PyCodeObject._co_firsttraceable", line, 1


def _iterators(at: Layout) -> Iterator[_Check]:
    counter = iter(range(10, 100, 7))
    next(counter)
    for name, value in (("index", 1), ("start", 10), ("step", 7), ("len", 13)):
        field = f"_PyRangeIterObject.{name}"
        yield field, peek(id(counter) + at[field]), value
    items, pair = [1, 2], (3, 4)
    steps = iter(items)
    next(steps)
    yield "_PyListIterObject.it_index", peek(id(steps) + at["_PyListIterObject.it_index"]), 1
    yield "_PyListIterObject.it_seq", peek(id(steps) + at["_PyListIterObject.it_seq"]), id(items)
    others = iter(pair)
    next(others)
    yield "_PyTupleIterObject.it_index", peek(id(others) + at["_PyTupleIterObject.it_index"]), 1
    yield "_PyTupleIterObject.it_seq", peek(id(others) + at["_PyTupleIterObject.it_seq"]), id(pair)
    counted = enumerate(steps, 41)
    yield "enumobject.en_index", peek(id(counted) + at["enumobject.en_index"]), 41
    yield "enumobject.en_sit", peek(id(counted) + at["enumobject.en_sit"]), id(steps)
    both = zip(steps, others, strict=False)
    yield "zipobject.tuplesize", peek(id(both) + at["zipobject.tuplesize"]), 2
    sources = peek(id(both) + at["zipobject.ittuple"])
    yield "zipobject.ittuple", peek(sources + at["PyTupleObject.ob_item"]), id(steps)
    again = (x for x in pair)
    field = "PyGenObject.gi_frame_state"
    yield field, peek8(id(again) + at[field]), at["FRAME_CREATED"] & 0xFF
    next(again)
    yield field, peek8(id(again) + at[field]), at["FRAME_SUSPENDED"] & 0xFF
    again.close()
    yield field, peek8(id(again) + at[field]), at["FRAME_CLEARED"]


def _frames(at: Layout) -> Iterator[_Check]:
    frame = sys._getframe(1)  # probe(): this generator's own frame belongs to the generator
    memory = peek(id(frame) + at["PyFrameObject.f_frame"])
    prefix = "_PyInterpreterFrame"
    code = frame.f_code
    yield f"{prefix}.f_code", peek(memory + at[f"{prefix}.f_code"]), id(code)
    yield f"{prefix}.f_func", peek(memory + at[f"{prefix}.f_func"]), id(probe)
    yield f"{prefix}.f_globals", peek(memory + at[f"{prefix}.f_globals"]), id(frame.f_globals)
    yield f"{prefix}.frame_obj", peek(memory + at[f"{prefix}.frame_obj"]), id(frame)
    yield f"{prefix}.owner", peek8(memory + at[f"{prefix}.owner"]), at["FRAME_OWNED_BY_THREAD"]
    slot = memory + at[f"{prefix}.localsplus"] + 8 * code.co_varnames.index("groups")
    yield f"{prefix}.localsplus", peek(slot), id(frame.f_locals["groups"])
    place = (
        peek(memory + at[f"{prefix}.prev_instr"]) - id(code) - at["PyCodeObject.co_code_adaptive"]
    )
    yield f"{prefix}.prev_instr", place, frame.f_lasti
    # Not through the file: reading that gives up the GIL, and then no thread is the current one.
    running = symbol("_PyRuntime") + at["_PyRuntimeState.gilstate.tstate_current"]
    thread = int.from_bytes(ctypes.string_at(running, 8), "little")
    yield from _thread(at, thread, memory)


def _thread(at: Layout, thread: int, frame: int) -> Iterator[_Check]:
    function = ctypes.pythonapi._PyThreadState_UncheckedGet
    function.restype = ctypes.c_void_p
    yield "_PyRuntimeState.gilstate.tstate_current", thread, function()
    main = peek(symbol("_PyRuntime") + at["_PyRuntimeState.main_thread"])
    yield "_PyRuntimeState.main_thread", int(main in sys._current_frames()), 1
    interpreter = peek(thread + at["PyThreadState.interp"])
    function = ctypes.pythonapi.PyInterpreterState_Get
    function.restype = ctypes.c_void_p
    yield "PyThreadState.interp", interpreter, function()
    cframe = peek(thread + at["PyThreadState.cframe"])
    found = peek(cframe + at["_PyCFrame.current_frame"])
    for _ in range(8):  # the reading functions, these generators, probe itself
        if found not in (0, frame):
            found = peek(found + at["_PyInterpreterFrame.previous"])
    yield "_PyCFrame.current_frame", found, frame
    limit = peek32(thread + at["PyThreadState.recursion_limit"])
    yield "PyThreadState.recursion_limit", limit, sys.getrecursionlimit()
    remaining = peek32(thread + at["PyThreadState.recursion_remaining"])
    yield "PyThreadState.recursion_remaining", int(0 < remaining < limit), 1
    import gc

    enabled = peek32(interpreter + at["PyInterpreterState.gc.enabled"])
    yield "PyInterpreterState.gc.enabled", enabled, int(gc.isenabled())
    threshold = peek32(interpreter + at["PyInterpreterState.gc.generations[0].threshold"])
    yield "PyInterpreterState.gc.generations", threshold, gc.get_threshold()[0]
    cached = peek(interpreter + at["PyInterpreterState.callable_cache.len"])
    yield "PyInterpreterState.callable_cache", cached, id(len)
