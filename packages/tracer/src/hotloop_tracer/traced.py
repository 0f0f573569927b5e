"""A value while recording: the concrete object and its place in the trace.

It must not know how anything is recorded; it is only the pair and what is known of it.
"""

from __future__ import annotations

from typing import Any, Final

from hotloop_ir.value import NULL, Ref, Value

PERMANENT: Final = 1 << 60
"""Epoch of a fact that nothing can change (the type of an int, say)."""

UNKNOWN: Final = -1
"""Epoch of a fact that was never established."""


class Traced:
    """A Python object and the REF value that stands for it.

    There is one ``Traced`` per value of the trace, so what is learnt of it is learnt once.
    ``known`` is the epoch in which the exact type was established (see ``heapcache``). ``num`` is
    the unboxed twin of an int, float or bool. ``parts`` are the values of which an immutable
    object made in this trace consists (items of a tuple; function and instance of a method).
    ``content`` is what a cell is known to hold.
    """

    __slots__ = ("content", "known", "num", "obj", "parts", "ref")

    def __init__(
        self, obj: Any, ref: Value[Ref], known: int = UNKNOWN, num: Value[Any] | None = None
    ) -> None:
        self.obj = obj
        self.ref = ref
        self.known = known
        self.num = num
        self.parts: tuple[Traced, ...] | None = None
        self.content: Content | None = None

    def __repr__(self) -> str:
        return f"<Traced {type(self.obj).__name__} {self.ref!r}>"


class Content:
    """What a cell is known to hold, None when that is forgotten. It lives with the cell's value."""

    __slots__ = ("__weakref__", "value")

    def __init__(self, value: Traced) -> None:
        self.value: Traced | None = value


class Super(Traced):
    """A super object on its way to the next instruction. It has no value in the trace."""

    __slots__ = ("function", "receiver")

    def __init__(self, obj: object, function: Traced, receiver: Traced) -> None:
        super().__init__(obj, NULL)
        self.function = function
        self.receiver = receiver
