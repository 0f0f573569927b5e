"""What builtins do that take all items of a generator, as Python functions that are recorded.

The functions mirror C functions of ``bltinmodule.c``, ``listobject.c``, ``setobject.c`` and
``unicodeobject.c``, for a generator as the iterable. Their frames are hidden, so the program sees
what it would see of C. They must not be called directly: each kind of generator gets a copy
(``Services.copy_for``), whose loop is compiled for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from hotloop_ir.slotted import slotted
from hotloop_ir.type_set import TypeSet


def _sum(iterable: Iterable[Any], total: Any = 0) -> Any:
    for item in iterable:
        total = total + item
    return total


def _any(iterable: Iterable[Any]) -> bool:
    for item in iterable:  # noqa: SIM110
        if item:
            return True
    return False


def _all(iterable: Iterable[Any]) -> bool:
    for item in iterable:  # noqa: SIM110
        if not item:
            return False
    return True


def _min(iterable: Iterable[Any]) -> Any:
    empty, best = True, None
    for item in iterable:
        if empty:
            empty, best = False, item
        elif item < best:
            best = item
    if empty:
        raise ValueError("min() arg is an empty sequence")
    return best


def _max(iterable: Iterable[Any]) -> Any:
    empty, best = True, None
    for item in iterable:
        if empty:
            empty, best = False, item
        elif item > best:
            best = item
    if empty:
        raise ValueError("max() arg is an empty sequence")
    return best


def _list(iterable: Iterable[Any]) -> list[Any]:
    items: list[Any] = []
    for item in iterable:
        items.append(item)
    size = len(items)
    if 1 < size < 5:  # list_extend makes room for 8 at once
        items += (None,) * (5 - size)
        del items[size:]
    return items


def _sorted(iterable: Iterable[Any]) -> list[Any]:
    items: list[Any] = []
    for item in iterable:
        items.append(item)
    size = len(items)
    if 1 < size < 5:
        items += (None,) * (5 - size)
        del items[size:]
    items.sort()
    return items


def _tuple(iterable: Iterable[Any]) -> tuple[Any, ...]:
    items: list[Any] = []
    for item in iterable:
        items.append(item)
    return tuple(items)


def _set(iterable: Iterable[Any]) -> set[Any]:
    items: set[Any] = set()
    for item in iterable:
        items.add(item)
    return items


def _join(separator: str, iterable: Iterable[Any]) -> str:
    items: list[Any] = []
    for item in iterable:
        items.append(item)
    return separator.join(items)


@slotted(frozen=True, eq=False)
class Consumer:
    """``function`` does what a builtin does with a generator.

    ``least`` and ``most`` arguments are given, the others besides the generator, at index ``at``,
    of exactly one of the types ``others``.
    """

    function: Any
    at: int = 0
    least: int = 1
    most: int = 1
    others: TypeSet = TypeSet()


_BY_BUILTIN: Final[tuple[tuple[object, Consumer], ...]] = (
    (sum, Consumer(_sum, 0, 1, 2, TypeSet(int, float))),
    (any, Consumer(_any)),
    (all, Consumer(_all)),
    (min, Consumer(_min)),
    (max, Consumer(_max)),
    (list, Consumer(_list)),
    (tuple, Consumer(_tuple)),
    (set, Consumer(_set)),
    (sorted, Consumer(_sorted)),
    (str.join, Consumer(_join, 1, 2, 2, TypeSet(str))),
)
CONSUMERS: Final = {id(builtin): consumer for builtin, consumer in _BY_BUILTIN}
"""By id of the builtin function, class or method descriptor."""


def is_consumer(namespace: dict[str, object]) -> bool:
    """Whether a function with these globals is (a copy of) one of the above.

    In CPython there is no frame, and no level of recursion, in its place.
    """
    return namespace is globals()
