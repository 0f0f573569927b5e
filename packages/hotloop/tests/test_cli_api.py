"""The public API: what it asks of the engine, and that it does nothing where there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import hotloop
from hotloop import api, config, log
from hotloop.engine_protocol import EngineProtocol, F
from hotloop.runner_imports import own_imports, set_program_entry, shadowing_names
from hotloop.statistics import Stats


class Recorder:
    """An engine that writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    @property
    def started(self) -> bool:
        return "enable" in self.asked

    def enable(self) -> None:
        self.asked.append("enable")

    def disable(self) -> None:
        self.asked.append("disable")

    def jit(self, function: F, threshold: int | None = None) -> F:
        self.asked.append((function, threshold))
        return function

    def rewrite_everything(self) -> None:
        self.asked.append("everything")

    def stats(self) -> Stats:
        return Stats(loops=7)


def install(monkeypatch: pytest.MonkeyPatch, get_engine: Callable[[], EngineProtocol]) -> None:
    module = ModuleType("hotloop.engine")
    monkeypatch.setattr(module, "get_engine", get_engine, raising=False)
    monkeypatch.setitem(sys.modules, "hotloop.engine", module)
    monkeypatch.delenv("HOTLOOP", raising=False)
    for name, value in (
        ("_engine", None),
        ("_missing", False),
        ("_paused", 0),
        ("_enabled", False),
    ):
        monkeypatch.setattr(api, name, value)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    install(monkeypatch, lambda: made)
    return made


def test_enable_and_disable_reach_the_engine(engine: Recorder) -> None:
    assert hotloop.stats() == Stats()
    hotloop.disable()
    assert engine.asked == []
    hotloop.enable()
    hotloop.disable()
    assert engine.asked == ["enable", "disable"]
    assert hotloop.stats().loops == 7


def test_disabled_blocks_nest(engine: Recorder) -> None:
    hotloop.enable()
    with hotloop.disabled():
        with pytest.raises(KeyError), hotloop.disabled():
            raise KeyError
        hotloop.enable()
        assert engine.asked == ["enable", "disable", "disable"]
    assert engine.asked[-1] == "enable"


def test_disabled_leaves_off_what_was_off(engine: Recorder) -> None:
    with hotloop.disabled():
        pass
    assert engine.asked == []
    hotloop.enable()
    with hotloop.disabled():
        hotloop.disable()
    assert engine.asked == ["enable", "disable", "disable"]


def test_jit_is_used_bare_and_with_options(engine: Recorder) -> None:
    @hotloop.jit
    def one() -> int:
        return 1

    @hotloop.jit(threshold=5)
    def two() -> int:
        return 2

    assert engine.asked == [(one, None), (two, 5)]
    assert (one(), two()) == (1, 2)


def test_jit_refuses_what_makes_no_sense(engine: Recorder) -> None:
    with pytest.raises(TypeError, match="takes a Python function, not builtin_function_or_method"):
        hotloop.jit(len)
    with pytest.raises(ValueError, match="threshold must be at least 1"):
        hotloop.jit(threshold=0)


def unavailable() -> Any:
    raise api.EngineUnavailable("knows CPython 3.11, this is 3.99")


def broken() -> Any:
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("get_engine", "reason"),
    [
        (unavailable, "knows CPython 3.11, this is 3.99"),
        (broken, "the engine does not start (ZeroDivisionError: division by zero)"),
    ],
)
def test_without_an_engine_one_line_is_said(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    get_engine: Callable[[], EngineProtocol],
    reason: str,
) -> None:
    install(monkeypatch, get_engine)
    hotloop.enable()
    hotloop.enable()

    @hotloop.jit
    def one() -> int:
        return 1

    with hotloop.disabled():
        assert one() == 1
    assert hotloop.stats() == Stats()
    assert capfd.readouterr().err == f"hotloop: {reason}; the program runs uncompiled\n"


def test_the_logs_are_opened_for_users_of_the_api(
    engine: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLOOP_LOG", "exit")
    monkeypatch.setattr(config, "_current", None)
    try:
        hotloop.enable()
        assert log.EXIT.on
    finally:
        log.configure("")


def test_variables_that_make_no_sense_raise(
    engine: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLOOP_LOOP_THRESHOLD", "x")
    monkeypatch.setattr(config, "_current", None)
    with pytest.raises(ValueError, match="HOTLOOP_LOOP_THRESHOLD: 'x' is not a whole number"):
        hotloop.enable()


def test_hotloop_0_turns_everything_off(
    engine: Recorder, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLOOP", "0")
    hotloop.enable()
    hotloop.jit(unavailable)
    assert engine.asked == []
    assert capfd.readouterr().err == ""


def test_public_names_are_functions_and_nothing_else_takes_them() -> None:
    folder = Path(hotloop.__file__).parent
    submodules = {path.stem for path in folder.iterdir()}
    assert not submodules & set(hotloop.__all__), "import hotloop.X would hide the function"
    assert set(hotloop.__all__) <= set(dir(hotloop))
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        hotloop.nonsense  # noqa: B018


def test_own_imports_and_those_of_the_program_are_kept_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "colorsys.py").write_text("mine = True")
    (tmp_path / "stringprep.py").write_text("mine = True")
    (tmp_path / "other.py").write_text("mine = True")
    assert shadowing_names(str(tmp_path)) == {"colorsys", "stringprep"}
    assert shadowing_names(str(tmp_path / "nowhere")) == set()
    monkeypatch.syspath_prepend(str(tmp_path))
    set_program_entry(str(tmp_path))
    for name in ("colorsys", "stringprep", "other"):
        monkeypatch.setitem(sys.modules, name, sys)  # restored at the end
        del sys.modules[name]
    before = list(sys.path)
    import colorsys as program_colorsys

    with own_imports():
        import colorsys as own_colorsys

        assert not hasattr(own_colorsys, "mine")
        assert str(tmp_path) not in sys.path
    import colorsys as again

    assert again is program_colorsys and hasattr(again, "mine")
    with own_imports():
        import stringprep as own_stringprep
    import stringprep as program_stringprep

    assert hasattr(program_stringprep, "mine") and not hasattr(own_stringprep, "mine")
    assert sys.path == before


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_importing_hotloop_is_cheap() -> None:
    loaded = run("import sys, hotloop; print(*sys.modules)").split()
    ours = {name for name in loaded if name.startswith("hotloop")}
    assert ours == {"hotloop", "hotloop.__about__"}


def test_a_run_loads_nothing_heavy() -> None:
    code = (
        "import sys, os; os.environ['HOTLOOP_EXECUTOR'] = 'none'\n"
        "sys.argv = ['hotloop', 'run', '-c', 'import sys; print(*sys.modules)']\n"
        "from hotloop.__main__ import main; main()"
    )
    loaded = set(run(code).split())
    heavy = {"click", "rich", "llvmlite", "capstone", "hotloop_tracer", "hotloop_backend_x86"}
    assert not loaded & heavy
