"""Exit records and resume programs: what native code does when compiled code is left.

A *resume program* says how to turn the values that a side exit has left in the buffer into
interpreter frames. It is an array of 64-bit words that ``native.py`` executes:

    header    virtuals, frames, values of the frames behind the outermost, drops
    virtuals  kind, words in all, type or buffer index, fields; then the fields
    frames    outermost first: words in all, code, prev_instr, localsplus slots, depth,
              tail, trampoline (or GENERATOR); then the function's slot code and the slots'
    drops     buffer indices of owned references that no slot takes

A *slot code* is one word, ``place << 4 | tag``, followed by the object's address for CONST and by
the word itself for RAW. ``Frame``, ``Virtual`` and ``Slot`` are the typed form; ``encode`` turns
them into words. Must not touch frames or read memory: this is plain arithmetic on ``id``s.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import field
from enum import IntEnum
from types import CodeType, FunctionType
from typing import Final, NamedTuple

from hotloop.frames.rewrite import EXTRA_STACK, RewrittenCode
from hotloop_ir.slotted import slotted


class Tag(IntEnum):
    """What a slot becomes."""

    NULL = 0  # empty: an unbound local, NULL on the stack
    MOVE = 1  # buf[index]; the reference the trace owned is now the slot's (or raw 64 bits)
    COPY = 2  # buf[index], one more reference
    INT = 3  # int(buf[index])
    FLOAT = 4  # the float whose bits are buf[index]
    BOOL = 5  # buf[index] != 0
    CONST = 6  # a constant object
    VIRTUAL = 7  # virtual number index
    RAW = 8  # a constant word, only in fields of raw objects


class Slot(NamedTuple):
    """A slot code: tag, place (buffer index or virtual number), constant (int for RAW)."""

    tag: Tag
    place: int = 0
    value: object = None


NULL: Final = Slot(Tag.NULL)

GENERATOR: Final = 1
"""In place of a frame's trampoline: it is in the generator."""


def move(index: int) -> Slot:
    """The object in buf[index], whose reference the trace owns and gives away."""
    return Slot(Tag.MOVE, index)


def copy(index: int) -> Slot:
    """The object in buf[index], borrowed by the trace or named by another slot already."""
    return Slot(Tag.COPY, index)


def boxed_int(index: int) -> Slot:
    """A new int of the 64-bit integer in buf[index]."""
    return Slot(Tag.INT, index)


def boxed_float(index: int) -> Slot:
    """A new float of the double in buf[index]."""
    return Slot(Tag.FLOAT, index)


def boxed_bool(index: int) -> Slot:
    """True or False."""
    return Slot(Tag.BOOL, index)


def const(value: object) -> Slot:
    """A constant object; the encoded program keeps it alive."""
    return Slot(Tag.CONST, 0, value)


def virtual(number: int) -> Slot:
    """The object built as virtual ``number``."""
    return Slot(Tag.VIRTUAL, number)


def raw(word: int) -> Slot:
    """A constant word for a raw field."""
    return Slot(Tag.RAW, 0, word)


class VirtualKind(IntEnum):
    """How an object is made and what its fields mean."""

    TUPLE = 0  # fields: items in order
    LIST = 1  # fields: items in order
    INSTANCE = 2  # object_new(type); fields: (shared-key index, value) in insertion order
    PLAIN = 3  # object without GC header; fields: (byte offset, word)
    TRACKED = 4  # object with GC header; fields: (byte offset, word)
    INT = 5  # a box that several slots share; index: the buffer's
    FLOAT = 6  # a box that several slots share
    DICT = 7  # fields: key, value, key, value ... with str keys


@slotted()
class Virtual:
    """An object whose allocation was removed. Fields may refer to any virtual, cycles included.

    ``fields`` holds (key, slot); the key is an index or offset where the kind has one.
    ``subject`` is the type (INSTANCE, PLAIN, TRACKED) or the buffer index (INT, FLOAT).
    """

    kind: VirtualKind
    fields: list[tuple[int, Slot]] = field(default_factory=list)
    subject: type | int = 0


@slotted()
class Frame:
    """One interpreter frame to be made. Build it with ``at``, ``suspended`` or ``raising``.

    ``prev`` is the byte offset in ``code`` of the unit that ``prev_instr`` must point to, ``tail``
    that of the code's trampoline (-1: none). ``function`` is NULL for the outermost frame, which
    keeps its own. The frame of a ``generator``, whose ``function`` is the generator itself, is
    resumed by the FOR_ITER that its caller is about to execute.
    """

    code: CodeType
    prev: int
    locals: Sequence[Slot]
    stack: Sequence[Slot]
    function: Slot = NULL
    tail: int = -1
    generator: bool = False

    @classmethod
    def at(
        cls,
        code: RewrittenCode,
        pc: int,
        locals: Sequence[Slot],
        stack: Sequence[Slot],
        function: Slot = NULL,
    ) -> Frame:
        """A frame about to execute the instruction that starts at ``pc`` of the original code."""
        return cls(code.code, code.resume_at(pc) - 2, locals, stack, function, code.tail)

    @classmethod
    def suspended(
        cls,
        code: RewrittenCode,
        pc: int,
        locals: Sequence[Slot],
        stack: Sequence[Slot],
        function: Slot = NULL,
    ) -> Frame:
        """A frame inside the call-like instruction at ``pc``; its operands are off the stack."""
        return cls(code.code, code.suspended_at(pc), locals, stack, function, code.tail)

    @classmethod
    def raising(
        cls,
        code: RewrittenCode,
        pc: int,
        locals: Sequence[Slot],
        stack: Sequence[Slot],
        function: Slot = NULL,
    ) -> Frame:
        """A frame in which the instruction at ``pc`` raises (exit kind EXCEPTION)."""
        return cls(code.code, code.raising_at(pc), locals, stack, function, code.tail)


class Trampolines:
    """The size classes of trampoline functions (address by slots they have room for).

    ``code_offset`` is where the code units begin in a code object.
    """

    def __init__(self, functions: Sequence[tuple[int, FunctionType]], code_offset: int) -> None:
        self.functions = tuple(functions)
        self.code_offset = code_offset

    def for_code(self, code: CodeType) -> int:
        """Address of the smallest trampoline whose frames can become frames of ``code``.

        Raises ValueError when none is large enough.
        """
        cells = sum(name not in code.co_varnames for name in code.co_cellvars)
        need = code.co_nlocals + cells + len(code.co_freevars) + code.co_stacksize + EXTRA_STACK
        for room, function in self.functions:
            if need <= room:
                return id(function)
        raise ValueError(f"a frame of {need} slots is too large to be inlined")


class ResumeProgram:
    """An encoded program: ``words``, and the objects it needs alive (``references``)."""

    __slots__ = ("references", "words")

    def __init__(self, words: array[int], references: list[object]) -> None:
        self.words = words
        self.references = references

    @property
    def address(self) -> int:
        """Where the words are; they must not be appended to."""
        return self.words.buffer_info()[0]


class _Encoder:
    def __init__(self) -> None:
        self.words: list[int] = []
        self.references: list[object] = []

    def slot(self, slot: Slot) -> None:
        tag = slot.tag
        self.words.append(slot.place << 4 | tag)
        if tag == Tag.CONST:
            self.words.append(id(slot.value))
            self.references.append(slot.value)
        elif tag == Tag.RAW:
            assert isinstance(slot.value, int)
            self.words.append(slot.value)

    def virtual(self, item: Virtual) -> None:
        start = len(self.words)
        subject = item.subject
        if not isinstance(subject, int):
            self.references.append(subject)
            subject = id(subject)
        count = len(item.fields) // 2 if item.kind is VirtualKind.DICT else len(item.fields)
        self.words += (item.kind, 0, subject, count)
        keyed = item.kind in (VirtualKind.INSTANCE, VirtualKind.PLAIN, VirtualKind.TRACKED)
        for key, slot in item.fields:
            if keyed:
                self.words.append(key)
            self.slot(slot)
        self.words[start + 1] = len(self.words) - start

    def frame(self, item: Frame, trampolines: Trampolines, inlined: bool) -> None:
        start = len(self.words)
        code = item.code
        self.references.append(code)
        base = id(code) + trampolines.code_offset
        tail = base + item.tail if item.tail >= 0 else 0
        trampoline = trampolines.for_code(code) if inlined and not item.generator else 0
        if item.generator:
            trampoline = GENERATOR
        sizes = (len(item.locals), len(item.stack))
        self.words += (0, id(code), base + item.prev, *sizes, tail, trampoline)
        self.slot(item.function)
        for slot in item.locals:
            self.slot(slot)
        for slot in item.stack:
            self.slot(slot)
        self.words[start] = len(self.words) - start


def encode(
    frames: Sequence[Frame],
    trampolines: Trampolines,
    virtuals: Sequence[Virtual] = (),
    drops: Iterable[int] = (),
) -> ResumeProgram:
    """Encode a resume program; ``frames`` outermost first.

    Raises ValueError when an inlined frame is too large or has no function.
    """
    if any(frame.function.tag is Tag.NULL for frame in frames[1:]):
        raise ValueError("an inlined frame needs its function")
    encoder = _Encoder()
    dropped = list(drops)
    values = sum(1 + len(frame.locals) + len(frame.stack) for frame in frames[1:])
    encoder.words += (len(virtuals), len(frames), values, len(dropped))
    for item in virtuals:
        encoder.virtual(item)
    for number, frame in enumerate(frames):
        encoder.frame(frame, trampolines, inlined=number > 0)
    encoder.words += dropped
    return ResumeProgram(array("q", encoder.words), encoder.references)


class ExitKind(IntEnum):
    """What an exit is."""

    GUARD = 0  # a guard failed, or the trace left: go on in the interpreter
    EXCEPTION = 1  # an exception is set in the thread: raise it in the innermost frame
    INTERRUPT = 2  # the eval breaker was set; like GUARD
    DIRTY = 3  # an object died in between; like GUARD
    FINISH = 4  # the outermost frame of an entry trace returns buf[0]; like GUARD


class ExitRecord:
    """The words that one side exit returns the address of. Keeps its program alive.

    Words: counter, threshold, kind, id, address of the resume program, three reserved. The slow
    path is asked (once) when the counter reaches the threshold; NEVER_ASK (0) never does. Without
    a program it is also asked the first time, to make one (``set_program``): most exits are
    never taken.
    """

    NEVER_ASK: Final = 0
    __slots__ = ("_words", "program")

    def __init__(
        self, program: ResumeProgram | None, kind: ExitKind, number: int, threshold: int = 0
    ) -> None:
        self.program = program
        address = 0 if program is None else program.address
        self._words = array("q", (0, threshold, int(kind), number, address, 0, 0, 0))

    @property
    def address(self) -> int:
        """What compiled code returns to leave here."""
        return self._words.buffer_info()[0]

    @property
    def counter(self) -> int:
        """How often the exit was taken."""
        return self._words[0]

    @property
    def threshold(self) -> int:
        """The count at which the slow path is asked."""
        return self._words[1]

    @threshold.setter
    def threshold(self, value: int) -> None:
        self._words[1] = value

    @property
    def kind(self) -> ExitKind:
        """What kind of exit this is."""
        return ExitKind(self._words[2])

    @property
    def number(self) -> int:
        """The owner's id."""
        return self._words[3]

    def set_program(self, program: ResumeProgram) -> None:
        """Say how its frames are made. Only once: the program may be running in some thread."""
        self.program = program
        self._words[4] = program.address
