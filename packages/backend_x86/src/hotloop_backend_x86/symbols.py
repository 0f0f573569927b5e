"""Addresses: C functions, global variables of CPython and objects that native code refers to.

Native code names what it needs as external symbols; ``resolve`` gives their addresses in
this process. Which field is where in a struct is known by ``layout``, not here.
"""

from __future__ import annotations

import ctypes
import sys
import types
from array import array
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from hotloop_backend_x86.layout import facts

_libm: list[ctypes.CDLL] = []
_known: dict[str, int] = {}
#: Objects whose addresses were handed out.
_kept: list[object] = []


#: The word that holds the address of the function ``call_entry`` falls back to.
finish_call: Final = array("q", [0])

#: The head of the ring of all activations: an activation record without a buffer.
_ring: Final = array("q", [0] * 16)
RING: Final = _ring.buffer_info()[0] + 8 * len(_ring)
NEXT, PREVIOUS = -8, -9
"""Words of an activation record: the older and the newer neighbour (contract, section 5)."""
_ring[NEXT] = _ring[PREVIOUS] = RING


class UnknownSymbol(Exception):
    """Neither CPython, libm nor the table below knows the name."""


def interpreter_state() -> int:
    """Address of the running ``PyInterpreterState``."""
    get = ctypes.pythonapi.PyInterpreterState_Get
    get.restype = ctypes.c_void_p
    return int(get())


def _interp(field: str) -> Callable[[], int]:
    return lambda: interpreter_state() + facts()[f"PyInterpreterState.{field}"]


def _object(value: object) -> Callable[[], int]:
    def keep() -> int:
        _kept.append(value)
        return id(value)

    return keep


def _type_slot(cls: type, slot: str) -> Callable[[], int]:
    """The function in a slot of a type (an address read from memory)."""
    return lambda: ctypes.c_int64.from_address(id(cls) + facts()[f"PyTypeObject.{slot}"]).value


@lru_cache(1)
def _latin1() -> array[int]:
    """Addresses of the shared strings of one character below 256 (get_latin1_char)."""
    characters = [chr(code) for code in range(256)]
    _kept.append(characters)
    return array("q", [id(character) for character in characters])


_special: Final[dict[str, Callable[[], int]]] = {
    "hl_eval_breaker": _interp("ceval.eval_breaker"),
    "hl_gc_enabled": _interp("gc.enabled"),
    "hl_gc_count": _interp("gc.generations[0].count"),
    "hl_gc_threshold": _interp("gc.generations[0].threshold"),
    "hl_gc_collecting": _interp("gc.collecting"),
    "hl_audit_hooks": _interp("audit_hooks"),
    "hl_float_numfree": _interp("float_state.numfree"),
    "hl_float_free_list": _interp("float_state.free_list"),
    "hl_small_ints": lambda: id(0) - 5 * facts()["sizeof(PyLongObject)"],
    "hl_none": _object(None),
    "hl_true": _object(True),
    "hl_false": _object(False),
    "hl_not_implemented": _object(NotImplemented),
    "hl_empty_tuple": _object(()),
    "hl_empty_str": _object(""),
    "hl_type_int": _object(int),
    "hl_type_float": _object(float),
    "hl_type_bool": _object(bool),
    "hl_type_str": _object(str),
    "hl_type_bytes": _object(bytes),
    "hl_type_complex": _object(complex),
    "hl_type_none": _object(type(None)),
    "hl_type_range": _object(range),
    "hl_type_range_iterator": _object(type(iter(range(0)))),
    "hl_type_list": _object(list),
    "hl_type_tuple": _object(tuple),
    "hl_type_dict": _object(dict),
    "hl_type_slice": _object(slice),
    "hl_type_cell": _object(types.CellType),
    "hl_type_method": _object(types.MethodType),
    "hl_type_function": _object(types.FunctionType),
    "hl_type_builtin": _object(types.BuiltinFunctionType),
    "hl_type_generator": _object(types.GeneratorType),
    "hl_type_list_iterator": _object(type(iter([]))),
    "hl_type_tuple_iterator": _object(type(iter(()))),
    "hl_type_enumerate": _object(enumerate),
    "hl_exc_stop_iteration": _object(StopIteration),
    "hl_exc_index_error": _object(IndexError),
    "hl_str_index": _object(sys.intern("index")),
    "hl_activations": lambda: RING,
    "hl_finish_cell": lambda: finish_call.buffer_info()[0],
    "hl_latin1": lambda: _latin1().buffer_info()[0],
    "hl_object_new": _type_slot(object, "tp_new"),
    "hl_object_dealloc": _type_slot(object, "tp_dealloc"),
    "hl_tuple_dealloc": _type_slot(tuple, "tp_dealloc"),
    "hl_list_dealloc": _type_slot(list, "tp_dealloc"),
    "hl_dict_dealloc": _type_slot(dict, "tp_dealloc"),
    "hl_type_set": _object(set),
    "hl_type_frozenset": _object(frozenset),
    "hl_subtype_dealloc": _type_slot(type("hl_probe", (), {}), "tp_dealloc"),
}


def resolve(name: str) -> int:
    """The address of a symbol. Raises UnknownSymbol."""
    address = _known.get(name)
    if address is None:
        address = _known[name] = _find(name)
    return address


def _find(name: str) -> int:
    special = _special.get(name)
    if special is not None:
        return special()
    for library in (ctypes.pythonapi, _math()):
        try:
            function = getattr(library, name)
        except AttributeError:
            continue
        return int(ctypes.cast(function, ctypes.c_void_p).value or 0)
    raise UnknownSymbol(name)


def _math() -> ctypes.CDLL:
    if not _libm:
        _libm.append(ctypes.CDLL("libm.so.6"))
    return _libm[0]


class Externals(dict[str, int]):
    """A mapping of symbols that resolves what it does not hold; for the linker."""

    def get(self, name: str, default: int | None = None) -> int | None:  # type: ignore[override]
        """The address of a symbol, None if nobody knows it."""
        if name not in self:
            try:
                self[name] = resolve(name)
            except UnknownSymbol:
                return default
        return self[name]
