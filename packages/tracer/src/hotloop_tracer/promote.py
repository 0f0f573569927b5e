"""Turning run-time facts into facts of the trace, each at the cost of one guard.

`Guarding` is the part of the machine that emits: ops, snapshots, guards, and what is forgotten
after an effect. It must not know any bytecode or operation of the language.
"""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import Any, Final, NoReturn, TypeVar

from hotloop_interp.frame import Frame, ReturnKind
from hotloop_interp.machine import Machine
from hotloop_ir.descr import (
    FUNC_BUILTINS,
    FUNC_CODE,
    FUNC_DEFAULTS,
    FUNC_GLOBALS,
    FUNC_KWDEFAULTS,
    TYPE_VERSION,
)
from hotloop_ir.op import Effect, Op
from hotloop_ir.ops.call import Call
from hotloop_ir.ops.control import ResumePoint
from hotloop_ir.ops.guard import GuardFalse, GuardInt, GuardIs, GuardTrue, GuardType
from hotloop_ir.ops.memory import GetField
from hotloop_ir.slotted import slotted
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import (
    Bool,
    Const,
    Int,
    Value,
    const_bool,
    const_float,
    const_int,
    const_ref,
)
from hotloop_tracer.abort import Abort, AbortReason
from hotloop_tracer.heapcache import HeapCache
from hotloop_tracer.objects import (
    Introspect,
    class_is_immutable,
    compares_strangely,
    type_is_permanent,
)
from hotloop_tracer.options import (
    GeneratorFrames,
    Holding,
    Levels,
    Options,
    Services,
    Stage,
)
from hotloop_tracer.snapshots import snapshot_of
from hotloop_tracer.traced import PERMANENT, UNKNOWN, Traced

O = TypeVar("O", bound=Op[Any])  # noqa: E741 - the op, given back typed as itself

INT_MIN: Final = -(1 << 63)
INT_MAX: Final = (1 << 63) - 1


def levels_of(frame: Frame[Traced]) -> int:
    """How many levels of recursion an inlined frame counts as in CPython.

    A class that is called counts itself, besides its ``__init__``.
    """
    return 2 if frame.return_kind is ReturnKind.INIT else 1


@slotted(eq=False)
class Handling:
    """An exception handler that is being recorded (see `catching`).

    ``left`` are the frames from the innermost, which is at the instruction that raised, to the one
    that catches, as they were (another goes on in its place); ``value`` and ``previous``
    stand for the exception and the one handled before on the operand stack and have no value in
    the trace; ``first`` is the frame the recording began in, ``bytecodes`` how many were recorded
    before; ``pending`` is what the program has still to raise there; ``stores``: the handler's
    last instruction is reached, the only one that may have an effect.
    """

    left: list[Frame[Traced]]
    value: Traced
    previous: Traced
    first: Frame[Traced] | None
    bytecodes: int
    pending: BaseException | None
    stores: bool = False


_QUIET: Final = frozenset({Effect.PURE, Effect.READ, Effect.ALLOC, Effect.GUARD})
"""Effects of operations that change nothing."""


class Guarding(Machine[Traced]):
    """Emission, snapshots and guards."""

    def __init__(self, options: Options, introspect: Introspect, services: Services) -> None:
        self.options = options
        self.introspect = introspect
        self.services = services
        self.ops: list[Op[Any]] = []
        self.cache = HeapCache()
        self.dirty = False
        self.deadly = False
        #: What the program may still recurse, if somebody counts.
        self.levels: Levels | None = None
        #: What shows the frames at hand to code of the program, if somebody does.
        self.stage: Stage | None = None
        #: Whether some operation has run code that looked at frames: compiled code has not all.
        self.looked_at = False
        #: Whether the operation at hand runs no code of the program that could look.
        self.unseen = False
        #: Levels that the operation at hand counts besides what it calls (negative: fewer).
        self.more_levels = 0
        #: What reads and writes the frames of generators, if somebody does.
        self.generators: GeneratorFrames | None = None
        #: What keeps code of the program from running between the calls of it.
        self.holding: Holding | None = None
        #: What the operation of the instruction at hand gave, once it has really happened.
        self.happened: tuple[object] | None = None
        #: How many ops there are from before the instruction at hand.
        self.boundary = 0
        #: The exception handler that is being recorded.
        self.handling: Handling | None = None
        #: How many ops there were when guards had told that the instruction at hand raises, or 0.
        self.foreseen = 0
        self._consts: dict[int, Traced] = {}
        self._snapshot: Snapshot | None = None
        self._frame: Frame[Traced] | None = None

    def depth_at_hand(self) -> int:
        """Levels of recursion that the inlined frames at hand count as in CPython."""
        count, frame = self.more_levels, self._frame
        while frame is not None and frame.parent is not None:
            count += levels_of(frame)
            frame = frame.parent
        return count

    # --- emission ---------------------------------------------------------------------------

    def emit(self, op: O) -> O:
        """Append an op to the trace."""
        if self.handling is not None:
            self._check_effect(op, self.handling)
        self.ops.append(op)
        return op

    def _check_effect(self, op: Op[Any], handling: Handling) -> None:
        """In a handler nothing has an effect but its last instruction, and nothing raises."""
        if op.effect in _QUIET:
            return
        if type(op) is Call and (handling.stores or not op.helper.writes):
            return
        if op.effect is not Effect.WRITE or not handling.stores:
            self.give_up(AbortReason.EXCEPTION_STATE)

    def foresee(self) -> None:
        """What has been guarded so far implies that the instruction at hand raises."""
        self.foreseen = len(self.ops)

    def at_boundary(self, frame: Frame[Traced]) -> None:
        """A bytecode begins: what was lost or stored in the one before may need a way out."""
        self._frame = frame
        self.happened = None
        if self.looked_at:
            self.give_up(AbortReason.READS_FRAME)
        if self.handling is not None:
            if self.dirty and not self.handling.stores:
                self.give_up(AbortReason.EXCEPTION_STATE)
            return
        self._snapshot = None
        self.foreseen = 0
        if self.dirty:
            self.dirty = False
            self.ops.append(ResumePoint(self.snap()))
        self.boundary = len(self.ops)
        if self.deadly:  # in the trace, such a death is a way out; here it has happened
            self.deadly = False
            self.cache.forget()

    def snap(self) -> Snapshot:
        """The snapshot at the start of the bytecode at hand, made at the first call."""
        snapshot = self._snapshot
        if snapshot is None:
            assert self._frame is not None
            snapshot = self._snapshot = snapshot_of(self._frame)
        return snapshot

    @staticmethod
    def give_up(reason: AbortReason, detail: str = "") -> NoReturn:
        """End the recording without a trace."""
        raise Abort(reason, detail)

    # --- constants --------------------------------------------------------------------------

    def const(self, value: object) -> Traced:
        """The traced constant of an object."""
        traced = self._consts.get(id(value))
        if traced is None:
            traced = Traced(value, const_ref(value), UNKNOWN, _unboxed_const(value))
            if type_is_permanent(type(value)):
                traced.known = PERMANENT
            self._consts[id(value)] = traced
        return traced

    # --- guards -----------------------------------------------------------------------------

    def type_of(self, traced: Traced) -> type:
        """The exact type, guarded from here on."""
        cls = type(traced.obj)
        if traced.known < self.cache.epoch:
            self.refuse_strange(cls)
            if type(traced.ref) is not Const or not type_is_permanent(cls):
                self.ops.append(GuardType(traced.ref, cls, self.snap()))
            traced.known = PERMANENT if type_is_permanent(cls) else self.cache.epoch
        return cls

    def refuse_strange(self, cls: type) -> None:
        """Classes are compared and hashed all the time: no code of the program may run then."""
        if type(cls) is not type and compares_strangely(type(cls)):
            self.give_up(AbortReason.STRANGE_CLASS)

    def promote(self, traced: Traced) -> Traced:
        """The value as a constant: this very object, guarded from here on."""
        if type(traced.ref) is not Const:
            constant = const_ref(traced.obj)
            self.ops.append(GuardIs(traced.ref, constant, self.snap()))
            traced.ref = constant
            if type_is_permanent(type(traced.obj)):
                traced.known = PERMANENT
            if traced.num is None:
                traced.num = _unboxed_const(traced.obj)
        return traced

    def version_of(self, cls: type) -> bool:
        """Guard that a class and its bases stay as they are. False: it has no version tag."""
        if id(cls) in self.cache.versions or class_is_immutable(cls):
            return True
        version = self.introspect.type_version(cls)
        if not version:
            return False
        found = self.emit(GetField(self.const(cls).ref, TYPE_VERSION))
        self.emit(GuardInt(found, const_int(version), self.snap()))
        self.cache.versions.add(id(cls))
        return True

    def code_of(self, traced: Traced) -> CodeType:
        """The code object of a function, guarded from here on."""
        function = traced.obj
        assert type(function) is FunctionType
        code = function.__code__
        if type(traced.ref) is not Const or id(function) not in self.cache.codes:
            found = self.emit(GetField(traced.ref, FUNC_CODE))
            self.emit(GuardIs(found, self.const(code).ref, self.snap()))
            if type(traced.ref) is Const:
                self.cache.codes[id(function)] = function
        return code

    def run_code_of(self, traced: Traced) -> None:
        """Guard which code a function runs and in which namespaces, not which function it is.

        A closure must not become a constant: the trace would keep what is in its cells alive.
        """
        self.type_of(traced)
        for descr, content in (
            (FUNC_GLOBALS, traced.obj.__globals__),
            (FUNC_BUILTINS, traced.obj.__builtins__),
        ):
            found = self.emit(GetField(traced.ref, descr))
            self.emit(GuardIs(found, self.const(content).ref, self.snap()))
        self.code_of(traced)

    def defaults_of(self, traced: Traced) -> tuple[object, ...]:
        """The defaults of a constant function, guarded from here on."""
        defaults = traced.obj.__defaults__
        self._guard_field(traced, FUNC_DEFAULTS, defaults)
        return defaults or ()

    def kwdefaults_of(self, traced: Traced) -> dict[str, object]:
        """The keyword defaults of a constant function. Its contents may still change."""
        kwdefaults = traced.obj.__kwdefaults__
        self._guard_field(traced, FUNC_KWDEFAULTS, kwdefaults)
        return kwdefaults or {}

    def _guard_field(self, traced: Traced, descr: Any, content: object) -> None:
        key = (id(traced.obj), descr)
        if type(traced.ref) is not Const or key not in self.cache.fields:
            found = self.emit(GetField(traced.ref, descr))
            self.emit(GuardIs(found, self.field_const(content), self.snap()))
            if type(traced.ref) is Const:
                self.cache.fields[key] = traced.obj

    def field_const(self, content: object) -> Value[Any]:
        """The constant of a C field that holds NULL where Python shows None."""
        from hotloop_ir.value import NULL

        return NULL if content is None else self.const(content).ref

    def guard(self, condition: Value[Bool], holds: bool) -> None:
        """Guard a condition that has been seen to hold, or not."""
        if type(condition) is Const:
            return
        if holds:
            self.ops.append(GuardTrue(condition, self.snap()))
        else:
            self.ops.append(GuardFalse(condition, self.snap()))

    def guard_int(self, value: Value[Int], expected: int) -> None:
        """Guard the value of an INT."""
        if type(value) is not Const:
            self.ops.append(GuardInt(value, const_int(expected), self.snap()))

    # --- effects ----------------------------------------------------------------------------

    def forget(self) -> None:
        """Arbitrary code may have run: only what nothing can change stays known."""
        self.cache.forget()
        self.dirty = True


def _unboxed_const(value: object) -> Value[Any] | None:
    """The unboxed twin of a constant int, float or bool."""
    cls = type(value)
    if cls is int:
        assert isinstance(value, int)
        return const_int(value) if INT_MIN <= value <= INT_MAX else None
    if cls is float:
        assert isinstance(value, float)
        return const_float(value)
    if cls is bool:
        return const_bool(value is True)
    return None
