"""One activation of an evaluated trace: its ops run one by one, until something is to be done.

Numbers are evaluated as ``hotloop_ir`` says (``MEANINGS``, ``Op.evaluate``, the references of
helpers), memory and reference counts as machine code has them: values are addresses, and a
reference is added or dropped where an op says so. Whatever may run code of the program, or raise,
is a wish that native code fulfils (``native.Wish``) when no frame of ours is there.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from hotloop.evaluated.live import add_reference, address_of, drop_held, object_of
from hotloop.evaluated.native import GO_ON_WITH_WORD, GO_ON_WORD, Wish, Word
from hotloop.frames.memory import peek, peek_double, poke, poke_double
from hotloop_backend_x86.emit.call import ARGUMENTS_OFFSET, LEVELS_KEPT, levels_of
from hotloop_backend_x86.stores import FUNCTION_WORD
from hotloop_ir.helper import Helper, Ownership
from hotloop_ir.meaning import MEANINGS, LeaveTrace, arithmetic, check_result
from hotloop_ir.memory import ContractViolation
from hotloop_ir.op import Effect, GuardFailed, Op, Own
from hotloop_ir.ops import call, control, guard, memory, refcount
from hotloop_ir.trace import Target
from hotloop_ir.value import NULL_OBJECT, Const, Type, Value

if TYPE_CHECKING:
    from hotloop.evaluated.backend import Program
    from hotloop.evaluated.live import LiveMemory
    from hotloop_backend_x86.emitter import ExitSite

_EXIT_WORD: Final = -6  # of an activation record: the number of the exit on its way out
_LIMIT_WORD: Final = -5  # the lowest address of the C stack to recurse at


class Running:
    """The values so far, and where the trace is. ``words`` is the address of those for wishes."""

    def __init__(self, program: Program, live: LiveMemory, buf: int, words: int) -> None:
        self.program = program
        self.live = live
        self.buf = buf
        self.words = words
        self.env: dict[Value[Any], Any] = {}
        self.asking: Op[Any] | None = None
        self.arguments = array("q")
        self.kept: list[object] = []  # numbers among the arguments, an exception
        self.position = self.enter(peek(words + 8 * Word.TARGET))

    # -- going on -----------------------------------------------------------------------------

    def enter(self, selector: int) -> int:
        """Take the inputs, or the params of a label, from the buffer; the op to begin with."""
        start, params = self.program.header(selector)
        for index, param in enumerate(params):
            place = self.buf + 8 * index
            if param.type is Type.FLOAT:
                self.env[param] = peek_double(place)
            elif param.type is Type.BOOL:
                self.env[param] = peek(place) & 1 == 1
            else:
                self.env[param] = peek(place)
        self.program.count_round(start)
        return start

    def go_on(self) -> bool:
        """Run ops until something is to be done; whether that is leaving, for good."""
        asked, self.asking = self.asking, None
        poke(self.words, Wish.START)
        if asked is not None:
            self.take_answer(asked, peek(self.words + 8 * Word.ANSWER))
        ops = self.program.trace.ops
        while peek(self.words) == Wish.START:
            op = ops[self.position]
            self.position += 1
            way: Callable[[Running, Any], None] = _WAYS.get(type(op), Running.compute)
            try:
                way(self, op)
            except GuardFailed:
                self.leave(self.program.sites[op])
        return peek(self.words) == Wish.LEAVE

    def take_answer(self, op: Op[Any], answer: int) -> None:
        """What native code has done for an op is done."""
        if isinstance(op, refcount.Decref):
            return
        if isinstance(op, refcount.DecrefChecked | guard.GuardNoInterrupt):
            if answer:
                self.leave(self.program.sites[op])
        elif not answer:
            if isinstance(op, call.Call):
                raise ContractViolation(f"{op.helper.name} raised")
            self.leave(self.program.sites[op])
        elif isinstance(op, call.CallPython | call.CallEntry):
            self.env[op] = answer
        else:
            self.take_result(op, answer)

    def take_result(self, op: Op[Any], address: int) -> None:
        """The reference of a helper has given an object, and a reference to it."""
        self.define(op, object_of(address))
        drop_held(address)  # numbers, and what is borrowed; define has made its own
        self.drop_consumed(op)

    # -- values -------------------------------------------------------------------------------

    def value(self, value: Value[Any]) -> Any:
        """A number, or the address of an object."""
        if not isinstance(value, Const):
            return self.env[value]
        return address_of(value.value) if value.type is Type.REF else value.value

    def values(self, op: Op[Any]) -> list[Any]:
        """Those of the operands."""
        return [self.value(arg) for arg in op.args]

    def define(self, op: Op[Any], result: Any) -> None:
        """An op has given an object or number, which something else keeps alive so far."""
        if op.type is Type.REF:
            address = self.env[op] = address_of(result)
            if _is_new(op):
                add_reference(address)
        elif op.type is not Type.VOID:
            check_result(op, result)
            self.env[op] = result

    def drop_consumed(self, op: Op[Any]) -> None:
        """What an op has taken references of, it was to take over."""
        indexes = _helper(op).consumes if op.effect is Effect.CALL else op.consumes
        taken = op.args if indexes is None else [op.args[index] for index in indexes]
        for value in taken:
            drop_held(self.value(value))

    # -- wishes -------------------------------------------------------------------------------

    def wish(self, wish: Wish, op: Op[Any], **words: int) -> None:
        """Have something done for an op."""
        self.asking = op
        site = self.program.sites.get(op)
        poke(self.words + 8 * Word.RECORD, 0 if site is None else site.record)
        for name, word in words.items():
            poke(self.words + 8 * Word[name], word)
        poke(self.words, wish)

    def store(self, values: Sequence[Value[Any]], buf: int) -> None:
        """Put values into a buffer."""
        for index, value in enumerate(values):
            found, place = self.value(value), buf + 8 * index
            if value.type is Type.FLOAT:
                poke_double(place, found)
            else:
                poke(place, int(found))

    def leave(self, site: ExitSite) -> None:
        """Leave at an exit, or go on in its bridge."""
        self.store(site.values, self.buf)
        poke(self.buf + 8 * _EXIT_WORD, site.index)
        self.go_on_at(peek(self.program.table + 16 * site.index), site.record)

    def go_on_at(self, target: int, second: int) -> None:
        """What the native half calls in the end."""
        poke(self.buf + 8 * GO_ON_WORD, target)
        poke(self.buf + 8 * GO_ON_WITH_WORD, second)
        poke(self.words, Wish.LEAVE)

    # -- ops ----------------------------------------------------------------------------------

    def compute(self, op: Op[Any]) -> None:
        """An op that ``hotloop_ir`` evaluates on objects and numbers."""
        operands = [
            object_of(self.value(arg)) if arg.type is Type.REF else self.value(arg)
            for arg in op.args
        ]
        handler = MEANINGS.get(type(op))
        if handler is not None:
            result = handler(self.live, op, operands)
        elif op.effect is Effect.ALLOC:
            result = self.live.allocate(op, operands)
        else:
            result = arithmetic(op, operands)
        self.define(op, result)
        self.drop_consumed(op)

    def label(self, op: control.Label) -> None:
        self.bind(op.params, op.initial)
        self.program.count_round(self.position)

    def bind(self, params: Sequence[Value[Any]], values: Sequence[Value[Any]]) -> None:
        """Give params their values, at once."""
        found = [self.value(value) for value in values]
        self.env.update(zip(params, found, strict=True))

    def jump(self, op: control.Jump) -> None:
        if isinstance(op.target, Target):
            self.store(op.operands, self.buf)
            self.go_on_at(*self.program.code_of(op))
            return
        self.position, params = self.program.header_of(op.target)
        self.bind(params, op.operands)
        self.program.count_round(self.position)

    def finish(self, op: control.Finish) -> None:
        self.store((op.value,), self.buf)
        site = self.program.sites[op]
        self.go_on_at(peek(self.program.table + 16 * site.index), site.record)

    def leave_here(self, op: Op[Any]) -> None:
        self.leave(self.program.sites[op])

    def nothing(self, op: Op[Any]) -> None:
        """A mark."""

    def guard_type(self, op: guard.GuardType) -> None:
        _hold(self.live.class_at(self.value(op.ref)) == id(op.cls))

    def guard_is(self, op: guard.GuardIs) -> None:
        _hold(self.value(op.ref) == self.value(op.other))

    def guard_nonnull(self, op: guard.GuardNonnull) -> None:
        _hold(self.value(op.ref) != 0)

    def guard_no_interrupt(self, op: guard.GuardNoInterrupt) -> None:
        self.wish(Wish.LOOK, op)

    def guard_room(self, op: guard.GuardRoom) -> None:
        if not self.has_room(levels_of(op.snapshot)):
            self.leave(self.program.sites[op])

    def has_room(self, levels: int) -> bool:
        """Whether there is C stack left, and levels of recursion."""
        left = peek(self.words + 8 * Word.LEFT)
        return left >= levels + LEVELS_KEPT and self.words >= peek(self.buf + 8 * _LIMIT_WORD)

    def get_field(self, op: memory.GetField) -> None:
        self.env[op] = self.live.load(*self.live.field(self.value(op.base), op.descr))

    def set_field(self, op: memory.SetField) -> None:
        value = self.value(op.value)
        self.env[op] = self.live.replace_field(self.value(op.base), op.descr, value)

    def set_field_int(self, op: memory.SetFieldInt) -> None:
        place, way = self.live.field(self.value(op.base), op.descr)
        self.live.store(place, way, self.value(op.value))

    def get_item(self, op: memory.GetItem) -> None:
        base, index = self.value(op.base), self.value(op.index)
        self.env[op] = self.live.load(*self.live.item(base, index, op.descr))

    def set_item(self, op: memory.SetItem) -> None:
        place, way = self.live.item(self.value(op.base), self.value(op.index), op.descr)
        self.env[op] = self.live.load(place, way)
        self.live.store(place, way, self.value(op.value))

    def set_item_number(self, op: memory.SetItemInt | memory.SetItemFloat) -> None:
        place, way = self.live.item(self.value(op.base), self.value(op.index), op.descr)
        self.live.store(place, way, self.value(op.value))

    def incref(self, op: refcount.Incref) -> None:
        add_reference(self.value(op.ref))

    def decref(self, op: refcount.Decref | refcount.DecrefChecked) -> None:
        ref = self.value(op.ref)
        if not ref or peek(ref) > 1:
            drop_held(ref)
        elif isinstance(op, refcount.Decref):
            self.wish(Wish.DROP, op, TARGET=ref)
        else:
            self.wish(Wish.DROP_CHECKED, op, TARGET=ref)

    def call_python(self, op: call.CallPython) -> None:
        callable_, *arguments = self.values(op)
        names = id(op.kwnames) if op.kwnames else 0
        self.wish_call(op, callable_, arguments, names, levels_of(op.snapshot))

    def call_helper(self, op: call.Call | call.CallMayRaise) -> None:
        """By the C function only where nothing else can do it."""
        helper, words = op.helper, self.values(op)
        native = self.live.call_native(helper, words)
        if native is not None:
            self.env[op] = native
        elif helper.runs_python:
            self.wish_reference(op, helper, words)
        else:
            self.compute_helper(op)

    def compute_helper(self, op: call.Call | call.CallMayRaise) -> None:
        """Nothing of the program runs inside: no other thread may, either."""
        try:
            self.compute(op)
        except LeaveTrace as left:
            assert left.exception is not None
            self.kept.append(left.exception)
            self.wish(Wish.RAISE, op, TARGET=id(left.exception))

    def wish_reference(self, op: Op[Any], helper: Helper, words: list[Any]) -> None:
        """Call the reference of a helper, whose own frame, if it has one, does not count."""
        arguments = []
        for param, word in zip(op.args, words, strict=True):
            if param.type is Type.REF:
                arguments.append(word or id(NULL_OBJECT))
            else:
                self.kept.append(word)
                arguments.append(id(word))
        levels = 0 if op.snapshot is None else levels_of(op.snapshot)
        levels -= isinstance(helper.reference, FunctionType) + (helper.name == "call_hidden")
        target = id(helper.reference)
        self.wish_call(op, target, arguments, 0, levels)

    def wish_call(
        self, op: Op[Any], target: int, arguments: list[int], names: int, levels: int
    ) -> None:
        """A vectorcall, which may use the word before the arguments."""
        self.arguments = array("q", [0, *arguments])
        named = len(op.kwnames) if isinstance(op, call.CallPython) else 0
        self.wish(
            Wish.CALL,
            op,
            TARGET=target,
            ARGUMENTS=self.arguments.buffer_info()[0] + 8,
            COUNT=len(arguments) - named + ARGUMENTS_OFFSET,
            NAMES=names,
            LEVELS=levels,
        )

    def call_entry(self, op: call.CallEntry) -> None:
        levels = levels_of(op.snapshot) + op.target.levels
        if op.snapshot.redoes and not self.has_room(levels):
            self.leave(self.program.rooms[op])
            return
        inner = peek(self.words + 8 * Word.INNER)
        self.store(op.operands, inner)
        if op.snapshot.redoes:  # else the callee takes ours over
            for value in op.operands:
                add_reference(self.value(value))
        poke(inner + 8 * FUNCTION_WORD, self.value(op.function))
        target, selector = self.program.code_of(op)
        self.wish(Wish.CALL_ENTRY, op, TARGET=target, SELECTOR=selector, LEVELS=levels)


def _hold(condition: bool) -> None:
    if not condition:
        raise GuardFailed


def _helper(op: Op[Any]) -> Helper:
    assert isinstance(op, call.Call | call.CallMayRaise)
    return op.helper


def _is_new(op: Op[Any]) -> bool:
    """Whether the trace owns the reference that is the result of an op."""
    if op.own is Own.HELPER:
        return _helper(op).ownership is Ownership.NEW
    return op.own is Own.NEW


#: What is done for an op, for all that are not simply computed.
_WAYS: Final[dict[type, Callable[[Running, Any], None]]] = {
    call.Call: Running.call_helper,
    call.CallEntry: Running.call_entry,
    call.CallMayRaise: Running.call_helper,
    call.CallPython: Running.call_python,
    control.Finish: Running.finish,
    control.Jump: Running.jump,
    control.Label: Running.label,
    control.Leave: Running.leave_here,
    control.ResumePoint: Running.nothing,
    guard.GuardIs: Running.guard_is,
    guard.GuardNoInterrupt: Running.guard_no_interrupt,
    guard.GuardNonnull: Running.guard_nonnull,
    guard.GuardRoom: Running.guard_room,
    guard.GuardType: Running.guard_type,
    memory.GetField: Running.get_field,
    memory.GetItem: Running.get_item,
    memory.SetField: Running.set_field,
    memory.SetFieldInt: Running.set_field_int,
    memory.SetItem: Running.set_item,
    memory.SetItemFloat: Running.set_item_number,
    memory.SetItemInt: Running.set_item_number,
    refcount.Decref: Running.decref,
    refcount.DecrefChecked: Running.decref,
    refcount.Incref: Running.incref,
}
