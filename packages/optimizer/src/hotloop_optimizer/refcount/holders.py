"""Who keeps a borrowed reference alive.

    value --link--> base --link--> base ... --> root

Each link says "a reference to this is in that memory of its base". The root is owned by
the trace, a constant, or unknown. A borrowed value is good as long as no link of its chain
can have been changed and its root has not been given up.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hotloop_ir.value import Const, Value
from hotloop_optimizer.refcount.effects import ANY_MEMORY, Key


class Link:
    """A reference kept in ``memory`` of ``base`` (None: nobody knows where)."""

    __slots__ = ("base", "immutable", "key", "memory")

    def __init__(
        self, base: Value[Any] | None, memory: str, immutable: bool, key: Key | None = None
    ) -> None:
        self.base = base
        self.memory = memory
        self.immutable = immutable
        self.key = key

    def changed_by(self, writes: Collection[str]) -> bool:
        """Whether a write to these memory classes may drop the reference."""
        if self.immutable:
            return False
        return "*" in writes or self.memory in writes or self.memory == ANY_MEMORY


UNKNOWN = Link(None, ANY_MEMORY, False)


class Holders:
    """Links of the borrowed values of a run and the live ones among them."""

    __slots__ = ("_immortal", "_owned", "active", "links")

    def __init__(self, owned: Collection[Value[Any]], immortal: Collection[Value[Any]]) -> None:
        self._owned = owned
        self._immortal = immortal
        self.links: dict[Value[Any], Link] = {}
        self.active: dict[Value[Any], None] = {}

    def borrow(self, value: Value[Any], link: Link) -> None:
        """``value`` is alive thanks to ``link``."""
        self.links[value] = link
        self.active[value] = None

    def drop(self, value: Value[Any]) -> None:
        """``value`` is not used any more; others may still hang on its link."""
        self.active.pop(value, None)

    def own(self, value: Value[Any]) -> None:
        """The trace has a reference of its own now."""
        self.active.pop(value, None)
        self.links.pop(value, None)

    def root(self, value: Value[Any]) -> tuple[Value[Any] | None, bool]:
        """The value at the root of a chain (None: unknown) and whether a link is mutable."""
        mutable = False
        at: Value[Any] = value
        while True:
            link = self.links.get(at)
            if link is None:
                known = at in self._owned or isinstance(at, Const) or at in self._immortal
                return (at if known else None), mutable
            mutable = mutable or not link.immutable
            if link.base is None:
                return None, mutable
            at = link.base

    def hangs_on(self, value: Value[Any], other: Value[Any]) -> bool:
        """Whether ``value`` is kept alive through ``other`` (or is it)."""
        at: Value[Any] | None = value
        while at is not None and at is not other:
            link = self.links.get(at)
            at = None if link is None else link.base
        return at is other

    def lost_by_write(self, writes: Collection[str]) -> list[Value[Any]]:
        """Live borrowed values that a write to these memory classes may release."""
        return [value for value in self.active if self._hit(value, writes)]

    def _hit(self, value: Value[Any], writes: Collection[str]) -> bool:
        at: Value[Any] = value
        while True:
            link = self.links.get(at)
            if link is None:
                return not (at in self._owned or isinstance(at, Const) or at in self._immortal)
            if link.base is None or link.changed_by(writes):
                return True
            at = link.base

    def lost_by_death(
        self, dead: Value[Any], named: Collection[Value[Any]] = ()
    ) -> list[Value[Any]]:
        """Live borrowed values that the death of ``dead`` may release.

        ``named``: those the way out needs if the death ran Python code, which may have
        changed any mutable link.
        """
        lost = []
        for value in self.active:
            root, mutable = self.root(value)
            if root is None or root is dead or (mutable and value in named):
                lost.append(value)
        return lost
