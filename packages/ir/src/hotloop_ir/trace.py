"""Traces: what recording makes, passes rewrite and the backend compiles."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, TypeVar

from hotloop_ir.op import Op
from hotloop_ir.value import Param, Value

O = TypeVar("O", bound=Op[Any])  # noqa: E741 - the op, given back typed as itself


class TraceKind(enum.Enum):
    """What starts a trace."""

    LOOP = "loop"  # a merge point at a loop header
    ENTRY = "entry"  # a merge point at a function entry
    BRIDGE = "bridge"  # a failed guard


class Target:
    """A label of a compiled trace that bridges may jump to.

    ``types`` are the types of its params. What the header assumes of the incoming
    values is the business of whoever made the trace (``state``, opaque here); ``code`` is
    filled by the backend. ``levels`` of recursion are what a call of it counts: none if it stands
    for a C function that counts none.
    """

    __slots__ = ("code", "levels", "name", "state", "types")

    def __init__(
        self, name: str, types: tuple[Any, ...], state: Any = None, levels: int = 1
    ) -> None:
        self.name = name
        self.types = types
        self.state = state
        self.levels = levels
        self.code: Any = None

    def __repr__(self) -> str:
        return f"<Target {self.name}>"


class Trace:
    """A linear list of ops on ``inputs``, ending in a jump or a leave.

    ``known`` holds what is already known of inputs when a bridge starts: the exact type
    of a REF input. ``replaced`` holds the exact types of old contents that stores give, as the
    optimizer has found them (they cannot change). ``borrowed`` are the REF inputs whose
    reference the trace does not own (bridges only). ``compared`` are the inputs of a loop whose
    identity the program looks at, so that a number there must stay the object it is. ``name`` is
    for logs (``loop 3 demo.py:12``).
    """

    __slots__ = (
        "borrowed",
        "compared",
        "inputs",
        "kind",
        "known",
        "name",
        "ops",
        "replaced",
        "start",
        "targets",
    )

    def __init__(
        self,
        inputs: Sequence[Param[Any]],
        ops: Sequence[Op[Any]],
        kind: TraceKind = TraceKind.LOOP,
        name: str = "",
        known: dict[Param[Any], type] | None = None,
    ) -> None:
        self.inputs = tuple(inputs)
        self.ops = list(ops)
        self.kind = kind
        self.name = name
        self.known: dict[Param[Any], type] = {} if known is None else known
        self.borrowed: frozenset[Param[Any]] = frozenset()
        self.compared: frozenset[Value[Any]] = frozenset()
        self.replaced: dict[Value[Any], type] = {}
        #: Label op -> Target under which other traces may jump to it.
        self.targets: dict[Op[Any], Target] = {}
        #: Target under which other traces may jump to the very start (selector 0).
        self.start: Target | None = None

    def replace(self, ops: Sequence[Op[Any]]) -> Trace:
        """The same trace with other ops."""
        new = Trace(self.inputs, ops, self.kind, self.name, self.known)
        new.targets = dict(self.targets)
        new.borrowed = self.borrowed
        new.compared = self.compared
        new.replaced = self.replaced
        new.start = self.start
        return new


class TraceBuilder:
    """Collects ops; ``emit`` gives the op back typed as itself."""

    __slots__ = ("ops",)

    def __init__(self) -> None:
        self.ops: list[Op[Any]] = []

    def emit(self, op: O) -> O:
        """Append an op and return it."""
        self.ops.append(op)
        return op


def operand_values(op: Op[Any]) -> Sequence[Value[Any]]:
    """The operands of an op, without the values of its snapshot."""
    return op.args
