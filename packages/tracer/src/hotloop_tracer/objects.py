"""Facts about live objects that Python itself does not show, and lookups in classes.

The facts are asked through `Introspect`, which whoever drives the recorder implements. Nothing
here reads memory, and nothing here runs code of the program.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from gc import get_referents
from sys import getrefcount
from types import FunctionType, MethodDescriptorType, ModuleType
from typing import Any, Final, Protocol
from weakref import getweakrefcount

IMMUTABLE_TYPE: Final = 1 << 8
"""Py_TPFLAGS_IMMUTABLETYPE: attributes of the class cannot be set."""
HEAP_TYPE: Final = 1 << 9
"""Py_TPFLAGS_HEAPTYPE: made by a class statement (or its C twin)."""
MANAGED_DICT: Final = 1 << 4
"""Py_TPFLAGS_MANAGED_DICT: instances may have inline attribute values."""

MISSING: Final = object()
"""Answer of `lookup` for a name that no class of the MRO has."""

_mro = type.__dict__["__mro__"].__get__
_namespace = type.__dict__["__dict__"].__get__


class Introspect(Protocol):
    """Layout facts of live objects. No method runs code of the program."""

    def type_version(self, cls: type) -> int:
        """The version tag of a class; CPython is made to assign one. 0: it has none to give."""

    def has_inline_values(self, obj: object) -> bool:
        """Whether the attribute values are inline (no ``__dict__`` was made yet)."""

    def instance_dict(self, obj: object) -> object | None:
        """The ``__dict__`` of an instance with managed attributes, if it has one by now."""

    def instance_value_index(self, obj: object, name: str) -> int | None:
        """Index of an attribute among the shared keys of the object's class, or None."""

    def inline_value(self, obj: object, index: int, default: object) -> object:
        """The inline value at an index, ``default`` if it is unset."""

    def shared_key_count(self, cls: type) -> int:
        """How many shared keys a class has by now."""

    def slot_offset(self, descriptor: object) -> int | None:
        """Byte offset of a ``__slots__`` member descriptor, None for any other member."""

    def globals_entry(self, namespace: dict[str, object], name: str) -> tuple[int, int | None]:
        """Keys version (0: none to give) and byte offset of the value word of a key in its keys
        object, None if the key is absent."""

    def has_audit_hooks(self) -> bool:
        """Whether code of the program is called where CPython raises audit events."""

    def finds_quietly(self, mapping: dict[Any, Any], key: object) -> bool:
        """Whether looking a key up compares it with nothing whose comparison may be code of the
        program. Hashing and comparing the key itself must run none."""

    def plain_allocation(self, cls: type) -> bool:
        """Whether instances are made by ``object.__new__`` with inline values and nothing else:
        no ``__slots__``, no C base, no ``__del__``."""

    def method_definition(self, function: object) -> int:
        """Address of the PyMethodDef of a builtin function, method or method descriptor."""

    def slots_of(self, cls: type) -> tuple[int, ...] | None:
        """Offsets of all members of a class whose instances consist of ``__slots__`` only.

        They are in the order in which instances let go of them (``subtype_dealloc``): those
        of derived classes first.
        """


def mro_of(cls: type) -> tuple[type, ...]:
    """``__mro__``; empty for a class of CPython's own that nobody has made ready (PyType_Ready)."""
    return _mro(cls) or ()


def lookup(cls: type, name: str) -> object:
    """The attribute of a class by its MRO, or MISSING (_PyType_Lookup)."""
    for base in mro_of(cls):
        namespace: Mapping[str, object] = _namespace(base)
        if name in namespace:
            return namespace[name]
    return MISSING


def flags(cls: type) -> int:
    """``tp_flags``."""
    return type.__dict__["__flags__"].__get__(cls)  # type: ignore[no-any-return]


_permanent: dict[type, bool] = {}


def type_is_permanent(cls: type) -> bool:
    """Whether the type of an instance of exactly this class can never change.

    ``__class__`` is assignable between mutable (heap) types and between modules only
    (object_set_class).
    """
    if not flags(cls) & IMMUTABLE_TYPE:
        return False  # and not hashed: its metaclass may have code for that
    known = _permanent.get(cls)
    if known is None:
        known = _permanent[cls] = not issubclass(cls, ModuleType)
    return known


def compares_strangely(metaclass: type) -> bool:
    """Whether comparing or hashing its classes, as compilers do all the time, runs other code."""
    return any(lookup(metaclass, name) is not vars(object)[name] for name in ("__eq__", "__hash__"))


def class_is_immutable(cls: type) -> bool:
    """Whether the contents of a class can never change."""
    return bool(flags(cls) & IMMUTABLE_TYPE)


_GENERIC_GETATTR: Final = frozenset(
    id(vars(cls).get("__getattribute__", object.__getattribute__))
    for cls in (
        object, int, float, complex, bool, str, bytes, bytearray, tuple, list, dict, set,
        frozenset, range, slice, BaseException, FunctionType, property,
    )
)  # fmt: skip


def has_generic_getattr(cls: type) -> bool:
    """Whether attributes of instances are found by PyObject_GenericGetAttr (and ``__getattr__``
    after it). Every C type that names that function has a wrapper of its own for it.
    """
    return id(lookup(cls, "__getattribute__")) in _GENERIC_GETATTR


def is_data_descriptor(attribute: object) -> bool:
    """Whether the type of a class attribute has ``__set__`` or ``__delete__``."""
    cls = type(attribute)
    return lookup(cls, "__set__") is not MISSING or lookup(cls, "__delete__") is not MISSING


def is_descriptor(attribute: object) -> bool:
    """Whether the type of a class attribute has ``__get__``."""
    return lookup(type(attribute), "__get__") is not MISSING


def python_method(cls: type, name: str) -> FunctionType | None:
    """The special method of a class if it is a plain Python function."""
    method = lookup(cls, name)
    return method if type(method) is FunctionType else None


def builtin_method(introspect: Introspect, function: Any) -> MethodDescriptorType | None:
    """The method descriptor of which a builtin is the bound method, if its class is immutable."""
    found = lookup(type(function.__self__), function.__name__)
    if type(found) is not MethodDescriptorType or not class_is_immutable(found.__objclass__):
        return None
    same = introspect.method_definition(found) == introspect.method_definition(function)
    return found if same else None


_HARMLESS: Final = frozenset(
    map(id, (int, float, str, bool, type(None), bytes, complex, range, type(...)))
)
"""By id: hashing or comparing a class may run code of its metaclass."""


_SHARED: Final = 7
"""More references than this, the asking ones included, and an object lives on."""

_LOOKS: Final = 1000
"""So many objects are looked at before a death counts as one that may run code."""

_CONTAINERS: Final = frozenset(map(id, (list, tuple, dict, set, frozenset, deque)))
"""By id: their size is known before their contents are listed."""


def death_is_harmless(cls: type) -> bool:
    """Whether the death of an exact instance can never run code of the program."""
    return id(cls) in _HARMLESS


def death_may_run_code(obj: object) -> bool:
    """Whether this very object may be about to die, and code of the program run then.

    Looks at what the object holds, and at what that holds. Where that is much, the answer is yes:
    a recording must not take longer than the death itself.
    """
    waiting, looks = [(obj, 2)], _LOOKS
    while waiting:
        item, depth = waiting.pop()
        cls = type(item)
        if id(cls) in _HARMLESS or getrefcount(item) > _SHARED:
            continue
        if lookup(cls, "__del__") is not MISSING or getweakrefcount(item):
            return True
        if id(cls) in _CONTAINERS and len(item) > looks:  # type: ignore[arg-type]
            return True
        inside = [held for held in get_referents(item) if held is not cls]
        looks -= len(inside)
        if looks < 0 or (inside and not depth):
            return True
        waiting += [(held, depth - 1) for held in inside]
    return False
