"""Recording operators of objects: operator methods of user classes are entered as frames.

The order is that of binary_op1 and do_richcompare (Objects/abstract.c, Objects/object.c). An
operator method that answers NotImplemented is not followed: the recording ends before it returns.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import FunctionType
from typing import Any, Final

from hotloop_interp.frame import Frame, ReturnKind
from hotloop_interp.machine import Machine
from hotloop_ir.helper import Helper, helper_named
from hotloop_ir.ops.pyobj import NewTuple
from hotloop_tracer import objects
from hotloop_tracer.builtin_bases import SEQUENCES
from hotloop_tracer.objects import MISSING, lookup
from hotloop_tracer.operators import COMPARISONS, OPERATORS
from hotloop_tracer.recording_arithmetic import arithmetic, compare, unary
from hotloop_tracer.recording_iteration import Iteration
from hotloop_tracer.snapshots import shadow_of
from hotloop_tracer.traced import Traced

_BINARY: Final[dict[str, Helper]] = {
    op: helper_named(f"number_{name}") for op, (name, _) in OPERATORS.items()
}
_COMPARE: Final[dict[str, Helper]] = {
    op: helper_named(f"compare_{name}") for op, (name, _) in COMPARISONS.items()
}
_REFLECTED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_UNARY: Final[dict[str, tuple[str, Helper, Callable[[Any], Any]]]] = {
    "-": ("__neg__", helper_named("number_neg"), operator.neg),
    "+": ("__pos__", helper_named("number_pos"), operator.pos),
    "~": ("__invert__", helper_named("number_invert"), operator.invert),
}


class OperatorRest:
    """What follows an operator method that was entered as a frame (``Frame.continuation``).

    ``step`` is 0 while the left operand's method runs and 1 while the reflected one does.
    """

    __slots__ = ("left", "op", "right", "step")

    def __init__(self, op: str, left: Any, right: Any, step: int) -> None:
        self.op = op
        self.left = left
        self.right = right
        self.step = step

    def resume(self, machine: Machine[Any], caller: Frame[Any], value: Any) -> Any:
        """The value, or what the operator gives when the method declined."""
        if value is not NotImplemented:
            return value
        return after_decline(self)

    def concrete(self) -> OperatorRest:
        """The same with plain objects."""
        return OperatorRest(self.op, self.left.obj, self.right.obj, self.step)


def after_decline(rest: OperatorRest) -> Any:
    """The operator once more without the methods that were asked already."""
    left, right = rest.left, rest.right
    if rest.step == 0:
        name = _reflected_name(rest.op)
        method = lookup(type(right), name)
        ask = type(right) is not type(left) or rest.op in COMPARISONS
        if method is not MISSING and ask:
            result = method(right, left)  # type: ignore[operator]
            if result is not NotImplemented:
                return result
    if rest.op in ("==", "!="):
        return (left is right) == (rest.op == "==")
    word = f"'{type(left).__name__}' and '{type(right).__name__}'"
    if rest.op in COMPARISONS:
        raise TypeError(f"'{rest.op}' not supported between instances of {word}")
    raise TypeError(f"unsupported operand type(s) for {rest.op}: {word}")


def _method_name(op: str) -> str:
    if op in COMPARISONS:
        return f"__{COMPARISONS[op][0]}__"
    return f"__{OPERATORS[op][0]}__"


def _reflected_name(op: str) -> str:
    if op in COMPARISONS:
        return f"__{COMPARISONS[_REFLECTED[op]][0]}__"
    return f"__r{OPERATORS[op.removesuffix('=')][0]}__"


class Operators(Iteration):
    """Binary, unary and comparison operators."""

    def binary(
        self, frame: Frame[Traced], op: str, left: Traced, right: Traced
    ) -> Traced | Frame[Traced]:
        """``left op right``"""
        found = arithmetic(self, op, left, right)
        if found is not None:
            return found
        callee = self._enter_operator(frame, op, left, right)
        if callee is not None:
            return callee
        refs = (left.ref, right.ref)
        if op == "+=" and type(left.obj) is list and type(right.obj) in SEQUENCES:
            self.list_extend(left, right)
            return left
        return self.residual(_BINARY[op], refs, OPERATORS[op][1], left.obj, right.obj)

    def compare(
        self, frame: Frame[Traced], op: str, left: Traced, right: Traced
    ) -> Traced | Frame[Traced]:
        """``left op right``"""
        found = compare(self, op, left, right)
        if found is None:
            found = self._identity_compare(op, left, right)
        if found is not None:
            return found
        callee = self._enter_operator(frame, op, left, right)
        if callee is not None:
            return callee
        refs = (left.ref, right.ref)
        return self.residual(_COMPARE[op], refs, COMPARISONS[op][1], left.obj, right.obj)

    def _identity_compare(self, op: str, left: Traced, right: Traced) -> Traced | None:
        """``==`` and ``!=`` of objects that both compare by identity."""
        if op not in ("==", "!="):
            return None
        for side in (left, right):
            cls = type(side.obj)
            if lookup(cls, "__eq__") is not object.__eq__ and side.obj is not None:
                return None
            if lookup(cls, "__ne__") is not object.__ne__ and side.obj is not None:
                return None
            if not (objects.class_is_immutable(cls) or self.introspect.type_version(cls)):
                return None
        for side in (left, right):
            self.version_of(self.type_of(side))
        return self.is_op(left, right, invert=op == "!=")

    def _enter_operator(
        self, frame: Frame[Traced], op: str, left: Traced, right: Traced
    ) -> Frame[Traced] | None:
        """The frame of an operator method in Python that is asked first, else None."""
        a, b = type(left.obj), type(right.obj)
        own, other = lookup(a, _method_name(op)), lookup(b, _reflected_name(op))
        if op.endswith("=") and op not in COMPARISONS:
            if own is not MISSING:
                return None
            own = lookup(a, _method_name(op[:-1]))
        if a is not b and issubclass(b, a) and other is not MISSING:
            return None
        if type(own) is FunctionType:
            return self._operator_frame(frame, op, own, left, right, 0)
        declines = own is MISSING or ((a is int or a is float) and not issubclass(b, (int, float)))
        if type(other) is FunctionType and declines and a is not b:
            return self._operator_frame(frame, op, other, left, right, 1)
        return None

    def _operator_frame(
        self,
        frame: Frame[Traced],
        op: str,
        method: FunctionType,
        left: Traced,
        right: Traced,
        step: int,
    ) -> Frame[Traced] | None:
        if not self.may_step_into(frame, method):
            return None
        for side in (left, right):
            cls = type(side.obj)
            if not (objects.class_is_immutable(cls) or self.introspect.type_version(cls)):
                return None
        for side in (left, right):
            self.version_of(self.type_of(side))
        args = [right, left] if step else [left, right]
        callee = self.enter_frame(frame, self.const(method), args, (), ReturnKind.CONTINUE)
        if callee is not None:
            callee.continuation = OperatorRest(op, left, right, step)
            step_ref = self.const(step).ref
            shadow_of(callee).extra = NewTuple((left.ref, right.ref, step_ref))
        return callee

    def unary(self, frame: Frame[Traced], op: str, value: Traced) -> Traced | Frame[Traced]:
        """``op value``"""
        found = unary(self, op, value)
        if found is not None:
            return found
        name, helper, do = _UNARY[op]
        callee = self._enter_method(frame, value, name, [], ReturnKind.PUSH)
        if callee is not None:
            return callee
        return self.residual(helper, (value.ref,), do, value.obj)
