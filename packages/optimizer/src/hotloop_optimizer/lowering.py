"""Lowering of snapshots: recorded frame states in terms of what the trace has now.

Virtual objects become their constructors (ops that are not in the trace). What was lowered
is kept: a frame state is looked at again only after some virtual has changed, and stays the
same object if its slots have not, because later passes look at shared frame states once.
This module must not change a fact, and never allocates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hotloop_ir.op import Op
from hotloop_ir.snapshot import FrameState, Slot, Snapshot
from hotloop_ir.value import Value
from hotloop_optimizer.virtuals import ALLOCATIONS, Virtual

if TYPE_CHECKING:
    from hotloop_optimizer.engine import Engine

_NEVER: Final = -1


class Lowering:
    """What an engine has lowered so far. ``version`` goes up when a virtual changes."""

    __slots__ = ("_engine", "_frames", "version")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        #: recorded frame state -> (lowered, version it was last checked at)
        self._frames: dict[FrameState, tuple[FrameState, int]] = {}
        self.version = 0

    def snapshot(self, snapshot: Snapshot) -> Snapshot:
        """A recorded snapshot, lowered."""
        return Snapshot(self.frame(snapshot.frame))

    def frame(self, frame: FrameState) -> FrameState:
        """A frame state and its parents, lowered."""
        old, version = self._frames.get(frame, (None, _NEVER))
        if old is not None and version == self.version:
            return old
        parent = None if frame.parent is None else self.frame(frame.parent)
        locals_, stack = self.slots(frame.locals), self.slots(frame.stack)
        function, extra = self.slots((frame.function, frame.extra))
        if old is not None and (
            old.parent is parent
            and old.locals == locals_
            and old.stack == stack
            and old.function is function
            and old.extra is extra
        ):
            new = old
        else:
            code, pc, kind = frame.code, frame.pc, frame.return_kind
            new = FrameState(code, function, pc, locals_, stack, parent, kind, extra)
        self._frames[frame] = (new, self.version)
        return new

    def slots(self, slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
        """Slots, lowered; the same tuple if nothing changes."""
        get = self._engine.known.get
        new: list[Slot] = []
        same = True
        for slot in slots:
            if slot is None:
                new.append(None)
                continue
            found = get(slot)
            if found is None:
                found = self.removed(slot) if type(slot) in ALLOCATIONS else slot
            else:
                further = get(found)
                while further is not None and further is not found:
                    found = further
                    further = get(found)
            if type(found) is Virtual:
                found = self.node(found)
            if found is not slot:
                same = False
            new.append(found)
        return slots if same else tuple(new)

    def removed(self, slot: Value[Any]) -> Value[Any]:
        """An allocation that the recorded trace has in snapshots only is a virtual like any."""
        engine = self._engine
        assert isinstance(slot, Op)
        for arg in slot.args:
            if type(arg) in ALLOCATIONS and arg not in engine.known:
                self.removed(arg)
        virtual = Virtual(slot, list(engine.resolve(slot.args)))
        engine.known[slot] = virtual
        return virtual

    def node(self, virtual: Virtual) -> Op[Any]:
        """The constructor that stands for a virtual in snapshots."""
        node = virtual.node
        if node is not None and virtual.checked == self.version:
            return node
        args = self.slots(tuple(virtual.fields))
        assert None not in args
        new = virtual.constructor(args)  # type: ignore[arg-type]
        if node is None or node.args != args or virtual.node_order != virtual.order:
            virtual.node = node = new
            virtual.node_order = virtual.order
        virtual.checked = self.version
        return node
