"""Sets of types that are asked about classes of the program, and run none of its code.

``cls in`` a set hashes the class, and in a tuple compares it, as its metaclass says.
"""

from __future__ import annotations

from collections.abc import Iterator


class TypeSet:
    """Some types, told from others by identity alone."""

    __slots__ = ("_types",)

    def __init__(self, *types: type) -> None:
        self._types = {id(cls): cls for cls in types}

    def __contains__(self, cls: object) -> bool:
        return id(cls) in self._types

    def __iter__(self) -> Iterator[type]:
        return iter(self._types.values())
