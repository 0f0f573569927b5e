"""Entering Python functions inside a trace: what may be inlined, and how a frame is made.

What may not be entered stays a call. It must not know the callable protocols; those are in
`recording_calls`.
"""

from __future__ import annotations

import weakref
from types import CodeType, FunctionType
from typing import Final

from hotloop_interp.decode import decode
from hotloop_interp.frame import NULL, Frame, ReturnKind, Slot
from hotloop_interp.handlers import HANDLERS
from hotloop_interp.protocol import (
    CO_COROUTINE,
    CO_GENERATOR_LIKE,
    CO_VARARGS,
    CO_VARKEYWORDS,
    bind_arguments,
)
from hotloop_ir.descr import FUNC_DEFAULTS
from hotloop_ir.ops.call import CallEntry
from hotloop_ir.ops.guard import GuardIs
from hotloop_ir.ops.memory import GetField
from hotloop_ir.slotted import slotted
from hotloop_ir.trace import Target
from hotloop_ir.value import NULL as NULL_REF
from hotloop_ir.value import Const, Ref, Value
from hotloop_tracer.abort import AbortReason
from hotloop_tracer.promote import levels_of
from hotloop_tracer.recording_names import Names
from hotloop_tracer.rules import code_called, is_reader, note_reader, reads_callers, reads_frame
from hotloop_tracer.snapshots import Shadow, codes_of, shadow_of
from hotloop_tracer.traced import Traced

_CO_OPTIMIZED: Final = 0x1 | 0x2
_REFUSED: Final = frozenset({"IMPORT_NAME", "IMPORT_STAR", "LOAD_BUILD_CLASS"})


class MadeFunction(Traced):
    """A function made in this trace: what it is made of is known without guards.

    ``tuple_`` is the tuple of its defaults, None if it has none, ``defaults`` what is in it. Both
    and its code can be assigned; nothing has run that might have done so up to ``epoch``.
    """

    __slots__ = ("cells", "code", "defaults", "epoch", "tuple_")

    def __init__(
        self,
        obj: FunctionType,
        ref: Value[Ref],
        tuple_: Traced | None,
        defaults: tuple[Traced, ...],
        cells: tuple[Traced, ...],
        epoch: int,
    ) -> None:
        super().__init__(obj, ref)
        self.code = obj.__code__
        self.tuple_ = tuple_
        self.defaults = defaults
        self.cells = cells
        self.epoch = epoch


@slotted(frozen=True, eq=False)
class OwnEntry:
    """The function entry that is being recorded, which its own recursion may call."""

    code: CodeType
    globals: dict[str, object]
    bound: tuple[bool, ...]
    target: Target


_inlinable: dict[int, tuple[weakref.ref[CodeType], bool]] = {}


def code_is_inlinable(code: CodeType) -> bool:
    """Whether a code object is one whose frames can be recorded at all."""
    found = _inlinable.get(id(code))
    if found is None or found[0]() is not code:
        flags = code.co_flags
        good = (
            flags & _CO_OPTIMIZED == _CO_OPTIMIZED
            and not flags & CO_GENERATOR_LIKE
            and all(instr.op in HANDLERS for instr in decode(code).instrs)
            and not any(instr.op in _REFUSED for instr in decode(code).instrs)
        )
        found = _inlinable[id(code)] = (weakref.ref(code), good)
    return found[1]


def is_callable_compiled(code: CodeType) -> bool:
    """Whether compiled entries of a function are called: not with cells or variable arguments."""
    variadic = code.co_flags & (CO_VARARGS | CO_VARKEYWORDS | CO_GENERATOR_LIKE)
    return not (variadic or code.co_cellvars or code.co_freevars)


def returning(frame: Frame[Traced], value: Traced) -> None:
    """Make a frame, which compiled code has run to its end, one that is about to return.

    What its caller makes of the value is guarded there: `finish` has left the same frame.
    """
    frame.localsplus = [NULL] * len(frame.localsplus)
    frame.stack = [value]
    frame.index = next(i.index for i in frame.decoded.instrs if i.op == "RETURN_VALUE")


class Inlining(Names):
    """Making the frames of inlined functions."""

    own_entry: OwnEntry | None = None

    def may_enter(self, frame: Frame[Traced], function: FunctionType) -> bool:
        """The policy: depth, recursion, kind of code, and what was given up before."""
        if not self.may_go_deeper(frame):
            return False
        code = self.services.original(function.__code__)
        if not code_is_inlinable(code) or not self.services.may_inline(function):
            return False
        activations = sum(running is code for running in codes_of(frame))
        return activations < self.options.recursion_limit

    def may_go_deeper(self, frame: Frame[Traced]) -> bool:
        """Whether a frame may get another one inside it. Gives up at the recursion limit."""
        if shadow_of(frame).depth >= self.options.inline_depth:
            return False
        if self.levels is not None and self.levels.left() - self.depth_at_hand() < 2:
            self.give_up(AbortReason.TOO_DEEP)
        return True

    def enter(
        self, frame: Frame[Traced], function: Traced, args: list[Traced], kwnames: tuple[str, ...]
    ) -> Frame[Traced] | Traced:
        """Call a constant Python function: a frame to enter, or the result of a real call."""
        callee = self.enter_frame(frame, function, args, kwnames, ReturnKind.PUSH)
        return self._call_function(function, args, kwnames) if callee is None else callee

    def _call_function(
        self, function: Traced, args: list[Traced], kwnames: tuple[str, ...]
    ) -> Traced:
        """A real call of a Python function."""
        assert self._frame is not None
        self.refuse_reader(self._frame, function)
        return self.call_python(function, args, kwnames)

    def refuse_reader(self, frame: Frame[Traced], callable_: Traced) -> None:
        """What looks at frames must find those of this trace as CPython has them.

        To make a coroutine is to look at the callers of the frame that does (`cr_origin`).
        """
        obj = callable_.obj
        code = code_called(obj)
        reader = code is not None and is_reader(self.services.original(code))
        makes_coroutine = code is not None and code.co_flags & CO_COROUTINE
        if reader or makes_coroutine or reads_callers(obj):
            note_reader(frame.code)
        if reader or reads_frame(obj) or (makes_coroutine and frame.parent is not None):
            self.give_up(AbortReason.READS_FRAME)

    def may_step_into(self, frame: Frame[Traced], function: FunctionType) -> bool:
        """Whether `enter_frame` can do something about a call: inline it or call its entry."""
        return self.may_enter(frame, function) or self.entry_of(function) is not None

    def entry_of(self, function: FunctionType) -> Target | None:
        """The entry to call: the one that is being recorded, or one that is compiled."""
        code = self.services.original(function.__code__)
        if not is_callable_compiled(code):
            return None
        bound = tuple([True] * (code.co_argcount + code.co_kwonlyargcount))
        bound += tuple([False] * (len(decode(code).localsplus_names) - len(bound)))
        entry = self.own_entry
        if entry is not None and entry.code is code and entry.bound == bound:
            if function.__globals__ is entry.globals:
                return entry.target
        return self.services.entry_for(function, bound)

    def enter_frame(
        self,
        frame: Frame[Traced],
        function: Traced,
        args: list[Traced],
        kwnames: tuple[str, ...],
        kind: ReturnKind,
    ) -> Frame[Traced] | None:
        """The frame of an inlined call, None if it may not be entered (nothing is emitted).

        Of a function that is not inlined but has a compiled entry, that is called; its frame is
        about to return the value, then.
        """
        obj = function.obj
        if kind not in self.options.return_kinds:
            return None
        target: Target | None = None
        if not self.may_enter(frame, obj):
            target = None if isinstance(function, MadeFunction) else self.entry_of(obj)
            if target is None:
                return None
        slots = self._bind_slots(function, args, kwnames)
        if slots is None:
            return None
        code = self.services.original(obj.__code__)
        callee: Frame[Traced] = Frame(
            code, obj.__globals__, obj.__builtins__, slots, func=obj, parent=frame
        )
        callee.return_kind = kind
        shadow = callee.shadow = Shadow(
            shadow_of(frame).depth + 1, function.ref, start=len(self.ops)
        )
        if isinstance(function, MadeFunction):
            shadow.cells = function.cells
        if target is not None:
            self._call_entry(callee, function, args, kwnames, target)
        return callee

    def _call_entry(
        self,
        callee: Frame[Traced],
        function: Traced,
        args: list[Traced],
        kwnames: tuple[str, ...],
        target: Target,
    ) -> None:
        """Call a compiled entry with what is bound in a frame for it."""
        assert self._frame is not None
        self.refuse_reader(self._frame, function)
        operands = tuple([slot.ref for slot in callee.localsplus if slot is not NULL])
        op = self.emit(CallEntry(function.ref, operands, target, self.snap()))
        self.more_levels = levels_of(callee) - 2 + target.levels
        try:
            result = self.run_call(op, function, args, kwnames)
        finally:
            self.more_levels = 0
        returning(callee, result)

    def _as_made(self, function: Traced) -> MadeFunction | None:
        """A function made in this trace that is still what it was made as, guarded from here on."""
        if not isinstance(function, MadeFunction):
            return None
        tuple_ = function.tuple_
        if function.obj.__code__ is not function.code:
            return None
        if function.obj.__defaults__ is not (None if tuple_ is None else tuple_.obj):
            return None
        if function.epoch != self.cache.epoch:
            self.code_of(function)
            found = self.emit(GetField(function.ref, FUNC_DEFAULTS))
            self.emit(GuardIs(found, NULL_REF if tuple_ is None else tuple_.ref, self.snap()))
            function.epoch = self.cache.epoch
        return function

    def _guard_what_runs(self, function: Traced) -> None:
        """Guard the function, or only its code if there are many of the same."""
        is_const = type(function.ref) is Const
        if not is_const and (function.obj.__closure__ or isinstance(function, MadeFunction)):
            self.run_code_of(function)
        else:
            self.promote(function)
            self.code_of(function)

    def _bind_slots(
        self, function: Traced, args: list[Traced], kwnames: tuple[str, ...]
    ) -> list[Slot[Traced]] | None:
        obj = function.obj
        made = self._as_made(function)
        if made is None:
            self._guard_what_runs(function)
        code: CodeType = self.services.original(obj.__code__)
        simple = not kwnames and not code.co_flags & (CO_VARARGS | CO_VARKEYWORDS)
        if simple and len(args) == code.co_argcount and not code.co_kwonlyargcount:
            free = len(decode(code).localsplus_names) - len(args)
            return [*args, *([NULL] * free)]
        defaults: tuple[Traced, ...] = ()
        kwdefaults: dict[str, Traced] = {}
        if made is not None:
            defaults = made.defaults
        elif len(args) - len(kwnames) < code.co_argcount or kwnames:
            defaults = tuple([self.const(value) for value in self.defaults_of(function)])
        if code.co_kwonlyargcount and not isinstance(function, MadeFunction):
            found = self.kwdefaults_of(function)
            for name in found:
                value = self.name_in(found, name)
                assert value is not None
                kwdefaults[name] = value
        return bind_arguments(self, code, args, kwnames, defaults, kwdefaults)
