"""A handler cannot slip a raw object past the machine: that is a type error."""

from pathlib import Path

from mypy import api

GOOD = """
from hotloop_interp.decode import Instr
from hotloop_interp.frame import Frame, V
from hotloop_interp.machine import Machine

def handler(frame: Frame[V], m: Machine[V], instr: Instr) -> None:
    frame.push(m.const(1))
"""


def errors(source: str, folder: Path) -> str:
    """What mypy --strict says about a module."""
    path = folder / "snippet.py"
    path.write_text(source)
    return api.run(["--strict", "--follow-imports=silent", "--no-incremental", str(path)])[0]


def test_handler_that_pushes_an_object_is_a_type_error(tmp_path: Path) -> None:
    assert "Success" in errors(GOOD, tmp_path)
    shown = errors(GOOD.replace("m.const(1)", "1"), tmp_path)
    assert 'Argument 1 to "push" of "Frame"' in shown
    assert "[arg-type]" in shown
