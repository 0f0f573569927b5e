"""Programs give the same result, exception and traceback by the interpreter as by CPython, and
together they execute every opcode of 3.11.

The programs are in `programs/`: every function there whose name begins with `program_`.
"""

import importlib.util
import opcode
from collections.abc import Callable
from pathlib import Path

import pytest

from hotloop_interp.handlers import HANDLERS
from hotloop_interp.testing import OpcodeCounter, assert_same

FOLDER = Path(__file__).parent / "programs"
MERGED = {"CACHE", "EXTENDED_ARG", "PRECALL", "KW_NAMES"}
"""Opcodes that decoding takes into others."""


def programs() -> dict[str, Callable[[], object]]:
    """All programs by "file:name"."""
    found: dict[str, Callable[[], object]] = {}
    for path in sorted(FOLDER.glob("*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, value in vars(module).items():
            if name.startswith("program_"):
                found[f"{path.stem}:{name.removeprefix('program_')}"] = value
    return found


PROGRAMS = programs()


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    assert_same(PROGRAMS[name])


def test_every_opcode_has_a_handler() -> None:
    known = {name for name in opcode.opmap if not name.startswith("<")}
    assert known == set(HANDLERS)


def test_programs_execute_every_opcode() -> None:
    counter = OpcodeCounter()
    for program in PROGRAMS.values():
        assert_same(program, hooks=counter)
    assert set(opcode.opmap) - MERGED - set(counter.counts) == set()
