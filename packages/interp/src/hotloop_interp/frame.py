"""Interpreter frames, generic in the value type.

A `Frame` holds exactly what CPython 3.11's `_PyInterpreterFrame` holds, in the same order, so that
at every instruction boundary it can be handed to CPython or taken from it. It must not contain
semantics: those are in the handlers and the machine.
"""

from __future__ import annotations

import enum
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar

from hotloop_interp.decode import DecodedCode, Instr, decode
from hotloop_interp.sealed import seal

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from hotloop_interp.machine import Continuation

seal(globals())

V = TypeVar("V")


class Null(enum.Enum):
    """The type of `NULL`: an empty slot or C NULL on the stack. Distinct from Python's None."""

    NULL = "NULL"

    def __repr__(self) -> str:
        return "NULL"


NULL: Literal[Null.NULL] = Null.NULL
"""An empty local or cell slot, or the NULL that CALL and LOAD_GLOBAL put on the stack."""

Slot: TypeAlias = V | Literal[Null.NULL]
"""A value or `NULL`."""


class ReturnKind(enum.Enum):
    """What the caller does with the result of a frame it entered."""

    PUSH = "push"
    """Push it and go on after the calling instruction (every plain call)."""
    INIT = "init"
    """It must be None; push `Frame.payload`, the new instance (a class call through __init__)."""
    DISCARD = "discard"
    """Drop it and go on after the calling instruction (__setattr__, __setitem__, ...)."""
    TRUTH = "truth"
    """It is the answer of the method that `Frame.note` names (__bool__, __len__, __contains__) and
    decides the calling instruction: a jump, UNARY_NOT or CONTAINS_OP."""
    ITER = "iter"
    """It is the next item of a FOR_ITER; StopIteration or a generator's return ends the loop."""
    SEND = "send"
    """It is what the receiver of a SEND yields; its return ends the SEND."""
    NEXT = "next"
    """It is the answer of an explicit next() or send(); a generator's return is a StopIteration,
    or `payload` where next() got a default."""
    CONTINUE = "continue"
    """`Frame.continuation` takes it and says how to go on."""


class Frame(Generic[V]):
    """One activation of a code object.

    `stack` and `localsplus` are in CPython's order. `index` is the instruction being executed or,
    for a frame that entered another one, the instruction it is suspended in; its operands are
    then already popped and its result not yet pushed.

    `generator` is the generator, coroutine or async generator that owns the frame, if one does;
    `awaiter` is the `asend()` object that an async generator is resumed through.
    `return_kind`, `payload`, `continuation` and `note` say what the caller does with the result.
    `lasti` is the code unit a RERAISE raises at again, -1 otherwise.
    `traced` is the instruction executed last while tracing, -1 if unknown.
    `raising` is an exception to raise at `index` when the frame is entered (gen.throw).
    `shadow` is the machine's own: ConcreteMachine keeps CPython's frame object there.
    """

    __slots__ = (
        "awaiter",
        "builtins",
        "code",
        "continuation",
        "decoded",
        "depth",
        "f_locals",
        "func",
        "generator",
        "globals",
        "index",
        "lasti",
        "localsplus",
        "note",
        "parent",
        "payload",
        "raising",
        "return_kind",
        "shadow",
        "stack",
        "traced",
    )

    def __init__(
        self,
        code: CodeType,
        globals_: dict[str, object],
        builtins: dict[str, object],
        localsplus: list[Slot[V]],
        *,
        func: FunctionType | None = None,
        f_locals: Slot[V] = NULL,
        parent: Frame[V] | None = None,
    ) -> None:
        self.code = code
        self.decoded: DecodedCode = decode(code)
        self.globals = globals_
        self.builtins = builtins
        self.localsplus = localsplus
        self.func = func
        self.f_locals: Slot[V] = f_locals
        self.parent: Frame[V] | None = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.stack: list[Slot[V]] = []
        self.index = 0
        self.lasti = -1
        self.return_kind = ReturnKind.PUSH
        self.payload: Slot[V] = NULL
        self.continuation: Continuation[V] | None = None
        self.note = ""
        self.generator: Slot[V] = NULL
        self.awaiter: Slot[V] = NULL
        self.raising: BaseException | None = None
        self.shadow: object = None
        self.traced = -1

    @property
    def instr(self) -> Instr:
        """The instruction at `index`."""
        return self.decoded.instrs[self.index]

    @property
    def line(self) -> int | None:
        """The line of the instruction at `index`."""
        return self.decoded.instrs[self.index].line

    @property
    def raised_at(self) -> int:
        """Byte offset of the instruction that an exception being unwound was raised at."""
        return 2 * self.lasti if self.lasti >= 0 else self.instr.offset

    def peek(self, depth: int) -> V:
        """The value `depth` from the top (1 is the top). It must not be NULL."""
        value = self.stack[-depth]
        assert value is not NULL
        return value

    def pop(self) -> V:
        """Remove and return the top, which must not be NULL."""
        value = self.stack.pop()
        assert value is not NULL
        return value

    def peek_many(self, count: int) -> list[V]:
        """The topmost `count` values, deepest first. None of them may be NULL."""
        if not count:
            return []
        values: list[V] = []
        for value in self.stack[-count:]:
            assert value is not NULL
            values.append(value)
        return values

    def push(self, value: Slot[V]) -> None:
        """Put a value (or NULL) on the stack."""
        self.stack.append(value)

    def drop(self, count: int) -> None:
        """Remove the topmost `count` slots."""
        if count:
            del self.stack[-count:]

    def __repr__(self) -> str:
        return f"<Frame {self.code.co_qualname} {self.instr.op} line {self.line}>"


def entered(result: object, caller: Frame[V]) -> TypeIs[Frame[V]]:
    """Whether the answer of an operation is a frame to enter rather than a value.

    A program that is itself made of frames (this interpreter run by itself) has `Frame` values;
    they differ in that the running frame is not their parent.
    """
    return type(result) is Frame and result.parent is caller
