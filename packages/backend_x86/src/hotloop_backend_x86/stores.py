"""What exits store, in groups that they share. Must not emit anything."""

from __future__ import annotations

from typing import Any, Final

from hotloop_ir.ops.control import Jump, Label
from hotloop_ir.snapshot import FrameState
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

    __slots__ = ("_all", "_children", "_seen", "label", "parent", "start", "values")

    def __init__(self, parent: StoreNode | None, values: tuple[Value[Any], ...]) -> None:
        self.parent = parent
        self.values = values
        self.start: int = 0 if parent is None else parent.start + len(parent.values)
        self.label = ""
        self._all: tuple[Value[Any], ...] = values if parent is None else parent._all + values
        self._seen: set[Value[Any]] | None = None
        self._children: dict[tuple[Value[Any], ...], StoreNode] = {}

    def child(self, leaves: list[Value[Any]]) -> StoreNode:
        """The group behind this one with the leaves it does not have yet; itself if none."""
        if self._seen is None:
            self._seen = set(self._all)
        seen = self._seen
        new = tuple([leaf for leaf in leaves if leaf not in seen])
        if not new:
            return self
        node = self._children.get(new)
        if node is None:
            node = self._children[new] = StoreNode(self, new)
        return node

    def all_values(self) -> tuple[Value[Any], ...]:
        """Every value stored on the way from here, in buffer order."""
        return self._all


def fixed_slots(frame: FrameState) -> list[Value[Any]]:
    """The slots of a frame but its operand stack."""
    slots = [slot for slot in frame.locals if slot is not None]
    if frame.function is not None:
        slots.append(frame.function)
    if frame.extra is not None:
        slots.append(frame.extra)
    return slots


def keeps_inputs(trace: Trace) -> bool:
    """Whether the inputs stay in the buffer slots they came in, so that no exit stores them.

    Not where a loop makes new ones, and not where dead ones would fill the buffer.
    """
    last = trace.ops[-1]
    loops = isinstance(last, Jump) and last.target is None
    labels = any(isinstance(op, Label) for op in trace.ops)
    return not loops and not labels and len(trace.inputs) <= BUFFER_SLOTS // 2
