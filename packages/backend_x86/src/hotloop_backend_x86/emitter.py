"""The state of one compilation and the table of emitters: a trace becomes the text of LLVM IR.

``emit/*.py`` hold one short function per operation, registered with ``emits``. The text is
put together here: hot path first, cold blocks after it, one common tail through which every
exit leaves. This module must not call LLVM and knows no format of the caller's records.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from hotloop_backend_x86 import stress
from hotloop_backend_x86.layout import llvm_type
from hotloop_backend_x86.reuse import Reuse, find_reuse
from hotloop_backend_x86.stores import (
    BUFFER_SLOTS,
    StoreNode,
    StoreTree,
    fixed_slots,
    keeps_inputs,
)
from hotloop_backend_x86.symbols import resolve
from hotloop_ir.descr import MANAGED_VALUES
from hotloop_ir.helper import Helper
from hotloop_ir.op import Op
from hotloop_ir.ops.call import Call, CallEntry, CallMayRaise, CallPython
from hotloop_ir.ops.control import Jump, Label
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.trace import Trace
from hotloop_ir.value import NULL_OBJECT, Const, Type, Value

#: Gives the address of the record of exit ``index``, which belongs to the caller.
ExitFactory: TypeAlias = Callable[[int, Op[Any], tuple[Value[Any], ...]], int]
EmitFunction: TypeAlias = Callable[["Emitter", Any], None]

emitters: Final[dict[str, EmitFunction]] = {}


LIKELY: Final = "!prof !0"
UNLIKELY: Final = "!prof !1"


class Uncompilable(Exception):
    """The trace is valid, but this backend cannot compile it; the message says why."""


def emits(mnemonic: str) -> Callable[[EmitFunction], EmitFunction]:
    """Register the emitter of an operation. Raises ValueError if it has one already."""

    def register(function: EmitFunction) -> EmitFunction:
        if mnemonic in emitters:
            raise ValueError(f"operation {mnemonic!r} has two emitters")
        emitters[mnemonic] = function
        return function

    return register


class ExitSite:
    """A place where the trace may be left: the op and the values it stores to the buffer."""

    __slots__ = ("index", "label", "node", "op", "record", "values")

    def __init__(
        self, index: int, op: Op[Any], values: tuple[Value[Any], ...], record: int
    ) -> None:
        self.index = index
        self.op = op
        self.values = values
        self.record = record
        #: Its own block, if something goes there, and the group of stores behind that.
        self.label = ""
        self.node: StoreNode | None = None


class Emitter:
    """Collects the text of one trace. ``level`` is the level it will be compiled at."""

    def __init__(
        self,
        trace: Trace,
        level: int,
        exit_factory: ExitFactory,
        natives: dict[str, int],
    ) -> None:
        self.trace = trace
        self.level = level
        self.natives = natives
        self.names: dict[Value[Any], str] = {}
        self.nonnull: set[Value[Any]] = set()
        #: Object -> text of its inline values pointer, while that is known to be current.
        self.values_pointers: dict[Value[Any], str] = {}
        self.reuse = find_reuse(trace) if level else Reuse()
        self.out: list[str] = []
        self.cold: list[str] = []
        self.exits: list[ExitSite] = []
        self.keep: list[object] = []
        self.block_name = "entry"
        #: Set to a list to note where the text of each op ends (hot, cold).
        self.marks: list[tuple[int, int]] | None = None
        #: Address of a word in which the code counts its rounds; 0: it does not.
        self.counter = 0
        self.max_arguments = 0
        self.calls_entries = False
        #: Header block -> where its phis are in ``out`` and how many; see ``emit.control``.
        self.headers: dict[str, tuple[int, int]] = {}
        labels = [op for op in trace.ops if isinstance(op, Label)]
        self.label_selectors: dict[Op[Any], int] = {op: k for k, op in enumerate(labels, 1)}
        self._clobbers = _last_clobber(trace)
        self._factory = exit_factory
        self._count = 0
        self._in_trace: set[Value[Any]] = set(trace.ops)
        #: All store groups, and those of suspended frames.
        self.groups = StoreTree(trace.inputs if keeps_inputs(trace) else (), self._in_trace)
        self._frame_nodes: dict[FrameState, StoreNode] = {}

    # --- names and text --------------------------------------------------------------------

    def fresh(self) -> str:
        """A new local name, without defining anything."""
        self._count += 1
        return f"%v{self._count}"

    def line(self, text: str) -> None:
        """Add an instruction that has no result."""
        self.out.append(text)

    def let(self, text: str) -> str:
        """Add an instruction and give the name of its result."""
        self._count += 1
        name = f"%v{self._count}"
        self.out.append(f"{name} = {text}")
        return name

    def define(self, op: Op[Any], text: str) -> str:
        """Add the instruction whose result is the result of ``op``."""
        self._count += 1
        name = self.names[op] = f"%v{self._count}"
        self.out.append(f"{name} = {text}")
        return name

    def use(self, value: Value[Any]) -> str:
        """The text of an operand. Raises KeyError for a value that was not defined."""
        name = self.names.get(value)
        if name is None:
            if not isinstance(value, Const):
                raise KeyError(f"{value!r} is used before it is defined")
            name = self.names[value] = self.constant(value)
        return name

    def constant(self, const: Const[Any]) -> str:
        """The text of a constant; an object is kept alive with the code."""
        value: Any = const.value
        if const.type is Type.INT:
            return str(value)
        if const.type is Type.FLOAT:
            bits: int = struct.unpack("<Q", struct.pack("<d", value))[0]
            return f"0x{bits:016X}"
        if const.type is Type.BOOL:
            return "true" if value else "false"
        if const.type is Type.RAW:
            return pointer(value)
        if value is NULL_OBJECT:
            return "null"
        return self.object(value)

    def object(self, value: object) -> str:
        """The address of an object as text; the object lives as long as the code."""
        self.keep.append(value)
        return pointer(id(value))

    def symbol(self, name: str) -> str:
        """The address of a C function or variable as text."""
        return pointer(resolve(name))

    def native(self, name: str) -> str:
        """The address of a native helper as text. Raises KeyError."""
        return pointer(self.natives[name])

    def at(self, base: Value[Any], offset: int) -> str:
        """The address ``offset`` bytes into what ``base`` points to."""
        if isinstance(base, Const) and base.value is not NULL_OBJECT:
            self.use(base)
            value: Any = base.value
            return pointer((value if base.type is Type.RAW else id(value)) + offset)
        return self.offset(self.use(base), offset)

    def offset(self, base: str, offset: int) -> str:
        """The address ``offset`` bytes after ``base``."""
        return base if offset == 0 else self.let(f"getelementptr i8, ptr {base}, i64 {offset}")

    def clobbered_after(self, op: Op[Any]) -> bool:
        """Whether something after ``op`` may take inline attribute values away."""
        return self._clobbers > self.trace.ops.index(op)

    # --- blocks ----------------------------------------------------------------------------

    def fresh_block(self) -> str:
        """A new block name."""
        self._count += 1
        return f"b{self._count}"

    def block(self, name: str) -> None:
        """Start a block; what ended before it must have branched."""
        self.out.append(f"{name}:")
        self.block_name = name

    def branch(self, condition: str, yes: str, no: str, weights: str = "") -> None:
        """A conditional branch. What is likely means nothing to the fast level."""
        hint = f", {weights}" if weights and self.level else ""
        self.out.append(f"br i1 {condition}, label %{yes}, label %{no}{hint}")

    def jump(self, block: str) -> None:
        """An unconditional branch."""
        self.out.append(f"br label %{block}")

    def guard(self, condition: str, op: Op[Any]) -> None:
        """Go on if ``condition`` (text of an i1) holds, else leave at the op's snapshot."""
        due = stress.due(self, op)
        if due is not None:
            condition = self.let(f"and i1 {condition}, {self.let(f'xor i1 {due}, true')}")
        leaving = self.way_out(self.exit(op))
        name = self.fresh_block()
        self.branch(condition, name, leaving, LIKELY)
        self.block(name)

    def guard_not(self, condition: str, op: Op[Any]) -> None:
        """Go on unless ``condition`` holds."""
        due = stress.due(self, op)
        if due is not None:
            condition = self.let(f"or i1 {condition}, {due}")
        leaving = self.way_out(self.exit(op))
        name = self.fresh_block()
        self.branch(condition, leaving, name, UNLIKELY)
        self.block(name)

    def count_round(self) -> None:
        """Count one round of the trace, where that is wanted."""
        if self.counter:
            rounds = self.let(f"load i64, ptr {pointer(self.counter)}")
            self.line(f"store i64 {self.let(f'add i64 {rounds}, 1')}, ptr {pointer(self.counter)}")

    # --- exits -----------------------------------------------------------------------------

    def exit(self, op: Op[Any]) -> ExitSite:
        """A new exit at the op's snapshot; its blocks are made at the end."""
        assert op.snapshot is not None
        node = self.stores_of(op.snapshot)
        site = self.final_exit(op, node.all_values())
        site.node = node
        return site

    def way_out(self, site: ExitSite) -> str:
        """The block to go to in order to leave, for the branch that is added next to ``out``.

        Code that is wanted at once notes the exit's number before it is known whether it leaves,
        and goes to what exits share: a block less for each exit, and less text.
        """
        if self.level:
            return self.cold_way_out(site)
        assert site.node is not None
        self.line(f"store i64 {site.index}, ptr %number")
        return self.groups.label(site.node)

    @staticmethod
    def cold_way_out(site: ExitSite) -> str:
        """The exit's own block, which notes its number."""
        site.label = f"x{site.index}"
        return site.label

    def final_exit(self, op: Op[Any], values: tuple[Value[Any], ...]) -> ExitSite:
        """An exit without any block: the trace ends there."""
        index = len(self.exits)
        site = ExitSite(index, op, values, self._factory(index, op, values))
        self.exits.append(site)
        return site

    def exit_values(self, snapshot: Snapshot) -> tuple[Value[Any], ...]:
        """What the way out needs: values in slots, operands of removed objects, owned values.

        Each once, outer frames first; constants are not stored.
        """
        return self.stores_of(snapshot).all_values()

    def stores_of(self, snapshot: Snapshot) -> StoreNode:
        """The chain of store groups of an exit; exits share the groups of what they share."""
        frame = snapshot.frame
        behind = self.groups.behind
        node = self._frame_node(frame.parent) if frame.parent is not None else self.groups.root
        return behind(behind(node, fixed_slots(frame)), (*frame.stack, *snapshot.owned))

    def _frame_node(self, frame: FrameState) -> StoreNode:
        """The store group of a suspended frame, behind those of its callers."""
        node = self._frame_nodes.get(frame)
        if node is None:
            parent = frame.parent
            above = self._frame_node(parent) if parent is not None else self.groups.root
            node = self._frame_nodes[frame] = self.groups.behind(above, tuple(frame.slots()))
        return node

    def stores(self, values: Sequence[Value[Any]], start: int = 0) -> list[str]:
        """The instructions that store values to the buffer, not added anywhere yet.

        ``start``: the buffer slot of the first. Raises Uncompilable if there are too many.
        """
        count = start + len(values)
        if count > BUFFER_SLOTS:
            raise Uncompilable(f"{count} values at once, the buffer holds {BUFFER_SLOTS}")
        lines: list[str] = []
        for index, value in enumerate(values, start):
            name = self.use(value)
            type = value.type
            if type is Type.BOOL:
                wide = self.fresh()
                lines.append(f"{wide} = zext i1 {name} to i64")
                name = wide
                type = Type.INT
            if index:
                place = self.fresh()
                lines.append(f"{place} = getelementptr i64, ptr %buf, i64 {index}")
            else:
                place = "%buf"
            lines.append(f"store {llvm_type(type)} {name}, ptr {place}")
        return lines

    def is_in_place(self, index: int, value: Value[Any]) -> bool:
        """Whether buffer slot ``index`` still holds this input."""
        kept = self.groups.root.values
        return index < len(kept) and kept[index] is value

    def load_inputs(self) -> None:
        """Load the inputs that an op needs in a register."""
        kept = self.groups.root.values
        used = {arg for op in self.trace.ops[:-1] for arg in op.args}
        last = self.trace.ops[-1]
        for index, value in enumerate(last.args):
            if not (isinstance(last, Jump) and self.is_in_place(index, value)):
                used.add(value)
        for index, param in enumerate(self.trace.inputs):
            if not kept or param in used:
                self.names[param] = self.load_slot(index, param.type)

    def load_slot(self, index: int, type: Type) -> str:
        """Load buffer slot ``index`` as a value of a type. Raises Uncompilable past the end."""
        if index >= BUFFER_SLOTS:
            raise Uncompilable(f"more than {BUFFER_SLOTS} inputs")
        place = self.offset("%buf", 8 * index)
        if type is Type.BOOL:
            return self.let(f"trunc i64 {self.let(f'load i64, ptr {place}')} to i1")
        return self.let(f"load {llvm_type(type)}, ptr {place}")


def forgets_values(helper: Helper) -> bool:
    """Whether inline attribute values may be gone after a call of this helper."""
    return "*" in helper.writes or MANAGED_VALUES.memory in helper.writes


def _last_clobber(trace: Trace) -> int:
    """Index of the last op after which inline attribute values may be gone; -1: there is none."""
    for index in range(len(trace.ops) - 1, -1, -1):
        op = trace.ops[index]
        if isinstance(op, CallPython | CallEntry):
            return index
        if isinstance(op, Call | CallMayRaise) and forgets_values(op.helper):
            return index
    return -1


def pointer(address: int) -> str:
    """A constant address as an operand."""
    return f"inttoptr (i64 {address} to ptr)" if address else "null"


def typed(emitter: Emitter, value: Value[Any]) -> str:
    """An operand with its LLVM type before it."""
    return f"{llvm_type(value.type)} {emitter.use(value)}"
