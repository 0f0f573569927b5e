"""Recording generators as part of the loop that takes their items.

A generator stays an object of CPython's. It is resumed where a FOR_ITER asks for its next item: its
frame's slots are read, the instructions up to the next ``yield`` are recorded like those of an
inlined function, and what has changed is written back. While it runs, a slot that has kept its
value is still in the generator (``GeneratorShadow.home``); one that has lost it is emptied there at
once, so that objects die when they would. On a way out in between the generator gets all its slots
back (``ReturnKind.ITER``). Must not know how frames are written.
"""

from __future__ import annotations

from types import CodeType, GeneratorType
from typing import Any, Final, Literal

from hotloop_interp.decode import decode
from hotloop_interp.frame import NULL, Frame, ReturnKind, Slot
from hotloop_interp.handlers import HANDLERS
from hotloop_interp.machine import Exhausted
from hotloop_interp.protocol import is_plain_generator
from hotloop_ir import value as ir
from hotloop_ir.descr import (
    GENERATOR_AT,
    GENERATOR_CODE,
    GENERATOR_STATE,
    GENERATOR_TOP,
    generator_slot,
    generator_word,
)
from hotloop_ir.helper import helper_named
from hotloop_ir.ops.guard import GuardIs, GuardNonnull
from hotloop_ir.ops.memory import GetField, SetField, SetFieldInt
from hotloop_ir.ops.pyobj import NewTuple
from hotloop_ir.value import Ref, Value, const_int
from hotloop_tracer.consumers import CONSUMERS
from hotloop_tracer.handover import clear_slots, concrete_slot
from hotloop_tracer.recording_exceptions import Exceptions
from hotloop_tracer.snapshots import Shadow, codes_of, shadow_of
from hotloop_tracer.traced import Traced

_CALL_HIDDEN: Final = helper_named("call_hidden")
_EXECUTING: Final = 0
_SUSPENDED: Final = 255
"""FRAME_SUSPENDED (-1) as an unsigned byte."""
_REFUSED: Final = frozenset({"SEND", "IMPORT_NAME", "IMPORT_STAR", "LOAD_BUILD_CLASS"})


class GeneratorShadow(Shadow):
    """What the recorder keeps beside a generator's frame.

    ``home`` are the slots as they are in the generator itself, ``fresh`` says that it has just
    been resumed and has come to no loop header yet.
    """

    __slots__ = ("fresh", "home")

    def __init__(
        self, depth: int, generator: Value[Ref], home: list[Slot[Traced]], start: int = 0
    ) -> None:
        super().__init__(depth, generator, start=start)
        self.fresh = False
        self.home = home
        self.note_home()

    def note_home(self) -> None:
        """Say in snapshots which slots are in the generator."""
        bits = sum(1 << index for index, slot in enumerate(self.home) if slot is not NULL)
        self.extra = const_int(bits)


def generator_shadow(frame: Frame[Traced]) -> GeneratorShadow:
    """The recorder's part of a generator's frame."""
    shadow = frame.shadow
    assert isinstance(shadow, GeneratorShadow)
    return shadow


def home_slots(frame: Frame[Traced], bits: int) -> list[Slot[Traced]]:
    """The slots of a generator's frame that are in the generator, by the bits of a snapshot."""
    slots = [*frame.localsplus, *frame.stack]
    return [slot if bits >> index & 1 else NULL for index, slot in enumerate(slots)]


def code_is_resumable(code: CodeType) -> bool:
    """Whether the frames of a generator can be recorded at all."""
    if not is_plain_generator(code):
        return False
    ops = {instr.op for instr in decode(code).instrs}
    return ops.isdisjoint(_REFUSED) and all(op in HANDLERS for op in ops)


class Generators(Exceptions):
    """Resuming generators, and leaving them."""

    def for_iter(
        self, frame: Frame[Traced], iterator: Traced
    ) -> Traced | Literal[Exhausted.EXHAUSTED] | Frame[Traced]:
        """The next item, EXHAUSTED, or the frame of the generator that makes it."""
        resumed = self.resume(frame, iterator)
        return super().for_iter(frame, iterator) if resumed is None else resumed

    def may_resume(self, frame: Frame[Traced], code: CodeType) -> bool:
        """The policy: depth, recursion, kind of code."""
        if not self.may_go_deeper(frame) or any(one is code for one in codes_of(frame)):
            return False
        return code_is_resumable(code)

    def consume(
        self, frame: Frame[Traced], callable_: Traced, args: list[Traced]
    ) -> Traced | Frame[Traced] | None:
        """A builtin that takes all items of a generator: a Python function does the same."""
        consumer = CONSUMERS.get(id(callable_.obj))
        if consumer is None or not consumer.least <= len(args) <= consumer.most:
            return None
        generator = args[consumer.at]
        others = [arg for arg in args if arg is not generator]
        if any(type(arg.obj) not in consumer.others for arg in others):
            return None
        code = self._may_consume(frame, generator)
        function = None if code is None else self.services.copy_for(consumer.function, code)
        if function is None:
            return None
        self.promote(callable_)
        for arg in args:
            self.type_of(arg)
        callee = self.enter_frame(frame, self.const(function), args, (), ReturnKind.PUSH)
        if callee is not None:
            return callee
        packed = self.emit(NewTuple(tuple([arg.ref for arg in args])))
        operands = self.const(function).ref, packed
        return self.residual(_CALL_HIDDEN, operands, function, *[arg.obj for arg in args])

    def _may_consume(self, frame: Frame[Traced], generator: Traced) -> CodeType | None:
        """The code of a generator that can be recorded as part of a loop."""
        if type(generator.obj) is not GeneratorType or self.generators is None:
            return None
        found = self.generators.look(generator.obj, codes_of(frame))
        if found is None or not code_is_resumable(found.code):
            self._note_old(generator)
            return None
        return found.code

    def resume(self, frame: Frame[Traced], iterator: Traced) -> Frame[Traced] | None:
        """The frame of a suspended generator, which goes on; None if it is not recorded."""
        obj = iterator.obj
        if type(obj) is not GeneratorType or self.generators is None:
            return None
        found = self.generators.look(obj, codes_of(frame))
        if found is None or not self.may_resume(frame, found.code):
            self._note_old(iterator)
            return None
        self.type_of(iterator)
        self.guard_int(self.emit(GetField(iterator.ref, GENERATOR_STATE)), found.state)
        self.guard_int(self.emit(GetField(iterator.ref, GENERATOR_AT)), found.address)
        home = [self._slot_of(iterator, index, slot) for index, slot in enumerate(found.slots)]
        self.emit(SetFieldInt(iterator.ref, const_int(_EXECUTING), GENERATOR_STATE))
        size = len(decode(found.code).localsplus_names)
        callee: Frame[Traced] = Frame(
            found.code,
            found.function.__globals__,
            found.function.__builtins__,
            home[:size],
            func=found.function,
            parent=frame,
        )
        callee.stack = [*home[size:], self.const(None)]
        callee.index = found.index
        callee.return_kind = ReturnKind.ITER
        callee.generator = iterator
        depth = shadow_of(frame).depth + 1
        shadow = callee.shadow = GeneratorShadow(depth, iterator.ref, home, len(self.ops))
        shadow.fresh = True
        self.generators.take(obj)
        return callee

    def _note_old(self, generator: Traced) -> None:
        """Guard that a generator runs code that was not rewritten yet: the next one will not."""
        code = generator.obj.gi_code
        if self.services.original(code) is code and code_is_resumable(code):
            self.type_of(generator)
            found = self.emit(GetField(generator.ref, GENERATOR_CODE))
            self.emit(GuardIs(found, self.const(code).ref, self.snap()))

    def _slot_of(self, generator: Traced, index: int, slot: Slot[object]) -> Slot[Traced]:
        value = self.emit(GetField(generator.ref, generator_slot(index)))
        if slot is NULL:
            self.emit(GuardIs(value, ir.NULL, self.snap()))
            return NULL
        self.emit(GuardNonnull(value, self.snap()))
        return Traced(slot, value)

    # --- while it runs ----------------------------------------------------------------------

    def at_boundary(self, frame: Frame[Traced]) -> None:
        """Slots that have lost what is still in the generator are emptied there."""
        if frame.generator is not NULL:
            self._empty_lost(frame, [*frame.localsplus, *frame.stack])
        super().at_boundary(frame)

    def _empty_lost(self, frame: Frame[Traced], slots: list[Slot[Traced]]) -> None:
        shadow = generator_shadow(frame)
        lost = False
        for index, kept in enumerate(shadow.home):
            if kept is NULL or (index < len(slots) and slots[index] is kept):
                continue
            assert shadow.function is not None
            self.emit(SetField(shadow.function, ir.NULL, generator_slot(index)))
            shadow.home[index] = NULL
            lost = True
        if lost:
            shadow.note_home()
            self.dirty = True

    # --- leaving it -------------------------------------------------------------------------

    def yielded_to(self, frame: Frame[Traced]) -> Frame[Traced]:
        """A ``yield``: the caller's FOR_ITER has its item."""
        caller = frame.parent
        assert caller is not None and self.generators is not None
        value = frame.pop()
        self.suspend(frame, self.generators.yield_address(frame.code, frame.instr.start))
        caller.push(value)
        caller.index = caller.instr.next
        return caller

    def returned_to(self, frame: Frame[Traced]) -> Frame[Traced]:
        """The end of a generator: CPython executes its RETURN_VALUE, with None for the value.

        (A FOR_ITER drops what the generator returns.) The caller's FOR_ITER is next, once more:
        the frame of the generator is clear then.
        """
        caller, generator = frame.parent, frame.generator
        assert caller is not None and generator is not NULL and self.generators is not None
        del frame.stack[:]
        self.suspend(frame, self.generators.resume_address(frame.code, frame.instr.start))
        self._frame, self._snapshot = caller, None
        self.boundary = len(self.ops)
        return caller

    def suspend(self, frame: Frame[Traced], address: int) -> None:
        """Write back what has changed; the generator goes on behind an address the next time."""
        assert self.generators is not None
        generator = frame.generator
        assert generator is not NULL
        slots = [*frame.localsplus, *frame.stack]
        self._empty_lost(frame, slots)
        home, ref = generator_shadow(frame).home, generator.ref
        for index, slot in enumerate(slots):
            if slot is NULL or (index < len(home) and home[index] is slot):
                continue
            if index >= len(frame.localsplus):  # above the top there may be anything
                self.emit(SetFieldInt(ref, const_int(0), generator_word(index)))
            self.emit(SetField(ref, slot.ref, generator_slot(index)))
        self._set(ref, GENERATOR_TOP, len(slots))
        self._set(ref, GENERATOR_AT, address)
        self._set(ref, GENERATOR_STATE, _SUSPENDED)
        self.dirty = True
        self.generators.suspend(generator.obj, [concrete_slot(slot) for slot in slots], address)
        del slots
        clear_slots(frame)

    def _set(self, ref: Value[Ref], descr: Any, number: int) -> None:
        self.emit(SetFieldInt(ref, const_int(number), descr))


def yield_before(frame: Frame[Traced]) -> int | None:
    """Byte offset of a ``yield`` behind which only the jump to the header at hand is left."""
    instrs = frame.decoded.instrs
    for instr in instrs:
        if instr.op != "YIELD_VALUE" or instr.depth - 1 != len(frame.stack):
            continue
        resume = instrs[instr.next]
        drop = instrs[resume.next]
        jump = instrs[drop.next]
        if drop.op == "POP_TOP" and jump.op == "JUMP_BACKWARD" and jump.jump == frame.index:
            return instr.start
    return None
