"""Running the programs of ``fuzz.py`` in one process, and what makes them.

Programs that begin with the same prelude share it: it is run, and compiled, once. Its function
``BACK`` puts everything back before each of them, so that none sees what another has done. Must not
compare anything.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import warnings
from collections.abc import Callable
from importlib import util
from pathlib import Path
from types import CodeType
from typing import Any, Final

Make = Callable[[int], str]
Rewrite = Callable[[CodeType], CodeType] | None

HOT: Final = '"hot from here"\n'
"""The line of a program up to which it is run by CPython alone."""


def load_generator(path: str) -> Make:
    """The function of a generator file that makes the program of a seed."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = util.spec_from_file_location("hotloop_generator", path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[spec.name] = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if hasattr(module, "make"):
        made: Make = module.make
        return made
    runtime: Any = __import__("fuzz_runtime")
    caught: list[Any] = []
    runtime.cli = lambda make, script: caught.append(make)
    module.main()
    return lambda seed: str(caught[0](seed, False, 1)) + "END()\n"


def prelude_of(make: Make) -> str:
    """What all programs of a generator begin with."""
    return getattr(sys.modules[make.__module__], "PRELUDE", "")


def together(make: Make, seeds: range) -> str:
    """The programs of a chunk as one, which shows what the last one shows."""
    prelude = prelude_of(make)
    parts = [make(seed).removeprefix(prelude) for seed in seeds]
    return prelude + "BACK()\n".join(parts)


def run_seeds(make: Make, seeds: range, rewrite: Rewrite) -> None:
    """Run programs in this process and print what each left in ``OUT``."""
    warnings.simplefilter("ignore")
    prelude = prelude_of(make)
    common = execute(prelude, fresh(), rewrite)
    for seed in seeds:
        allow(2 if rewrite is None else 60)
        source = make(seed)
        shared = bool(prelude) and source.startswith(prelude)
        namespace = common if shared else fresh()
        if shared:
            common["BACK"]()
        try:
            execute(source.removeprefix(prelude), namespace, rewrite)
        except BaseException as error:
            namespace.setdefault("OUT", []).append(f"UNCAUGHT {type(error).__name__} {error}")
        sys.settrace(None)
        sys.setprofile(None)
        text = "\n".join(namespace["OUT"])
        sys.stdout.write(f"=== {seed}\n{text}\n")
        sys.stdout.flush()


def fresh() -> dict[str, Any]:
    """The namespace of a program."""
    return {"__name__": "__fuzz__", "PORTABLE": False}


def allow(seconds: int) -> None:
    """Have this process ended when it has used so much more processor time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = 1 + seconds + int(used.ru_utime + used.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def execute(source: str, namespace: dict[str, Any], rewrite: Rewrite) -> dict[str, Any]:
    """Run a program, or a part of one, in a namespace."""
    shown, line, hot = source.rpartition(HOT)
    exec(compile(shown, "<fuzz>", "exec"), namespace)
    code = compile("\n" * (shown + line).count("\n") + hot, "<fuzz>", "exec")
    exec(code if rewrite is None else rewrite(code), namespace)
    return namespace


def compile_level(level: int) -> None:
    """Have everything compiled at one level: at 0, LLVM takes a seventh of its time."""
    from hotloop_backend_x86.compile import X86Backend

    usual = X86Backend.compile

    def compile(self: Any, trace: Any, _: int, *rest: Any) -> Any:
        return usual(self, trace, level, *rest)

    X86Backend.compile = compile  # type: ignore[method-assign,assignment]


def load(options: argparse.Namespace) -> Make:
    """What makes the programs: the one there is, or a generator."""
    if options.program:
        text = Path(options.program).read_text("utf-8")
        return lambda seed: text
    return load_generator(options.generator)


def child(options: argparse.Namespace) -> None:
    """One process of a comparison: ``--child plain`` or ``--child hot``."""
    make = load(options)
    seeds = range(options.first, options.last)
    if options.child == "plain":
        run_seeds(make, seeds, None)
        return
    from hotloop.engine import get_engine

    compile_level(options.level)
    engine = get_engine()
    run_seeds(make, seeds, engine.rewrite_all)
    stats = engine.stats()
    internal = sum(one.count for one in stats.aborts if one.reason == "INTERNAL")
    sys.stderr.write(f"\nSTATS {stats.loops} {stats.bridges} {stats.entries} {internal}\n")
