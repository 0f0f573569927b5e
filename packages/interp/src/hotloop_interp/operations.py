"""Operations on values and names: the first half of what a handler may do.

Abstract; `machine.py` says the rules that all operations keep.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic

from hotloop_interp.frame import Frame, Slot, V
from hotloop_interp.results import Result
from hotloop_interp.sealed import seal

seal(globals())


class ValueOps(ABC, Generic[V]):
    """Constants, operators, truth and containers."""

    @abstractmethod
    def const(self, value: object) -> V:
        """A constant of the code object or of the interpreter."""

    @abstractmethod
    def binary(self, frame: Frame[V], op: str, left: V, right: V) -> Result[V]:
        """`left op right`, op one of `protocol.BINARY_OPS` ("+", ..., "+=", ...)."""

    @abstractmethod
    def unary(self, frame: Frame[V], op: str, value: V) -> Result[V]:
        """`op value`, op one of "+", "-", "~"."""

    @abstractmethod
    def compare(self, frame: Frame[V], op: str, left: V, right: V) -> Result[V]:
        """`left op right`, op one of "<" "<=" "==" "!=" ">" ">="."""

    @abstractmethod
    def is_op(self, left: V, right: V, *, invert: bool) -> V:
        """`left is right`, or `is not`."""

    @abstractmethod
    def contains(self, frame: Frame[V], container: V, item: V, *, invert: bool) -> Result[V]:
        """`item in container`, or `not in`; a frame has kind TRUTH."""

    @abstractmethod
    def logical_not(self, frame: Frame[V], value: V) -> Result[V]:
        """`not value`; a frame has kind TRUTH."""

    @abstractmethod
    def truth(self, frame: Frame[V], value: V) -> bool | Frame[V]:
        """Truth of a value, the only way to branch on one; a frame has kind TRUTH."""

    @abstractmethod
    def truth_of_result(self, callee: Frame[V], value: V) -> bool:
        """Truth that follows from what a frame of kind TRUTH returned (`callee.payload` says
        for which method), with the checks of slot_nb_bool and slot_sq_contains."""

    @abstractmethod
    def is_none(self, value: V) -> bool:
        """`value is None`, to branch on."""

    @abstractmethod
    def getitem(self, frame: Frame[V], container: V, key: V) -> Result[V]:
        """`container[key]`."""

    @abstractmethod
    def setitem(self, frame: Frame[V], container: V, key: V, value: V) -> Frame[V] | None:
        """`container[key] = value`; a frame has kind DISCARD."""

    @abstractmethod
    def delitem(self, frame: Frame[V], container: V, key: V) -> Frame[V] | None:
        """`del container[key]`; a frame has kind DISCARD."""

    @abstractmethod
    def build_tuple(self, items: Sequence[V]) -> V:
        """`(*items,)`."""

    @abstractmethod
    def build_list(self, items: Sequence[V]) -> V:
        """`[*items]`."""

    @abstractmethod
    def build_set(self, items: Sequence[V]) -> V:
        """`{*items}`."""

    @abstractmethod
    def build_map(self, keys: Sequence[V], values: Sequence[V]) -> V:
        """A dict of the pairs, in order."""

    @abstractmethod
    def build_const_key_map(self, keys: V, values: Sequence[V]) -> V:
        """A dict; `keys` is a constant tuple."""

    @abstractmethod
    def build_string(self, parts: Sequence[V]) -> V:
        """Concatenation of strings (f-strings)."""

    @abstractmethod
    def build_slice(self, parts: Sequence[V]) -> V:
        """`slice(*parts)` of two or three parts."""

    @abstractmethod
    def format_value(self, frame: Frame[V], value: V, conversion: int, spec: Slot[V]) -> Result[V]:
        """`format(value, spec)` after a conversion: 0 none, 1 str, 2 repr, 3 ascii."""

    @abstractmethod
    def list_append(self, target: V, item: V) -> None:
        """Append in a comprehension."""

    @abstractmethod
    def list_extend(self, target: V, iterable: V) -> None:
        """`[*iterable]`, with the message of LIST_EXTEND when it is not iterable."""

    @abstractmethod
    def list_to_tuple(self, target: V) -> V:
        """The tuple of a list that nobody else sees."""

    @abstractmethod
    def set_add(self, target: V, item: V) -> None:
        """Add in a comprehension."""

    @abstractmethod
    def set_update(self, target: V, iterable: V) -> None:
        """`{*iterable}`."""

    @abstractmethod
    def map_add(self, target: V, key: V, value: V) -> None:
        """Set an item in a comprehension."""

    @abstractmethod
    def dict_update(self, target: V, mapping: V) -> None:
        """`{**mapping}`."""

    @abstractmethod
    def dict_merge(self, callable_: V, target: V, mapping: V) -> None:
        """`callable_(**mapping)`: duplicates are errors that name the callable."""

    @abstractmethod
    def unpack_sequence(self, value: V, count: int) -> Sequence[V]:
        """Exactly `count` items, first to last."""

    @abstractmethod
    def unpack_ex(self, value: V, before: int, after: int) -> Sequence[V]:
        """`before` items, the list of the middle, `after` items."""


class NameOps(ABC, Generic[V]):
    """Names, attributes, cells and imports."""

    @abstractmethod
    def load_global(self, frame: Frame[V], name: str) -> V:
        """From the globals, else the builtins, else NameError."""

    @abstractmethod
    def store_global(self, frame: Frame[V], name: str, value: V) -> None:
        """Into the globals."""

    @abstractmethod
    def delete_global(self, frame: Frame[V], name: str) -> None:
        """From the globals, else NameError."""

    @abstractmethod
    def load_name(self, frame: Frame[V], name: str) -> V:
        """From the frame's namespace, the globals, the builtins."""

    @abstractmethod
    def store_name(self, frame: Frame[V], name: str, value: V) -> None:
        """Into the frame's namespace."""

    @abstractmethod
    def delete_name(self, frame: Frame[V], name: str) -> None:
        """From the frame's namespace, else NameError."""

    @abstractmethod
    def load_classderef(self, frame: Frame[V], name: str, cell: V) -> Slot[V]:
        """From the class namespace, else the cell."""

    @abstractmethod
    def setup_annotations(self, frame: Frame[V]) -> None:
        """Make `__annotations__` in the frame's namespace if it has none."""

    @abstractmethod
    def make_cell(self, value: Slot[V]) -> V:
        """A new cell."""

    @abstractmethod
    def cell_get(self, cell: V) -> Slot[V]:
        """Contents of a cell, NULL if empty."""

    @abstractmethod
    def cell_set(self, cell: V, value: Slot[V]) -> None:
        """Store into a cell; NULL empties it."""

    @abstractmethod
    def closure(self, frame: Frame[V]) -> Sequence[V]:
        """The cells of the running function's closure (COPY_FREE_VARS)."""

    @abstractmethod
    def getattr(self, frame: Frame[V], target: V, name: str) -> Result[V]:
        """`target.name`."""

    @abstractmethod
    def load_method(self, frame: Frame[V], target: V, name: str) -> tuple[V, Slot[V]] | Frame[V]:
        """(function, target) for an unbound method, (attribute, NULL) for anything else.

        Mirrors _PyObject_GetMethod. A frame answers the attribute itself.
        """

    @abstractmethod
    def setattr(self, frame: Frame[V], target: V, name: str, value: V) -> Frame[V] | None:
        """`target.name = value`; a frame has kind DISCARD."""

    @abstractmethod
    def delattr(self, frame: Frame[V], target: V, name: str) -> Frame[V] | None:
        """`del target.name`; a frame has kind DISCARD."""

    @abstractmethod
    def import_name(self, frame: Frame[V], name: str, fromlist: V, level: V) -> V:
        """`__import__` as found in the builtins."""

    @abstractmethod
    def import_from(self, frame: Frame[V], module: V, name: str) -> V:
        """Attribute of a module, else of `sys.modules`, else ImportError."""

    @abstractmethod
    def import_star(self, frame: Frame[V], module: V) -> None:
        """`from module import *` into the frame's namespace."""
