"""Finishing an instruction whose operation has happened, when recording broke off inside it.

An error of the recorder itself can come after the operation at hand has really run. CPython must
not run it again, so the frame is brought to the next boundary with the object the operation gave.
It must not record, and must not run code of the program.
"""

from __future__ import annotations

from typing import Any, Final

from hotloop_interp.decode import Instr
from hotloop_interp.frame import NULL, Frame
from hotloop_interp.machine import EXHAUSTED
from hotloop_ir import value as ir
from hotloop_tracer.traced import Traced

_RESULTS: Final[dict[str, int]] = {
    "BINARY_OP": 2, "BINARY_SUBSCR": 2, "COMPARE_OP": 2, "CONTAINS_OP": 2, "GET_ITER": 1,
    "LOAD_ATTR": 1, "LOAD_METHOD": 1, "UNARY_INVERT": 1, "UNARY_NEGATIVE": 1, "UNARY_POSITIVE": 1,
    "UNARY_NOT": 1, "LIST_TO_TUPLE": 1, "GET_LEN": 0,
}  # fmt: skip
"""Operands that an instruction with a result takes off the stack."""

_NO_RESULT: Final[dict[str, int]] = {
    "STORE_SUBSCR": 3, "DELETE_SUBSCR": 2, "STORE_ATTR": 2, "DELETE_ATTR": 1, "STORE_GLOBAL": 1,
    "STORE_NAME": 1, "STORE_DEREF": 1, "DELETE_GLOBAL": 0, "DELETE_NAME": 0, "DELETE_DEREF": 0,
    "LIST_APPEND": 1, "LIST_EXTEND": 1, "SET_ADD": 1, "SET_UPDATE": 1, "MAP_ADD": 2,
    "DICT_UPDATE": 1, "DICT_MERGE": 1,
}  # fmt: skip
"""Operands of an instruction without a result."""


def complete(frame: Frame[Traced], result: object) -> bool:
    """Bring a frame past its instruction, whose operation gave ``result``.

    Answers whether that could be done; if not, nothing is changed.
    """
    instr = frame.instr
    if instr.op in _NO_RESULT:
        frame.drop(_NO_RESULT[instr.op])
    elif instr.op == "FOR_ITER":
        return _iterated(frame, instr, result)
    elif "JUMP" in instr.op and "IF" in instr.op:
        return _jumped(frame, instr, bool(result))
    else:
        count = _operands(instr)
        if count is None:
            return False
        frame.drop(count)
        if instr.op == "LOAD_METHOD":
            frame.push(NULL)
        frame.push(Traced(_converted(instr, result), ir.NULL))
    frame.index = instr.next
    return True


def _operands(instr: Instr) -> int | None:
    """How many operands an instruction with a result takes off the stack."""
    op, arg = instr.op, instr.arg
    if op == "CALL":
        return arg + 2
    if op == "CALL_FUNCTION_EX":
        return 3 + (arg & 1)
    if op == "FORMAT_VALUE":
        return None if arg & 3 else 1 + (arg >> 2 & 1)
    if op in ("BUILD_SET", "BUILD_STRING"):
        return arg
    if op == "BUILD_MAP":
        return 2 * arg
    return arg + 1 if op == "BUILD_CONST_KEY_MAP" else _RESULTS.get(op)


def _converted(instr: Instr, result: Any) -> object:
    """The result of the instruction: questions are answered by the operation as numbers."""
    if instr.op == "UNARY_NOT":
        return not result
    return bool(result) != bool(instr.arg) if instr.op == "CONTAINS_OP" else result


def _iterated(frame: Frame[Traced], instr: Instr, item: object) -> bool:
    if item is not EXHAUSTED:
        frame.push(Traced(item, ir.NULL))
        frame.index = instr.next
        return True
    assert instr.jump is not None
    frame.drop(1)
    frame.index = instr.jump
    return True


def _jumped(frame: Frame[Traced], instr: Instr, truth: bool) -> bool:
    """``__bool__`` has run for a conditional jump."""
    jumps = ("IF_TRUE" in instr.op) == truth
    if not (jumps and instr.op.endswith("OR_POP")):
        frame.drop(1)
    if jumps:
        assert instr.jump is not None
        frame.index = instr.jump
    else:
        frame.index = instr.next
    return True
