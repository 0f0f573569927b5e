"""CPython 3.11's bytecode to the internal instruction set.

The internal opcode names are 3.11's own, so the work is: skip caches, merge prefixes, merge
KW_NAMES + PRECALL + CALL, resolve arguments and jumps, parse the exception table, and compute
stack depths. Must not run or specialise anything.
"""

import dis
import opcode
from collections.abc import Callable, Iterator
from types import CodeType

from hotloop_interp.decode.instr import COROUTINE_FLAGS, DecodedCode, HandlerEntry, Instr
from hotloop_interp.sealed import seal
from hotloop_ir.slotted import slotted

seal(globals())

_NAME_OPS = frozenset(opcode.hasname)
_LOCAL_OPS = frozenset(opcode.haslocal) | frozenset(opcode.hasfree)
_CONST_OPS = frozenset(opcode.hasconst)
_JUMP_OPS = frozenset(opcode.hasjrel)
_CACHES: tuple[int, ...] = tuple(opcode._inline_cache_entries)  # type: ignore[attr-defined]
_SHIFTED_NAMES = frozenset({"LOAD_GLOBAL"})
_NO_FALL_THROUGH = frozenset(
    {"RETURN_VALUE", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD", "JUMP_BACKWARD",
     "JUMP_BACKWARD_NO_INTERRUPT"}
)  # fmt: skip
_MERGED = frozenset({"KW_NAMES", "PRECALL"})


@slotted()
class _Unit:
    """An opcode with its prefixes and caches, not yet merged or resolved."""

    op: int
    arg: int
    start: int
    offset: int
    last: int
    kw_names: tuple[str, ...] = ()


def _units(code: bytes) -> Iterator[_Unit]:
    """Opcodes with merged EXTENDED_ARG prefixes; caches are skipped."""
    at, end = 0, len(code)
    while at < end:
        start, arg = at, 0
        while code[at] == dis.EXTENDED_ARG:
            arg = (arg | code[at + 1]) << 8
            at += 2
        op = code[at]
        arg |= code[at + 1]
        if op == opcode.opmap["CACHE"]:
            at += 2
            continue
        last = at + 2 * _CACHES[op]
        yield _Unit(op, arg if op >= dis.HAVE_ARGUMENT else 0, start, at, last)
        at = last + 2


def _merged(code: CodeType) -> list[_Unit]:
    """The units with KW_NAMES and PRECALL taken into the CALL that follows them."""
    merged: list[_Unit] = []
    start, kw_names = -1, ()
    for unit in _units(code.co_code):
        name = opcode.opname[unit.op]
        if name in _MERGED:
            start = unit.start if start < 0 else start
            if name == "KW_NAMES":
                kw_names = code.co_consts[unit.arg]
            continue
        if start >= 0:
            unit.start, unit.kw_names = start, kw_names
            start, kw_names = -1, ()
        merged.append(unit)
    return merged


def _localsplus(code: CodeType) -> tuple[str, ...]:
    """Slot names as in `co_localsplusnames`: a cell that is an argument shares the local's slot."""
    cells = tuple(name for name in code.co_cellvars if name not in code.co_varnames)
    return (*code.co_varnames, *cells, *code.co_freevars)


def _argval(code: CodeType, unit: _Unit, slots: tuple[str, ...]) -> object:
    name = opcode.opname[unit.op]
    if name == "CALL":
        return unit.kw_names
    if unit.op in _CONST_OPS:
        return code.co_consts[unit.arg]
    if unit.op in _NAME_OPS:
        return code.co_names[unit.arg >> 1 if name in _SHIFTED_NAMES else unit.arg]
    if unit.op in _LOCAL_OPS:
        return slots[unit.arg]
    return None


def _jump_offset(unit: _Unit) -> int | None:
    """Byte offset of the jump target: relative, counted in code units from the next unit."""
    if unit.op not in _JUMP_OPS:
        return None
    backward = "JUMP_BACKWARD" in opcode.opname[unit.op]
    return unit.offset + 2 + (-2 * unit.arg if backward else 2 * unit.arg)


def stack_effect(op: str, arg: int, *, jump: bool) -> int:
    """Change of the stack depth by an instruction, as `dis.stack_effect` says it.

    Two differences: CALL includes its PRECALL, and RETURN_GENERATOR counts the value that the
    first resumption pushes (CPython's compiler starts generators at depth 1 instead).
    """
    number = opcode.opmap[op]
    has_arg = number >= dis.HAVE_ARGUMENT
    effect = dis.stack_effect(number, arg if has_arg else None, jump=jump)
    if op == "CALL":
        effect += dis.stack_effect(opcode.opmap["PRECALL"], arg, jump=jump)
    if op == "RETURN_GENERATOR":
        effect += 1
    return effect


def _varints(table: bytes) -> Iterator[int]:
    """The varints of an exception table (6 bits a byte, big end first, bit 6 continues)."""
    at = 0
    while at < len(table):
        byte = table[at]
        value = byte & 63
        while byte & 64:
            at += 1
            byte = table[at]
            value = value << 6 | byte & 63
        at += 1
        yield value


def parse_exception_table(code: CodeType) -> list[tuple[int, int, int, int, bool]]:
    """Rows (start, end, target, depth, lasti) in byte offsets, `end` exclusive.

    Format: Objects/exception_handling_notes.txt.
    """
    values = list(_varints(code.co_exceptiontable))
    rows = []
    for at in range(0, len(values), 4):
        start, length, target, packed = values[at : at + 4]
        rows.append((start * 2, (start + length) * 2, target * 2, packed >> 1, bool(packed & 1)))
    return rows


def _entries(
    code: CodeType, units: list[_Unit], index_at: dict[int, int]
) -> tuple[HandlerEntry | None, ...]:
    """The exception table by instruction."""
    handlers: list[HandlerEntry | None] = [None] * len(units)
    for start, end, target, depth, lasti in parse_exception_table(code):
        covered = [i for i, unit in enumerate(units) if start <= unit.offset < end]
        if not covered:
            continue
        entry = HandlerEntry(covered[0], covered[-1] + 1, index_at[target], depth, lasti)
        for index in covered:
            handlers[index] = entry
    return tuple(handlers)


def _depths(
    units: list[_Unit],
    jumps: list[int | None],
    handlers: tuple[HandlerEntry | None, ...],
) -> list[int]:
    """Stack depth before each instruction by one walk over the control flow; -1: unreachable."""
    depths = [-1] * len(units)
    work = [(0, 0)]
    while work:
        index, depth = work.pop()
        while index < len(units) and depths[index] < 0:
            depths[index] = depth
            handler = handlers[index]
            if handler is not None:
                work.append((handler.target, handler.depth + handler.lasti + 1))
            unit, target = units[index], jumps[index]
            name = opcode.opname[unit.op]
            if target is not None:
                work.append((target, depth + stack_effect(name, unit.arg, jump=True)))
            if name in _NO_FALL_THROUGH:
                break
            depth += stack_effect(name, unit.arg, jump=False)
            index += 1
    return depths


def _lines(code: CodeType) -> dict[int, int | None]:
    """Byte offset of each unit to its line."""
    lines: dict[int, int | None] = {}
    for start, end, line in code.co_lines():
        for offset in range(start, end, 2):
            lines[offset] = line
    return lines


def decode_code(code: CodeType) -> DecodedCode:
    """Decode one code object. Raises nothing for code that CPython's compiler made."""
    units = _merged(code)
    index_at: dict[int, int] = {}
    for index, unit in enumerate(units):
        for offset in range(unit.start, unit.last + 2, 2):
            index_at[offset] = index
    targets = [_jump_offset(unit) for unit in units]
    jumps = [None if target is None else index_at[target] for target in targets]
    handlers = _entries(code, units, index_at)
    depths = _depths(units, jumps, handlers)
    slots, lines = _localsplus(code), _lines(code)
    instrs = tuple(
        Instr(
            op=opcode.opname[unit.op],
            arg=unit.arg,
            argval=_argval(code, unit, slots),
            index=index,
            next=index + 1,
            jump=jumps[index],
            start=unit.start,
            offset=unit.offset,
            last=unit.last,
            line=lines.get(unit.offset),
            depth=depths[index],
        )
        for index, unit in enumerate(units)
    )
    return _facts(code, instrs, index_at, handlers, slots)


def _facts(
    code: CodeType,
    instrs: tuple[Instr, ...],
    index_at: dict[int, int],
    handlers: tuple[HandlerEntry | None, ...],
    slots: tuple[str, ...],
) -> DecodedCode:
    headers = frozenset(
        instr.jump
        for instr in instrs
        if instr.jump is not None and instr.jump <= instr.index and instr.depth >= 0
        and instr.op != "JUMP_BACKWARD_NO_INTERRUPT"
    )  # fmt: skip
    names = {instr.op for instr in instrs}
    return DecodedCode(
        instrs=instrs,
        index_at=index_at,
        handlers=handlers,
        localsplus_names=slots,
        local_index={name: index for index, name in enumerate(slots)},
        nlocals=code.co_nlocals,
        loop_headers=headers,
        max_depth=max(instr.depth for instr in instrs),
        returns="RETURN_VALUE" in names,
        yields=bool(code.co_flags & COROUTINE_FLAGS),
        has_loops=bool(headers),
    )


def async_wrapper() -> Callable[[object], object]:
    """A function that executes ASYNC_GEN_WRAP: nothing else makes the object it makes."""

    def wrap(value: object) -> object:
        return value

    names = ("RESUME", "LOAD_FAST", "ASYNC_GEN_WRAP", "RETURN_VALUE")
    units = b"".join(bytes((opcode.opmap[name], 0)) for name in names)
    wrap.__code__ = wrap.__code__.replace(co_code=units)
    return wrap
