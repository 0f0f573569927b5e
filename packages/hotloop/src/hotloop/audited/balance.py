"""Whether references and reference counts agree before and after compiled code has run.

What CPython guarantees of any object is that its count is the number of references to it. Those
from objects that the collector knows can be found; what remains of a count (references of C code,
of frames further out) is its *rest*. Nothing that compiled code does changes a rest, but for the
references that an activation itself owns: the values it is entered with and those it is left with.
So rests that differ are references that were lost, or dropped twice. Looked at are the objects that
the collector could know: C code holds numbers and strings out of sight. Must run alone, and nothing
may be collected meanwhile.
"""

from __future__ import annotations

import gc
from collections import Counter
from itertools import chain
from types import FrameType
from typing import Any, Final

from hotloop.frames.memory import WORDS, object_at

_HAVE_GC: Final = 1 << 14
_flags = type.__dict__["__flags__"].__get__


def _is_counted(value: object) -> bool:
    return bool(_flags(type(value)) & _HAVE_GC)


def rests(held: dict[int, int]) -> dict[int, int]:
    """The rest of every object, by address; ``held``: how many references to an object the
    activation itself has, by address (a dict of numbers: the collector does not know it).

    No comprehension here uses a local variable: its cell would be one of the objects.
    """
    known = gc.get_objects()
    seen = set(map(id, known))
    incoming: Counter[int] = Counter(held)
    level: list[Any] = [one for one in map(object_at, held.keys() - seen) if _is_counted(one)]
    seen.update(map(id, level))
    level += known
    known = []
    addresses: list[int] = []
    while level:
        addresses += map(id, level)
        objects = list(chain.from_iterable(map(gc.get_referents, level)))
        incoming.update(map(id, objects))
        found = dict(zip(map(id, objects), objects, strict=True))
        level = []
        for address in found.keys() - seen:
            seen.add(address)
            if _is_counted(found[address]):
                level.append(found[address])
    found, objects = {}, []
    rest = {}
    for address in addresses:
        rest[address] = WORDS[address >> 3] - incoming[address]
    return rest


def wrong(before: dict[int, int], after: dict[int, int]) -> list[str]:
    """What has another rest than before, or, if it is new, any; in words."""
    found = []
    for address, rest in after.items():
        more = rest - before.get(address, 0)
        if more and type(object_at(address)) is not FrameType:
            kind = type(object_at(address)).__name__
            times = f"{abs(more)} reference{'s' * (abs(more) > 1)}"
            found.append(f"{kind} at {address:#x}: {times} {'lost' if more > 0 else 'too few'}")
    return found
