"""Bad command lines, variables and streams: one clear line, no traceback of ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hotloop.cli import Request, parse_run
from hotloop.errors import UsageError


def hotloop(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HOTLOOP")}
    return subprocess.run(
        [sys.executable, "-m", "hotloop", *words],
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def parsed(*words: str) -> Request:
    return parse_run(list(words))


def test_words_after_the_program_are_its_own() -> None:
    request = parsed("--stats", "script.py", "--stats", "-m", "x", "--")
    assert (request.kind, request.target) == ("file", "script.py")
    assert request.arguments == ["--stats", "-m", "x", "--"]
    assert request.options == {"stats": "1"}


def test_options_take_values_with_and_without_equals_sign() -> None:
    request = parsed("--loop-threshold", "3", "--only=a.py:3", "-m", "package", "-c")
    assert request.options == {"loop-threshold": "3", "only": "a.py:3"}
    assert (request.kind, request.target, request.arguments) == ("module", "package", ["-c"])


def test_options_of_python_are_told_apart() -> None:
    request = parsed("-uWerror", "-X", "dev", "-Bmpackage", "a")
    assert request.python_flags == ["-u", "-W", "error", "-X", "dev", "-B"]
    assert (request.kind, request.target, request.arguments) == ("module", "package", ["a"])


def test_programs_are_recognised() -> None:
    assert parsed("-", "a").kind == "stdin"
    assert parsed("-c", "x", "y").kind == "command"
    assert parsed("--", "-x.py").target == "-x.py"
    assert parsed("-h").kind == parsed("--help").kind == "help"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "which program?"),
        (["--"], "which program?"),
        (["--stat", "x.py"], "no such option: --stat (did you mean --stats?)"),
        (["--loop-treshold=3"], "--loop-treshold (did you mean --loop-threshold?)"),
        (["--loop-threshold"], "--loop-threshold needs a value: --loop-threshold N"),
        (["-Z", "x.py"], "no such option: -Z"),
        (["-m"], "-m needs a value"),
        (["-W"], "-W needs a value"),
    ],
)
def test_a_bad_command_line_is_told_in_a_line(words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(*words)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (["rum", "x.py"], {}, "no such command: rum (did you mean run?)"),
        (["x.py"], {}, "no such command: x.py (did you mean: hotloop run x.py?)"),
        (["--nonsense"], {}, "no such option"),
        (["run", "--nope", "x.py"], {}, "run: no such option: --nope"),
        (["run", "--budget=2", "x.py"], {}, "--budget: '2' is not a share between 0 and 1"),
        (["run", "x.py"], {"HOTLOOP": "2"}, "HOTLOOP: '2' is neither 0 nor 1"),
        (["run", "x.py"], {"HOTLOOP_LOG": "oppt"}, "HOTLOOP_LOG: no log channel is called 'oppt'"),
        (["run", "x.py"], {"HOTLOOP_LOG": "opt:/nowhere/x"}, "cannot write /nowhere/x"),
        (
            ["run", "x.py"],
            {"HOTLOOP_ENTRY_TRESHOLD": "1"},
            "no such variable: HOTLOOP_ENTRY_TRESHOLD (did you mean HOTLOOP_ENTRY_THRESHOLD?)",
        ),
    ],
)
def test_bad_input_ends_with_status_2(
    words: list[str], environment: dict[str, str], said: str
) -> None:
    done = hotloop(*words, **environment)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("hotloop: ")
    assert said.lower() in done.stderr.lower()
    assert done.stderr.count("\n") == 1


def test_version_lists_all_packages() -> None:
    done = hotloop("--version")
    names = [line.split()[0] for line in done.stdout.splitlines()]
    stages = ["hotloop-ir", "hotloop-interp", "hotloop-tracer", "hotloop-optimizer"]
    assert names == ["hotloop", *stages, "hotloop-backend-x86"]
    assert all(line.split()[1][0].isdigit() for line in done.stdout.splitlines())
    assert done.returncode == 0


def test_help_names_every_knob() -> None:
    from hotloop.config import knobs

    done = hotloop("run", "--help")
    assert done.returncode == 0
    assert all(f"--{name}" in done.stdout for name in knobs())
    assert "run" in hotloop("--help").stdout
    assert hotloop().stdout == hotloop("--help").stdout


def test_hotloop_0_is_a_plain_python(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import sys; print('hotloop' in sys.modules, sys.argv[1:]); sys.exit(3)")
    done = hotloop("run", "--loop-threshold=1", str(program), "--a", HOTLOOP="0")
    assert (done.stdout, done.stderr, done.returncode) == ("False ['--a']\n", "", 3)


@pytest.mark.parametrize("launch", [[], ["-m", "hotloop", "run"]])
def test_a_reader_that_goes_away(launch: list[str], tmp_path: Path) -> None:
    program = tmp_path / "pipe.py"
    program.write_text("for i in range(100_000): print('line', i)\n")
    process = subprocess.Popen(
        [sys.executable, *launch, str(program)],
        env=os.environ | {"HOTLOOP_EXECUTOR": "none"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    error = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(30) == 1
    assert error == (
        "Traceback (most recent call last):\n"
        f'  File "{program}", line 1, in <module>\n'
        "    for i in range(100_000): print('line', i)\n"
        "                             ^^^^^^^^^^^^^^^^\n"
        "BrokenPipeError: [Errno 32] Broken pipe\n"
    )


@pytest.mark.parametrize("launch", [[], ["-m", "hotloop", "run"]])
def test_ctrl_c_ends_by_the_signal(launch: list[str], tmp_path: Path) -> None:
    program = tmp_path / "spin.py"
    program.write_text("print('ready', flush=True)\nwhile True:\n    pass\n")
    process = subprocess.Popen(
        [sys.executable, *launch, str(program)],
        env=os.environ | {"HOTLOOP_EXECUTOR": "none"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert time.monotonic() - sent < 5
    lines = error.decode().splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].startswith(f'  File "{program}", line ')
    assert lines[-1] == "KeyboardInterrupt"
    assert not any("hotloop/" in line for line in lines)
