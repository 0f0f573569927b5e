"""Instructions and decoded code: what every other part reads instead of bytecode.

Pure data. It must not know how any version encodes its bytecode, nor how an instruction runs.
"""

from collections.abc import Mapping

from hotloop_interp.sealed import seal
from hotloop_ir.slotted import slotted

seal(globals())

COROUTINE_FLAGS = 0x20 | 0x80 | 0x200
"""co_flags of generators, coroutines and async generators."""


@slotted(frozen=True, eq=False)
class Instr:
    """One instruction: an opcode with its prefixes and caches.

    `KW_NAMES`, `PRECALL` and `CALL` are one instruction, `CALL`, whose `argval` is the tuple of
    keyword names: the interpreter keeps the names in a C variable between the three, so a frame
    can be resumed only before the first or after the last.
    """

    op: str
    """3.11's name of the opcode."""
    arg: int
    """The argument with its EXTENDED_ARG prefixes, 0 where there is none."""
    argval: object
    """What the argument stands for: a constant, a name, keyword names of a CALL; else None."""
    index: int
    """Position in `DecodedCode.instrs`."""
    next: int
    """Index of the instruction that follows in the code."""
    jump: int | None
    """Index of the jump target, for an instruction that has one."""
    start: int
    """Byte offset of the first code unit, prefixes included: where CPython resumes *before* it."""
    offset: int
    """Byte offset of the opcode's own unit."""
    last: int
    """Byte offset of the last unit, caches included: `prev_instr` of a frame suspended in it."""
    line: int | None
    """Source line, None where the compiler gave none."""
    depth: int
    """Depth of the operand stack before it, -1 if it cannot be reached."""


@slotted(frozen=True)
class HandlerEntry:
    """One row of the exception table, in instruction indices."""

    start: int
    end: int
    target: int
    depth: int
    lasti: bool


@slotted(frozen=True, eq=False)
class DecodedCode:
    """A code object decoded: instructions, exception handlers and basic facts.

    It holds no reference to the code object, which may therefore die.
    """

    instrs: tuple[Instr, ...]
    index_at: Mapping[int, int]
    """Byte offset of any code unit (prefix, opcode or cache) to the index of its instruction."""
    handlers: tuple[HandlerEntry | None, ...]
    """For each instruction the exception handler that covers it, the innermost."""
    localsplus_names: tuple[str, ...]
    """Names of the slots of `Frame.localsplus`, in order."""
    local_index: Mapping[str, int]
    """Name of a slot to its position."""
    nlocals: int
    """How many of the slots are locals (the others are cells, then free variables)."""
    loop_headers: frozenset[int]
    """Indices of the targets of backward jumps."""
    max_depth: int
    """The greatest statically known stack depth."""
    returns: bool
    yields: bool
    """Whether calling the function makes a generator, coroutine or async generator."""
    has_loops: bool
