"""How an operation is declared: one class, from which everything else is derived.

A class decorated with :func:`operation` lists its operands (``Value[...]`` fields), its
immediates (any other field) and, for guards and calls, the snapshot. The decorator
builds the constructor and the rebuild method; printer, parser, verifier, evaluator,
random traces and the docs table read the class. Nothing about an op is stated twice.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform, get_args

from hotloop_ir.slotted import keep
from hotloop_ir.snapshot import Snapshot
from hotloop_ir.value import Bool, Float, Int, Raw, Ref, T_co, Type, Value, Void

_MARKERS: dict[object, Type] = {
    Int: Type.INT,
    Float: Type.FLOAT,
    Bool: Type.BOOL,
    Ref: Type.REF,
    Raw: Type.RAW,
    Void: Type.VOID,
}


class Effect(enum.Enum):
    """What an op may do besides computing its result."""

    PURE = "pure"  # nothing: merge, fold, move, drop
    READ = "read"  # reads the memory of its descriptor
    WRITE = "write"  # writes the memory of its descriptor
    ALLOC = "alloc"  # makes an object nobody else knows; no other effect
    GUARD = "guard"  # leaves the trace unless its condition holds
    CALL = "call"  # what its helper declares
    REFCOUNT = "refcount"  # changes a reference count
    CONTROL = "control"  # label, jump, leave, marks


class Own(enum.Enum):
    """Whose reference a REF result is."""

    NONE = "none"  # no reference, or an immortal one
    NEW = "new"  # the trace owns one reference
    BORROWED = "borrowed"  # kept alive by memory of operand 0
    HELPER = "helper"  # as the helper declares


class GuardFailed(Exception):
    """Raised by the ``evaluate`` of a guard that does not hold."""


class Op(Value[T_co]):
    """Base of all operations. ``args`` are the operands in order."""

    __slots__ = ("args", "snapshot")

    mnemonic: ClassVar[str] = ""
    effect: ClassVar[Effect] = Effect.PURE
    own: ClassVar[Own] = Own.NONE
    consumes: ClassVar[tuple[int, ...] | None] = ()  # operands taken over; None: all
    commutative: ClassVar[bool] = False
    operand_names: ClassVar[tuple[str, ...]] = ()  # the variadic rest is the last one
    operand_types: ClassVar[tuple[Type, ...]] = ()  # VOID: declared Value[Any], any type
    variadic: ClassVar[Type | None] = None  # type of the operands beyond operand_types
    immediates: ClassVar[tuple[str, ...]] = ()
    has_snapshot: ClassVar[bool] = False

    args: tuple[Value[Any], ...]
    snapshot: Snapshot | None

    def rebuild(self, args: tuple[Value[Any], ...], snapshot: Snapshot | None) -> Op[T_co]:
        """The same op (immediates included) on other operands and snapshot."""
        raise NotImplementedError

    @classmethod
    def evaluate(cls, *args: Any) -> Any:
        """The result on concrete operands (pure ops and arithmetic guards).

        Raises GuardFailed if a guard does not hold.
        """
        raise NotImplementedError(cls.mnemonic)

    def __repr__(self) -> str:
        return f"<{self.mnemonic}>"


#: Every op class by its mnemonic.
registry: dict[str, type[Op[Any]]]
_declared: dict[str, type[Op[Any]]] = {}

C = TypeVar("C", bound=type)


def _result_type(cls: type[Op[Any]]) -> Type | None:
    for base in getattr(cls, "__orig_bases__", ()):
        for arg in get_args(base):
            if arg in _MARKERS:
                return _MARKERS[arg]
    return None


def _source(cls: type[Op[Any]], operands: list[str], tail: str | None, type_from: str) -> str:
    """The text of ``__init__`` and ``rebuild`` for one op class."""
    names = [*operands, *([tail] if tail else []), *cls.immediates]
    if cls.has_snapshot:
        names.append("snapshot")
    packed = "".join(f"{name}, " for name in operands) + (f"*{tail}, " if tail else "")
    lines = [f"def __init__(self, {', '.join(names)}):", f"  self.args = ({packed})"]
    copies = ["  new = make(cls)", "  new.args = args", "  new.snapshot = snapshot"]
    lines.append(f"  self.snapshot = {'snapshot' if cls.has_snapshot else 'None'}")
    for name in cls.immediates:
        lines.append(f"  self.{name} = {name}")
        copies.append(f"  new.{name} = self.{name}")
    if type_from:
        lines.append(f"  self.type = {type_from}")
        copies.append("  new.type = self.type")
    rebuild = ["def rebuild(self, args, snapshot):", *copies, "  return new"]
    return "\n".join([*lines, *rebuild])


def _operand_property(index: int) -> property:
    return property(lambda self: self.args[index])


def _tail_property(start: int) -> property:
    return property(lambda self: self.args[start:])


@dataclass_transform(eq_default=False)
def operation(
    mnemonic: str,
    *,
    effect: Effect = Effect.PURE,
    own: Own = Own.NONE,
    consumes: tuple[int, ...] | None = (),
    commutative: bool = False,
    type_from: str = "",
) -> Callable[[C], C]:
    """Declare an op.

    Every annotated field of the class is an operand if its type is ``Value[X]``, the
    variadic rest if it is ``tuple[Value[X], ...]``, the snapshot if it is ``Snapshot``,
    else an immediate. ``type_from`` is the expression that gives the result type of an
    op whose base is ``Op[Any]`` (``descr.type``). Raises ValueError on a mnemonic used twice.
    """

    def declare(cls: C) -> C:
        if mnemonic in _declared:
            raise ValueError(f"operation {mnemonic!r} is declared twice")
        keep(cls)
        built = _build(cls, mnemonic, type_from)
        built.effect = effect
        built.own = own
        built.consumes = consumes
        built.commutative = commutative
        _declared[mnemonic] = built
        return built  # type: ignore[return-value]

    return declare


def _build(cls: type[Any], mnemonic: str, type_from: str) -> type[Op[Any]]:
    hints = inspect.get_annotations(cls, eval_str=True)  # not those of the bases: slow
    own_fields = [name for name in hints if name != "type"]
    operands: list[str] = []
    operand_types: list[Type] = []
    immediates: list[str] = []
    tail: str | None = None
    variadic: Type | None = None
    has_snapshot = False
    for name in own_fields:
        hint = hints[name]
        origin = getattr(hint, "__origin__", None)
        if origin is Value:
            operands.append(name)
            operand_types.append(_MARKERS.get(get_args(hint)[0], Type.VOID))
        elif origin is tuple and getattr(get_args(hint)[0], "__origin__", None) is Value:
            tail = name
            variadic = _MARKERS.get(get_args(get_args(hint)[0])[0], Type.VOID)
        elif hint is Snapshot:
            has_snapshot = True
        else:
            immediates.append(name)
    slots = (*immediates, *(("type",) if type_from else ()))
    body = {
        key: value
        for key, value in cls.__dict__.items()
        if key not in ("__dict__", "__weakref__", "__slots__", *own_fields)
    }
    body["__slots__"] = slots
    for index, name in enumerate(operands):
        body[name] = _operand_property(index)
    if tail is not None:
        body[tail] = _tail_property(len(operands))
    body.pop("__annotations__", None)
    make_class: Any = type(cls)
    new: Any = make_class(cls.__name__, cls.__bases__, body)
    new.__orig_bases__ = getattr(cls, "__orig_bases__", ())
    new.mnemonic = mnemonic
    new.operand_names = (*operands, *(() if tail is None else (tail,)))
    new.operand_types = tuple(operand_types)
    new.variadic = variadic
    new.immediates = tuple(immediates)
    new.has_snapshot = has_snapshot
    if not type_from:
        new.type = _result_type(cls)
        if new.type is None:
            raise ValueError(f"operation {mnemonic!r} has no result type")
    namespace: dict[str, Any] = {"make": object.__new__, "cls": new}
    exec(_source(new, operands, tail, type_from), namespace)
    new.__init__ = namespace["__init__"]
    new.rebuild = namespace["rebuild"]
    return new  # type: ignore[no-any-return]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> dict[str, type[Op[Any]]]:
        if name != "registry":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        __import__("hotloop_ir.ops")  # which fills it
        return _declared
