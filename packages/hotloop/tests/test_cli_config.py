"""Knobs: every one can be set by variable and by option, and says clearly what it cannot read."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from hotloop import config, log
from hotloop.config import Config, knobs, load
from hotloop.config_values import PASSES, Executor, GuardFailure, Place, Stress
from hotloop.errors import UsageError, near
from hotloop_optimizer.pipeline import PARTS

GOOD: dict[str, tuple[str, object]] = {
    "loop-threshold": ("7", 7),
    "entry-threshold": ("8", 8),
    "bridge-threshold": ("1", 1),
    "sampling-interval": ("2ms", 0.002),
    "budget": ("15%", 0.15),
    "only": ("a.py:3,b.py", (Place("a.py", 3), Place("b.py"))),
    "except": ("x/c.py", (Place("x/c.py"),)),
    "trace-limit": ("100", 100),
    "inline-depth": ("0", 0),
    "unroll-limit": ("0", 0),
    "retries": ("2", 2),
    "passes-off": ("heap, cse", frozenset({"heap", "cse"})),
    "verify": ("1", True),
    "check-refcounts": ("on", True),
    "strict": ("1", True),
    "executor": ("none", Executor.NONE),
    "code-memory-limit": ("512K", 512 << 10),
    "stress": ("hot,guard=3@2", Stress(hot=True, guard=GuardFailure(3, 2))),
    "stats": ("yes", True),
    "dumps": ("kept", "kept"),
    "stats-json": ("out.json", "out.json"),
    "log": ("trace,opt:file", "trace,opt:file"),
}

BAD = {
    "loop-threshold": "0",
    "entry-threshold": "many",
    "bridge-threshold": "-1",
    "sampling-interval": "0",
    "budget": "200%",
    "only": "a.py:x",
    "except": ":3",
    "trace-limit": "1.5",
    "inline-depth": "-1",
    "unroll-limit": "x",
    "retries": "x",
    "verify": "maybe",
    "check-refcounts": "2",
    "strict": "perhaps",
    "executor": "gpu",
    "code-memory-limit": "64X",
    "stress": "guard",
    "stats": "table",
    "log": "everything",
    "passes-off": "cse,everything",
}


@pytest.mark.parametrize("name", knobs())
def test_a_knob_is_read_from_variable_and_option(name: str) -> None:
    text, value = GOOD[name]
    one = knobs()[name]
    by_variable = load({config.variable_name(one): text})
    by_option = load({config.variable_name(one): ""}, {name: text})
    assert getattr(by_variable, one.name) == getattr(by_option, one.name) == value
    assert load({"HOTLOOP": "1", "PATH": "x"}) == Config()


@pytest.mark.parametrize("name", BAD)
def test_a_bad_value_is_told_in_a_line(name: str) -> None:
    variable = config.variable_name(knobs()[name])
    with pytest.raises(UsageError, match=rf"^{variable}: [^\n]*$"):
        load({variable: BAD[name]})
    with pytest.raises(UsageError, match=rf"^--{name}: [^\n]*$"):
        load({}, {name: BAD[name]})


def test_the_option_wins() -> None:
    assert load({"HOTLOOP_TRACE_LIMIT": "5"}, {"trace-limit": "6"}).trace_limit == 6


def test_an_unknown_variable_is_told() -> None:
    with pytest.raises(UsageError, match=r"HOTLOOP_TRACELIMIT \(did you mean HOTLOOP_TRACE_LIMIT"):
        load({"HOTLOOP_TRACELIMIT": "5"})


def test_every_knob_has_help_and_is_frozen() -> None:
    for one in fields(Config):
        assert len(one.metadata["help"]) > 10
    with pytest.raises(FrozenInstanceError):
        Config().verify = True  # type: ignore[misc]


def test_hot_sets_the_thresholds_that_were_not_set() -> None:
    knobs = load({"HOTLOOP_STRESS": "hot", "HOTLOOP_ENTRY_THRESHOLD": "5"})
    assert (knobs.loop_threshold, knobs.entry_threshold, knobs.bridge_threshold) == (1, 5, 1)


def test_bridges_at_once() -> None:
    assert load({"HOTLOOP_STRESS": "bridges"}).bridge_threshold == 1
    assert load({"HOTLOOP_STRESS": "bridges"}, {"bridge-threshold": "9"}).bridge_threshold == 9


def test_places_match_whole_path_components() -> None:
    knobs = load({"HOTLOOP_ONLY": "shapes.py", "HOTLOOP_EXCEPT": "/src/shapes.py:4"})
    assert knobs.allows("/src/shapes.py", 3)
    assert knobs.allows("shapes.py", 4)
    assert not knobs.allows("/src/shapes.py", 4)
    assert not knobs.allows("/src/myshapes.py", 3)
    assert Config().allows("/anything.py", 1)


def test_passes_are_switched_off_by_name() -> None:
    assert frozenset(PARTS) == load({"HOTLOOP_PASSES_OFF": "all"}).passes_off == set(PASSES)
    assert load({"HOTLOOP_PASSES_OFF": "peel"}).passes_off == {"peel"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", Stress()),
        ("guard-every=3", Stress(guard_every=3)),
        ("guard=0", Stress(guard=GuardFailure(0))),
        ("guard=4@always", Stress(guard=GuardFailure(4))),
        ("guard=4@random,seed=9", Stress(guard=GuardFailure(4, random=True), seed=9)),
        ("deopt-every=1, exits=2", Stress(deopt_every=1, exits=2)),
        ("memory-fails=3,record-stop=4", Stress(memory_fails=3, record_stop=4)),
        ("throw-away=5,bridges,gc", Stress(throw_away=5, bridges=True, gc=True)),
    ],
)
def test_stress_is_read(text: str, value: Stress) -> None:
    assert load({}, {"stress": text}).stress == value


@pytest.mark.parametrize("text", ["often", "guard-every", "guard=x", "guard=1@0", "seed=-1"])
def test_bad_stress_is_told(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--stress: "):
        load({}, {"stress": text})


def test_log_channels_are_read() -> None:
    assert log.parse("trace,opt:a:b") == (("trace", "opt"), "a:b")
    assert log.parse("all") == (log.NAMES, "")
    assert log.parse("") == ((), "")


def test_near_names_are_suggested() -> None:
    assert near("stat", ["stats", "log"]) == " (did you mean stats?)"
    assert near("zzz", ["stats", "log"]) == ""


def test_the_manual_has_every_knob_and_stress() -> None:
    manual = (Path(__file__).parents[3] / "docs/cli.md").read_text()
    for name, one in knobs().items():
        value = one.metadata["value"]
        option = f"`--{name} {value}`" if value else f"`--{name}`"
        row = f"| {option} | `{config.variable_name(one)}` | {one.metadata['help']} |"
        assert row in manual
    for one in fields(Stress):
        assert f"`{one.name.replace('_', '-')}" in manual
    for channel in log.NAMES:
        assert f"| `{channel}` |" in manual
