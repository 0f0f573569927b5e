"""The table of C functions with recorded semantics, by identity, and those that read frames.

A rule gets the machine, the frame and the positional arguments; it answers the result, a frame to
enter, or None if it has nothing special to say (nothing was then emitted but guards).
"""

from __future__ import annotations

import builtins
import inspect
import math
import sys
import time
import warnings
import weakref
from collections.abc import Callable
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    WrapperDescriptorType,
)
from typing import Any, Final, TypeAlias

from hotloop_interp.frame import Frame
from hotloop_interp.protocol import is_a
from hotloop_ir.type_set import TypeSet
from hotloop_tracer.objects import lookup
from hotloop_tracer.traced import Traced

Rule: TypeAlias = Callable[[Any, Frame[Traced], list[Traced]], Traced | Frame[Traced] | None]
"""The machine is a `recording_operators.Operators`, which is defined on top of this table."""

RULES: Final[dict[int, Rule]] = {}
_KEPT: Final[list[object]] = []


def rule(*callables: object) -> Callable[[Rule], Rule]:
    """Register a rule for C functions, classes or method descriptors (kept alive here)."""

    def register(function: Rule) -> Rule:
        for obj in callables:
            assert id(obj) not in RULES, obj
            RULES[id(obj)] = function
            _KEPT.append(obj)
        return function

    return register


_READS_FRAME: Final = frozenset(
    id(function)
    for function in (
        builtins.locals, builtins.globals, builtins.vars, builtins.dir, builtins.eval,
        builtins.exec, builtins.breakpoint, builtins.super, builtins.__import__,
        sys._getframe, sys._current_frames, sys.exc_info, sys.settrace, sys.setprofile,
        sys.gettrace, sys.getprofile, inspect.currentframe, inspect.stack, warnings.warn,
        warnings.warn_explicit, sys.getrefcount, builtins.compile, type.__new__,
    )
)  # fmt: skip


_QUIET_ARGUMENTS: Final = TypeSet(str, int, float, bool, bytes, type(None), complex)
_QUIET_METHODS: Final = frozenset(
    id(method)
    for cls in (str, bytes, int, float, complex)
    for name, method in vars(cls).items()
    if type(method).__name__ == "method_descriptor" and name not in ("join", "__format__")
)
_QUIET_FUNCTIONS: Final = frozenset(
    id(function)
    for function in (
        *(found for found in vars(math).values() if callable(found)),
        builtins.round, builtins.divmod, builtins.pow, builtins.hash, builtins.id, builtins.hex,
        builtins.oct, builtins.bin, builtins.ascii, builtins.repr, builtins.format, builtins.str,
        builtins.int, builtins.float, builtins.abs, builtins.min, builtins.max, builtins.chr,
        builtins.ord, builtins.len, time.time, time.perf_counter, time.process_time,
        time.monotonic,
    )
)  # fmt: skip


def is_quiet(obj: object, args: list[Traced]) -> bool:
    """Whether a C function runs no code of the program when given arguments of these types."""
    if id(obj) not in _QUIET_METHODS and id(obj) not in _QUIET_FUNCTIONS:
        return False
    return all(type(arg.obj) in _QUIET_ARGUMENTS for arg in args)


_FRAME_NAMES: Final = frozenset(
    {
        "_getframe", "_current_frames", "currentframe", "f_back", "f_locals", "f_trace",
        "settrace", "setprofile", "extract_stack", "print_stack", "format_stack", "walk_stack",
        "getouterframes", "breakpoint", "set_trace", "findCaller",
    }
)  # fmt: skip
"""Names that code which looks at its callers' frames, or turns tracing on, uses."""

_readers: Final[dict[int, weakref.ref[CodeType]]] = {}


def note_reader(code: CodeType) -> None:
    """Remember that running this code looks at the frames of its callers."""
    _readers[id(code)] = weakref.ref(code)


def is_reader(code: CodeType) -> bool:
    """Whether code looks at its callers' frames, as far as its names or experience tell."""
    found = _readers.get(id(code))
    if found is not None and found() is code:
        return True
    return not _FRAME_NAMES.isdisjoint(code.co_names)


def code_called(obj: object) -> CodeType | None:
    """The code that a call of this object runs first, if that is a Python function's."""
    if type(obj) is MethodType:
        obj = obj.__func__
    elif is_a(obj, type):
        obj = lookup(obj, "__init__")
    elif type(obj) is not FunctionType:
        obj = lookup(type(obj), "__call__")
    return obj.__code__ if type(obj) is FunctionType else None


_READS_CALLERS: Final = frozenset(
    id(function)
    for function in (
        sys._getframe, sys._current_frames, sys.settrace, sys.setprofile, inspect.currentframe,
        inspect.stack, warnings.warn, warnings.warn_explicit, builtins.breakpoint,
    )
)  # fmt: skip


def reads_frame(obj: object) -> bool:
    """Whether a callable looks at the frame or the exception state of its caller."""
    return id(obj) in _READS_FRAME


def makes_class(obj: object, count: int) -> bool:
    """Whether a call with so many arguments makes a class.

    CPython names its module after the globals of the running frame (type_new_set_module).
    """
    if not is_a(obj, type) or not issubclass(obj, type):
        return False
    return obj is not type or count != 1


_CALLED_WITH_ITEMS: Final = TypeSet(
    FunctionType, MethodType, BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType,
)  # fmt: skip


def may_keep_tuple(obj: object) -> bool:
    """Whether C code is given the very tuple of a ``f(*args)``: a ``tp_new`` or ``tp_call``."""
    if is_a(obj, type):
        return id(obj) not in RULES and lookup(obj, "__new__") is not object.__new__
    if type(obj) in _CALLED_WITH_ITEMS:
        return False
    return type(lookup(type(obj), "__call__")) is not FunctionType


def reads_callers(obj: object) -> bool:
    """Whether a callable looks at, or changes, more than the frame it is called from."""
    return id(obj) in _READS_CALLERS
