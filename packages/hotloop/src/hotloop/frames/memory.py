"""Reading and writing the memory of the running process. Must not know any struct."""

from __future__ import annotations

import _ctypes
import ctypes
import mmap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_OBJECT = ctypes.py_object
# All memory as arrays. Indexing them calls nothing, and in 3.11 threads change only behind calls
# and backward jumps: an expression on these alone sees the memory of another thread in one state.
# Other accesses of ctypes are audit events, and hooks are code of the program.
WORDS = (ctypes.c_int64 * (1 << 44)).from_address(0)
INTS = (ctypes.c_int32 * (1 << 45)).from_address(0)
DOUBLES = (ctypes.c_double * (1 << 44)).from_address(0)
BYTES = (ctypes.c_uint8 * (1 << 47)).from_address(0)
OBJECTS = (ctypes.py_object * (1 << 44)).from_address(0)

_lasting: list[ctypes.Array[ctypes.c_char]] = []


def peek(address: int) -> int:
    """The signed 64-bit word at an address, which must be a multiple of eight."""
    return WORDS[address >> 3]


def poke(address: int, value: int) -> None:
    """Store a signed 64-bit word at an address, which must be a multiple of eight."""
    WORDS[address >> 3] = value


def peek32(address: int) -> int:
    """The signed 32-bit word at an address."""
    return INTS[address >> 2]


def poke32(address: int, value: int) -> None:
    """Store a signed 32-bit word."""
    INTS[address >> 2] = value


def peek8(address: int) -> int:
    """The byte at an address."""
    return BYTES[address]


def poke8(address: int, value: int) -> None:
    """Store a byte."""
    BYTES[address] = value


def peek_double(address: int) -> float:
    """The double at an address."""
    return DOUBLES[address >> 3]


def poke_double(address: int, value: float) -> None:
    """Store a double."""
    DOUBLES[address >> 3] = value


def object_at(address: int) -> object:
    """The object whose PyObject is at an address (a new reference). The address must be right."""
    value: object = _ctypes.PyObj_FromPtr(address)
    return value


def add_reference(value: object) -> int:
    """Keep an object alive for as long as the process runs; returns its address."""
    ctypes.pythonapi.Py_IncRef(_OBJECT(value))
    return id(value)


def drop_reference(address: int) -> None:
    """Give up one reference to the object at an address."""
    ctypes.pythonapi.Py_DecRef(_OBJECT(object_at(address)))


def lasting_bytes(data: bytes) -> int:
    """Address of a copy of bytes, with a NUL at the end, that lives as long as the process."""
    copy = ctypes.create_string_buffer(data)
    _lasting.append(copy)
    return ctypes.addressof(copy)


def symbol(name: str) -> int:
    """Address of a function or variable exported by CPython (or libc). AttributeError if none."""
    address = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value
    if not address:
        raise AttributeError(name)
    return address


class CodePage:
    """Executable, writable memory for a few hundred bytes of code that lives for ever."""

    def __init__(self, size: int = mmap.PAGESIZE) -> None:
        protection = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
        self._map = mmap.mmap(
            -1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=protection
        )
        self._size = size
        self._used = 0
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))

    def add(self, data: bytes, align: int = 16) -> int:
        """Append bytes; returns their address. Raises MemoryError when the page is full."""
        start = -(-self._used // align) * align
        if start + len(data) > self._size:
            raise MemoryError("code page is full")
        self._map[start : start + len(data)] = data
        self._used = start + len(data)
        return self.address + start


_pending: list[object] = []  # callbacks, which native code holds no reference to


def call_in_main_thread(function: Callable[[], None]) -> None:
    """Have the main thread call a function between two bytecodes (``Py_AddPendingCall``).

    It must not raise. Nothing happens if too many calls are pending already.
    """

    def run(nothing: int | None) -> int:
        function()
        return 0

    callback = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(run)
    _pending.append(callback)
    add = ctypes.pythonapi.Py_AddPendingCall
    add.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    add(ctypes.cast(callback, ctypes.c_void_p), None)
