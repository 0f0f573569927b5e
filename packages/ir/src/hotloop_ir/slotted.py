"""Classes with slots that leave nothing to the garbage collector.

``dataclass(slots=True)`` makes a second class and drops the first, which is a cycle. The program's
next ``gc.collect`` would find it and count it, and would do so in the middle of our imports if
another thread asks for it. So the first one is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")

_first: list[type] = []


def keep(cls: type) -> None:
    """Keep a class that another one, made from it, has taken the place of."""
    _first.append(cls)


@dataclass_transform(field_specifiers=(field,))
def slotted(*, frozen: bool = False, eq: bool = True) -> Callable[[type[T]], type[T]]:
    """``dataclass(slots=True)`` with these options."""

    def make(cls: type[T]) -> type[T]:
        keep(cls)
        return dataclass(slots=True, frozen=frozen, eq=eq)(cls)

    return make
