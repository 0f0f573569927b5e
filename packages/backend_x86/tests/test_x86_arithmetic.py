"""Every arithmetic op: machine code against the op's own ``evaluate``, at both levels."""

import itertools
import math
import random
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from hotloop_backend_x86.compile import X86Backend
from hotloop_backend_x86.testing import enter, run
from hotloop_ir.op import Effect, GuardFailed, Op, registry
from hotloop_ir.ops import boolean, floats, integer
from hotloop_ir.ops.control import Leave
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.trace import Trace
from hotloop_ir.value import Const, Param, Type, Value

INTS = [
    sign * 2**power + more
    for power in (0, 1, 8, 30, 31, 32, 59, 60, 62)
    for sign in (-1, 1)
    for more in (-1, 0, 1)
] + [integer.MIN, integer.MIN + 1, integer.MAX, integer.MAX - 1, 7, -7, 10, -10]
FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 1e300, -1e300, 5e-324, 2.0**63, -(2.0**63), 1e18, 1e19]
FLOATS += [math.inf, -math.inf, math.nan, 4503599627370497.5]
SHIFTS = [0, 1, 31, 32, 62, 63]


def arithmetic() -> list[type[Op[Any]]]:
    unboxed = (Type.INT, Type.FLOAT, Type.BOOL)
    return [
        cls
        for cls in registry.values()
        if "evaluate" in vars(cls) and all(type in unboxed for type in cls.operand_types)
    ]


PURE = [cls for cls in arithmetic() if cls.effect is Effect.PURE]
GUARDS = [cls for cls in arithmetic() if cls.effect is Effect.GUARD]


def values_of(type: Type) -> list[Any]:
    pools: dict[Type, list[Any]] = {
        Type.INT: INTS,
        Type.FLOAT: FLOATS,
        Type.BOOL: [False, True],
    }
    return pools[type]


def accepts(cls: type[Op[Any]], operands: tuple[Any, ...]) -> bool:
    if cls in (integer.IntFloordiv, integer.IntMod):
        return operands[1] != 0 and operands != (integer.MIN, -1)
    if cls is floats.FloatTruediv:
        return bool(operands[1] != 0.0)
    if cls is floats.FloatSqrt:
        return not operands[0] < 0.0
    return True


def operand_sets(cls: type[Op[Any]], count: int) -> list[tuple[Any, ...]]:
    """Every pair of interesting operands, cut or repeated to ``count``, in random order."""
    pools = [values_of(type) for type in cls.operand_types]
    if cls in (integer.IntLshift, integer.IntRshift):
        pools[1] = SHIFTS
    if cls is integer.IntLshiftOvf:
        pools[1] = [*SHIFTS, 64, -1, 2**40, integer.MIN]
    found = [operands for operands in itertools.product(*pools) if accepts(cls, operands)]
    random.Random(cls.mnemonic).shuffle(found)
    return [found[index % len(found)] for index in range(count)]


def same(found: object, expected: object) -> bool:
    if type(found) is not type(expected):
        return False
    if isinstance(found, float) and isinstance(expected, float):
        if math.isnan(found) or math.isnan(expected):
            return math.isnan(found) and math.isnan(expected)
        return struct.pack("<d", found) == struct.pack("<d", expected)
    return found == expected


def state(*values: Value[Any]) -> Snapshot:
    return Snapshot(FrameState(None, None, 0, values, ()))


def make(cls: type[Op[Any]], operands: list[Value[Any]], snapshot: Snapshot) -> Op[Any]:
    maker: Any = cls
    return maker(*operands, snapshot) if cls.has_snapshot else maker(*operands)  # type: ignore[no-any-return]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_all_pure_ops_on_edge_operands(level: int) -> None:
    rounds = 400
    ops: list[Op[Any]] = []
    params: list[Param[Any]] = []
    for cls in PURE:
        own: list[Param[Any]] = [Param(type) for type in cls.operand_types]
        params += own
        ops.append(make(cls, list(own), state()))
    code = X86Backend().compile(Trace(params, [*ops, Leave(state(*ops))]), level)
    sets = [operand_sets(cls, rounds) for cls in PURE]
    for number in range(rounds):
        inputs = [value for operands in sets for value in operands[number]]
        left = enter([code], inputs)
        for op, operands in zip(ops, sets, strict=True):
            expected = type(op).evaluate(*operands[number])
            assert same(left.values[op], expected), (op, operands[number])
    code.free()


def constant_sets() -> Iterator[tuple[type[Op[Any]], tuple[Any, ...]]]:
    for cls in PURE:
        for operands in operand_sets(cls, 12):
            yield cls, operands


@pytest.mark.parametrize("level", [0, 1, 2])
def test_pure_ops_with_a_constant_on_the_right(level: int) -> None:
    ops: list[Op[Any]] = []
    params: list[Param[Any]] = []
    inputs: list[Any] = []
    expected: list[Any] = []
    for cls, operands in constant_sets():
        param: Param[Any] = Param(cls.operand_types[0])
        rest: list[Value[Any]] = [
            Const(type, value)
            for type, value in zip(cls.operand_types[1:], operands[1:], strict=True)
        ]
        params.append(param)
        inputs.append(operands[0])
        ops.append(make(cls, [param, *rest], state()))
        expected.append(cls.evaluate(*operands))
    for start in range(0, len(ops), 200):
        part = slice(start, start + 200)
        trace = Trace(params[part], [*ops[part], Leave(state(*ops[part]))])
        left = run(trace, inputs[part], level)
        for op, value in zip(ops[part], expected[part], strict=True):
            assert same(left.values[op], value), op


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("cls", GUARDS)
def test_guarding_ops_give_the_result_or_leave(cls: type[Op[Any]], level: int) -> None:
    params: list[Param[Any]] = [Param(type) for type in cls.operand_types]
    op = make(cls, list(params), state(*params))
    end = Leave(state(op))
    code = X86Backend().compile(Trace(params, [op, end]), level)
    for operands in operand_sets(cls, 300):
        left = enter([code], operands)
        try:
            expected = cls.evaluate(*operands)
        except GuardFailed:
            assert left.op is op
            assert all(
                same(left.values[param], value)
                for param, value in zip(params, operands, strict=True)
            )
        else:
            assert left.op is end
            assert same(left.values[op], expected), operands
    code.free()


@pytest.mark.parametrize("level", [0, 1, 2])
def test_ref_is(level: int) -> None:
    lhs, rhs = Param[Any](Type.REF), Param[Any](Type.REF)
    op = boolean.RefIs(lhs, rhs)
    trace = Trace((lhs, rhs), [op, Leave(state(op))])
    one, other = object(), object()
    assert run(trace, (one, one), level).values[op] is True
    assert run(trace, (one, other), level).values[op] is False


def test_the_ops_that_say_what_they_compute_are_all_here() -> None:
    assert len(PURE) > 30
    assert {cls.mnemonic for cls in GUARDS} == {
        "int_add_ovf", "int_sub_ovf", "int_mul_ovf", "int_lshift_ovf", "float_to_int",
    }  # fmt: skip
