"""Merge-point records: the objects a merge point tests, and the stubs it calls.

A record is a Python object whose memory is ours: its truth (``nb_bool``) is hand-assembled
machine code that counts down and says yes once the counter has reached zero, its ``-x``
(``nb_negative``) enters compiled code. ``LOAD_CONST record; UNARY_NEGATIVE; RETURN_VALUE`` is the
whole stub: no opcode of it looks at the eval breaker, so nothing can run between rewriting the
caller's frame and going on in it. A code object without RESUME has all its frames incomplete
(``_co_firsttraceable`` is its length): stubs are invisible. Must not decide what is hot.
"""

from __future__ import annotations

import ctypes
import opcode
from collections.abc import Callable, Sequence
from types import CodeType, FunctionType
from typing import Final

from hotloop.frames.memory import CodePage, add_reference, object_at, peek, poke, symbol
from hotloop_ir.layout import Layout

# Words of a record, in order, behind the object header.
FIELDS: Final = (
    "counter",  # passes until the stub is called (1, or less: at the next pass)
    "entry",  # address of compiled code `i64 (ptr buf, i64 selector)`, 0: slow path
    "selector",  # second argument of that code
    "depth",  # operand stack depth at the merge point
    "code",  # address of the rewritten code object (borrowed): other frames are refused
    "slow_path",  # address of the Python callable (borrowed)
    "launches",  # whether it is the launcher's: its argument may be an order (finishing.py)
    "mask",  # address of one byte a slot: whether it must be bound to enter
)
OFFSETS: Final = {name: 16 + 8 * index for index, name in enumerate(FIELDS)}
LEVELS_KEPT: Final = 64
"""With fewer levels of recursion left, merge points neither ask nor enter: the interpreter counts
every frame, compiled code does not count those of inlined functions."""
NEVER: Final = 1 << 62
"""A counter that is never used up."""

_NB_BOOL, _DISALLOW_INSTANTIATION = 9, 1 << 7  # typeslots.h, object.h


class _Slot(ctypes.Structure):
    _fields_ = [("slot", ctypes.c_int), ("function", ctypes.c_void_p)]


class _Spec(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("basicsize", ctypes.c_int),
        ("itemsize", ctypes.c_int),
        ("flags", ctypes.c_uint),
        ("slots", ctypes.POINTER(_Slot)),
    ]


def countdown_code(layout: Layout) -> bytes:
    """Machine code of ``int nb_bool(record)``: count down; 1 if used up and it may be entered.

    That is unless the thread is being traced, or has few levels of recursion left.
    """
    running = symbol("_PyRuntime") + layout["_PyRuntimeState.gilstate.tstate_current"]
    cframe = layout["PyThreadState.cframe"].to_bytes(4, "little")
    tracing = layout["_PyCFrame.use_tracing"].to_bytes(1, "little")
    remaining = layout["PyThreadState.recursion_remaining"].to_bytes(4, "little")
    return b"".join(
        (
            bytes.fromhex("48836f10 01"),  # sub qword [rdi+16], 1
            bytes.fromhex("7e03"),  # jle used_up
            bytes.fromhex("31c0 c3"),  # no: xor eax, eax; ret
            bytes.fromhex("48b8") + running.to_bytes(8, "little"),  # used_up: mov rax, &current
            bytes.fromhex("488b00"),  # mov rax, [rax]
            # cmp dword [rax + recursion_remaining], LEVELS_KEPT
            bytes.fromhex("81b8") + remaining + LEVELS_KEPT.to_bytes(4, "little"),
            bytes.fromhex("7ce4"),  # jl no
            bytes.fromhex("488b80") + cframe,  # mov rax, [rax + cframe]
            bytes.fromhex("8078") + tracing + b"\0",  # cmp byte [rax + use_tracing], 0
            bytes.fromhex("0f94c0 0fb6c0 c3"),  # sete al; movzx eax, al; ret
        )
    )


def first_use_code(layout: Layout, function: int) -> bytes:
    """Machine code of ``PyObject *window(record)`` that calls a Python function with the record."""
    runtime = symbol("_PyRuntime")
    get = ctypes.pythonapi.PyInterpreterState_Get
    get.restype = ctypes.c_void_p

    def word(address: int) -> bytes:
        return address.to_bytes(8, "little")

    main = word(runtime + layout["_PyRuntimeState.main_thread"])
    running = word(runtime + layout["_PyRuntimeState.gilstate.tstate_current"])
    pending = word(runtime + layout["_PyRuntimeState.ceval.signals_pending"])
    breaker = word(int(get()) + layout["PyInterpreterState.ceval.eval_breaker"])
    ident = layout["PyThreadState.thread_id"].to_bytes(4, "little")
    return b"".join(
        (
            bytes.fromhex("53 48bb") + running,  # push rbx; mov rbx, &current
            bytes.fromhex("488b1b 488b9b") + ident,  # mov rbx, [rbx]; mov rbx, [rbx + thread_id]
            bytes.fromhex("48b8") + main,  # mov rax, &main_thread
            bytes.fromhex("483918 7404"),  # cmp [rax], rbx; je hold
            bytes.fromhex("31db eb07"),  # xor ebx, ebx; jmp call
            bytes.fromhex("48c70000000000"),  # hold: mov qword [rax], 0
            bytes.fromhex("4889fe 48bf") + word(function),  # call: mov rsi, rdi; mov rdi, function
            bytes.fromhex("31d2 31c0 49bb") + word(symbol("PyObject_CallFunctionObjArgs")),
            bytes.fromhex("41ffd3"),  # xor edx, edx; xor eax, eax; mov r11, ...; call r11
            bytes.fromhex("4885db 742c"),  # test rbx, rbx; je done
            bytes.fromhex("48b9")
            + main
            + bytes.fromhex("488919"),  # mov rcx, &main; mov [rcx], rbx
            bytes.fromhex("48b9") + pending,  # mov rcx, &signals_pending
            bytes.fromhex("833900 7410"),  # cmp dword [rcx], 0; je done
            bytes.fromhex("48b9") + breaker,  # mov rcx, &eval_breaker
            bytes.fromhex("c70101000000"),  # mov dword [rcx], 1
            bytes.fromhex("5bc3"),  # done: pop rbx; ret
        )
    )


class RecordType:
    """A type whose instances are records. ``set_window`` says what their ``-x`` runs."""

    def __init__(self, layout: Layout, page: CodePage, name: str) -> None:
        self._layout = layout
        self._page = page
        self._keep: list[object] = []
        function = page.add(countdown_code(layout))
        self._never = page.add(bytes.fromhex("31c0 c3"))  # xor eax, eax; ret
        none = symbol("_Py_NoneStruct").to_bytes(8, "little")
        # mov rax, None; inc qword [rax]; ret
        self._nothing = page.add(bytes.fromhex("48b8") + none + bytes.fromhex("48ff00 c3"))
        slots = (_Slot * 2)(_Slot(_NB_BOOL, function), _Slot(0, None))
        size = 16 + 8 * len(FIELDS)
        spec = _Spec(name.encode(), size, 0, _DISALLOW_INSTANTIATION, slots)
        create = ctypes.pythonapi.PyType_FromSpec
        create.argtypes, create.restype = [ctypes.POINTER(_Spec)], ctypes.py_object
        self.type: type = create(ctypes.byref(spec))
        self._keep.append((spec, slots))
        self._allocate = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.c_ssize_t)(
            symbol("PyType_GenericAlloc")
        )

    def set_window(self, address: int) -> None:
        """Make ``-record`` run native code ``PyObject *(PyObject *record)``."""
        offset = (
            self._layout["PyHeapTypeObject.as_number"] + self._layout["PyNumberMethods.nb_negative"]
        )
        poke(id(self.type) + offset, address)

    def set_callback(self, function: Callable[[object], object]) -> None:
        """Make ``-record`` call a Python function (before any native code exists).

        What it returns or raises is what the stub returns or raises. In the main thread no
        handler of a signal runs meanwhile (``hl_hold`` of native.py).
        """
        code = first_use_code(self._layout, add_reference(function))
        self.set_window(self._page.add(code))

    def disable(self) -> None:
        """From now on every record counts as never used up, and its window does nothing."""
        number = self._layout["PyHeapTypeObject.as_number"] + id(self.type)
        poke(number + self._layout["PyNumberMethods.nb_bool"], self._never)
        self.set_window(self._nothing)

    def new(self) -> object:
        """A record with all words zero but the counter, which is NEVER."""
        record: object = self._allocate(self.type, 0)
        poke(id(record) + OFFSETS["counter"], NEVER)
        return record


class Record:
    """Typed access to one record object; keeps it and what it points to alive."""

    __slots__ = ("_mask", "_slow_path", "address", "object", "stub")

    def __init__(self, record_type: RecordType) -> None:
        self.object = record_type.new()
        self.address = id(self.object)
        self.stub = make_stub(self.object)
        self._slow_path: object = None
        self._mask = ctypes.create_string_buffer(0)

    def get(self, field: str) -> int:
        """Read a word of the record (a name in FIELDS)."""
        return peek(self.address + OFFSETS[field])

    def set(self, field: str, value: int) -> None:
        """Write a word of the record."""
        poke(self.address + OFFSETS[field], value)

    @property
    def counter(self) -> int:
        """Passes until the stub is called; 1 or less means at the next pass."""
        return peek(self.address + OFFSETS["counter"])

    @counter.setter
    def counter(self, value: int) -> None:
        poke(self.address + OFFSETS["counter"], value)

    @property
    def entry(self) -> int:
        """Address of the compiled code, 0 if there is none."""
        return peek(self.address + OFFSETS["entry"])

    @entry.setter
    def entry(self, value: int) -> None:
        poke(self.address + OFFSETS["entry"], value)

    def set_slow_path(self, function: Callable[[object, int, int, int], object]) -> None:
        """What to call when there is no compiled code, or when an exit asks for it."""
        if self._slow_path is not function:
            self._slow_path = function
            add_reference(function)  # the record object may outlive this one
        self.set("slow_path", id(function))

    def set_mask(self, bound: Sequence[bool]) -> None:
        """Which slots (locals, cells, free variables, stack) must be bound to enter.

        Compiled code gets the bound ones, in order, in a dense buffer.
        """
        self._mask = ctypes.create_string_buffer(bytes(bound), len(bound) + 1)
        self.set("mask", ctypes.addressof(self._mask))

    def set_code(self, code: CodeType, depth: int) -> None:
        """Tie the record to the rewritten code object it stands in."""
        self.set("code", id(code))
        self.set("depth", depth)


_GLOBALS: Final[dict[str, object]] = {"__name__": "hotloop"}
_FLAGS: Final = 3  # CO_OPTIMIZED | CO_NEWLOCALS


def _template() -> None:
    """Only its code object is used, as a template."""


def hidden_function(
    name: str, instructions: list[tuple[str, int]], constants: tuple[object, ...], stack: int
) -> FunctionType:
    """A function of hand-made bytecode without RESUME: its frames are invisible."""
    raw = bytearray()
    for op, arg in instructions:
        raw += bytes((opcode.opmap[op], arg))
        raw += bytes(2 * opcode._inline_cache_entries[opcode.opmap[op]])  # type: ignore[attr-defined]
    code = _template.__code__.replace(
        co_code=bytes(raw),
        co_consts=constants,
        co_names=(),
        co_stacksize=stack,
        co_flags=_FLAGS,
        co_name=name,
        co_qualname=name,
        co_filename="<hotloop>",
        co_linetable=bytes((128 | 15 << 3,) * (len(raw) // 2)),  # no position, unit by unit
        co_exceptiontable=b"",
    )
    return FunctionType(code, _GLOBALS, name)


def make_stub(record: object) -> FunctionType:
    """The stub of a record: its call is the window in which the caller's frame may be changed."""
    body = [("LOAD_CONST", 0), ("UNARY_NEGATIVE", 0), ("RETURN_VALUE", 0)]
    return hidden_function("hotloop stub", body, (record,), 1)


def record_of(address: int) -> object:
    """The record object at an address (which must be one)."""
    return object_at(address)
