"""Binary operators and comparisons: the names of their helpers, and what they do."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

OPERATORS: Final[dict[str, tuple[str, Callable[[Any, Any], Any]]]] = {
    "+": ("add", operator.add),
    "-": ("sub", operator.sub),
    "*": ("mul", operator.mul),
    "/": ("truediv", operator.truediv),
    "//": ("floordiv", operator.floordiv),
    "%": ("mod", operator.mod),
    "**": ("pow", operator.pow),
    "<<": ("lshift", operator.lshift),
    ">>": ("rshift", operator.rshift),
    "&": ("and", operator.and_),
    "|": ("or", operator.or_),
    "^": ("xor", operator.xor),
    "@": ("matmul", operator.matmul),
    "+=": ("iadd", operator.iadd),
    "-=": ("isub", operator.isub),
    "*=": ("imul", operator.imul),
    "/=": ("itruediv", operator.itruediv),
    "//=": ("ifloordiv", operator.ifloordiv),
    "%=": ("imod", operator.imod),
    "**=": ("ipow", operator.ipow),
    "<<=": ("ilshift", operator.ilshift),
    ">>=": ("irshift", operator.irshift),
    "&=": ("iand", operator.iand),
    "|=": ("ior", operator.ior),
    "^=": ("ixor", operator.ixor),
    "@=": ("imatmul", operator.imatmul),
}
"""Operator to the name its helper has after ``number_``, and what it does."""

COMPARISONS: Final[dict[str, tuple[str, Callable[[Any, Any], Any]]]] = {
    "<": ("lt", operator.lt),
    "<=": ("le", operator.le),
    "==": ("eq", operator.eq),
    "!=": ("ne", operator.ne),
    ">": ("gt", operator.gt),
    ">=": ("ge", operator.ge),
}
