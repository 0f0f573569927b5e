"""What the trace knows of memory: values of fields and items, and when to forget them.

Entries are grouped by memory class. Values of immutable memory are never forgotten.
Two bases may be the same object unless their exact types differ or one of them was
allocated in this trace and has not been seen elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from hotloop_ir.descr import Descr
from hotloop_ir.value import Const, Value

#: A place: index is None for a field, an int for a constant index, else the index value.
#: The descriptor belongs to it, for one memory class may have several (values of dict keys).
Key: TypeAlias = "tuple[Descr, Value[Any], object]"
MayAlias: TypeAlias = Callable[[Value[Any], Value[Any]], bool]


class HeapCache:
    """Known contents of memory, as IR values. A forgetful one never knows anything."""

    __slots__ = ("forgetful", "immutable", "mutable")

    def __init__(self, forgetful: bool = False) -> None:
        self.forgetful = forgetful
        self.mutable: dict[str, dict[Key, Value[Any]]] = {}
        self.immutable: dict[Key, Value[Any]] = {}

    def copy(self) -> HeapCache:
        """An independent copy (the imported half of a peeled loop forgets on its own)."""
        new = HeapCache(self.forgetful)
        new.mutable = {memory: dict(entries) for memory, entries in self.mutable.items()}
        new.immutable = dict(self.immutable)
        return new

    def get(self, descr: Descr, base: Value[Any], index: object = None) -> Value[Any] | None:
        """The known content, or None."""
        if descr.immutable:
            return self.immutable.get((descr, base, index))
        entries = self.mutable.get(descr.memory)
        return None if entries is None else entries.get((descr, base, index))

    def put(self, descr: Descr, base: Value[Any], value: Value[Any], index: object = None) -> None:
        """Remember a content that was read (or written, after :meth:`forget_written`)."""
        if self.forgetful:
            return
        if descr.immutable:
            self.immutable[(descr, base, index)] = value
        else:
            self.mutable.setdefault(descr.memory, {})[(descr, base, index)] = value

    def forget_written(
        self, descr: Descr, base: Value[Any], index: object, may_alias: MayAlias
    ) -> None:
        """Forget every entry that a write to (base, index) may have changed."""
        entries = self.mutable.get(descr.memory)
        if not entries:
            return
        dead = [
            key
            for key in entries
            if _same_place(key[2], index) and (key[1] is base or may_alias(key[1], base))
        ]
        for key in dead:
            del entries[key]

    def forget(self, memories: frozenset[str]) -> None:
        """Forget memory classes; ``"*"`` is all mutable memory."""
        if "*" in memories:
            self.mutable.clear()
            return
        for memory in memories:
            self.mutable.pop(memory, None)


def index_key(index: Value[Any]) -> object:
    """The key under which an item is remembered: the number if the index is constant."""
    return index.value if type(index) is Const else index


def _same_place(a: object, b: object) -> bool:
    """Whether two indexes may be the same place: not if both are different constants.

    None as the index of a write of an item means any item.
    """
    return not (isinstance(a, int) and isinstance(b, int)) or a == b
