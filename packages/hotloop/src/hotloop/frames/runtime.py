"""The process-wide state of entering and leaving: record types, trampolines, native code.

``Runtime`` is made once. Until ``start`` is given a compiler, records call back into Python, which
is how the first hot loop gets the compiler imported. Must not decide what is compiled.
"""

from __future__ import annotations

import ctypes
import opcode
from array import array
from collections.abc import Callable, Mapping
from typing import Final

from hotloop.frames.auditing import Auditing
from hotloop.frames.chain import Thread, finding_code
from hotloop.frames.clock import MachineClock
from hotloop.frames.memory import CodePage, add_reference, poke, symbol
from hotloop.frames.native import EXTERNALS, RUNTIME_WORDS, STACK_LIMIT_WORDS, native_ir
from hotloop.frames.records import OFFSETS, Record, RecordType, hidden_function, make_stub
from hotloop.frames.resume import Trampolines
from hotloop.frames.standing_in import StandIns
from hotloop_backend_x86.symbols import RING
from hotloop_ir.layout import Layout

CompileModule = Callable[[str, Mapping[str, int]], Mapping[str, int]]
"""Compiles IR text with external symbols at given addresses; returns the functions' addresses."""

_ROOMS: Final = (64, 256, 2048)


class Runtime:
    """Everything that entering and leaving needs in one process."""

    def __init__(self, layout: Layout, auditing: Auditing | None = None) -> None:
        self.layout = layout
        self.auditing = auditing or Auditing(layout)
        self.started = False
        #: Whether stubs do nothing any more: no frame may be made to call one.
        self.stopped = False
        #: Addresses of native functions, by name, once it has.
        self.natives: Mapping[str, int] = {}
        #: Of machine code; set by ``start``.
        self.clock: MachineClock
        page = CodePage()
        self._keep: list[object] = [page]
        self._block = array("q", [0] * (len(RUNTIME_WORDS) + STACK_LIMIT_WORDS))
        self._format = ctypes.create_string_buffer(b"OLLL")
        self.records = RecordType(layout, page, "hotloop.record")
        self._pending = RecordType(layout, page, "hotloop.pending")
        self._pending_record = self._pending.new()
        self._find_thread = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_int64)(
            page.add(finding_code(layout))
        )
        self.stand_ins = StandIns(layout)
        self._write_code(page)
        self.trampolines = self._make_trampolines()
        add_reference(self)  # native code uses all this until the very end of the process

    def _write_code(self, page: CodePage) -> None:
        """The private bytecode: a CALL for pending frames, and two trampolines.

        A trampoline jumps by a signed 32-bit number of units, so one is on the heap and one in
        mapped memory; code objects live near one of the two.
        """
        call, trampoline = opcode.opmap["CALL"], bytearray()
        caches = opcode._inline_cache_entries[call]  # type: ignore[attr-defined]
        self.call_site = page.add(bytes((call, 0)) + bytes(2 * caches))
        self._set_word("call_site", self.call_site)
        drop = bytes((opcode.opmap["POP_TOP"], 0))  # what was sent into the generator
        again = page.add(drop + bytes((call, 0)) + bytes(2 * caches))
        self._set_word("generator_site", again)
        for name in ("POP_TOP", "EXTENDED_ARG", "EXTENDED_ARG", "EXTENDED_ARG", "JUMP_FORWARD"):
            trampoline += bytes((opcode.opmap[name], 0))
        self._set_word("trampoline_1", page.add(bytes(trampoline)))
        allocate = ctypes.pythonapi.PyMem_RawMalloc
        allocate.argtypes, allocate.restype = [ctypes.c_size_t], ctypes.c_void_p
        heap = allocate(len(trampoline))
        ctypes.memmove(heap, bytes(trampoline), len(trampoline))
        self._set_word("trampoline_2", heap)

    def _make_trampolines(self) -> Trampolines:
        stub = make_stub(self._pending_record)
        self._set_word("generator_stub", id(stub))  # its trampolines keep it alive
        body = [
            ("PUSH_NULL", 0),
            ("LOAD_CONST", 0),
            ("PRECALL", 0),
            ("CALL", 0),
            ("RETURN_VALUE", 0),
        ]
        functions = [
            (room, hidden_function("hotloop frame", body, (stub,), room)) for room in _ROOMS
        ]
        return Trampolines(functions, self.layout["PyCodeObject.co_code_adaptive"])

    def thread_of(self, ident: int) -> Thread | None:
        """The thread state with a ``threading.get_ident()``, None if it is gone."""
        address = self._find_thread(ident)
        return Thread(self.layout, address) if address else None

    def word_address(self, name: str) -> int:
        """Where a word of the runtime block is (a name in ``native.RUNTIME_WORDS``)."""
        return self._block.buffer_info()[0] + 8 * RUNTIME_WORDS.index(name)

    def _set_word(self, name: str, value: int) -> None:
        poke(self.word_address(name), value)

    def set_tracer(self, address: int) -> int:
        """Let ``hl_traced`` call a Py_tracefunc; the address of ``hl_traced``."""
        self._set_word("tracer", address)
        return self.natives["hl_traced"]

    def let_go(self) -> None:
        """Handlers of signals run again when the slow path that is running has returned."""
        self._set_word("let_go", 1)

    def set_headroom(self, frames: int) -> None:
        """Recursion depth given back while the slow path runs (for the tracer's own frames)."""
        self._set_word("headroom", frames)

    def new_record(self) -> Record:
        """A record for one merge point; it is never used up until its counter is set."""
        return Record(self.records)

    def on_first_use(self, function: Callable[[object], object]) -> None:
        """What a used-up record calls before ``start``; must not raise and must return None."""
        self.records.set_callback(function)

    def stop(self) -> None:
        """Enter no compiled code any more, for good (at the end of the process)."""
        self.stopped = True
        self.records.disable()

    def symbols(self) -> dict[str, int]:
        """Addresses of the symbols that the native module refers to."""
        found = {name: symbol(name) for name in EXTERNALS}
        found["hl_runtime"] = self._block.buffer_info()[0]
        found["hl_format"] = ctypes.addressof(self._format)
        found["hl_activations"] = RING
        return found

    def start(self, compile_module: CompileModule) -> None:
        """Compile the native module and let records use it. Does nothing the second time."""
        if self.started:
            return
        addresses = compile_module(native_ir(self.layout, OFFSETS), self.symbols())
        self._pending.set_window(addresses["hl_pending"])
        self.records.set_window(addresses["hl_window"])
        self.natives = addresses
        self.clock = MachineClock(addresses, self.word_address("clock_open"))
        self.started = True
