"""The contract as data: what every op and helper is, in rows, and their fingerprint.

``docs/internals/op-table.md`` is made of the rows. A change of the fingerprint is a change
of the contract between the packages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from hotloop_ir import helpers, ops  # noqa: F401 - fill the tables
from hotloop_ir.helper import EVERYTHING, Helper, all_helpers
from hotloop_ir.op import Op, Own, registry
from hotloop_ir.value import Type

#: Raised by one when a stage written against the old contract would go wrong.
IR_CONTRACT: Final = 1

Row = tuple[str, ...]

OP_COLUMNS: Final[Row] = (
    "op", "operands", "immediates", "result", "effect", "owned", "takes over", "snapshot",
)  # fmt: skip
HELPER_COLUMNS: Final[Row] = (
    "helper", "symbol", "operands", "result", "errors", "owned", "takes over", "writes", "notes",
)  # fmt: skip


def type_name(type_: Type | None) -> str:
    """The type as docs write it; VOID in an operand is "any", in a result nothing."""
    return "" if type_ is None or type_ is Type.VOID else type_.name.lower()


def op_row(cls: type[Op[Any]]) -> Row:
    """What an op is, in the columns of ``OP_COLUMNS``."""
    names = list(cls.operand_names)
    tail = f"{names.pop()}: {type_name(cls.variadic) or 'any'}..." if cls.variadic else ""
    operands = [
        f"{name}: {type_name(type_) or 'any'}"
        for name, type_ in zip(names, cls.operand_types, strict=True)
    ]
    taken = cls.operand_names if cls.consumes is None else [names[i] for i in cls.consumes]
    effect = cls.effect.value + (", commutative" if cls.commutative else "")
    result = getattr(cls, "type", None)
    return (
        cls.mnemonic,
        ", ".join([*operands, *([tail] if tail else [])]),
        ", ".join(cls.immediates),
        type_name(result) if isinstance(result, Type) else "of " + cls.immediates[-1],
        effect,
        "" if cls.own is Own.NONE else cls.own.value,
        ", ".join(taken),
        "yes" if cls.has_snapshot else "",
    )


def helper_row(helper: Helper) -> Row:
    """What a helper is, in the columns of ``HELPER_COLUMNS``."""
    params = ", ".join([type_name(type_) for type_ in helper.params])
    writes = "*" if helper.writes >= EVERYTHING else ", ".join(sorted(helper.writes))
    notes = ["elidable"] if helper.elidable else []
    notes += ["C int"] if helper.c_int else []
    notes += [helper.result_class.__name__] if helper.result_class is not None else []
    owned = "" if helper.result is not Type.REF else helper.ownership.value
    return (
        helper.name,
        helper.symbol,
        params + ("..." if helper.variadic else ""),
        type_name(helper.result),
        helper.errors.value,
        owned,
        ", ".join([str(index) for index in helper.consumes]),
        writes,
        ", ".join(notes),
    )


def family(cls: type[Op[Any]]) -> str:
    """The module of ``hotloop_ir.ops`` an op is declared in."""
    return cls.__module__.rpartition(".")[2]


def meaning(cls: type[Op[Any]]) -> str:
    """The first sentence or paragraph of an op's docstring, on one line."""
    return " ".join((cls.__doc__ or "").partition("\n\n")[0].split())


def rows() -> Iterator[Row]:
    """Every row: ops sorted by name, then helpers sorted by name."""
    for name in sorted(registry):
        yield op_row(registry[name])
    for helper in sorted(all_helpers(), key=lambda helper: helper.name):
        yield helper_row(helper)


def fingerprint() -> str:
    """Twelve hex digits that change with any row."""
    text = "\n".join(["|".join(row) for row in rows()])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
