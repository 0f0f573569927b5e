"""Traces as text. The parser reads it back; values are numbered in order of appearance.

Broken traces print too (a value used before its definition has a ``?``), because error
messages show them. Must not change a trace, and not depend on addresses.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from hotloop_ir.descr import Descr
from hotloop_ir.helper import Helper
from hotloop_ir.op import Op
from hotloop_ir.ops.control import Jump, Label
from hotloop_ir.snapshot import FrameState, ReturnKind, Slot, Snapshot
from hotloop_ir.text.names import Names
from hotloop_ir.trace import Target, Trace, TraceKind
from hotloop_ir.value import NULL_OBJECT, Const, Type, Value

#: Longest literal; longer constants are named.
_LITERAL: Final = 60


def print_trace(trace: Trace, names: Names | None = None) -> str:
    """The text of a trace, one op a line. ``names`` learns the objects it mentions."""
    printer = Printer(trace, names)
    return "\n".join([printer.header, *printer.lines()]) + "\n"


def _literal(value: object) -> str | None:
    """The literal of a REF constant, or None if it needs a name."""
    if value is NULL_OBJECT:
        return "NULL"
    if value is None or value is True or value is False or value is Ellipsis:
        return repr(value)
    if type(value) is str:
        text = repr(value)
        return text if len(text) <= _LITERAL else None
    if _is_plain(value):
        text = _text(value)
        return f"<{text}>" if len(text) <= _LITERAL else None
    return None


def _is_plain(value: object) -> bool:
    """Whether ``ast.literal_eval`` (and float) read back the repr."""
    if type(value) is int:
        return value.bit_length() <= 128
    if type(value) is tuple:
        return all(_is_leaf(item) for item in value)
    return type(value) in (float, bytes)


def _text(value: object) -> str:
    """The repr, with the sign of a nan."""
    negative = type(value) is float and math.isnan(value) and math.copysign(1.0, value) < 0
    return "-nan" if negative else repr(value)


def _is_leaf(value: object) -> bool:
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (bool, str) or _is_plain(value)


class Printer:
    """Prints one trace, or single ops of it, with the same numbers.

    ``header`` is the first line. ``numbers`` maps a value to its number.
    """

    __slots__ = ("_shared", "header", "labels", "names", "numbers", "trace")

    def __init__(self, trace: Trace, names: Names | None = None) -> None:
        self.trace = trace
        self.names = Names() if names is None else names
        self.numbers: dict[Value[Any], int] = {}
        self.labels: dict[Label, str] = {}
        #: Removed allocations of the snapshot being printed -> "" (occurs once), "=" (more
        #: often, not yet printed) or the ``$0`` it was printed as.
        self._shared: dict[Value[Any], str] = {}
        for value in trace.inputs:
            self._number(value)
        self.header = self._header()

    def lines(self) -> Iterator[str]:
        """The line of every op, in order."""
        for op in self.trace.ops:
            yield self.line(op)

    def line(self, op: Op[Any]) -> str:
        """The line of one op. The ops before it must have been printed."""
        text = self._body(op)
        if op.type is not Type.VOID:
            self._number(op)
            text = f"{self.value(op)} = {text}"
        if op.snapshot is not None:
            text = f"{text} {self.snapshot(op.snapshot)}"
        return text

    def value(self, value: Value[Any]) -> str:
        """An operand: its name, a literal, or a removed allocation by its constructor."""
        number = self.numbers.get(value)
        if number is not None:
            return f"{value.type.value}{number}"
        if isinstance(value, Const):
            return self._const(value)
        if value in self._shared:
            return self._virtual(value)
        return f"{value.type.value}{len(self.numbers)}?"

    def snapshot(self, snapshot: Snapshot) -> str:
        """The frames, innermost first, and what the trace owns."""
        self._shared = self._find_virtuals(snapshot)
        text = " ".join([self._frame(frame) for frame in snapshot.frame.chain()])
        self._shared = {}
        if snapshot.owned:
            text += f" owns[{', '.join([self.value(v) for v in snapshot.owned])}]"
        return text if snapshot.redoes else text + " outcome"

    # --- parts of a line ------------------------------------------------------------------

    def _header(self) -> str:
        trace = self.trace
        parts = []
        for value in trace.inputs:
            known = trace.known.get(value)
            text = self.value(value)
            if value in trace.borrowed:
                text = f"&{text}"
            parts.append(text if known is None else f"{text}: {self.object_name(known)}")
        head = f"[{', '.join(parts)}]"
        if trace.start is not None:
            head += f" as {self._target(trace.start)}"
        if trace.name:
            return f"{trace.kind.value} {trace.name!r} {head}"
        return head if trace.kind is TraceKind.LOOP else f"{trace.kind.value} {head}"

    def _number(self, value: Value[Any]) -> None:
        self.numbers.setdefault(value, len(self.numbers))

    def _body(self, op: Op[Any]) -> str:
        if isinstance(op, Label):
            return self._label(op)
        operands = [self.value(value) for value in op.args]
        if isinstance(op, Jump):
            target = "" if op.target is None else f" {self._target(op.target)}"
            return f"jump{target}({', '.join(operands)})"
        head = op.mnemonic
        for name in op.immediates:
            value = getattr(op, name)
            if isinstance(value, Helper):
                head = f"{head} {value.name}"
            elif isinstance(value, tuple):
                if value:
                    operands.append(f"{name}={value!r}")
            elif isinstance(value, Target):
                head = f"{head} {self._target(value)}"
            else:
                operands.append(self._immediate(value))
        return f"{head}({', '.join(operands)})"

    def _label(self, label: Label) -> str:
        initial = [self.value(value) for value in label.initial]
        for param in label.params:
            self._number(param)
        pairs = [
            f"{self.value(param)} = {value}"
            for param, value in zip(label.params, initial, strict=False)
        ]
        text = f"label {self._target(label)}({', '.join(pairs)})"
        target = self.trace.targets.get(label)
        return text if target is None else f"{text} as {self._target(target)}"

    def _target(self, target: object) -> str:
        if isinstance(target, Label):
            return self.labels.setdefault(target, f"L{len(self.labels) + 1}")
        if isinstance(target, Target):
            return f"<{self.names.name_of(target, target.name)}>"
        return f"<{self.names.name_of(target)}>"

    def _immediate(self, value: object) -> str:
        if isinstance(value, Descr):
            return value.name
        if isinstance(value, int | float | str):
            return repr(value)
        return self.object_name(value)

    def object_name(self, value: object) -> str:
        """The name of a type (or other object) where only a name can stand."""
        name = self.names.name_of(value)
        return name if name.partition("~")[0].isidentifier() else f"<{name}>"

    def _const(self, const: Const[Any]) -> str:
        value: Any = const.value
        if const.type is Type.REF:
            text = _literal(value)
            return f"<{self.names.name_of(value)}>" if text is None else text
        if const.type is Type.BOOL:
            return "true" if value else "false"
        if const.type is Type.RAW and isinstance(value, int):
            return f"{value:#x}"
        return _text(value)

    # --- snapshots ------------------------------------------------------------------------

    def _find_virtuals(self, snapshot: Snapshot) -> dict[Value[Any], str]:
        """The removed allocations of a snapshot, those that occur more than once marked."""
        found: dict[Value[Any], str] = {}
        pending = list(snapshot.values())
        while pending:
            value = pending.pop()
            if not isinstance(value, Op) or value in self.numbers:
                continue
            if value in found:
                found[value] = "="
            else:
                found[value] = ""
                pending.extend(value.args)
        return found

    def _virtual(self, value: Value[Any]) -> str:
        mark = self._shared[value]
        if mark.startswith("$"):
            return mark
        assert isinstance(value, Op)
        if not mark:
            return self._body(value)
        mark = f"${sum(text.startswith('$') for text in self._shared.values())}"
        self._shared[value] = mark
        return f"{mark}={self._body(value)}"

    def _frame(self, frame: FrameState) -> str:
        name = "" if frame.code is None else f"{self.names.code_name(frame.code)}:"
        notes = [] if frame.function is None else [f"fn={self.value(frame.function)}"]
        if frame.return_kind is not ReturnKind.PUSH or frame.extra is not None:
            extra = "" if frame.extra is None else f"={self.value(frame.extra)}"
            notes.append(frame.return_kind.value + extra)
        note = f"{{{', '.join(notes)}}}" if notes else ""
        slots = ", ".join([self._slot(slot) for slot in frame.locals])
        if frame.stack:
            slots += " | " + ", ".join([self._slot(slot) for slot in frame.stack])
        return f"@{name}{frame.pc}{note}[{slots}]"

    def _slot(self, slot: Slot) -> str:
        return "-" if slot is None else self.value(slot)
