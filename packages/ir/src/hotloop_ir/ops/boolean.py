"""Operations on one-bit truth values and on the identity of references."""

from __future__ import annotations

from hotloop_ir.op import Op, operation
from hotloop_ir.value import Bool, Ref, Value


@operation("bool_not")
class BoolNot(Op[Bool]):
    """``not value``."""

    value: Value[Bool]

    @classmethod
    def evaluate(cls, *args: bool) -> bool:
        (value,) = args
        return not value


@operation("ref_is", commutative=True)
class RefIs(Op[Bool]):
    """``lhs is rhs``: the same object. ``NULL`` may be either side."""

    lhs: Value[Ref]
    rhs: Value[Ref]

    @classmethod
    def evaluate(cls, *args: object) -> bool:
        lhs, rhs = args
        return lhs is rhs
