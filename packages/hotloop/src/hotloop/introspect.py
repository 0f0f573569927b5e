"""Layout facts of live objects, read from memory: `hotloop_tracer.objects.Introspect` on CPython.

Offsets come from `hotloop_ir.layout`. Reading is only done on objects of the kind each function
names; nothing is written, and no code of the program runs.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from types import (
    BuiltinFunctionType,
    FunctionType,
    MemberDescriptorType,
    MethodDescriptorType,
)
from typing import Any, Final
from weakref import ref

from hotloop.frames.auditing import place_of_hooks
from hotloop.frames.memory import peek
from hotloop_ir.helpers.dict import is_quiet
from hotloop_ir.layout import Layout

_MANAGED_DICT: Final = 1 << 4
_HEAP_TYPE: Final = 1 << 9
_T_OBJECT_EX: Final = 16
_VALUES_BEFORE: Final = 32
_DICT_BEFORE: Final = 24
_WARM_UP_CALLS: Final = 64
MOST_PLACES: Final = 500
"""Versions of dict keys whose places are remembered."""
MOST_VERSIONS: Final = 12
"""Versions of one class that loops are specialised on; after that it is looked up each time."""

_mro = type.__dict__["__mro__"].__get__
_flags = type.__dict__["__flags__"].__get__
_word = ctypes.c_void_p.from_address
_u32 = ctypes.c_uint32.from_address
_u8 = ctypes.c_uint8.from_address
_i64 = ctypes.c_int64.from_address
_object = ctypes.py_object.from_address
_INDICES: Final[dict[int, Any]] = {
    1: ctypes.c_int8.from_address,
    2: ctypes.c_int16.from_address,
    4: ctypes.c_int32.from_address,
    8: _i64,
}
_EMPTY: Final = -1
_ALL_BITS: Final = (1 << 64) - 1


class Introspection:
    """The facts of one process. It remembers where keys are, by keys version."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._tag = layout["PyTypeObject.tp_version_tag"]
        self._keys = layout["PyDictObject.ma_keys"]
        self._cached_keys = layout["PyHeapTypeObject.ht_cached_keys"]
        self._dk_version = layout["PyDictKeysObject.dk_version"]
        self._dk_nentries = layout["PyDictKeysObject.dk_nentries"]
        self._dk_kind = layout["PyDictKeysObject.dk_kind"]
        self._dk_index_bytes = layout["PyDictKeysObject.dk_log2_index_bytes"]
        self._dk_indices = layout["PyDictKeysObject.dk_indices"]
        self._hooks = place_of_hooks(layout)
        self._new = layout["PyTypeObject.tp_new"]
        self._member = layout["PyMemberDescrObject.d_member"]
        #: Versions seen, by class address (versions are never used twice).
        self._versions: dict[int, set[int]] = {}
        self._places: dict[int, dict[str, int]] = {}
        #: By id: hashing a class may run code of its metaclass.
        self._shared: dict[int, tuple[ref[type], int, dict[str, int]]] = {}

    def has_audit_hooks(self) -> bool:
        """Whether the program has given any to ``sys.addaudithook``."""
        return bool(peek(self._hooks))

    # --- classes ----------------------------------------------------------------------------

    def type_version(self, cls: type) -> int:
        """``tp_version_tag``; looking a name up makes CPython assign one."""
        version = _u32(id(cls) + self._tag).value
        if not version:
            try:
                type.__getattribute__(cls, "__hotloop_absent__")
            except AttributeError:
                pass
            version = _u32(id(cls) + self._tag).value
        return version if self._is_stable(cls, version) else 0

    def _is_stable(self, cls: type, version: int) -> bool:
        """Whether a class has not been changed again and again while loops were recorded."""
        seen = self._versions.setdefault(id(cls), set())
        if len(seen) < MOST_VERSIONS:
            seen.add(version)
        return version in seen

    def shared_key_count(self, cls: type) -> int:
        """Entries of the shared keys of a heap type."""
        keys = self._shared_keys(cls)
        return int(_i64(keys + self._dk_nentries).value) if keys else 0

    def _shared_keys(self, cls: type) -> int:
        if not _flags(cls) & _HEAP_TYPE or not _flags(cls) & _MANAGED_DICT:
            return 0
        return _word(id(cls) + self._cached_keys).value or 0

    def plain_allocation(self, cls: type) -> bool:
        """``object.__new__``, inline values, no ``__slots__``, no ``__del__``."""
        if not _flags(cls) & _MANAGED_DICT or not self._shared_keys(cls):
            return False
        if not self._lives_plainly(cls):
            return False
        return cls.__basicsize__ == self._plain_size() and cls.__itemsize__ == 0

    def _plain_size(self) -> int:
        return _Plain.__basicsize__

    def _lives_plainly(self, cls: type) -> bool:
        """Whether ``object_new`` makes instances, and they die without ``__del__``.

        A class that had a ``__new__`` of its own, or whose base had, keeps another ``tp_new``,
        with which ``object.__new__`` refuses arguments.
        """
        if _word(id(cls) + self._new).value != _word(id(object) + self._new).value:
            return False
        return not any("__del__" in vars(base) for base in _mro(cls))

    def slots_of(self, cls: type) -> tuple[int, ...] | None:
        """Offsets of all ``__slots__`` members, if instances consist of nothing else."""
        if cls.__dictoffset__ or cls.__weakrefoffset__ or cls.__itemsize__:
            return None
        if not self._lives_plainly(cls):
            return None
        offsets: list[int] = []
        for base in _mro(cls)[:-1]:
            if not _flags(base) & _HEAP_TYPE:
                return None
            members = [m for m in vars(base).values() if type(m) is MemberDescriptorType]
            own = [offset for m in members if (offset := self.slot_offset(m)) is not None]
            if len(own) != len(members):
                return None
            offsets += sorted(own)
        if cls.__basicsize__ != object.__basicsize__ + 8 * len(offsets):
            return None
        return tuple(offsets)

    def slot_offset(self, descriptor: object) -> int | None:
        """``PyMemberDef.offset`` of a T_OBJECT_EX member that may be written."""
        if type(descriptor) is not MemberDescriptorType:
            return None
        member = _word(id(descriptor) + self._member).value
        if not member:
            return None
        kind = ctypes.c_int.from_address(member + 8).value
        offset = _i64(member + 16).value
        is_readonly = ctypes.c_int.from_address(member + 24).value
        return int(offset) if kind == _T_OBJECT_EX and not is_readonly else None

    def method_definition(self, function: object) -> int:
        """``m_ml`` or ``d_method``; 0 for any other object."""
        if type(function) is BuiltinFunctionType:
            return _word(id(function) + self._layout["PyCFunctionObject.m_ml"]).value or 0
        if type(function) is MethodDescriptorType:
            return _word(id(function) + self._layout["PyMethodDescrObject.d_method"]).value or 0
        return 0

    # --- instances --------------------------------------------------------------------------

    def has_inline_values(self, obj: object) -> bool:
        """Whether the values pointer (four words before the object) is set."""
        if not _flags(type(obj)) & _MANAGED_DICT:
            return False
        return bool(_word(id(obj) - _VALUES_BEFORE).value)

    def instance_dict(self, obj: object) -> object | None:
        """What the dict pointer (three words before the object) points to."""
        if not _flags(type(obj)) & _MANAGED_DICT:
            return None
        place = id(obj) - _DICT_BEFORE
        found: object | None = _object(place).value if _word(place).value else None
        return found

    def instance_value_index(self, obj: object, name: str) -> int | None:
        """Position of a name among the shared keys."""
        keys = self._shared_keys(type(obj))
        if not keys:
            return None
        count = _i64(keys + self._dk_nentries).value
        cls = type(obj)
        known = self._shared.get(id(cls))
        if known is None or known[0]() is not cls or known[1] != count:
            places = {key: at for at, (key, _) in enumerate(self._entries(keys))}
            known = self._shared[id(cls)] = (ref(cls), count, places)
        return known[2].get(name)

    def shared_key_names(self, cls: type) -> list[str]:
        """Names of the shared keys of a class, in order."""
        keys = self._shared_keys(cls)
        return [key for key, _ in self._entries(keys)] if keys else []

    def inline_value(self, obj: object, index: int, default: object) -> object:
        """Value word ``index`` of the inline values."""
        values = _word(id(obj) - _VALUES_BEFORE).value
        assert values
        if not _word(values + 8 * index).value:
            return default
        found: object = _object(values + 8 * index).value
        return found

    # --- dicts ------------------------------------------------------------------------------

    def globals_entry(self, namespace: dict[str, object], name: str) -> tuple[int, int | None]:
        """Keys version, and byte offset of the value word in the keys object."""
        if type(namespace) is not dict:
            return 0, None
        keys = _word(id(namespace) + self._keys).value
        assert keys
        version = _u32(keys + self._dk_version).value
        if not version:
            self._assign_keys_version(namespace)
            keys = _word(id(namespace) + self._keys).value
            assert keys
            version = _u32(keys + self._dk_version).value
            if not version:
                return 0, None
        places = self._places.get(version)
        if places is None:
            if len(self._places) >= MOST_PLACES:
                self._places.clear()  # most versions are of dicts that are no more
            places = {key: place for key, place in self._entries(keys) if type(key) is str}
            self._places[version] = places
        return version, places.get(name)

    def finds_quietly(self, mapping: dict[Any, Any], key: object) -> bool:
        """Whether all keys of its hash that a lookup meets are quiet (``_Py_dict_lookup``)."""
        keys = _word(id(mapping) + self._keys).value
        assert keys
        if _u8(keys + self._dk_kind).value:  # str keys only
            return True
        entry = self._layout.size("PyDictKeyEntry")
        first = keys + self._dk_indices + (1 << _u8(keys + self._dk_index_bytes).value)
        wanted = hash(key)
        for index in self._probed(keys, wanted):
            at = first + index * entry
            if _i64(at + self._layout["PyDictKeyEntry.me_hash"]).value == wanted:
                stored = _object(at + self._layout["PyDictKeyEntry.me_key"]).value
                if stored is not key and not is_quiet(stored):
                    return False
        return True

    def _probed(self, keys: int, wanted: int) -> Iterator[int]:
        """The entries that are on the way of a hash (``dictkeys_generic``)."""
        size = _u8(keys + self._layout["PyDictKeysObject.dk_log2_size"]).value
        width = 1 << _u8(keys + self._dk_index_bytes).value - size
        read = _INDICES[width]
        mask = (1 << size) - 1
        perturb = wanted & _ALL_BITS
        slot = perturb & mask
        while (index := read(keys + self._dk_indices + slot * width).value) != _EMPTY:
            if index >= 0:
                yield index
            perturb >>= 5
            slot = (slot * 5 + perturb + 1) & mask

    def _entries(self, keys: int) -> list[tuple[Any, int]]:
        """Keys of a keys object in order, with the offset of their value word."""
        unicode_only = _u8(keys + self._dk_kind).value != 0
        kind = "PyDictUnicodeEntry" if unicode_only else "PyDictKeyEntry"
        size = self._layout.size(kind)
        first = self._dk_indices + (1 << _u8(keys + self._dk_index_bytes).value)
        key_at = self._layout[f"{kind}.me_key"]
        value_at = self._layout[f"{kind}.me_value"]
        found: list[tuple[Any, int]] = []
        for number in range(_i64(keys + self._dk_nentries).value):
            entry = first + number * size
            if _word(keys + entry + key_at).value:
                found.append((_object(keys + entry + key_at).value, entry + value_at))
        return found

    def _assign_keys_version(self, namespace: dict[str, object]) -> None:
        """Let CPython specialise a LOAD_GLOBAL on this dict, which gives its keys a version."""
        name = next((key for key in namespace if type(key) is str and key.isidentifier()), None)
        if name is None:
            return
        code = _read_global.__code__.replace(co_names=(name,))
        probe = FunctionType(code, namespace)
        for _ in range(_WARM_UP_CALLS):
            probe()


class _Plain:
    """Its instances are the measure of a plain allocation."""


def _read_global() -> object:
    return _global_to_read  # type: ignore[name-defined]  # noqa: F821
