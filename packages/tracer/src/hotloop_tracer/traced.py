"""A value while recording: the concrete object and its place in the trace.

It must not know how anything is recorded; it is only the pair and what is known of it.
"""

from __future__ import annotations

from typing import Any, Final

from hotloop_ir.value import Ref, Value

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
    """

    __slots__ = ("known", "num", "obj", "parts", "ref")

    def __init__(
        self, obj: Any, ref: Value[Ref], known: int = UNKNOWN, num: Value[Any] | None = None
    ) -> None:
        self.obj = obj
        self.ref = ref
        self.known = known
        self.num = num
        self.parts: tuple[Traced, ...] | None = None

    def __repr__(self) -> str:
        return f"<Traced {type(self.obj).__name__} {self.ref!r}>"
