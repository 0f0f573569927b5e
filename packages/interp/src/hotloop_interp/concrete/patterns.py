"""Pattern matching (match_class, match_keys of ceval.c)."""

from __future__ import annotations

from collections.abc import Sequence

from hotloop_interp.concrete.dispatch import Call
from hotloop_interp.frame import NULL
from hotloop_interp.protocol import is_a
from hotloop_interp.sealed import seal

seal(globals())

SEQUENCE_FLAG = 1 << 5
"""Py_TPFLAGS_SEQUENCE."""
MAPPING_FLAG = 1 << 6
"""Py_TPFLAGS_MAPPING."""
_MATCH_SELF_FLAG = 1 << 22
"""_Py_TPFLAGS_MATCH_SELF: the subject itself is the only positional sub-pattern."""


def match_class(
    call: Call, subject: object, class_: object, count: int, names: Sequence[str]
) -> tuple[object, ...] | None:
    """The matched attributes in order of the sub-patterns, or None."""
    if not is_a(class_, type):
        raise TypeError("called match pattern must be a type")
    if not call(isinstance, subject, class_):
        return None
    seen: set[str] = set()
    positional = _match_positional(call, subject, class_, count, seen)
    if positional is None:
        return None
    keyword = []
    for name in names:
        value = _match_attribute(call, subject, class_, name, seen)
        if value is NULL:
            return None
        keyword.append(value)
    return (*positional, *keyword)


def _match_positional(
    call: Call, subject: object, class_: type, count: int, seen: set[str]
) -> list[object] | None:
    if not count:
        return []
    match_args = call(getattr, class_, "__match_args__", NULL)
    match_self = False
    if match_args is NULL:
        match_args = ()
        match_self = bool(class_.__flags__ & _MATCH_SELF_FLAG)
    elif type(match_args) is not tuple:
        kind = type(match_args).__name__
        raise TypeError(f"{class_.__name__}.__match_args__ must be a tuple (got {kind})")
    allowed = 1 if match_self else len(match_args)
    if allowed < count:
        plural = "" if allowed == 1 else "s"
        raise TypeError(
            f"{class_.__name__}() accepts {allowed} positional sub-pattern{plural} ({count} given)"
        )
    if match_self:
        return [subject]
    values = []
    for name in match_args[:count]:
        if type(name) is not str:
            kind = type(name).__name__
            raise TypeError(f"__match_args__ elements must be strings (got {kind})")
        value = _match_attribute(call, subject, class_, name, seen)
        if value is NULL:
            return None
        values.append(value)
    return values


def _match_attribute(
    call: Call, subject: object, class_: type, name: str, seen: set[str]
) -> object:
    if name in seen:
        raise TypeError(f"{class_.__name__}() got multiple sub-patterns for attribute {name!r}")
    seen.add(name)
    return call(getattr, subject, name, NULL)


def match_keys(call: Call, subject: object, keys: tuple[object, ...]) -> tuple[object, ...] | None:
    """The values of the keys, or None if one is missing."""
    if not keys:
        return ()
    get = call(getattr, subject, "get")
    seen: set[object] = set()
    values = []
    for key in keys:
        if key in seen:
            raise ValueError(f"mapping pattern checks duplicate key ({key!r})")
        seen.add(key)
        value = call(get, key, NULL)
        if value is NULL:
            return None
        values.append(value)
    return tuple(values)
