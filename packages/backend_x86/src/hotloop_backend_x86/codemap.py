"""Which machine instruction belongs to which op: disassembly for logs and people.

Compiling for speed keeps no map. When somebody asks, the trace is compiled once more with
line numbers, which do not change the code, and the line table is read. Nothing is loaded
or run here.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from hotloop_backend_x86 import llvm
from hotloop_backend_x86.compile import CompiledTrace
from hotloop_backend_x86.elf import ElfObject
from hotloop_backend_x86.emitter import Emitter
from hotloop_backend_x86.natives import runtime_functions
from hotloop_backend_x86.text import emit_body, module_text, module_text_with_lines
from hotloop_ir.op import Op
from hotloop_ir.value import Value

# Line number opcodes (DWARF 4, section 6.2.5).
_COPY, _ADVANCE_PC, _ADVANCE_LINE, _CONST_ADD_PC, _FIXED_ADVANCE_PC = 1, 2, 3, 8, 9
_END_SEQUENCE: Final = 1


def llvm_text(compiled: CompiledTrace) -> str:
    """The LLVM IR of a compiled trace, made again."""
    e = _emit(compiled, lines=False)
    return module_text(e, compiled.table.address)


def op_addresses(compiled: CompiledTrace) -> list[tuple[int, Op[Any] | None]]:
    """Offsets into the code where instructions of an op begin (None: entry and tail), sorted."""
    e = _emit(compiled, lines=True)
    text = module_text_with_lines(e, compiled.table.address)
    object_ = ElfObject(llvm.emit_object(text, compiled.level))
    ops = compiled.trace.ops
    found: list[tuple[int, Op[Any] | None]] = []
    for offset, line in _read_lines(object_.section(b".debug_line")):
        op = ops[line - 1] if 0 < line <= len(ops) else None
        if found and found[-1][0] == offset:
            found[-1] = (offset, op)
        elif not found or found[-1][1] is not op:
            found.append((offset, op))
    return found


def disassemble(compiled: CompiledTrace) -> str:
    """The machine code of a trace as text, a line ``; op`` before the instructions of each op."""
    import capstone  # a library of 10 MB that only logs need

    starts = dict(op_addresses(compiled))
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    lines: list[str] = []
    rows = decoder.disasm_lite(compiled.machine_code(), compiled.address)
    for address, _, mnemonic, operands in rows:
        offset = address - compiled.address
        if offset in starts:
            op = starts[offset]
            lines.append(f"; {describe(op)}" if op is not None else "; entry and exits")
        lines.append(f"  {address:x}  {mnemonic} {operands}".rstrip())
    return "\n".join(lines) + "\n"


def describe(op: Op[Any]) -> str:
    """An op in a few words: mnemonic and immediates."""
    shown = [f"{name}={getattr(op, name)!r}" for name in op.immediates if name != "params"]
    return " ".join([op.mnemonic, *shown])


def _emit(compiled: CompiledTrace, *, lines: bool) -> Emitter:
    """Run the emitters again; the exits get the records they have."""

    def record(index: int, op: Op[Any], values: tuple[Value[Any], ...]) -> int:
        return compiled.exits[index].record

    e = Emitter(compiled.trace, compiled.level, record, runtime_functions())
    if compiled.counts:
        e.counter = compiled.counter.address
    if lines:
        e.marks = []
    emit_body(e)
    return e


class _Reader:
    """A cursor over the bytes of a line table."""

    def __init__(self, data: bytes, position: int) -> None:
        self.data = data
        self.position = position

    def byte(self) -> int:
        self.position += 1
        return self.data[self.position - 1]

    def leb128(self, signed: bool) -> int:
        value = shift = 0
        while True:
            part = self.byte()
            value |= (part & 127) << shift
            shift += 7
            if part < 128:
                return value - (1 << shift) if signed and part & 64 else value


def _read_lines(data: bytes) -> list[tuple[int, int]]:
    """Rows (offset, line) of a DWARF 4 line table with one sequence."""
    if not data:
        return []
    length, version, header = struct.unpack_from("<IHI", data, 0)
    if version != 4:
        raise ValueError(f"line table of DWARF {version}")
    _, _, _, base, spread, first = struct.unpack_from("<BBBbBB", data, 10)
    reader = _Reader(data, 10 + header)
    rows: list[tuple[int, int]] = []
    address, line = 0, 1
    while reader.position < length + 4:
        opcode = reader.byte()
        if opcode >= first:
            address += (opcode - first) // spread
            line += base + (opcode - first) % spread
            rows.append((address, line))
        elif opcode == 0:
            end = reader.leb128(signed=False) + reader.position
            if reader.byte() == _END_SEQUENCE:
                rows.append((address, 0))
            reader.position = end
        elif opcode == _COPY:
            rows.append((address, line))
        elif opcode == _ADVANCE_LINE:
            line += reader.leb128(signed=True)
        elif opcode == _CONST_ADD_PC:
            address += (255 - first) // spread
        else:
            address += _advance(reader, opcode, data[15 + opcode])
    return rows


def _advance(reader: _Reader, opcode: int, operands: int) -> int:
    """Read the operands of a standard opcode; how far it moves the address."""
    if opcode == _FIXED_ADVANCE_PC:
        return reader.byte() | reader.byte() << 8
    values = [reader.leb128(signed=False) for _ in range(operands)]
    return values[0] if opcode == _ADVANCE_PC else 0
