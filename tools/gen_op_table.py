"""Generate ``docs/internals/op-table.md`` from the declarations of ops and helpers.

    python tools/gen_op_table.py [--check]

``--check`` writes nothing and exits with 1 if the file is out of date. A diff in the file is
a change of the contract between the packages: raise the minor version of hotloop-ir, and
``IR_CONTRACT`` if stages written before the change would go wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from hotloop_ir.contract import (
    HELPER_COLUMNS,
    IR_CONTRACT,
    OP_COLUMNS,
    Row,
    family,
    fingerprint,
    helper_row,
    meaning,
    op_row,
)
from hotloop_ir.helper import all_helpers
from hotloop_ir.op import registry

OUTPUT = Path(__file__).resolve().parent.parent / "docs" / "internals" / "op-table.md"

HEAD = f"""\
# Ops and helpers

Made by `python tools/gen_op_table.py` from `hotloop_ir.ops` and `hotloop_ir.helpers`: do not edit.
Contract {IR_CONTRACT}, fingerprint `{fingerprint()}`.

*owned*: whose reference a REF result is (new: the trace owns it; borrowed: kept alive by the
memory it was read from). *takes over*: operands whose reference the op takes. How ops are written
down is in [ir.md](ir.md).
"""

HELPERS_HEAD = """\
## Helpers

Symbols `hl_...` are native code of the backend, the others are functions of CPython's C API or of
libm. *writes* `*`: Python code may run. *errors*: how the function says that an exception is set.
Declarations, with the meaning in Python: `hotloop_ir/helpers/`.
"""


def cell(text: str) -> str:
    """A cell: code, unless empty."""
    return f"`{text}`" if text else ""


def table(columns: Row, rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a Markdown table whose last column is prose."""
    yield "| " + " | ".join(columns) + " |"
    yield "| " + " | ".join(["---"] * len(columns)) + " |"
    for row in rows:
        yield "| " + " | ".join([*[cell(text) for text in row[:-1]], row[-1]]) + " |"


def document() -> str:
    """The whole text."""
    lines = [HEAD]
    families: dict[str, list[Row]] = {}
    for cls in registry.values():
        row = (*op_row(cls), meaning(cls).replace("|", "\\|"))
        families.setdefault(family(cls), []).append(row)
    for name, rows in families.items():
        lines += [f"## {name}", "", *table((*OP_COLUMNS, "meaning"), rows), ""]
    lines.append(HELPERS_HEAD)
    lines += [*table(HELPER_COLUMNS, [helper_row(helper) for helper in all_helpers()]), ""]
    return "\n".join(lines)


def main() -> int:
    """Write or check the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    text = document()
    if parser.parse_args().check:
        return int(OUTPUT.read_text() != text)
    OUTPUT.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
