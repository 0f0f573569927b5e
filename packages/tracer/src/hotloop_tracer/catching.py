"""Exceptions that are foreseen: recorded from what raises to the end of the handler.

Compiled code makes no exception at all. Where guards alone tell that an instruction raises (a key
that is not in a dict), the trace goes on in the handler, and until POP_EXCEPT every way out leads
back to that instruction: CPython raises for real then, with traceback and context. So nothing in a
handler may have an effect but its very last instruction, and nothing may look at the exception.
It must not decide which instructions raise; those say so (`Guarding.foresee`).
"""

from __future__ import annotations

from typing import Final

from hotloop_interp.decode import HandlerEntry, Instr
from hotloop_interp.frame import NULL, Frame, ReturnKind, Slot
from hotloop_ir import value as ir
from hotloop_tracer.abort import AbortReason, ProgramRaised
from hotloop_tracer.completing import complete
from hotloop_tracer.losing import Losing, is_temporary
from hotloop_tracer.objects import MANAGED_DICT, death_is_harmless, flags
from hotloop_tracer.promote import Handling
from hotloop_tracer.traced import Traced

_IN_HANDLERS: Final = frozenset(
    {
        "NOP", "PUSH_EXC_INFO", "CHECK_EXC_MATCH", "POP_EXCEPT", "POP_TOP", "COPY", "SWAP",
        "PUSH_NULL", "PRECALL", "CALL", "LOAD_CONST", "LOAD_FAST", "LOAD_GLOBAL", "LOAD_DEREF",
        "LOAD_ATTR", "LOAD_METHOD", "STORE_FAST", "STORE_SUBSCR", "STORE_ATTR", "BINARY_OP",
        "BINARY_SUBSCR", "COMPARE_OP", "CONTAINS_OP", "IS_OP", "UNARY_NOT", "UNARY_NEGATIVE",
        "BUILD_TUPLE", "BUILD_LIST", "UNPACK_SEQUENCE", "JUMP_FORWARD",
        "POP_JUMP_FORWARD_IF_FALSE", "POP_JUMP_FORWARD_IF_TRUE", "POP_JUMP_FORWARD_IF_NONE",
        "POP_JUMP_FORWARD_IF_NOT_NONE", "JUMP_IF_FALSE_OR_POP", "JUMP_IF_TRUE_OR_POP",
    }
)  # fmt: skip
"""Instructions that really do something only after they have told the trace (``emit``)."""
_CALLED: Final = frozenset(
    map(id, (len, id, isinstance, issubclass, type, ord, chr, abs, min, max))
)
"""Functions without an effect."""
_PASSED_ON: Final = frozenset({ReturnKind.PUSH, ReturnKind.INIT, ReturnKind.CONTINUE})
"""Kinds of frames whose exception is simply their caller's."""


class Catching(Losing):
    """Going into handlers, and out of them in the middle.

    ``first`` is the frame the recording began in, ``left_first`` the number of ops when that frame
    was left (0: it was not).
    """

    first: Frame[Traced] | None = None
    left_first = 0

    def enter_handler(self, raised: ProgramRaised) -> Frame[Traced] | None:
        """The frame that goes on in its handler, None if that cannot be recorded.

        The frames up to it stay as they are, to go on from if the handler cannot be recorded.
        """
        raising = self._frame
        if not self.foreseen or self.handling is not None or raising is None:
            return None
        found = self._find_handler(raising, raised.exception)
        if found is None:
            return None
        catching, entry = found
        self.dirty = False
        del self.ops[self.foreseen :]
        self.snap()  # from here on every way out leads there
        value, previous = Traced(raised.exception, ir.NULL), Traced(None, ir.NULL)
        left = [raising]
        while left[-1] is not catching and left[-1].parent is not None:
            left.append(left[-1].parent)
        self.handling = Handling(left, value, previous, self.first, self.bytecodes, raised.pending)
        frame = _copied(catching)
        frame.stack[entry.depth :] = [value]
        frame.index = entry.target
        if self.first in left:  # the recording began in one of them
            self.left_first = 0 if self.first is catching else len(self.ops)
            self.first = frame
        return frame

    def _find_handler(
        self, frame: Frame[Traced], exception: BaseException
    ) -> tuple[Frame[Traced], HandlerEntry] | None:
        """The frame that catches, and where: by ``except``, if nothing dies on the way."""
        left: list[Slot[Traced]] = []
        at = frame
        while (entry := at.decoded.handlers[at.index]) is None:
            left += [*at.localsplus, *at.stack]
            if at.parent is None or at.return_kind not in _PASSED_ON:
                return None
            at = at.parent
        if entry.lasti or at.decoded.instrs[entry.target].op != "PUSH_EXC_INFO":
            return None
        left += [
            slot for slot in at.stack[entry.depth :] if slot is not NULL and is_temporary(slot)
        ]
        left = [slot for slot in left if slot is NULL or slot.obj is not exception]
        return (at, entry) if self._all_stay(left, at, entry.depth) else None

    def _all_stay(self, left: list[Slot[Traced]], frame: Frame[Traced], depth: int) -> bool:
        """Whether nothing dies that the handler does not find any more."""
        kept = {id(slot) for slot in [*frame.localsplus, *frame.stack[:depth]]}
        caller = frame.parent
        while caller is not None:
            kept.update(map(id, [*caller.localsplus, *caller.stack]))
            caller = caller.parent
        return not any(self.may_die(slot) for slot in left if id(slot) not in kept)

    # --- inside -----------------------------------------------------------------------------

    def check_in_handler(self, frame: Frame[Traced], instr: Instr) -> None:
        """Give up before an instruction that keeps the exception, or whose effect is not last."""
        handling = self.handling
        assert handling is not None
        allowed = instr.op in _IN_HANDLERS
        if instr.op == "CALL":
            function = frame.stack[-instr.arg - 1]
            allowed = function is not NULL and id(function.obj) in _CALLED
        elif instr.op == "STORE_FAST":
            allowed = frame.peek(1) is not handling.value
            lost = frame.localsplus[instr.arg]
            if lost is not NULL and death_is_harmless(type(lost.obj)):
                self.type_of(lost)
        elif instr.op in ("STORE_SUBSCR", "STORE_ATTR"):
            handling.stores = allowed = frame.decoded.instrs[instr.next].op == "POP_EXCEPT"
            if instr.op == "STORE_ATTR":
                self._check_attribute(frame, str(instr.argval))
            else:
                allowed = allowed and type(frame.peek(2).obj) is dict
        if not allowed:
            self.give_up(AbortReason.EXCEPTION_STATE)

    def _check_attribute(self, frame: Frame[Traced], name: str) -> None:
        """An attribute may be stored if it is plain and what it holds may die unseen."""
        target = frame.peek(1)
        obj = target.obj
        plain = flags(type(obj)) & MANAGED_DICT and self.introspect.has_inline_values(obj)
        if not plain or self.introspect.instance_value_index(obj, name) is None:
            self.give_up(AbortReason.EXCEPTION_STATE)
        old = self.getattr(frame, target, name)
        if isinstance(old, Frame) or not death_is_harmless(type(old.obj)):
            self.give_up(AbortReason.EXCEPTION_STATE)
        self.type_of(old)

    # --- out of it --------------------------------------------------------------------------

    def leave_handler(self) -> BaseException | None:
        """The recording ends in a handler: the exception that the program is to raise again.

        The program goes on at the instruction that raised; if the handler's effect has happened,
        behind the handler.
        """
        handling, self.handling = self.handling, None
        assert handling is not None and self._frame is not None
        frame = self._frame
        if handling.stores and (self.happened is not None or frame.instr.op == "POP_EXCEPT"):
            if self.happened is not None:
                complete(frame, self.happened[0])
            frame.drop(1)
            frame.index = frame.instr.next
            return None
        if self.first is not handling.first:
            self.first, self.left_first = handling.first, 0
        self._frame = handling.left[0]
        self.bytecodes = handling.bytecodes
        return handling.pending


def _copied(frame: Frame[Traced]) -> Frame[Traced]:
    """A frame that goes on by itself, with the same caller."""
    made: Frame[Traced] = Frame(
        frame.code,
        frame.globals,
        frame.builtins,
        list(frame.localsplus),
        func=frame.func,
        f_locals=frame.f_locals,
        parent=frame.parent,
    )
    made.stack = list(frame.stack)
    made.index, made.return_kind = frame.index, frame.return_kind
    made.payload, made.continuation = frame.payload, frame.continuation
    made.note, made.shadow = frame.note, frame.shadow
    made.generator = frame.generator
    return made
