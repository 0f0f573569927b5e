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

#: Version of a frame state without virtuals: it stays as it is.
_FOR_GOOD: Final = -1


class Lowering:
    """What an engine has lowered so far. ``version`` goes up when a virtual changes.

    It does not keep its engine: nothing may be left in a cycle, which the program's
    ``gc.collect`` would find.
    """

    __slots__ = ("_frames", "_virtual", "version")

    def __init__(self) -> None:
        #: recorded frame state -> (lowered, version it was last checked at)
        self._frames: dict[FrameState, tuple[FrameState, int]] = {}
        #: whether the frame state that is being lowered has virtuals
        self._virtual = False
        self.version = 0

    def snapshot(self, engine: Engine, snapshot: Snapshot) -> Snapshot:
        """A recorded snapshot, lowered."""
        return Snapshot(self.frame(engine, snapshot.frame), redoes=snapshot.redoes)

    def frame(self, engine: Engine, frame: FrameState) -> FrameState:
        """A frame state and its parents, lowered."""
        done = self._frames.get(frame)
        if done is not None and (done[1] == _FOR_GOOD or done[1] == self.version):
            return done[0]
        self._virtual = False
        parent = frame.parent
        if parent is not None:
            parent = self.frame(engine, parent)
            self._virtual = self._frames[frame.parent][1] != _FOR_GOOD  # type: ignore[index]
        locals_, stack = self.slots(engine, frame.locals), self.slots(engine, frame.stack)
        function, extra = frame.function, frame.extra
        if function is not None or extra is not None:
            function, extra = self.slots(engine, (function, extra))
        new = done[0] if done is not None else frame
        if not (
            new.parent is parent
            and new.locals == locals_
            and new.stack == stack
            and new.function is function
            and new.extra is extra
        ):
            code, pc, kind = frame.code, frame.pc, frame.return_kind
            new = FrameState(code, function, pc, locals_, stack, parent, kind, extra)
        self._frames[frame] = (new, self.version if self._virtual else _FOR_GOOD)
        return new

    def slots(self, engine: Engine, slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
        """Slots, lowered; the same tuple if nothing changes."""
        get = engine.known.get
        new: list[Slot] = []
        same = True
        for slot in slots:
            if slot is None:
                new.append(None)
                continue
            found = get(slot)
            if found is None:
                found = self.removed(engine, slot) if type(slot) in ALLOCATIONS else slot
            else:
                further = get(found)
                while further is not None and further is not found:
                    found = further
                    further = get(found)
            if type(found) is Virtual:
                found = self.node(engine, found)
            if found is not slot:
                same = False
            new.append(found)
        return slots if same else tuple(new)

    def removed(self, engine: Engine, slot: Value[Any]) -> Virtual:
        """An allocation that the recorded trace has in snapshots only is a virtual like any."""
        assert isinstance(slot, Op)
        for arg in slot.args:
            if type(arg) in ALLOCATIONS and arg not in engine.known:
                self.removed(engine, arg)
        virtual = Virtual(slot, list(engine.resolve(slot.args)))
        engine.known[slot] = virtual
        return virtual

    def node(self, engine: Engine, virtual: Virtual) -> Op[Any]:
        """The constructor that stands for a virtual in snapshots."""
        self._virtual = True
        node = virtual.node
        if node is not None and virtual.checked == self.version:
            return node
        args = self.slots(engine, tuple(virtual.fields))
        if node is None or node.args != args or virtual.node_order != virtual.order:
            node = virtual.node = virtual.constructor(args)  # type: ignore[arg-type]
            virtual.node_order = virtual.order
        virtual.checked = self.version
        return node
