"""Algorithms that machines and handlers share, each naming the C function it mirrors.

Nothing here knows a value type that is not given by the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import TYPE_CHECKING, TypeVar, cast

from hotloop_interp.decode import decode
from hotloop_interp.frame import NULL, Slot, V
from hotloop_interp.machine import Machine
from hotloop_interp.sealed import seal

if TYPE_CHECKING:
    from typing_extensions import TypeIs

seal(globals())

T = TypeVar("T")

BINARY_OPS: tuple[str, ...] = (
    "+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^",
    "+=", "&=", "//=", "<<=", "@=", "*=", "%=", "|=", "**=", ">>=", "-=", "/=", "^=",
)  # fmt: skip
"""BINARY_OP's argument to its operator (NB_ADD ... in opcode.h)."""

COMPARE_OPS: tuple[str, ...] = ("<", "<=", "==", "!=", ">", ">=")
"""COMPARE_OP's argument to its operator (Py_LT ... in object.h)."""

UNARY_OPS: Mapping[str, str] = {
    "UNARY_POSITIVE": "+",
    "UNARY_NEGATIVE": "-",
    "UNARY_INVERT": "~",
}
"""Opcode of a unary operator to the operator."""

CO_VARARGS = 0x04
CO_VARKEYWORDS = 0x08
CO_GENERATOR = 0x20
CO_COROUTINE = 0x80
CO_GENERATOR_LIKE = CO_GENERATOR | CO_COROUTINE | 0x200


def unbound_local(name: str) -> UnboundLocalError:
    """The error of an empty local (UNBOUNDLOCAL_ERROR_MSG)."""
    return UnboundLocalError(
        f"cannot access local variable '{name}' where it is not associated with a value"
    )


def unbound_free(name: str) -> NameError:
    """The error of an empty free variable (UNBOUNDFREE_ERROR_MSG)."""
    error = NameError(
        f"cannot access free variable '{name}' where it is not associated with a value"
        " in enclosing scope"
    )
    error.name = name
    return error


_MRO = type.__dict__["__mro__"].__get__
_DICT = type.__dict__["__dict__"].__get__
_READIED = type.__getattribute__
"""An attribute of a class, which type_getattro makes ready first: until then it has no MRO."""


def lookup(kind: type, name: str) -> object:
    """The attribute in the type's MRO, unbound, or None (_PyType_Lookup)."""
    for base in _MRO(kind) or _READIED(kind, "__mro__"):
        namespace = _DICT(base)
        if name in namespace:
            found: object = namespace[name]
            return found
    return None


def is_plain_generator(code: CodeType) -> bool:
    """Whether calls of a code object make generators, no coroutines."""
    return code.co_flags & CO_GENERATOR_LIKE == CO_GENERATOR


def has(kind: type, name: str) -> bool:
    """Whether the type's MRO has an attribute, be it None (as ``__iter__`` may be)."""
    return any(name in _DICT(base) for base in _MRO(kind))


def is_a(value: object, kind: type[T]) -> TypeIs[T]:
    """Whether the real type is `kind` or derived from it (PyObject_TypeCheck).

    `isinstance` also asks `__class__`, which runs the program's code and may lie.
    """
    return issubclass(type(value), kind)


def as_callable(value: object) -> Callable[..., object]:
    """The value, to be called; if it is not callable, the call says so."""
    return cast("Callable[..., object]", value)


def bind_arguments(
    m: Machine[V],
    code: CodeType,
    args: Sequence[V],
    kwnames: tuple[str, ...],
    defaults: Sequence[V],
    kwdefaults: Mapping[str, V],
) -> list[Slot[V]] | None:
    """The locals of a new frame, or None if the arguments do not fit (initialize_locals).

    The last `len(kwnames)` of `args` are keyword values. The caller raises the error for None by
    calling the function natively: binding fails before anything of it runs.
    """
    count = code.co_argcount
    total = count + code.co_kwonlyargcount
    given = len(args) - len(kwnames)
    names = code.co_varnames
    slots: list[Slot[V]] = [NULL] * len(decode(code).localsplus_names)
    slots[: min(given, count)] = args[: min(given, count)]
    if code.co_flags & CO_VARARGS:
        slots[total] = m.build_tuple(args[count:given])
    elif given > count:
        return None
    if not _bind_keywords(m, code, slots, kwnames, args[given:]):
        return None
    for index in range(given, count):
        if slots[index] is NULL:
            default = index - count + len(defaults)
            if default < 0:
                return None
            slots[index] = defaults[default]
    for index in range(count, total):
        if slots[index] is NULL:
            if names[index] not in kwdefaults:
                return None
            slots[index] = kwdefaults[names[index]]
    return slots


def _bind_keywords(
    m: Machine[V],
    code: CodeType,
    slots: list[Slot[V]],
    kwnames: tuple[str, ...],
    values: Sequence[V],
) -> bool:
    """Put keyword arguments into their slots, the unknown ones into `**kwargs`."""
    total = code.co_argcount + code.co_kwonlyargcount
    named = code.co_varnames[code.co_posonlyargcount : total]
    extra: list[tuple[str, V]] = []
    for name, value in zip(kwnames, values, strict=True):
        if name not in named:
            extra.append((name, value))
            continue
        index = named.index(name) + code.co_posonlyargcount
        if slots[index] is not NULL:
            return False
        slots[index] = value
    if code.co_flags & CO_VARKEYWORDS:
        keys = [m.const(name) for name, _ in extra]
        where = total + bool(code.co_flags & CO_VARARGS)
        slots[where] = m.build_map(keys, [value for _, value in extra])
        return True
    return not extra
