"""Run programs under CPython and under hotloop and compare streams and status, byte for byte.

    python tools/differential.py [--threshold N] [--stress NAME[=N],...] PROGRAM...

Every code object of a program gets merge points, so that whatever goes round ``--threshold`` times
is compiled; other knobs (``HOTLOOP_...``) hold as they are set. Many programs share a process; one
that does not come back is run again alone. A program sees a fresh ``__main__`` and its own streams.
"""

from __future__ import annotations

import argparse
import builtins
import gc
import io
import json
import math
import os
import signal
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

Rewrite = Callable[[CodeType], CodeType]


@dataclass(frozen=True)
class Outcome:
    """What a program did: its streams, its status, and what compiled code did meanwhile."""

    out: str
    err: str
    status: str
    loops: int = 0
    entries: int = 0
    internal_errors: int = 0

    @property
    def visible(self) -> tuple[str, str, str]:
        """What must be the same everywhere."""
        return self.out, self.err, self.status


@dataclass(frozen=True)
class Mode:
    """How a program is run: under CPython alone, or hot after so many rounds.

    ``stress`` is the value of ``HOTLOOP_STRESS``, ``knobs`` are further knobs and their values.
    """

    name: str
    threshold: int = 0
    stress: str = ""
    knobs: tuple[tuple[str, str], ...] = ()
    checked: bool = False

    def environ(self) -> dict[str, str]:
        """The environment of a process in this mode."""
        found = {key: text for key, text in os.environ.items() if not key.startswith("HOTLOOP")}
        found["PYTHONHASHSEED"] = "0"
        found |= {f"HOTLOOP_{name.upper()}": value for name, value in self.knobs}
        if self.threshold:
            found["HOTLOOP_BUDGET"] = "1"
            for name in ("LOOP", "ENTRY", "BRIDGE"):
                found.setdefault(f"HOTLOOP_{name}_THRESHOLD", str(self.threshold))
        if self.stress:
            found["HOTLOOP_STRESS"] = self.stress
        if self.threshold and "fault" not in self.stress:
            found["HOTLOOP_STRICT"] = "1"
        if self.checked:
            found["HOTLOOP_VERIFY"] = found["HOTLOOP_CHECK_REFCOUNTS"] = "1"
        return found


PLAIN = Mode("plain")


# -- in the process that runs programs -----------------------------------------------------


def run_program(path: str, rewrite: Rewrite | None) -> tuple[str, str, str]:
    """Run one program in this process; its stdout, stderr and status."""
    code = compile(Path(path).read_text("utf-8"), path, "exec", dont_inherit=True)
    if rewrite is not None:
        code = rewrite(code)
    module = ModuleType("__main__")
    module.__file__ = path
    kept = sys.modules["__main__"], dict(vars(builtins)), dict(vars(math)), sys.argv
    sys.modules["__main__"], sys.argv = module, [path]
    out, err = sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    status = "0"
    try:
        exec(code, vars(module))
    except SystemExit as error:
        status = repr(error.code)
    except BaseException as error:
        status = "1"
        entries = error.__traceback__
        assert entries is not None
        traceback.print_exception(type(error), error, entries.tb_next, file=err)
    finally:
        clean_up(kept)
    return out.getvalue(), err.getvalue(), status


def clean_up(kept: tuple[ModuleType, dict[str, Any], dict[str, Any], list[str]]) -> None:
    """Undo what a program may have done to the process."""
    sys.settrace(None)
    sys.setprofile(None)
    threading.settrace(None)
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    sys.modules["__main__"], names, functions, sys.argv = kept
    vars(builtins).update(names)
    vars(math).update(functions)
    sys.setrecursionlimit(1000)
    warnings.resetwarnings()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.enable()


def child(paths: Sequence[str], hot: bool) -> None:
    """Run programs one after the other and report each in a line of JSON."""
    counters: Any = None
    rewrite: Rewrite | None = None
    if hot:
        import hotloop.api

        hotloop.api.jit(lambda: None)
        engine: Any = hotloop.api._engine
        rewrite, counters = engine.rewrite_all, engine.stats
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    before = (0, 0, 0)
    for path in paths:
        found = run_program(path, rewrite)
        if counters is not None:
            stats = counters()
            internal = sum(one.count for one in stats.aborts if one.reason == "INTERNAL")
            now = (stats.loops, stats.entries, internal)
            found += tuple([a - b for a, b in zip(now, before, strict=True)])
            before = now
        report.write(json.dumps([path, *found]) + "\n")
        report.flush()


# -- in the process that compares ----------------------------------------------------------


def outcomes(paths: Sequence[str], mode: Mode, timeout: float = 250.0) -> dict[str, Outcome]:
    """Run programs in a mode. One whose process dies gets the death as its status."""
    command = [sys.executable, "-X", "faulthandler", __file__, "--child", mode.name, *paths]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=mode.environ(), timeout=timeout
        )
        text, err, status = done.stdout, done.stderr, f"died: {done.returncode}"
    except subprocess.TimeoutExpired as late:
        text, err, status = str((late.stdout or b"").decode()), "", "never came back"
    found: dict[str, Outcome] = {}
    for line in text.splitlines():
        path, *rest = json.loads(line)
        found[path] = Outcome(*rest)
    missing = [path for path in paths if path not in found]
    if missing:
        found[missing[0]] = Outcome("", err[-2000:], status)
        found |= outcomes(missing[1:], mode, timeout) if missing[1:] else {}
    return found


def differences(paths: Sequence[str], mode: Mode) -> tuple[list[str], dict[str, Outcome]]:
    """What differs from CPython, as text; and what every program did in the mode."""
    plain, hot = outcomes(paths, PLAIN), outcomes(paths, mode)
    found: list[str] = []
    for path in paths:
        if plain[path].visible != hot[path].visible:
            found.append(f"{path} ({mode.name})\n{_first_difference(plain[path], hot[path])}")
        elif hot[path].internal_errors and "fault" not in mode.stress:
            found.append(
                f"{path} ({mode.name}): {hot[path].internal_errors} errors of hotloop itself"
            )
    return found, hot


def _first_difference(plain: Outcome, hot: Outcome) -> str:
    lines: list[str] = []
    names = ("stdout", "stderr", "status")
    for name, before, after in zip(names, plain.visible, hot.visible, strict=True):
        old, new = before.split("\n"), after.split("\n")
        if old == new:
            continue
        pairs = enumerate(zip(old, new, strict=False))
        at = next((n for n, (a, b) in pairs if a != b), min(len(old), len(new)))
        lines += [
            f"  {name} line {at}",
            f"    CPython {' '.join(old[at : at + 1])[:300]}",
            f"    hotloop {' / '.join(new[at : at + 12])[:900]}",
        ]
    return "\n".join(lines)


def main() -> int:
    """The command line; 1 if anything differed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threshold", type=int, default=1)
    parser.add_argument("--stress", default="")
    parser.add_argument("--child")
    parser.add_argument("programs", nargs="+")
    options = parser.parse_args()
    if options.child:
        child(options.programs, options.child != PLAIN.name)
        return 0
    set_knobs = [(key[8:], value) for key, value in os.environ.items() if key[:8] == "HOTLOOP_"]
    mode = Mode("hot", options.threshold, options.stress, tuple(set_knobs))
    found, hot = differences(options.programs, mode)
    for path in options.programs:
        print(f"{Path(path).stem}: loops {hot[path].loops} entries {hot[path].entries}")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
