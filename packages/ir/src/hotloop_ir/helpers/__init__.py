"""Declarations of all runtime helpers, by subject. Importing this package fills the table.

Find one with ``helper.helper_named(name)``. A symbol ``hl_...`` is native code of the
backend; any other is a function of CPython's C API or of libm. REF operands are
borrowed unless a helper consumes them. A helper that "may run Python" writes ``"*"``.
"""

from hotloop_ir.helpers import attr, call, dict, iter, list, math, number, str

__all__ = ["attr", "call", "dict", "iter", "list", "math", "number", "str"]
