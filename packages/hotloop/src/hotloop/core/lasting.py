"""Which objects are hotloop's own and last as long as the process.

Functions, classes and tables of the packages that are imported when something is hot are some
20,000 objects. Each full collection looks at all of them again, which can take longer than
looking at the program's own. So they are settled (``frames.collector``) when the program turns out
to be one with full collections. Objects of the program must never be: in a cycle they could
not be collected any more. Hence hardly any instances are settled, but what modules define.
"""

from __future__ import annotations

import gc
import sys
from dataclasses import Field
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import (
    BuiltinFunctionType,
    CellType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, Final

from hotloop.core.hiding import PACKAGES
from hotloop.frames.collector import settle
from hotloop.frames.runtime import CompileModule
from hotloop.runner_imports import brought_in
from hotloop_interp.decode.instr import Instr
from hotloop_ir.helper import Helper
from hotloop_ir.layout import Layout
from hotloop_ir.type_set import TypeSet

#: Full collections since the compiler is there after which there will be more.
WORTH_IT: Final = 2

OWN: Final = frozenset((*PACKAGES, "llvmlite"))

#: The name of the module of a class, whatever its metaclass says.
_module_of: Final[Any] = type.__dict__["__module__"].__get__

#: Types whose instances belong to whoever refers to them, and hold nothing of the program
#: but constants.
_PLAIN: Final = TypeSet(
    Field,
    Helper,
    Instr,
    ModuleSpec,
    SourceFileLoader,
    BuiltinFunctionType,
    CellType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    WrapperDescriptorType,
    classmethod,
    dict,
    frozenset,
    list,
    property,
    set,
    staticmethod,
    tuple,
)


class _Search:
    def __init__(self, modules: dict[str, ModuleType]) -> None:
        self.names = frozenset(modules)
        self.spaces = {id(vars(module)) for module in modules.values()}
        others = [m for name, m in list(sys.modules.items()) if name not in modules]
        self.seen = {id(sys.modules), *map(id, others)}
        self.seen.update(id(m.__dict__) for m in others if hasattr(m, "__dict__"))

    def accepts(self, found: Any) -> bool:
        """Whether an object that an own object refers to is our own, too."""
        cls = type(found)
        if cls in _PLAIN:
            return gc.is_tracked(found)
        if cls is FunctionType:
            return id(found.__globals__) in self.spaces
        if cls is ModuleType:
            return id(vars(found)) in self.spaces
        if not issubclass(cls, type) or not gc.is_tracked(found):
            return False
        return _module_of(found) in self.names

    def run(self, modules: list[ModuleType]) -> list[object]:
        """Everything of ours that can be reached from the modules, themselves first."""
        everything: list[object] = []
        level: list[object] = list(modules)
        self.seen.update(map(id, level))
        while level:
            everything += level
            found = []
            for item in gc.get_referents(*level):
                if id(item) not in self.seen:
                    self.seen.add(id(item))
                    if self.accepts(item):
                        found.append(item)
            level = found
        return everything


class Settling:
    """Waits for full collections, then settles what is ours, once."""

    def __init__(self, layout: Layout, compile_module: CompileModule) -> None:
        self.layout = layout
        self.compile_module = compile_module
        self.done = False
        self._before = _full_collections()

    def look(self) -> None:
        """Called by the sampler's thread now and then."""
        if not self.done and _full_collections() >= self._before + WORTH_IT:
            self.done = True
            settle(own_objects(), self.layout, self.compile_module)


def _full_collections() -> int:
    return int(gc.get_stats()[2]["collections"])


def own_objects() -> list[object]:
    """What modules of ours, or brought in by ours, define."""
    modules = {
        name: module
        for name, module in list(sys.modules.items())
        if (name.partition(".")[0] in OWN or name in brought_in) and type(module) is ModuleType
    }
    return _Search(modules).run(list(modules.values()))
