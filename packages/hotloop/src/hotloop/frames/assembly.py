"""Bytecode of CPython 3.11 as a list of instructions, and back: the assembler of the rewriter.

Labels instead of distances: jumps and exception rows point at instructions, so that instructions
can be inserted anywhere. Must not know why anything is inserted.
"""

from __future__ import annotations

import opcode
from collections.abc import Iterable, Iterator
from types import CodeType

EXTENDED_ARG = opcode.EXTENDED_ARG
CACHES: tuple[int, ...] = tuple(opcode._inline_cache_entries)  # type: ignore[attr-defined]
_RELATIVE = frozenset(opcode.hasjrel)
_BACKWARD = frozenset(op for op in _RELATIVE if "JUMP_BACKWARD" in opcode.opname[op])

Position = tuple[int | None, int | None, int | None, int | None]
"""Line, end line, column, end column of an instruction."""


class Instruction:
    """An opcode with its prefixes and caches. ``target`` is set for jumps and wins over ``arg``."""

    __slots__ = ("arg", "new", "old", "op", "position", "target")

    def __init__(
        self,
        op: int,
        arg: int,
        position: Position,
        old: int = -1,
        target: Instruction | None = None,
    ) -> None:
        self.op = op
        self.arg = arg
        self.position = position
        self.target = target
        self.old = old  # byte offset of the first unit (prefix) where it was parsed, or -1
        self.new = -1  # byte offset of the first unit once assembled

    @property
    def prefixes(self) -> int:
        """How many EXTENDED_ARG units its argument needs."""
        return (self.arg > 0xFF) + (self.arg > 0xFFFF) + (self.arg > 0xFFFFFF)

    @property
    def units(self) -> int:
        """Code units of the whole instruction: prefixes, opcode, caches."""
        return self.prefixes + 1 + CACHES[self.op]


class ExceptionRow:
    """One row of the exception table; ``end`` is exclusive, None for the end of the code."""

    __slots__ = ("depth", "end", "lasti", "start", "target")

    def __init__(
        self,
        start: Instruction,
        end: Instruction | None,
        target: Instruction,
        depth: int,
        lasti: bool,
    ) -> None:
        self.start = start
        self.end = end
        self.target = target
        self.depth = depth
        self.lasti = lasti


def parse(code: CodeType) -> tuple[list[Instruction], list[ExceptionRow]]:
    """The instructions of a code object, jumps resolved, and its exception table."""
    raw = code.co_code
    positions = list(code.co_positions())
    instructions: list[Instruction] = []
    starts: dict[int, Instruction] = {}
    ends: list[int] = []
    at = 0
    while at < len(raw):
        start, arg = at, 0
        while raw[at] == EXTENDED_ARG:
            arg = (arg | raw[at + 1]) << 8
            at += 2
        instruction = Instruction(raw[at], arg | raw[at + 1], positions[at >> 1], start)
        at += 2 + 2 * CACHES[raw[at]]
        starts[start] = instruction
        instructions.append(instruction)
        ends.append(at)
    for instruction, end in zip(instructions, ends, strict=True):
        if instruction.op in _RELATIVE:
            after = end - 2 * CACHES[instruction.op]
            sign = -2 if instruction.op in _BACKWARD else 2
            instruction.target = starts[after + sign * instruction.arg]
    return instructions, list(_parse_rows(code.co_exceptiontable, starts))


def _parse_rows(table: bytes, starts: dict[int, Instruction]) -> Iterator[ExceptionRow]:
    numbers = list(_read_varints(table))
    for i in range(0, len(numbers), 4):
        start, length, target, packed = numbers[i : i + 4]
        yield ExceptionRow(
            starts[2 * start],
            starts.get(2 * (start + length)),
            starts[2 * target],
            packed >> 1,
            bool(packed & 1),
        )


def _read_varints(table: bytes) -> Iterator[int]:
    value = 0
    for byte in table:
        value = value << 6 | byte & 63
        if not byte & 64:
            yield value
            value = 0


def assemble(
    instructions: list[Instruction],
    rows: Iterable[ExceptionRow],
    first_line: int,
) -> tuple[bytes, bytes, bytes]:
    """Machine form: code, line table, exception table. Sets ``new`` and ``arg`` of instructions.

    ``first_line`` is ``co_firstlineno``, to which the line table is relative.
    """
    size = _place(instructions)
    code = bytearray()
    for instruction in instructions:
        arg = instruction.arg
        for shift in range(8 * instruction.prefixes, 0, -8):
            code += bytes((EXTENDED_ARG, arg >> shift & 0xFF))
        code += bytes((instruction.op, arg & 0xFF)) + bytes(2 * CACHES[instruction.op])
    assert len(code) == size
    lines = _line_table(instructions, first_line)
    return bytes(code), lines, _exception_table(rows, size)


def _place(instructions: list[Instruction]) -> int:
    """Give every instruction its offset; jump distances grow until nothing changes."""
    changed = True
    size = 0
    while changed:
        size = 0
        for instruction in instructions:
            instruction.new = size
            size += 2 * instruction.units
        changed = False
        for instruction in instructions:
            if instruction.target is None:
                continue
            units = instruction.units
            after = instruction.new + 2 * (instruction.prefixes + 1)
            distance = (instruction.target.new - after) // 2
            instruction.arg = -distance if instruction.op in _BACKWARD else distance
            changed = changed or instruction.units != units
    return size


def _varint(value: int) -> list[int]:
    """Exception-table form: big end first, bit 6 continues."""
    chunks = [value & 63]
    while value := value >> 6:
        chunks.append(value & 63 | 64)
    return chunks[::-1]


def _exception_table(rows: Iterable[ExceptionRow], size: int) -> bytes:
    table = bytearray()
    for row in rows:
        start = row.start.new
        end = size if row.end is None else row.end.new
        first = len(table)
        for value in (start, end - start, row.target.new):
            table += bytes(_varint(value // 2))
        table += bytes(_varint(row.depth << 1 | row.lasti))
        table[first] |= 128
    return bytes(table)


def _little_varint(value: int) -> bytes:
    """Line-table form: little end first, bit 6 continues."""
    chunks = bytearray()
    while value >= 64:
        chunks.append(value & 63 | 64)
        value >>= 6
    chunks.append(value)
    return bytes(chunks)


def _signed_varint(value: int) -> bytes:
    return _little_varint(-value << 1 | 1 if value < 0 else value << 1)


class _LineTable:
    """Writes the location table (Objects/locations.md of CPython)."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.line = 0

    def add(self, units: int, position: Position) -> None:
        """Describe the next code units; one entry holds at most 8."""
        while units > 8:
            self._entry(8, position)
            units -= 8
        self._entry(units, position)

    def _entry(self, units: int, position: Position) -> None:
        line, end_line, column, end_column = position
        if line is None:
            self.data.append(128 | 15 << 3 | units - 1)
            return
        delta = line - self.line
        self.line = line
        same_line = end_line == line
        if column is None and end_column is None and (same_line or end_line is None):
            self._head(13, units, _signed_varint(delta))
        elif column is None or end_column is None or not same_line:
            self._long(units, delta, (end_line or line) - line, column, end_column)
        elif delta == 0 and column < 80 and 0 <= end_column - column < 16:
            tail = bytes(((column & 7) << 4 | end_column - column,))
            self._head(column >> 3, units, tail)
        elif 0 <= delta < 3 and column < 128 and end_column < 128:
            self._head(10 + delta, units, bytes((column, end_column)))
        else:
            self._long(units, delta, 0, column, end_column)

    def _head(self, kind: int, units: int, tail: bytes) -> None:
        self.data.append(128 | kind << 3 | units - 1)
        self.data += tail

    def _long(
        self, units: int, delta: int, lines: int, column: int | None, end_column: int | None
    ) -> None:
        first = 0 if column is None else column + 1
        last = 0 if end_column is None else end_column + 1
        tail = _signed_varint(delta) + _little_varint(lines)
        self._head(14, units, tail + _little_varint(first) + _little_varint(last))


def _line_table(instructions: list[Instruction], first_line: int) -> bytes:
    table = _LineTable()
    table.line = first_line
    for instruction in instructions:
        table.add(instruction.units, instruction.position)
    return bytes(table.data)
