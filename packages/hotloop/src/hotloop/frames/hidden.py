"""Make frames of our own code invisible to the program.

CPython treats a frame as incomplete until it passes ``_co_firsttraceable``; incomplete frames are
in no traceback, no ``f_back`` chain and no trace event. Frames that a generator owns cannot be
hidden. Must not decide whose frames are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Final

from hotloop.frames.memory import poke32
from hotloop_ir.layout import Layout

_TABLES: Final = (dict, list, tuple)


def hide(code: CodeType, layout: Layout) -> None:
    """Hide all frames, running or not, of a code object. ``layout`` must have been probed.

    Mirrors the test ``_PyFrame_IsIncomplete`` in CPython's pycore_frame.h.
    """
    poke32(id(code) + layout["PyCodeObject._co_firsttraceable"], len(code.co_code) // 2 + 1)


def hide_nested(code: CodeType, layout: Layout) -> None:
    """Hide the frames of a code object and of all code nested in it."""
    hide(code, layout)
    for item in code.co_consts:
        if isinstance(item, CodeType):
            hide_nested(item, layout)


def hide_module(module: ModuleType, layout: Layout) -> None:
    """Hide every function and method that a module defines."""
    for function in functions_of(module):
        hide_nested(function.__code__, layout)


def functions_of(module: ModuleType) -> Iterator[FunctionType]:
    """The functions and methods that a module defines, also those that only its tables hold."""
    for item in list(vars(module).values()):
        if isinstance(item, _TABLES):
            yield from _in_table(item, vars(module))
        elif getattr(item, "__module__", None) != module.__name__:
            continue
        elif isinstance(item, FunctionType):
            yield item
        elif isinstance(item, type):
            for member in vars(item).values():
                for found in _unwrapped(member):
                    if isinstance(found, FunctionType) and _is_of(found, module):
                        yield found


def _in_table(table: Iterable[object], space: dict[str, object]) -> Iterator[FunctionType]:
    """The functions of a module, mostly lambdas, in a table and those that it holds."""
    for item in list(table.values() if isinstance(table, dict) else table):
        if isinstance(item, (tuple, list)):
            yield from _in_table(item, space)
        elif isinstance(item, FunctionType) and item.__globals__ is space:
            yield item


def _is_of(function: FunctionType, module: ModuleType) -> bool:
    """Whether a member of a class is its own: written there, or made from a text for it alone.

    Others are shared: the hook that ``typing.Protocol`` gives every class looks for its callers.
    """
    return function.__globals__ is vars(module) or function.__code__.co_filename == "<string>"


def _unwrapped(member: object) -> tuple[object, ...]:
    if isinstance(member, property):
        return member.fget, member.fset, member.fdel
    return (getattr(member, "__func__", member),)
