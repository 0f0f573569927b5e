"""Builtins that run Python code which shall be interpreted: next, exec, eval, __build_class__.

Each mirrors the builtin in bltinmodule.c; what it does not cover is left to the builtin itself.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Sequence
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any, Final

from hotloop_interp.concrete.awaiting import AsendType
from hotloop_interp.concrete.base import ConcreteBase, builtins_of, split_keywords
from hotloop_interp.concrete.compose import Constant, then
from hotloop_interp.decode import decode
from hotloop_interp.frame import NULL, Frame, ReturnKind
from hotloop_interp.machine import Machine, Result
from hotloop_interp.protocol import CO_GENERATOR_LIKE, is_a
from hotloop_interp.sealed import seal
from hotloop_interp.trace_access import shown
from hotloop_ir.slotted import slotted
from hotloop_ir.type_set import TypeSet

if TYPE_CHECKING:
    from hotloop_interp.concrete.calls import ConcreteCalls

seal(globals())

_RESUMABLE: Final = TypeSet(*filter(None, (GeneratorType, CoroutineType, AsendType)))

Special = Callable[
    ["ConcreteCalls", Frame[object], Sequence[object], tuple[str, ...]], Result[object]
]
"""What a special builtin does when it is called."""


def _next(
    m: ConcreteCalls, frame: Frame[object], args: Sequence[object], kwnames: tuple[str, ...]
) -> Result[object]:
    """builtin_next: a generator is entered."""
    if len(args) in (1, 2) and not kwnames:
        entered = m.resume_generator(frame, args[0], None, ReturnKind.NEXT)
        if entered is not None:
            entered.payload = args[1] if len(args) == 2 else NULL
            return entered
    return m.call_native(frame, next, args, kwnames)


def enter_method(
    m: ConcreteCalls,
    frame: Frame[object],
    method: BuiltinFunctionType,
    args: Sequence[object],
    kwnames: tuple[str, ...],
) -> Frame[object] | None:
    """`generator.send(value)` and `generator.throw(exception)`; None for any other method."""
    receiver, name = method.__self__, method.__name__
    if len(args) != 1 or kwnames or type(receiver) not in _RESUMABLE:
        return None
    if name == "send":
        return m.resume_generator(frame, receiver, args[0], ReturnKind.NEXT)
    if name == "throw" and is_a(args[0], BaseException):
        return m.throw_into(frame, receiver, args[0])
    return None


def _exec(
    m: ConcreteCalls, frame: Frame[object], args: Sequence[object], kwnames: tuple[str, ...]
) -> Result[object]:
    """builtin_exec."""
    entered = None if kwnames else _code_frame(m, frame, args, "exec")
    if entered is None:
        return m.call_native(frame, exec, args, kwnames)
    entered.return_kind, entered.continuation = ReturnKind.CONTINUE, Constant(None)
    return entered


def _eval(
    m: ConcreteCalls, frame: Frame[object], args: Sequence[object], kwnames: tuple[str, ...]
) -> Result[object]:
    """builtin_eval."""
    entered = None if kwnames else _code_frame(m, frame, args, "eval")
    if entered is None:
        return m.call_native(frame, eval, args, kwnames)
    return entered


def _code_frame(
    m: ConcreteCalls, frame: Frame[object], args: Sequence[object], mode: str
) -> Frame[object] | None:
    """A frame for exec or eval, None where the builtin itself shall do it."""
    if not 1 <= len(args) <= 3:
        return None
    source, namespace, local, *_ = [*args, None, None]
    if namespace is None:
        namespace = frame.globals
        if local is None:
            local = m.native(frame, locals, ())
    elif local is None:
        local = namespace
    if type(namespace) is not dict or not hasattr(type(local), "__getitem__"):
        return None
    if not (is_a(source, str) or type(source) is CodeType):
        return None
    if is_a(source, CodeType) and (source.co_freevars or source.co_flags & CO_GENERATOR_LIKE):
        return None
    namespace.setdefault("__builtins__", frame.builtins)
    code: object = source
    if is_a(source, str):
        text = source.lstrip(" \t") if mode == "eval" else source
        code = m.native(frame, compile, (text, "<string>", mode))
    assert isinstance(code, CodeType)
    found = namespace["__builtins__"]
    scope = found.__dict__ if is_a(found, ModuleType) else found
    if not is_a(scope, dict):
        return None
    slots = [NULL] * len(decode(code).localsplus_names)
    return Frame(code, namespace, scope, [*slots], f_locals=local, parent=frame)


@slotted(frozen=True)
class FinishClass:
    """The rest of __build_class__ after the class body."""

    meta: object
    name: str
    bases: tuple[object, ...]
    original: tuple[object, ...]
    namespace: object
    keywords: dict[str, object]

    def resume(
        self, machine: Machine[object], caller: Frame[object], value: object
    ) -> Result[object]:
        if self.bases is not self.original:
            self.namespace["__orig_bases__"] = self.original  # type: ignore[index]
        args = (self.name, self.bases, self.namespace, *self.keywords.values())
        made = machine.call(caller, self.meta, args, tuple(self.keywords))
        return then(machine, caller, made, CheckCell(value, self.name, self.meta))


@slotted(frozen=True)
class CheckCell:
    """The end of __build_class__: the `__class__` cell was set to the new class."""

    cell: object
    name: str
    meta: object

    def resume(
        self, machine: Machine[object], caller: Frame[object], value: object
    ) -> Result[object]:
        if not (is_a(value, type) and is_a(self.cell, CellType)):
            return value
        content = machine.cell_get(self.cell)
        if content is value:
            return value
        if content is NULL:
            raise RuntimeError(
                f"__class__ not set defining {self.name!r} as {value!r}."
                " Was __classcell__ propagated to type.__new__?"
            )
        raise TypeError(f"__class__ set to {content!r} defining {self.name!r} as {value!r}")


def _build_class(
    m: ConcreteCalls, frame: Frame[object], args: Sequence[object], kwnames: tuple[str, ...]
) -> Result[object]:
    """builtin___build_class__."""
    positional, keywords = split_keywords(args, kwnames)
    function, name = positional[:2] if len(positional) >= 2 else (None, None)
    if not (is_a(function, FunctionType) and is_a(name, str)):
        return m.call_native(frame, builtins.__build_class__, args, kwnames)
    original = tuple(positional[2:])
    bases = _update_bases(original)
    meta = _metaclass(bases, keywords)
    namespace = _prepare(m, frame, meta, name, bases, keywords)
    code = function.__code__
    slots = [NULL] * len(decode(code).localsplus_names)
    body: Frame[object] = Frame(
        code, function.__globals__, builtins_of(function), [*slots],
        func=function, f_locals=namespace, parent=frame,
    )  # fmt: skip
    body.return_kind = ReturnKind.CONTINUE
    body.continuation = FinishClass(meta, name, bases, original, namespace, keywords)
    return body


def _update_bases(bases: tuple[object, ...]) -> tuple[object, ...]:
    """update_bases: `__mro_entries__` of bases that are not types."""
    result: list[object] = []
    changed = False
    for base in bases:
        entries: Any = NULL if is_a(base, type) else getattr(base, "__mro_entries__", NULL)
        if entries is NULL:
            result.append(base)
            continue

        new = entries(bases)
        if not is_a(new, tuple):
            raise TypeError("__mro_entries__ must return a tuple")
        result.extend(new)
        changed = True
    return tuple(result) if changed else bases


def _metaclass(bases: tuple[object, ...], keywords: dict[str, object]) -> object:
    """The metaclass: as given or that of the first base, then the most derived one."""
    if "metaclass" in keywords:
        meta = keywords.pop("metaclass")
    else:
        meta = type(bases[0]) if bases else type
    if not is_a(meta, type):
        return meta
    winner = meta
    for base in bases:
        kind = type(base)
        if issubclass(winner, kind):
            continue
        if not issubclass(kind, winner):
            raise TypeError(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict)"
                " subclass of the metaclasses of all its bases"
            )
        winner = kind
    return winner


def _prepare(
    m: ConcreteBase,
    frame: Frame[object],
    meta: object,
    name: str,
    bases: tuple[object, ...],
    keywords: dict[str, object],
) -> object:
    """The namespace of the class body."""
    prepare: Any = getattr(meta, "__prepare__", NULL)
    if prepare is NULL:
        return {}

    namespace = m.native(frame, prepare, (name, bases), keywords)
    if not hasattr(type(namespace), "__getitem__"):
        shown = meta.__name__ if is_a(meta, type) else "<metaclass>"
        kind = type(namespace).__name__
        raise TypeError(f"{shown}.__prepare__() must return a mapping, not {kind}")
    return namespace


def _set_recursion_limit(
    m: ConcreteCalls, frame: Frame[object], args: Sequence[object], kwnames: tuple[str, ...]
) -> Result[object]:
    """sys.setrecursionlimit: the depth it is compared with is that of the program."""
    limit = args[0] if len(args) == 1 and not kwnames else None
    if type(limit) is not int or not 0 < limit < 1 << 30:
        return m.call_native(frame, sys.setrecursionlimit, args, kwnames)
    depth = frame.depth + 1  # the builtin itself counts
    if depth >= limit:
        raise RecursionError(
            f"cannot set the recursion limit to {limit} at the recursion depth {depth}:"
            " the limit is too low"
        )
    m.recursion_limit = limit
    sys.setrecursionlimit(limit)
    return None


def _set_trace(
    m: ConcreteCalls, frame: Frame[object], args: Sequence[object], kwnames: tuple[str, ...]
) -> Result[object]:
    """sys.settrace: for interpreted frames (`tracing.py`)."""
    if len(args) != 1 or kwnames:
        return m.call_native(frame, sys.settrace, args, kwnames)
    m.set_tracing(trace=args[0], profile=m.profilefunc)
    return None


def _set_profile(
    m: ConcreteCalls, frame: Frame[object], args: Sequence[object], kwnames: tuple[str, ...]
) -> Result[object]:
    """sys.setprofile."""
    if len(args) != 1 or kwnames:
        return m.call_native(frame, sys.setprofile, args, kwnames)
    m.set_tracing(trace=m.tracefunc, profile=args[0])
    return None


def _get_trace(
    m: ConcreteCalls, frame: Frame[object], args: Sequence[object], kwnames: tuple[str, ...]
) -> Result[object]:
    """sys.gettrace."""
    return m.call_native(frame, sys.gettrace, args, kwnames) if args else shown(m.tracefunc)


def _get_profile(
    m: ConcreteCalls, frame: Frame[object], args: Sequence[object], kwnames: tuple[str, ...]
) -> Result[object]:
    """sys.getprofile."""
    return m.call_native(frame, sys.getprofile, args, kwnames) if args else shown(m.profilefunc)


def _get_refcount(
    m: ConcreteCalls, frame: Frame[object], args: Sequence[object], kwnames: tuple[str, ...]
) -> Result[object]:
    """sys.getrefcount, without the references that this interpreter's own call adds."""
    found = m.call_native(frame, sys.getrefcount, args, kwnames)
    assert isinstance(found, int)
    return found - _OWN_REFERENCES


_OWN_REFERENCES: Final = 2
"""The list of a CALL's arguments, and the tuples and frames they are passed on in."""

ENTERING: Final = frozenset({_next, _exec, _eval, _build_class})
"""Those that enter frames; under a profiler, which sees them as C calls, they run natively."""

SPECIAL: Final[dict[int, Special]] = {
    id(next): _next,
    id(exec): _exec,
    id(eval): _eval,
    id(builtins.__build_class__): _build_class,
    id(sys.getrefcount): _get_refcount,
    id(sys.settrace): _set_trace,
    id(sys.gettrace): _get_trace,
    id(sys.setprofile): _set_profile,
    id(sys.getprofile): _get_profile,
    id(sys.setrecursionlimit): _set_recursion_limit,
}
"""Identity of a builtin to what calling it does."""
