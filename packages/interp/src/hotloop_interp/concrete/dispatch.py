"""Protocol algorithms over plain objects, each naming the C function it mirrors.

They decide which Python function an operator runs, so that it can be interpreted; where no
Python function is involved the operator is left to CPython.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from types import FunctionType, MethodDescriptorType, WrapperDescriptorType
from typing import TYPE_CHECKING, Final, Protocol

from hotloop_interp.frame import NULL, Frame, ReturnKind
from hotloop_interp.machine import Machine, Result
from hotloop_interp.protocol import as_callable, has, is_a, lookup
from hotloop_interp.sealed import seal
from hotloop_ir.slotted import slotted
from hotloop_ir.type_set import TypeSet

if TYPE_CHECKING:
    from hotloop_interp.concrete.base import ConcreteBase

seal(globals())

getitem = operator.getitem

Attempt = tuple[object, object, object]
"""(method, self, other): one method to try."""

_NAMES: Final = {
    "+": "add", "&": "and", "//": "floordiv", "<<": "lshift", "@": "matmul", "*": "mul",
    "%": "mod", "|": "or", "**": "pow", ">>": "rshift", "-": "sub", "/": "truediv", "^": "xor",
}  # fmt: skip
_COMPARE: Final = {
    "<": ("__lt__", "__gt__"), "<=": ("__le__", "__ge__"), "==": ("__eq__", "__eq__"),
    "!=": ("__ne__", "__ne__"), ">": ("__gt__", "__lt__"), ">=": ("__ge__", "__le__"),
}  # fmt: skip
_NUMBERS: Final = TypeSet(int, float, complex, bool, type(None))
_SEQUENCES: Final = (list, tuple, str, bytes, bytearray, memoryview)
_CALLABLE: Final = TypeSet(FunctionType, WrapperDescriptorType, MethodDescriptorType)


class Call(Protocol):
    """How to call a C function that may run Python code (`ConcreteBase.here`)."""

    def __call__(self, function: object, /, *args: object) -> object:
        """`function(*args)`, from the running frame."""


class Fallback(Protocol):
    """What follows when every method answered NotImplemented."""

    def finish(self) -> object:
        """The result, or the error."""


@slotted(frozen=True)
class Unsupported:
    """binop_type_error."""

    op: str
    left: object
    right: object

    def finish(self) -> object:
        op = "** or pow()" if self.op == "**" else self.op
        left, right = _name(self.left), _name(self.right)
        raise TypeError(f"unsupported operand type(s) for {op}: '{left}' and '{right}'")


@slotted(frozen=True)
class Incomparable:
    """The end of do_richcompare: identity for == and !=."""

    op: str
    left: object
    right: object

    def finish(self) -> object:
        if self.op == "==":
            return self.left is self.right
        if self.op == "!=":
            return self.left is not self.right
        left, right = _name(self.left), _name(self.right)
        raise TypeError(f"'{self.op}' not supported between instances of '{left}' and '{right}'")


@slotted(frozen=True)
class TryNext:
    """Continuation of an operator: the next method when this one answers NotImplemented."""

    attempts: Sequence[Attempt]
    fallback: Fallback

    def resume(
        self, machine: Machine[object], caller: Frame[object], value: object
    ) -> Result[object]:
        if value is not NotImplemented:
            return value
        from hotloop_interp.concrete.base import ConcreteBase

        assert isinstance(machine, ConcreteBase)
        return attempt(machine, caller, self.attempts, self.fallback)


def attempt(
    m: ConcreteBase, frame: Frame[object], attempts: Sequence[Attempt], fallback: Fallback
) -> Result[object]:
    """Try methods in order; a Python one is entered."""
    for position, (method, left, right) in enumerate(attempts):
        if type(method) is FunctionType:
            rest = TryNext(attempts[position + 1 :], fallback)
            return m.enter(frame, method, [left, right], kind=ReturnKind.CONTINUE, rest=rest)

        result = m.native(frame, method, (left, right))
        if result is not NotImplemented:
            return result
    return fallback.finish()


def _is_open(value: object, *names: str) -> bool:
    """Whether the methods of these names are ones that can be tried one by one."""
    kind = type(value)
    if kind in _NUMBERS:
        return True
    if not kind.__flags__ & (1 << 9) or issubclass(kind, _SEQUENCES):
        return False
    found = [lookup(kind, name) for name in names]
    return all(method is None or type(method) in _CALLABLE for method in found)


def binary_attempts(op: str, left: object, right: object) -> list[Attempt] | None:
    """Methods of a binary operator in order, None to leave it to CPython.

    Mirrors binary_iop1, binary_op1 and slot_nb_add and its like (SLOT1BINFULL).
    """
    name = _NAMES[op.removesuffix("=")]
    forward, reflected, inplace = f"__{name}__", f"__r{name}__", f"__i{name}__"
    own, other = type(left), type(right)
    if not (_is_open(left, forward, inplace) and _is_open(right, forward, reflected)):
        return None
    attempts: list[Attempt] = []
    if op.endswith("="):
        _add(attempts, lookup(own, inplace), left, right)
    ahead = lookup(own, forward)
    back = lookup(other, reflected) if other is not own else None
    if back is not None and issubclass(other, own) and back is not lookup(own, reflected):
        _add(attempts, back, right, left)
        back = None
    _add(attempts, ahead, left, right)
    _add(attempts, back, right, left)
    return attempts if any(type(method) is FunctionType for method, _, _ in attempts) else None


def _add(attempts: list[Attempt], method: object, left: object, right: object) -> None:
    if method is not None:
        attempts.append((method, left, right))


def compare_attempts(op: str, left: object, right: object) -> list[Attempt] | None:
    """Methods of a comparison in order, None to leave it to CPython (do_richcompare)."""
    forward, reflected = _COMPARE[op]
    own, other = type(left), type(right)
    ahead, back = lookup(own, forward), lookup(other, reflected)
    if type(ahead) is not FunctionType and type(back) is not FunctionType:
        return None
    if type(ahead) not in _CALLABLE or type(back) not in _CALLABLE:
        return None
    attempts: list[Attempt] = [(ahead, left, right), (back, right, left)]
    if own is not other and issubclass(other, own):
        attempts.reverse()
    return attempts


def checked_length(value: object) -> int:
    """What slot_sq_length makes of the result of __len__."""
    length = operator.index(value)  # type: ignore[arg-type]
    if length < 0:
        raise ValueError("__len__() should return >= 0")
    if length > 0x7FFF_FFFF_FFFF_FFFF:
        raise OverflowError("cannot fit 'int' into an index-sized integer")
    return length


def _is_iterable(value: object) -> bool:
    """tp_iter is set, or it is a sequence (the test behind format_... of ceval.c)."""
    return has(type(value), "__iter__") or has(type(value), "__getitem__")


def _name(value: object) -> str:
    return type_name(type(value))


def extend_list(call: Call, target: list[object], iterable: object) -> None:
    """LIST_EXTEND."""
    try:
        call(list.extend, target, iterable)
        return
    except TypeError as error:
        failure = error
    if not _is_iterable(iterable):
        raise TypeError(f"Value after * must be an iterable, not {_name(iterable)}")
    raise failure


def update_dict(call: Call, target: dict[object, object], mapping: object) -> None:
    """DICT_UPDATE: any AttributeError is taken as "not a mapping"."""
    try:
        if is_a(mapping, dict):
            call(dict.update, target, mapping)
            return
        for key in _list(call, call(_keys(call, mapping))):
            target[key] = call(getitem, mapping, key)
        return
    except AttributeError:
        pass
    raise TypeError(f"'{_name(mapping)}' object is not a mapping")


def _keys(call: Call, mapping: object) -> object:
    return call(getattr, mapping, "keys")


def _list(call: Call, iterable: object) -> list[object]:
    made: list[object] = []
    call(list.extend, made, iterable)
    return made


def function_string(call: Call, callable_: object) -> str:
    """_PyObject_FunctionStr."""
    qualname = call(getattr, callable_, "__qualname__", None)
    if qualname is None:
        return str(callable_)
    module = call(getattr, callable_, "__module__", None)
    if module is not None and module != "builtins":
        return f"{module}.{qualname}()"
    return f"{qualname}()"


def merge_dict(
    call: Call, callable_: object, target: dict[object, object], mapping: object
) -> None:
    """DICT_MERGE and format_kwargs_error."""
    try:
        keys = list(mapping) if is_a(mapping, dict) else _list(call, call(_keys(call, mapping)))
    except AttributeError:
        keys = None
    if keys is None:
        name = function_string(call, callable_)
        raise TypeError(f"{name} argument after ** must be a mapping, not {_name(mapping)}")
    for key in keys:
        if call(dict.__contains__, target, key):
            name = function_string(call, callable_)
            raise TypeError(f"{name} got multiple values for keyword argument '{key}'")
        call(dict.__setitem__, target, key, call(getitem, mapping, key))


def _iterate(call: Call, value: object) -> object:
    """`iter(value)` with UNPACK_SEQUENCE's message."""
    try:
        return call(iter, value)
    except TypeError as error:
        failure = error
    if not _is_iterable(value):
        raise TypeError(f"cannot unpack non-iterable {_name(value)} object")
    raise failure


def unpack(call: Call, value: object, count: int) -> Sequence[object]:
    """UNPACK_SEQUENCE and unpack_iterable."""
    if (type(value) is tuple or type(value) is list) and len(value) == count:
        return list(value)
    iterator = _iterate(call, value)
    items = _take(call, iterator, count, count, "")
    if call(next, iterator, NULL) is not NULL:
        raise ValueError(f"too many values to unpack (expected {count})")
    return items


def _take(call: Call, iterator: object, count: int, expected: int, at_least: str) -> list[object]:
    items: list[object] = []
    for _ in range(count):
        item = call(next, iterator, NULL)
        if item is NULL:
            raise ValueError(
                f"not enough values to unpack (expected {at_least}{expected}, got {len(items)})"
            )
        items.append(item)
    return items


def unpack_starred(call: Call, value: object, before: int, after: int) -> Sequence[object]:
    """UNPACK_EX and unpack_iterable."""
    iterator = _iterate(call, value)
    items = _take(call, iterator, before, before + after, "at least ")
    rest = _list(call, iterator)
    if len(rest) < after:
        got = before + len(rest)
        raise ValueError(
            f"not enough values to unpack (expected at least {before + after}, got {got})"
        )
    middle = len(rest) - after
    return [*items, rest[:middle], *rest[middle:]]


def type_name(kind: type) -> str:
    """tp_name: heap types have their plain name, static ones may be qualified."""
    if kind.__flags__ & (1 << 9) or kind.__module__ == "builtins":
        return kind.__name__
    return f"{kind.__module__}.{kind.__name__}"


def lookup_special(value: object, name: str) -> object:
    """The bound special method or NULL (_PyObject_LookupSpecial)."""
    kind = type(value)
    found = lookup(kind, name)
    if found is None:
        return NULL
    get = lookup(type(found), "__get__")
    if get is None:
        return found

    return as_callable(get)(found, value, kind)


@slotted(frozen=True)
class CheckIterator:
    """The end of PyObject_GetIter: what __iter__ returned must be an iterator."""

    def resume(
        self, machine: Machine[object], caller: Frame[object], value: object
    ) -> Result[object]:
        if lookup(type(value), "__next__") is None:
            raise TypeError(f"iter() returned non-iterator of type '{type_name(type(value))}'")
        return value


def star_arguments(call: Call, callable_: object, args: object) -> tuple[object, ...]:
    """The tuple of `*args` (CALL_FUNCTION_EX, check_args_iterable)."""
    if not _is_iterable(args):
        name = function_string(call, callable_)
        raise TypeError(f"{name} argument after * must be an iterable, not {_name(args)}")
    made = call(tuple, args)
    assert isinstance(made, tuple)
    return made


def annotations_dict(annotations: object) -> dict[str, object]:
    """MAKE_FUNCTION gets a flat tuple of names and values (func_get_annotation_dict)."""
    if is_a(annotations, dict):
        return annotations
    assert isinstance(annotations, tuple)
    return dict(zip(annotations[::2], annotations[1::2], strict=True))
