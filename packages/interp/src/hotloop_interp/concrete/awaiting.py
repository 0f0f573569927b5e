"""await, async for, async with over plain objects."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from types import AsyncGeneratorType, CodeType, CoroutineType, FunctionType, GeneratorType
from typing import TYPE_CHECKING, Final

from hotloop_interp import frame_access as access
from hotloop_interp.concrete.dispatch import type_name
from hotloop_interp.concrete.exceptions import without_own
from hotloop_interp.decode import py311
from hotloop_interp.frame import NULL, Frame, ReturnKind
from hotloop_interp.machine import Machine, Result
from hotloop_interp.protocol import CO_COROUTINE, lookup
from hotloop_interp.sealed import seal
from hotloop_ir.slotted import slotted

if TYPE_CHECKING:
    from hotloop_interp.concrete.base import ConcreteBase

seal(globals())

CO_ITERABLE_COROUTINE = 0x100
CO_ASYNC_GENERATOR = 0x200


def yield_from_kind(code: CodeType, value: object) -> bool:
    """GET_YIELD_FROM_ITER: whether the value is iterated as it is."""
    if type(value) is CoroutineType:
        if not code.co_flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE):
            raise TypeError("cannot 'yield from' a coroutine object in a non-coroutine generator")
        return True
    return type(value) is GeneratorType


def get_awaitable(
    m: ConcreteBase, frame: Frame[object], value: object, context: int
) -> Result[object]:
    """GET_AWAITABLE."""
    return awaitable_iterator(m, frame, value, context)


@slotted(frozen=True)
class CheckAwait:
    """The end of _PyCoro_GetAwaitableIter: what __await__ returned must be an iterator."""

    def resume(
        self, machine: Machine[object], caller: Frame[object], value: object
    ) -> Result[object]:
        kind = type(value)
        if kind is CoroutineType or _is_iterable_coroutine(value):
            raise TypeError("__await__() returned a coroutine")
        if lookup(kind, "__next__") is None:
            raise TypeError(f"__await__() returned non-iterator of type '{type_name(kind)}'")
        return value


def _is_iterable_coroutine(value: object) -> bool:
    if type(value) is not GeneratorType:
        return False
    return bool(value.gi_code.co_flags & CO_ITERABLE_COROUTINE)


def awaitable_iterator(
    m: ConcreteBase, frame: Frame[object], value: object, context: int
) -> Result[object]:
    """_PyCoro_GetAwaitableIter, with format_awaitable_error and GET_AWAITABLE's own check.

    Context -1 is GET_ANEXT, which must see the errors of a Python __await__ and calls it natively.
    """
    kind = type(value)
    if kind is CoroutineType:
        if context >= 0 and value.cr_await is not None:  # type: ignore[attr-defined]
            raise RuntimeError("coroutine is being awaited already")
        return value
    if _is_iterable_coroutine(value):
        return value
    method = lookup(kind, "__await__")
    if method is None:
        raise TypeError(_complaint(kind, context))
    rest = CheckAwait()
    if type(method) is FunctionType and context >= 0:
        return m.enter(frame, method, [value], kind=ReturnKind.CONTINUE, rest=rest)
    return rest.resume(m, frame, m.native(frame, method, (value,)))


def _complaint(kind: type, context: int) -> str:
    name = type_name(kind)
    if context > 0:
        method = {1: "__aenter__", 2: "__aexit__"}[context]
        return (
            f"'async with' received an object from {method}"
            f" that does not implement __await__: {name}"
        )
    return f"object {name} can't be used in 'await' expression"


@slotted(frozen=True)
class CheckAiter:
    """The end of GET_AITER: what __aiter__ returned must have __anext__."""

    def resume(
        self, machine: Machine[object], caller: Frame[object], value: object
    ) -> Result[object]:
        kind = type(value)
        if lookup(kind, "__anext__") is None:
            raise TypeError(
                "'async for' received an object from __aiter__ that does not implement"
                f" __anext__: {type_name(kind)}"
            )
        return value


def get_aiter(m: ConcreteBase, frame: Frame[object], value: object) -> Result[object]:
    """GET_AITER."""
    kind = type(value)
    method = lookup(kind, "__aiter__")
    if method is None:
        raise TypeError(
            f"'async for' requires an object with __aiter__ method, got {type_name(kind)}"
        )
    rest = CheckAiter()
    if type(method) is FunctionType:
        return m.enter(frame, method, [value], kind=ReturnKind.CONTINUE, rest=rest)
    return rest.resume(m, frame, m.native(frame, method, (value,)))


@slotted(frozen=True)
class CheckAnext:
    """The end of GET_ANEXT: what __anext__ returned must be awaitable."""

    def resume(
        self, machine: Machine[object], caller: Frame[object], value: object
    ) -> Result[object]:
        from hotloop_interp.concrete.base import ConcreteBase

        assert isinstance(machine, ConcreteBase)
        try:
            return awaitable_iterator(machine, caller, value, -1)
        except BaseException as error:
            failure = error
        failure.__traceback__ = without_own(failure.__traceback__)
        name = type_name(type(value))
        complaint = f"'async for' received an invalid object from __anext__: {name}"
        raise TypeError(complaint) from failure


def get_anext(m: ConcreteBase, frame: Frame[object], iterator: object) -> Result[object]:
    """GET_ANEXT."""
    kind = type(iterator)
    method = lookup(kind, "__anext__")
    if method is None:
        raise TypeError(
            f"'async for' requires an iterator with __anext__ method, got {type_name(kind)}"
        )
    if kind is AsyncGeneratorType:
        return m.native(frame, method, (iterator,))
    rest = CheckAnext()
    if type(method) is FunctionType:
        return m.enter(frame, method, [iterator], kind=ReturnKind.CONTINUE, rest=rest)
    return rest.resume(m, frame, m.native(frame, method, (iterator,)))


wrap = py311.async_wrapper()
"""ASYNC_GEN_WRAP: the object that marks a value an async generator yields."""

Wrapped: Final = type(wrap(None))


async def _sample() -> AsyncGenerator[None, None]:
    yield


def _asend_type() -> type | None:
    """The type of `asend()` awaitables, None if their fields are not where they should be."""
    generator, value = _sample(), object()
    asend = generator.asend(value)  # type: ignore[arg-type]
    readable = access.asend_readable(generator, asend, value)
    asend.close()
    return type(asend) if readable else None


AsendType: Final = None if access.available() else _asend_type()


def asend_to_enter(awaitable: object, value: object) -> tuple[object, object] | None:
    """(async generator, value to send) to resume an `asend()` awaitable by, or None.

    Mirrors async_gen_asend_send up to gen_send; None where it would raise instead.
    """
    if AsendType is None or type(awaitable) is not AsendType:
        return None
    parts = access.AsendParts(awaitable)
    generator = parts.generator
    assert type(generator) is AsyncGeneratorType
    if parts.state not in (access.ASEND_INIT, access.ASEND_ITER):
        return None
    if parts.state == access.ASEND_INIT:
        if generator.ag_running:
            return None
        if value is None and parts.value is not NULL:
            value = parts.value
    state = access.generator_state(generator)
    if state not in (access.GEN_CREATED, access.GEN_SUSPENDED):
        return None
    if state == access.GEN_CREATED and value is not None:
        return None
    parts.start()
    return generator, value
