"""What two threads do at once: here the second one comes in the middle of the first, on purpose."""

from __future__ import annotations

import importlib
from types import CodeType
from typing import Any

import pytest

from hotloop.config import current
from hotloop.core.codes import Codes, CodeState
from hotloop.core.hotness import own_files
from hotloop.frames.probe import probe
from hotloop.frames.runtime import Runtime
from hotloop_interp.decode import DecodedCode, decode, py311
from hotloop_ir.layout import Layout


def looping(count: int) -> int:
    total = 0
    for step in range(count):
        total += step
    return total


def copy_of_looping() -> CodeType:
    """Code that nothing is known of yet."""
    return looping.__code__.replace()


def test_code_rewritten_by_two_threads_at_once_has_one_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layout = probe()
    assert isinstance(layout, Layout)
    codes, code = Codes(layout, Runtime(layout).records, None, current()), copy_of_looping()
    new_record, firsts = codes._new_record, list[CodeState]()

    def interrupted() -> Any:
        if not firsts:
            monkeypatch.setattr(codes, "_new_record", new_record)
            firsts.append(codes.prepare(code))
        return new_record()

    monkeypatch.setattr(codes, "_new_record", interrupted)
    state = codes.prepare(code)
    assert [state] == firsts
    assert codes.state(state.rewritten.code) is codes.state(code) is state
    assert set(codes.points()) == set(state.points.values())


def test_code_decoded_by_two_threads_at_once_is_decoded_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, decode_code, firsts = copy_of_looping(), py311.decode_code, list[DecodedCode]()

    def interrupted(code: CodeType) -> DecodedCode:
        monkeypatch.setattr(py311, "decode_code", decode_code)
        firsts.append(decode(code))
        return decode_code(code)

    monkeypatch.setattr(py311, "decode_code", interrupted)
    assert decode(code) is firsts[0] is decode(code)


def test_what_imports_is_never_rewritten() -> None:
    """Our imports would come upon merge points, and import in the middle of an import."""
    machinery: Any = importlib
    acquire: CodeType = machinery._bootstrap._ModuleLock.acquire.__code__
    assert decode(acquire).has_loops
    assert acquire.co_filename.startswith(own_files())
