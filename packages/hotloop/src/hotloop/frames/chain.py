"""Reading the interpreter frames of a thread, from any thread that holds the GIL.

A ``FrameView`` is an address with typed access to the fields that moving and resuming need. It is
valid only as long as the GIL is held and the frame runs. Must not decide anything.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

from hotloop.frames.memory import WORDS, peek, peek8, peek32, poke, poke32
from hotloop_ir.layout import Layout


class Thread:
    """A PyThreadState."""

    __slots__ = ("_at", "address")

    def __init__(self, layout: Layout, address: int) -> None:
        self._at = layout
        self.address = address

    def get(self, field: str) -> int:
        """A pointer-sized field of PyThreadState."""
        return peek(self.address + self._at[f"PyThreadState.{field}"])

    def set(self, field: str, value: int) -> None:
        """Write a pointer-sized field of PyThreadState."""
        poke(self.address + self._at[f"PyThreadState.{field}"], value)

    @property
    def in_trace_function(self) -> bool:
        """Whether a trace or profile function runs right now."""
        return peek32(self.address + self._at["PyThreadState.tracing"]) != 0

    def frames(self) -> Iterator[FrameView]:
        """Its frames, innermost first: this generator's, if it is the thread that runs."""
        cframe = self.address + self._at["PyThreadState.cframe"] >> 3
        current = self._at["_PyCFrame.current_frame"]
        # Read without a call: its frame and its evaluation loop would be gone when it returns.
        address = WORDS[WORDS[cframe] + current >> 3]
        while address:
            frame = FrameView(self._at, address)
            yield frame
            address = frame.get("previous")


class FrameView:
    """A _PyInterpreterFrame."""

    __slots__ = ("_at", "address")

    def __init__(self, layout: Layout, address: int) -> None:
        self._at = layout
        self.address = address

    def get(self, field: str) -> int:
        """A pointer-sized field of _PyInterpreterFrame."""
        return peek(self.address + self._at[f"_PyInterpreterFrame.{field}"])

    def set(self, field: str, value: int) -> None:
        """Write a pointer-sized field of _PyInterpreterFrame."""
        poke(self.address + self._at[f"_PyInterpreterFrame.{field}"], value)

    @property
    def is_entry(self) -> bool:
        """Whether C code called it (it is the first frame of an evaluation loop)."""
        return peek8(self.address + self._at["_PyInterpreterFrame.is_entry"]) != 0

    @property
    def owner(self) -> int:
        """Who owns its memory: FRAME_OWNED_BY_THREAD, ..."""
        return peek8(self.address + self._at["_PyInterpreterFrame.owner"])

    @property
    def stacktop(self) -> int:
        """Slots in use, locals included; -1 while the frame executes."""
        return peek32(self.address + self._at["_PyInterpreterFrame.stacktop"])

    @stacktop.setter
    def stacktop(self, value: int) -> None:
        poke32(self.address + self._at["_PyInterpreterFrame.stacktop"], value)

    @property
    def first_unit(self) -> int:
        """Address of its code's first unit."""
        return self.get("f_code") + self._at["PyCodeObject.co_code_adaptive"]

    @property
    def offset(self) -> int:
        """Byte offset of ``prev_instr`` in its code."""
        return self.get("prev_instr") - self.first_unit

    def slot(self, index: int) -> int:
        """Address of a slot of localsplus."""
        return self.address + self._at["_PyInterpreterFrame.localsplus"] + 8 * index


def finding_code(layout: Layout) -> bytes:
    """Machine code of ``PyThreadState *find(int64_t ident)``: the thread state of a thread.

    NULL if it is gone. That is not Python: thread states come and go whenever another thread has
    the GIL. One with a number below zero only stands in for a thread's own (``native_asking``).
    """
    get = ctypes.pythonapi.PyInterpreterState_Get
    get.restype = ctypes.c_void_p
    head = int(get()) + layout["PyInterpreterState.threads.head"]

    def at(field: str) -> bytes:
        return layout[f"PyThreadState.{field}"].to_bytes(4, "little")

    return b"".join(
        (
            bytes.fromhex("48b8") + head.to_bytes(8, "little"),  # mov rax, &head
            bytes.fromhex("488b00"),  # mov rax, [rax]
            bytes.fromhex("4885c0 741c"),  # look: test rax, rax; je done
            bytes.fromhex("4839b8") + at("thread_id"),  # cmp [rax + thread_id], rdi
            bytes.fromhex("750a"),  # jne next
            bytes.fromhex("4883b8") + at("id") + b"\0",  # cmp qword [rax + id], 0
            bytes.fromhex("7d09"),  # jge done
            bytes.fromhex("488b80") + at("next"),  # next: mov rax, [rax + next]
            bytes.fromhex("ebdf c3"),  # jmp look; done: ret
        )
    )
