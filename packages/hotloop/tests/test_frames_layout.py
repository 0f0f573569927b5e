"""The struct layout is that of the headers, and the probe notices when it is not true."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

from hotloop.frames import probe as probing
from hotloop_ir.layout import Layout, current
from hotloop_ir.layout.cpython311 import FACTS

ROOT = Path(__file__).parents[3]


def test_probe_accepts_this_interpreter() -> None:
    layout = probing.probe()
    assert isinstance(layout, Layout), layout
    assert layout["PyObject.ob_type"] == 8
    assert "PyListObject.ob_item" in layout
    assert layout.size("PyListObject") == 40
    with pytest.raises(KeyError):
        layout["PyListObject.nothing"]


def test_table_is_what_the_headers_say() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from gen_layout import measure
    finally:
        sys.path.pop(0)
    include = Path(sysconfig.get_paths()["include"])
    headers = [include] if (include / "Python.h").exists() else []
    for folder in headers:
        assert measure(folder) == FACTS


PROBED = [
    "PyListObject.ob_item", "PyLongObject.ob_digit", "PyDictObject.ma_keys", "managed.values",
    "PyTypeObject.tp_version_tag", "PyFunctionObject.func_code", "PyCellObject.ob_ref",
    "_PyInterpreterFrame.localsplus", "_PyInterpreterFrame.prev_instr", "_PyCFrame.current_frame",
    "_PyRangeIterObject.len", "enumobject.en_sit", "zipobject.ittuple", "PyMethodObject.im_self",
    "PyInterpreterState.gc.enabled", "PyGenObject.gi_frame_state", "PyThreadState.recursion_limit",
]  # fmt: skip


@pytest.mark.parametrize("field", PROBED)
def test_a_wrong_offset_is_reported_in_one_line(
    field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = dict(FACTS)
    shift = -8 if FACTS[field] >= 24 else 8
    wrong[field] += shift
    monkeypatch.setattr(probing, "current", lambda: Layout("cpython311", wrong))
    answer = probing.probe()
    assert isinstance(answer, str) and "\n" not in answer and "CPython" in answer


@pytest.mark.parametrize(
    ("place", "value", "word"),
    [
        ("sys.version_info", (3, 12, 0, "final", 0), "3.12"),
        ("sys.platform", "darwin", "darwin"),
        ("sys.gettotalrefcount", len, "debug"),
    ],
)
def test_unknown_builds_are_refused(
    place: str, value: object, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, value, raising=False)
    answer = current()
    assert isinstance(answer, str) and word in answer and "\n" not in answer
