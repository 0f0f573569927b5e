"""Guards on references and numbers: what goes on, what leaves, and with which values."""

from typing import Any

import pytest

from hotloop_backend_x86.testing import run
from hotloop_ir.ops import guard
from hotloop_ir.ops.control import Leave
from hotloop_ir.snapshot import FrameState, Snapshot
from hotloop_ir.trace import Trace
from hotloop_ir.value import NULL, NULL_OBJECT, Param, Type, Value, const_int, const_ref

LEVELS = pytest.mark.parametrize("level", [0, 1, 2])


def state(*values: Value[Any]) -> Snapshot:
    return Snapshot(FrameState(None, None, 0, values, ()))


def ref() -> Param[Any]:
    return Param(Type.REF)


def integer() -> Param[Any]:
    return Param(Type.INT)


@LEVELS
def test_guards_on_references(level: int) -> None:
    mark = object()
    rows: list[tuple[Any, object, object]] = [
        (lambda r, s: guard.GuardType(r, int, s), 5, 5.0),
        (lambda r, s: guard.GuardType(r, bool, s), True, 1),
        (lambda r, s: guard.GuardIs(r, const_ref(mark), s), mark, object()),
        (lambda r, s: guard.GuardIs(r, NULL, s), NULL_OBJECT, mark),
        (lambda r, s: guard.GuardNonnull(r, s), mark, NULL_OBJECT),
    ]
    for make, holds, fails in rows:
        for given, expected in ((holds, True), (fails, False)):
            param = ref()
            op = make(param, state(param))
            end = Leave(state())
            left = run(Trace([param], [op, end]), [given], level)
            assert (left.op is end) is expected, op
            if not expected:
                assert left.values[param] is given


@LEVELS
def test_guards_on_numbers(level: int) -> None:
    flag, number = Param[Any](Type.BOOL), integer()
    rows: list[tuple[Any, list[Any], bool]] = [
        (guard.GuardTrue(flag, state(flag)), [True], True),
        (guard.GuardTrue(flag, state(flag)), [False], False),
        (guard.GuardFalse(flag, state(flag)), [False], True),
        (guard.GuardFalse(flag, state(flag)), [True], False),
        (guard.GuardInt(number, const_int(2**40), state(number)), [2**40], True),
        (guard.GuardInt(number, const_int(2**40), state(number)), [7], False),
    ]
    for op, given, expected in rows:
        end = Leave(state())
        inputs = [op.args[0]]
        left = run(Trace(inputs, [op, end]), given, level)
        assert (left.op is end) is expected
        if not expected:
            assert list(left.values.values()) == given
