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

#: (base, index): index is None for a field, an int for a constant index, else the index value.
Key: TypeAlias = "tuple[Value[Any], object]"
MayAlias: TypeAlias = Callable[[Value[Any], Value[Any]], bool]


class HeapCache:
    """Known contents of memory, as IR values."""

    __slots__ = ("immutable", "mutable")

    def __init__(self) -> None:
        self.mutable: dict[str, dict[Key, Value[Any]]] = {}
        self.immutable: dict[tuple[str, Value[Any], object], Value[Any]] = {}

    def copy(self) -> HeapCache:
        """An independent copy (the imported half of a peeled loop forgets on its own)."""
        new = HeapCache()
        new.mutable = {memory: dict(entries) for memory, entries in self.mutable.items()}
        new.immutable = dict(self.immutable)
        return new

    def get(self, descr: Descr, base: Value[Any], index: object = None) -> Value[Any] | None:
        """The known content, or None."""
        if descr.immutable:
            return self.immutable.get((descr.name, base, index))
        entries = self.mutable.get(descr.memory)
        return None if entries is None else entries.get((base, index))

    def put(self, descr: Descr, base: Value[Any], value: Value[Any], index: object = None) -> None:
        """Remember a content that was read (or written, after :meth:`forget_written`)."""
        if descr.immutable:
            self.immutable[(descr.name, base, index)] = value
        else:
            self.mutable.setdefault(descr.memory, {})[(base, index)] = value

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
            if _same_place(key[1], index) and (key[0] is base or may_alias(key[0], base))
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
    return index.value if isinstance(index, Const) else index


def _same_place(a: object, b: object) -> bool:
    """Whether two indexes may be the same place: not if both are different constants."""
    return not (isinstance(a, int) and isinstance(b, int)) or a == b
