"""Code memory: one reservation of executable pages, handed out and taken back in blocks.

One region, so that code reaches other code with 32-bit displacements. Addresses are reused
after a free: nobody may key anything by the address of freed code, or free running code.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
import threading
from array import array
from collections.abc import Mapping
from typing import Final

from hotloop_backend_x86.elf import ElfObject

_ALIGN: Final = 64
DEFAULT_CAP: Final = 256 << 20


class ArenaFull(Exception):
    """The cap on code memory is reached; the caller should free code or stop compiling."""


class Loaded:
    """A linked object in code memory. ``functions`` are its global symbols."""

    __slots__ = ("address", "functions", "size", "text_size")

    def __init__(self, address: int, size: int, text: int, functions: dict[str, int]) -> None:
        self.address = address
        self.size = size
        self.text_size = text
        self.functions = functions


class Arena:
    """Executable memory with a first-fit free list; blocks are multiples of 64 bytes.

    ``cap`` is the number of bytes reserved; the kernel commits pages as they are written.
    Raises OSError with a clear message if executable memory is refused.
    """

    def __init__(self, cap: int = DEFAULT_CAP) -> None:
        try:
            self._map = mmap.mmap(
                -1,
                cap,
                flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS,
                prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC,
            )
        except OSError as error:
            raise OSError(
                error.errno, f"this system refuses writable executable memory ({error.strerror})"
            ) from None
        self._pin = ctypes.c_char.from_buffer(self._map)
        self.base: int = ctypes.addressof(self._pin)
        self.cap = cap
        self._free: list[tuple[int, int]] = [(0, cap)]  # offset, size; sorted, never adjacent
        self._lock = threading.Lock()
        os.register_at_fork(after_in_child=self._after_fork)
        self.used = 0
        self.peak = 0
        self.loads = 0
        self.frees = 0
        self._limit = cap
        self._refuse_every = 0
        self._requests = 0

    def _after_fork(self) -> None:
        """Another thread may have held the lock."""
        self._lock = threading.Lock()

    def limit(self, more: int) -> None:
        """Hand out at most so many bytes more than are used now."""
        self._limit = min(self.used + more, self.cap)

    @property
    def limit_now(self) -> int:
        """Bytes in use above which requests are refused."""
        return self._limit

    def refuse_every(self, every: int) -> None:
        """Refuse every n-th request from now on (tests); 0: none."""
        self._refuse_every, self._requests = every, 0

    def load(self, data: bytes, externals: Mapping[str, int]) -> Loaded:
        """Link an object into fresh memory. Raises LinkError, ArenaFull."""
        parsed = ElfObject(data)
        size = -(-max(parsed.size, 1) // _ALIGN) * _ALIGN
        with self._lock:
            offset = self._take(size)
        address = self.base + offset
        try:
            image = parsed.link(address, externals)
        except BaseException:
            self._give(offset, size)
            raise
        self._map[offset : offset + len(image)] = bytes(image)
        self.loads += 1
        return Loaded(address, size, parsed.text_size, parsed.functions(address))

    def unload(self, loaded: Loaded) -> None:
        """Give the memory back. The code must not be running nor be entered again."""
        self._give(loaded.address - self.base, loaded.size)
        self.frees += 1

    def read(self, address: int, size: int) -> bytes:
        """The bytes of loaded code, for disassembly."""
        offset = address - self.base
        return self._map[offset : offset + size]

    def redirect(self, old: int, new: int) -> None:
        """Make whoever enters the code at ``old`` go on at ``new`` (``jmp rel32``).

        Both are in this arena; nobody may be inside the first five bytes at ``old``.
        """
        offset = old - self.base
        self._map[offset : offset + 5] = b"\xe9" + struct.pack("<i", new - (old + 5))

    def statistics(self) -> dict[str, int]:
        """Bytes used now and at most, the cap, loads and frees."""
        return {
            "used": self.used,
            "peak": self.peak,
            "cap": self.cap,
            "loads": self.loads,
            "frees": self.frees,
        }

    def _take(self, size: int) -> int:
        self._requests += 1
        if self._refuse_every and self._requests % self._refuse_every == 0:
            raise ArenaFull("code memory is refused on purpose")
        if self.used + size > self._limit:
            raise ArenaFull(f"the limit of code memory is reached ({self.used} bytes)")
        for index, (offset, room) in enumerate(self._free):
            if room >= size:
                if room == size:
                    del self._free[index]
                else:
                    self._free[index] = (offset + size, room - size)
                self.used += size
                self.peak = max(self.peak, self.used)
                return offset
        raise ArenaFull(f"code memory is full ({self.used} of {self.cap} bytes)")

    def _give(self, offset: int, size: int) -> None:
        with self._lock:
            self.used -= size
            blocks = [*self._free, (offset, size)]
            blocks.sort()
            merged = [blocks[0]]
            for start, room in blocks[1:]:
                last, length = merged[-1]
                if last + length == start:
                    merged[-1] = (last, length + room)
                else:
                    merged.append((start, room))
            self._free = merged


class Words:
    """A fixed table of 64-bit words at a fixed address, writable from Python."""

    __slots__ = ("_words", "address")

    def __init__(self, values: list[int]) -> None:
        self._words = array("q", values or [0])
        self.address: int = self._words.buffer_info()[0]

    def __getitem__(self, index: int) -> int:
        return self._words[index]

    def __setitem__(self, index: int, value: int) -> None:
        self._words[index] = value


_shared: list[Arena] = []


def shared_arena() -> Arena:
    """The arena of this process, made at first use."""
    if not _shared:
        _shared.append(Arena())
    return _shared[0]
