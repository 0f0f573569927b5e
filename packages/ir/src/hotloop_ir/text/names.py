"""Names of Python objects in the text form, both ways.

Types, functions, code objects, modules and other constants have no literal; the text
shows a name and a :class:`Names` table says which object it is. This module knows
nothing of traces.
"""

from __future__ import annotations

import builtins
import types
from collections.abc import Mapping
from typing import Final

from hotloop_ir.slotted import slotted


@slotted(frozen=True)
class CodeName:
    """Stands for a code object of which only the name is known (parsed text)."""

    co_name: str


_KNOWN_TYPES: Final[tuple[type, ...]] = (
    type(None),
    type(NotImplemented),
    type(Ellipsis),
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.ModuleType,
    types.CodeType,
    types.CellType,
    types.GeneratorType,
    types.CoroutineType,
    types.MappingProxyType,
    type(iter([])),
    type(iter(())),
    type(iter(range(0))),
    type(iter("")),
    type(iter({})),
    type(iter(set())),
    type({}.keys()),
    type({}.values()),
    type({}.items()),
)
_WELL_KNOWN: Final[dict[str, object]] = {cls.__name__: cls for cls in _KNOWN_TYPES}


class Names:
    """A two-way table of names and objects. Objects are told apart by identity and kept alive.

    ``namespace`` gives names that shall be used; builtins and the common built-in types
    are always known. Other objects get a name on first sight: ``__name__`` or
    ``co_name`` if they have one, else type and number, made unique by ``~2``.
    """

    __slots__ = ("_by_id", "_by_name", "_code_names", "_codes", "_counts", "_literals")

    def __init__(self, namespace: Mapping[str, object] | None = None) -> None:
        self._by_name: dict[str, object] = {}
        self._by_id: dict[int, str] = {}
        self._counts: dict[str, int] = {}
        self._literals: dict[str, object] = {}
        self._codes: dict[str, object] = {}
        self._code_names: dict[int, str] = {}
        for name, value in (namespace or {}).items():
            self.bind(name, value)

    def bind(self, name: str, value: object) -> None:
        """Give an object a name. The first name of an object is the one that is printed."""
        self._by_name[name] = value
        self._by_id.setdefault(id(value), name)

    def name_of(self, value: object, wanted: str = "") -> str:
        """The name of an object; a new one if it has none yet, ``wanted`` if that is free."""
        name = self._by_id.get(id(value))
        if name is None:
            name = self._invent(value, wanted)
            self.bind(name, value)
        return name

    def objects(self) -> Mapping[str, object]:
        """The objects that have a name by now, but for code objects, by name."""
        return self._by_name

    def lookup(self, name: str) -> object:
        """The object of a name. Raises KeyError for an unknown one."""
        if name in self._by_name:
            return self._by_name[name]
        if name in _WELL_KNOWN:
            return _WELL_KNOWN[name]
        return vars(builtins)[name]

    def code_name(self, code: object) -> str:
        """The name of a code object. Code objects have names of their own."""
        name = self._code_names.get(id(code))
        if name is None:
            own = code if isinstance(code, str) else getattr(code, "co_name", type(code).__name__)
            name = own
            number = 1
            while name in self._codes:
                number += 1
                name = f"{own}~{number}"
            self._codes[name] = code
            self._code_names[id(code)] = name
        return name

    def code(self, name: str) -> object:
        """The code object of a name: one printed before, that of a function of the
        namespace, else a placeholder (always the same).
        """
        found = self._codes.get(name)
        if found is None:
            known = self._by_name.get(name)
            code = getattr(known, "__code__", known)
            found = code if isinstance(code, types.CodeType) else CodeName(name)
            self._codes[name] = found
            self._code_names[id(found)] = name
        return found

    def literal(self, text: str, value: object) -> object:
        """The object that stands for a literal: equal texts give the same object."""
        return self._literals.setdefault(text, value)

    def _invent(self, value: object, wanted: str) -> str:
        own = wanted or getattr(value, "__name__", None) or getattr(value, "co_name", None)
        if not isinstance(own, str):
            stem = type(value).__name__
            number = self._counts.get(stem, 0)
            self._counts[stem] = number + 1
            return f"{stem}#{number}"
        name = own
        number = 1
        while self._taken(name, value):
            number += 1
            name = f"{own}~{number}"
        return name

    def _taken(self, name: str, value: object) -> bool:
        try:
            return self.lookup(name) is not value
        except KeyError:
            return False
