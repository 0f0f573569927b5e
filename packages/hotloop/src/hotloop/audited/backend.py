"""Compiled traces whose references are audited: before they run, and when they have been left.

It does not matter how a trace is entered: from the interpreter, from another trace, as a callee or
as a bridge. A wrong count ends the process, with what is wrong on stderr.
"""

from __future__ import annotations

import _thread
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from hotloop.audited.balance import rests, wrong
from hotloop.core.compiler import Compiler
from hotloop.core.quiet import Quiet
from hotloop.frames.auditing import place_of_hooks
from hotloop.frames.memory import add_reference, peek, peek32, poke
from hotloop.frames.native_alone import asking_ir, asking_symbols
from hotloop.frames.runtime import CompileModule
from hotloop_backend_x86.compile import X86Backend
from hotloop_backend_x86.emitter import Emitter, pointer
from hotloop_backend_x86.symbols import resolve
from hotloop_ir.layout import Layout
from hotloop_ir.ops.control import Finish, Label
from hotloop_ir.trace import Trace, TraceKind
from hotloop_ir.value import Type, Value

if TYPE_CHECKING:
    from hotloop.core.driver import Driver

RECORD, SELECTOR, ERROR, WORDS = 0, 1, 2, 5
"""Words the auditor is given: the record of the exit (0: the trace begins), how it is entered, and
the exception that is set, in three words."""
NESTED: Final = 3
"""So many runs inside one another are looked at: no tail call leads out of one of them."""

_TEXT: Final = f"""
@hl_auditor = external global i8
@hl_audit_state = external global i8

; Whether this entry is looked at: every so manyth, and not deep inside others.
define i1 @hl_audit_due() {{
  %every = load i64, ptr @hl_audit_state
  %countp = getelementptr i64, ptr @hl_audit_state, i64 1
  %nestedp = getelementptr i64, ptr @hl_audit_state, i64 2
  %count = load i64, ptr %countp
  %more = add i64 %count, 1
  store i64 %more, ptr %countp
  %rest = urem i64 %more, %every
  %turn = icmp eq i64 %rest, 0
  %nested = load i64, ptr %nestedp
  %shallow = icmp ult i64 %nested, {NESTED}
  %due = and i1 %turn, %shallow
  ret i1 %due
}}

define internal void @nest(i64 %by) {{
  %nestedp = getelementptr i64, ptr @hl_audit_state, i64 2
  %nested = load i64, ptr %nestedp
  %now = add i64 %nested, %by
  store i64 %now, ptr %nestedp
  ret void
}}

define i64 @hl_audit(ptr %buf, i64 %selector, ptr %trace, ptr %code) {{
  %words = alloca i64, i64 {WORDS}
  call void @nest(i64 1)
  call void @set_word(ptr %words, i64 {RECORD}, i64 0)
  call void @set_word(ptr %words, i64 {SELECTOR}, i64 %selector)
  %w1 = call i1 @ask(ptr @hl_auditor, ptr %trace, ptr %buf, ptr %words)
  %exit = call i64 %code(ptr %buf, i64 %selector)
  call void @set_word(ptr %words, i64 {RECORD}, i64 %exit)
  %type = getelementptr i64, ptr %words, i64 {ERROR}
  %value = getelementptr i64, ptr %words, i64 {ERROR + 1}
  %traceback = getelementptr i64, ptr %words, i64 {ERROR + 2}
  call void @PyErr_Fetch(ptr %type, ptr %value, ptr %traceback)
  %w2 = call i1 @ask(ptr @hl_auditor, ptr %trace, ptr %buf, ptr %words)
  %t = load ptr, ptr %type
  %v = load ptr, ptr %value
  %x = load ptr, ptr %traceback
  call void @PyErr_Restore(ptr %t, ptr %v, ptr %x)
  call void @nest(i64 -1)
  ret i64 %exit
}}
"""

_STUB: Final = """
define dso_local i64 @trace(ptr %buf, i64 %selector) nounwind {{
  %due = call i1 {due}()
  br i1 %due, label %look, label %go
go:
  %left = musttail call i64 @unaudited(ptr %buf, i64 %selector)
  ret i64 %left
look:
  %exit = call i64 {audit}(ptr %buf, i64 %selector, ptr {trace}, ptr @unaudited)
  ret i64 %exit
}}
"""


class WrongCount(Exception):
    """References and reference counts do not agree."""


class Auditor:
    """What native code asks. It does not look where other threads of the program are there, which
    let objects live and die in their frames, nor during a collection.
    """

    def __init__(self, compiler: Compiler, quiet: Quiet, layout: Layout) -> None:
        self._compiler = compiler
        self._quiet = quiet
        self._hooks = place_of_hooks(layout)
        self._collecting = resolve("hl_gc_collecting")
        self._before: dict[int, dict[int, int]] = {}

    def _can_look(self) -> bool:
        """Whether no thread but one runs, and that of the sampler (which makes code better), and no
        collection, whose objects are in no list.
        """
        return _thread._count() <= self._compiler.tiered and not peek32(self._collecting)

    def look(self, trace: Trace, buf: int, words: int) -> None:
        """Note the rests, or compare them. Raises WrongCount. The GIL must not be let go of.

        Both times our own frames hold the same while the rests are taken.
        """
        self._quiet.hold()
        hooks = peek(self._hooks)
        poke(self._hooks, 0)  # each `id` is an event
        try:
            if self._can_look():
                held = self.held(trace, buf, words)
                self.compare(trace, words, rests(held))
            else:
                self._before.pop(words, None)
        finally:
            poke(self._hooks, hooks)
            self._quiet.release()

    def held(self, trace: Trace, buf: int, words: int) -> dict[int, int]:
        """The references that the activation owns now."""
        record = peek(words + 8 * RECORD)
        if not record:
            inputs = owned_inputs(trace, peek(words + 8 * SELECTOR))
            return _count(_objects(buf, inputs))
        side = self._compiler.exit_of(record)
        found = _objects(words, range(ERROR, ERROR + 3))
        if isinstance(side.guard, Finish):
            return _count(found + _objects(buf, (0,)))
        assert side.guard.snapshot is not None
        owned = set(side.guard.snapshot.owned)
        slots = [at for at, value in enumerate(side.values) if value in owned]
        return _count(found + _objects(buf, slots))

    def compare(self, trace: Trace, words: int, now: dict[int, int]) -> None:
        """The trace begins, or has been left: by itself, or by another it has gone on in."""
        record = peek(words + 8 * RECORD)
        if not record:
            self._before[words] = now
            return
        before = self._before.pop(words, now)
        found = wrong(before, now)
        if found:
            side = self._compiler.exit_of(record)
            raise WrongCount(f"{trace.name}, left at {side.compiled!r}: {'; '.join(found[:8])}")


def _objects(place: int, slots: Iterable[int]) -> list[int]:
    """The addresses in some words, but for NULL."""
    return [word for at in slots if (word := peek(place + 8 * at))]


def _count(addresses: list[int]) -> dict[int, int]:
    return {address: addresses.count(address) for address in addresses}


def owned_inputs(trace: Trace, selector: int) -> Iterator[int]:
    """The slots of the buffer with references that a trace owns when it is entered."""
    params: Sequence[Value[Any]] = trace.inputs
    if selector and trace.kind is not TraceKind.BRIDGE:  # which is given something else
        params = [op for op in trace.ops if isinstance(op, Label)][selector - 1].params
    for index, param in enumerate(params):
        if param.type is Type.REF and param not in trace.borrowed:
            yield index


class AuditBackend(X86Backend):
    """Another backend's code, audited at every ``every``th entry."""

    def __init__(
        self,
        audited: X86Backend,
        look: Callable[[Trace, int, int], None],
        every: int,
        layout: Layout,
        natives: Mapping[str, int],
        compile_module: CompileModule,
    ) -> None:
        super().__init__(audited.arena)
        self._audited = audited
        self.tiers = audited.tiers
        self._state = array("q", (every, 0, 0))
        symbols = asking_symbols(natives)
        symbols["hl_auditor"] = add_reference(look)
        symbols["hl_audit_state"] = self._state.buffer_info()[0]
        self._functions = compile_module(asking_ir(layout) + _TEXT, symbols)

    def emit(self, e: Emitter) -> Callable[[int], str]:
        text = self._audited.emit(e)
        stub = _STUB.format(
            due=pointer(self._functions["hl_audit_due"]),
            audit=pointer(self._functions["hl_audit"]),
            trace=e.object(e.trace),
        )
        was, now = "define dso_local i64 @trace(", "define internal i64 @unaudited("
        return lambda table: text(table).replace(was, now, 1) + stub


def audit_backend(driver: Driver, compile_module: CompileModule) -> AuditBackend:
    """The backend of a process whose compiled code is audited."""
    layout, natives = driver.builder.layout, driver.natives
    auditor = Auditor(driver.compiler, driver.quiet, layout)
    every = driver.config.stress.audit or 1
    backend = driver.compiler.backend
    return AuditBackend(backend, auditor.look, every, layout, natives, compile_module)
