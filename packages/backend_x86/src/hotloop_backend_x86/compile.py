"""Traces to machine code: the backend the rest of hotloop talks to.

``X86Backend`` implements ``hotloop_ir.stages.Backend``. What an exit means to the caller is
behind the address of the record that the caller gives for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotloop_backend_x86 import llvm
from hotloop_backend_x86.arena import Arena, Loaded, Words, shared_arena
from hotloop_backend_x86.emitter import Emitter, ExitFactory
from hotloop_backend_x86.natives import runtime_functions
from hotloop_backend_x86.symbols import finish_call
from hotloop_backend_x86.text import emit_body, module_text
from hotloop_ir.op import Op
from hotloop_ir.ops.control import Finish, Label
from hotloop_ir.trace import Trace
from hotloop_ir.value import Value

#: Words of the record that ``compile`` makes for callers that bring none.
RECORD_WORDS = 8
#: Operations from which on code counts its rounds at every level: there it costs next to nothing.
LONG = 100


class CompiledExit:
    """A side exit. ``values[i]`` is in buffer slot ``i`` when it is taken, if it is needed
    (``hotloop_ir.leaving``: of inputs that are dead there the slot may hold anything); constants
    are not stored. ``record`` is the address that is returned; ``cell`` the address of the word
    that holds where the exit goes.
    """

    __slots__ = ("cell", "guard", "index", "record", "trace", "values")

    def __init__(
        self,
        trace: CompiledTrace,
        index: int,
        guard: Op[Any],
        values: tuple[Value[Any], ...],
        record: int,
    ) -> None:
        self.trace = trace
        self.index = index
        self.guard = guard
        self.values = values
        self.record = record
        self.cell = 0

    def __repr__(self) -> str:
        return f"<exit {self.index} of {self.trace.trace.name}: {self.guard.mnemonic}>"


class CompiledTrace:
    """A trace in code memory. It keeps alive every object the code names."""

    __slots__ = (
        "_arena",
        "_loaded",
        "address",
        "counter",
        "exits",
        "keep",
        "level",
        "table",
        "trace",
    )

    def __init__(self, trace: Trace, level: int, arena: Arena) -> None:
        self.trace = trace
        self.level = level
        self.exits: list[CompiledExit] = []
        self.keep: list[object] = []
        self.address = 0
        self.table = Words([])
        #: Rounds run so far, if they are counted.
        self.counter = Words([0])
        self._arena = arena
        self._loaded: Loaded | None = None

    @property
    def counts(self) -> bool:
        """Whether rounds are counted: by code of level 0, and by that of long traces."""
        return self.level == 0 or len(self.trace.ops) >= LONG

    @property
    def size(self) -> int:
        """Bytes of code memory held."""
        return self._loaded.size if self._loaded else 0

    @property
    def code_size(self) -> int:
        """Bytes of machine instructions."""
        return self._loaded.text_size if self._loaded else 0

    def machine_code(self) -> bytes:
        """The machine code, for disassembly."""
        return self._arena.read(self.address, self.code_size)

    def load(self, data: bytes) -> None:
        """Put an object into code memory and publish its labels. Raises ArenaFull, LinkError."""
        self._loaded = loaded = self._arena.load(data, {})
        self.address = loaded.functions["trace"]
        if self.trace.start is not None:
            self.trace.start.code = (self.address, 0)
        labels = (op for op in self.trace.ops if isinstance(op, Label))
        for selector, label in enumerate(labels, 1):
            target = self.trace.targets.get(label)
            if target is not None:
                target.code = (self.address, selector)

    def free(self) -> None:
        """Give the code memory back. The code must not be running, nor any exit, target or
        cell lead into it.
        """
        if self._loaded is not None:
            self._arena.unload(self._loaded)
            self._loaded = None
        for target in (*self.trace.targets.values(), self.trace.start):
            if target is not None and target.code and target.code[0] == self.address:
                target.code = None
        self.keep.clear()
        self.exits.clear()  # they refer back


class X86Backend:
    """Compiles traces for the CPU it runs on. ``arena`` is where the code goes.

    ``tiers``: whether code of a higher level is worth being compiled.
    """

    tiers = True

    def __init__(self, arena: Arena | None = None) -> None:
        self.arena = arena or shared_arena()

    def compile(
        self, trace: Trace, level: int, exit_factory: ExitFactory | None = None
    ) -> CompiledTrace:
        """Compile a trace (level 0 compiles fast, 2 runs fast, 1 is between them).

        ``exit_factory(index, op, values)`` gives the address of the record of an exit; without
        it records are made here. Raises Uncompilable, ArenaFull; CompileError if LLVM refuses.
        """
        compiled = CompiledTrace(trace, level, self.arena)
        natives = runtime_functions()
        e = Emitter(trace, level, exit_factory or self._own_record(compiled), natives)
        if compiled.counts:
            e.counter = compiled.counter.address
        text = self.emit(e)
        leave = natives["hl_exit"]
        compiled.table = Words([word for site in e.exits for word in (leave, site.record)])
        compiled.keep.extend(e.keep)
        compiled.load(llvm.emit_object(text(compiled.table.address), level))
        for site in e.exits:
            side = CompiledExit(compiled, site.index, site.op, site.values, site.record)
            side.cell = compiled.table.address + 16 * site.index
            compiled.exits.append(side)
        return compiled

    def emit(self, e: Emitter) -> Callable[[int], str]:
        """Give a trace its exits; what makes the text of its module, given the exit table."""
        emit_body(e)
        return lambda table: module_text(e, table)

    def recompile(self, old: CompiledTrace, level: int) -> CompiledTrace:
        """Compile a trace again at a better level; from then on the new code runs.

        Records, exit table and attached bridges stay. The old code is entered no more but may
        still be running: it is kept. Raises as ``compile``.
        """
        compiled = CompiledTrace(old.trace, level, self.arena)
        records = [site.record for site in old.exits]
        e = Emitter(old.trace, level, lambda index, op, values: records[index], runtime_functions())
        compiled.counter = old.counter
        if compiled.counts:
            e.counter = compiled.counter.address
        text = self.emit(e)
        assert len(e.exits) == len(records)
        compiled.table = old.table
        compiled.keep = [*old.keep, *e.keep, old]
        compiled.exits = old.exits
        compiled.load(llvm.emit_object(text(old.table.address), level))
        self.arena.redirect(old.address, compiled.address)
        return compiled

    def attach(self, exit: CompiledExit, bridge: CompiledTrace) -> None:
        """Make a side exit continue in a bridge: effective at once, running code included."""
        exit.trace.table[2 * exit.index] = bridge.address

    def detach(self, exit: CompiledExit) -> None:
        """Make a side exit leave again."""
        exit.trace.table[2 * exit.index] = runtime_functions()["hl_exit"]

    @staticmethod
    def set_finish_call(address: int) -> None:
        """The function that ``call_entry`` calls when its callee left compiled code:
        ``PyObject *(i64 *buf, i64 record)`` runs the frames of the exit to their end, with
        collections as they were; NULL with an exception set if they raise.
        """
        finish_call[0] = address

    @staticmethod
    def _own_record(compiled: CompiledTrace) -> ExitFactory:
        def make(index: int, op: Op[Any], values: tuple[Value[Any], ...]) -> int:
            record = Words([0] * RECORD_WORDS)
            record[2] = 4 if isinstance(op, Finish) else 0
            record[3] = index
            compiled.keep.append(record)
            return record.address

        return make
