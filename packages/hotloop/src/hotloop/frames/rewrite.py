"""Make a code object with merge points: places where compiled code can be entered.

A merge point is a cheap test and, when it answers yes, the call of a stub:

    LOAD_CONST trigger; POP_JUMP_FORWARD_IF_FALSE L; PUSH_NULL; LOAD_CONST stub;
    PRECALL 0; CALL 0; POP_TOP; L:

It stands before a loop header (backward jumps reach it first) or after the RESUME of the
function. Its instructions carry the position of the instruction they precede, so that line
tracing, tracebacks and ``f_lineno`` are those of the plain program. Six units at the very end, the
*tail*, are a trampoline that is patched on leaving compiled code with an empty stack. Must not
run, count or decide anything.
"""

from __future__ import annotations

import opcode
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from types import CodeType
from typing import NamedTuple

from hotloop.frames.assembly import CACHES, ExceptionRow, Instruction, assemble, parse

ENTRY = -1
"""``MergePoint.offset`` of a merge point at the function's entry."""
TAIL_UNITS = 6
EXTRA_STACK = 2
"""Stack slots a merge point, or an exit into inlined frames, needs above the deepest bytecode."""

_OP = opcode.opmap
_CALL_PREFIXES = frozenset((_OP["KW_NAMES"], _OP["PRECALL"]))
_DELEGATION = frozenset((_OP["SEND"], _OP["RESUME"], _OP["JUMP_BACKWARD_NO_INTERRUPT"]))


class MergePoint(NamedTuple):
    """Where to insert (byte offset in the original code, or ENTRY) and the two constants."""

    offset: int
    trigger: object
    stub: object


class RewrittenCode:
    """A code object with merge points and the way between its offsets and the original's.

    ``code`` runs in place of ``original``. ``merge_offsets[i]`` is the byte offset of the first
    instruction of the i-th point given; ``tail`` that of the trampoline.
    """

    def __init__(
        self,
        original: CodeType,
        code: CodeType,
        kept: Sequence[Instruction],
        merge_offsets: list[int],
        tail: int,
    ) -> None:
        self.original = original
        self.code = code
        self.merge_offsets = merge_offsets
        self.tail = tail
        self._op = bytes(instruction.op for instruction in kept)
        self._old = [instruction.old for instruction in kept]
        self._new = [instruction.new for instruction in kept]
        self._old_last = [start - 2 for start in (*self._old[1:], len(original.co_code))]
        self._new_last = [i.new + 2 * i.units - 2 for i in kept]
        self._index = {old: index for index, old in enumerate(self._old)}

    def to_new(self, offset: int) -> int:
        """Offset in ``code`` of a unit of ``original``: an instruction's first unit or a cache."""
        index = bisect_right(self._old, offset) - 1
        if offset == self._old[index]:
            return self._new[index]
        return max(self._new[index], self._new_last[index] - (self._old_last[index] - offset))

    def to_old(self, offset: int) -> int:
        """Offset in ``original`` of a unit of ``code``; merge points belong to what follows."""
        index = bisect_right(self._new, offset) - 1
        if index < 0:
            return 0
        if offset > self._new_last[index]:  # a merge point before the next instruction, or the tail
            return self._old[min(index + 1, len(self._old) - 1)]
        if offset == self._new[index]:
            return self._old[index]
        return max(self._old[index], self._old_last[index] - (self._new_last[index] - offset))

    def resume_at(self, pc: int) -> int:
        """Offset in ``code`` of the instruction that starts at ``pc`` in ``original``."""
        return self._new[self._index[pc]]

    def suspended_at(self, pc: int) -> int:
        """Offset in ``code`` of the last unit of the call-like instruction that starts at ``pc``.

        KW_NAMES and PRECALL before a CALL are skipped: this is where ``prev_instr`` of a frame
        points while the call runs.
        """
        return self._new_last[self._main(pc)]

    def raising_at(self, pc: int) -> int:
        """Offset in ``code`` of the opcode that raises, for the instruction at ``pc``."""
        index = self._main(pc)
        return self._new_last[index] - 2 * CACHES[self._op[index]]

    def _main(self, pc: int) -> int:
        index = self._index[pc]
        while self._op[index] in _CALL_PREFIXES:
            index += 1
        return index


def rewrite(code: CodeType, points: Iterable[MergePoint]) -> RewrittenCode:
    """A copy of ``code`` with merge points inserted; it behaves as the original does.

    Raises ValueError when a point's offset is not the start of an instruction or lies inside a
    delegation to a generator, and for an entry in code that has no RESUME.
    """
    instructions, rows = parse(code)
    index_of = {instruction.old: i for i, instruction in enumerate(instructions)}
    constants = list(code.co_consts)
    inserted: dict[int, list[Instruction]] = {}
    first_of: dict[Instruction, Instruction] = {}
    points = list(points)
    heads: dict[int, Instruction] = {}
    for number, point in sorted(enumerate(points), key=lambda item: item[1].offset):
        index = _entry_index(instructions) if point.offset == ENTRY else index_of.get(point.offset)
        if index is None or not _insertable(instructions, index):
            raise ValueError(f"no merge point can stand at offset {point.offset}")
        added = _merge_point(point, instructions[index], constants)
        inserted.setdefault(index, []).extend(added)
        heads[number] = added[0]
        if point.offset != ENTRY:
            first_of[instructions[index]] = added[0]
    tail = _tail()
    body = _spliced(instructions, inserted)
    new = _assembled(code, body + tail, rows, first_of, constants)
    offsets = [heads[number].new for number in range(len(points))]
    return RewrittenCode(code, new, instructions, offsets, tail[0].new)


def _insertable(instructions: list[Instruction], index: int) -> bool:
    """Not within SEND; YIELD_VALUE; RESUME; JUMP_BACKWARD_NO_INTERRUPT: genobject.c and line
    tracing look at the instructions around a delegation."""
    if instructions[index].op in _DELEGATION:
        return False
    return index == 0 or instructions[index - 1].op != _OP["SEND"]


def _entry_index(instructions: list[Instruction]) -> int:
    for index, instruction in enumerate(instructions):
        if instruction.op == _OP["RESUME"]:
            return index + 1
    raise ValueError("code without RESUME has no entry")


def _merge_point(
    point: MergePoint, before: Instruction, constants: list[object]
) -> list[Instruction]:
    position = before.position
    trigger = len(constants)
    constants += (point.trigger, point.stub)

    def new(name: str, arg: int = 0, target: Instruction | None = None) -> Instruction:
        return Instruction(_OP[name], arg, position, -1, target)

    return [
        new("LOAD_CONST", trigger),
        new("POP_JUMP_FORWARD_IF_FALSE", 0, before),
        new("PUSH_NULL"),
        new("LOAD_CONST", trigger + 1),
        new("PRECALL"),
        new("CALL"),
        new("POP_TOP"),
    ]


def _tail() -> list[Instruction]:
    nowhere = (None, None, None, None)
    names = ["POP_TOP", "EXTENDED_ARG", "EXTENDED_ARG", "EXTENDED_ARG", "JUMP_FORWARD", "NOP"]
    return [Instruction(_OP[name], 0, nowhere) for name in names]


def _spliced(
    instructions: list[Instruction], inserted: dict[int, list[Instruction]]
) -> list[Instruction]:
    body: list[Instruction] = []
    for index, instruction in enumerate(instructions):
        body += inserted.get(index, ())
        body.append(instruction)
    return body


def _assembled(
    code: CodeType,
    body: list[Instruction],
    rows: list[ExceptionRow],
    first_of: dict[Instruction, Instruction],
    constants: list[object],
) -> CodeType:
    """Assemble; jumps that skip a merge point's own call go to the instruction itself."""
    tail_start = body[-TAIL_UNITS]
    for row in rows:
        row.end = row.end or tail_start
    skips = {id(i) for i in body if i.old < 0 and i.target is not None}
    for instruction in body:
        target = instruction.target
        if target is not None and id(instruction) not in skips:
            instruction.target = first_of.get(target, target)
    for row in rows:
        row.start = first_of.get(row.start, row.start)
        row.end = first_of.get(row.end, row.end) if row.end else None
        row.target = first_of.get(row.target, row.target)
    raw, lines, exceptions = assemble(body, rows, code.co_firstlineno)
    return code.replace(
        co_code=raw,
        co_consts=tuple(constants),
        co_linetable=lines,
        co_exceptiontable=exceptions,
        co_stacksize=code.co_stacksize + EXTRA_STACK,
    )
