"""The golden op table, and that every package agrees with the contract it was made of."""

from __future__ import annotations

import re

from gen_op_table import OUTPUT, document
from hotloop_ir.contract import IR_CONTRACT, fingerprint, helper_row, op_row, rows
from hotloop_ir.helper import helper_named
from hotloop_ir.op import registry


def test_the_op_table_is_up_to_date() -> None:
    """If this fails the contract has changed: see the head of ``tools/gen_op_table.py``."""
    assert OUTPUT.read_text() == document()


def test_the_table_names_its_contract() -> None:
    found = re.search(r"Contract (\d+), fingerprint `(\w+)`", OUTPUT.read_text())
    assert found is not None
    assert found.groups() == (str(IR_CONTRACT), fingerprint())


def test_rows_tell_what_was_declared() -> None:
    assert op_row(registry["int_add"]) == (
        "int_add", "lhs: int, rhs: int", "", "int", "pure, commutative", "", "", "",
    )  # fmt: skip
    assert op_row(registry["setitem"])[1:7] == (
        "base: ref, index: int, value: ref", "descr", "ref", "write", "new", "value",
    )  # fmt: skip
    assert op_row(registry["getfield"])[1:4] == ("base: any", "descr", "of descr")
    assert op_row(registry["new_tuple"])[1] == "items: ref..."
    assert helper_row(helper_named("str_build"))[2:6] == ("ref...", "ref", "null", "new")
    assert len(list(rows())) == len(set(rows()))
