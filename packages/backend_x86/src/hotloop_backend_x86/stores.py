"""What exits store, in groups that they share. Must not emit anything."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, Final

from hotloop_ir.leaving import leaves
from hotloop_ir.ops.control import Jump, Label
from hotloop_ir.snapshot import FrameState, Slot
from hotloop_ir.trace import Trace
from hotloop_ir.value import Value

#: Slots of the smallest buffer compiled code gets (that of ``call_entry``).
BUFFER_SLOTS: Final = 240
#: Word of an activation record: the function that was called, for whoever makes its frame.
FUNCTION_WORD: Final = -7


class StoreNode:
    """A group of values that exits store together, behind those of ``parent``.

    The groups form a tree: outer frames near the root, the operand stack of one bytecode
    at a leaf. Exits that share outer frames share their blocks of stores, which is most of
    the code of a trace with inlined calls.
    """

    __slots__ = ("_all", "_seen", "label", "parent", "start", "values")

    def __init__(self, parent: StoreNode | None, values: tuple[Value[Any], ...]) -> None:
        self.parent = parent
        self.values = values
        self.start: int = 0 if parent is None else parent.start + len(parent.values)
        self.label = ""
        self._all: tuple[Value[Any], ...] = values if parent is None else parent._all + values
        self._seen: set[Value[Any]] | None = None

    def seen(self) -> set[Value[Any]]:
        """The values that are stored on the way from here."""
        if self._seen is None:
            self._seen = set(self._all)
        return self._seen

    def all_values(self) -> tuple[Value[Any], ...]:
        """Every value stored on the way from here, in buffer order."""
        return self._all


class StoreTree:
    """All groups of a trace. It knows the children of each: they know their parents only, so that
    nothing is left in a cycle, which the program's ``gc.collect`` would find.
    """

    __slots__ = ("_by_slots", "_children", "_present", "root", "used")

    def __init__(self, values: tuple[Value[Any], ...], present: Container[Value[Any]]) -> None:
        self.root = StoreNode(None, values)
        self.root.label = "tail"
        #: Those that exits go through, by the number in their labels.
        self.used: list[StoreNode] = []
        self._present = present
        self._children: dict[tuple[StoreNode, tuple[Value[Any], ...]], StoreNode] = {}
        self._by_slots: dict[tuple[StoreNode, tuple[Slot, ...]], StoreNode] = {}

    def behind(self, node: StoreNode, slots: tuple[Slot, ...]) -> StoreNode:
        """The group behind another of the values that slots are made of; itself if it has them."""
        found = self._by_slots.get((node, slots))
        if found is None:
            seen = node.seen()
            new = [slot for slot in slots if slot is not None and slot not in seen]
            found = self._by_slots[node, slots] = self._child(node, leaves(new, self._present))
        return found

    def _child(self, node: StoreNode, values: list[Value[Any]]) -> StoreNode:
        """The group behind another with the values that it does not have yet."""
        seen = node.seen()
        new = tuple([value for value in values if value not in seen])
        if not new:
            return node
        found = self._children.get((node, new))
        if found is None:
            found = self._children[node, new] = StoreNode(node, new)
        return found

    def label(self, node: StoreNode) -> str:
        """The block of a group, which is made at the end."""
        if not node.label:
            self.used.append(node)
            node.label = f"s{len(self.used)}"
        return node.label


def fixed_slots(frame: FrameState) -> tuple[Slot, ...]:
    """The slots of a frame but its operand stack."""
    if frame.function is None and frame.extra is None:
        return frame.locals
    return (*frame.locals, frame.function, frame.extra)


def keeps_inputs(trace: Trace) -> bool:
    """Whether the inputs stay in the buffer slots they came in, so that no exit stores them.

    Not where a loop makes new ones, and not where dead ones would fill the buffer.
    """
    last = trace.ops[-1]
    loops = isinstance(last, Jump) and last.target is None
    labels = any(isinstance(op, Label) for op in trace.ops)
    return not loops and not labels and len(trace.inputs) <= BUFFER_SLOTS // 2
