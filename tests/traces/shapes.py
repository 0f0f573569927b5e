"""Trace shapes: a loop is run until it is compiled, and what is left of it is counted and matched.

A case is a function with a loop, under `@loop`. The most that may be left of one round is said
there: operations, guards, allocations, calls (of helpers and of Python). Patterns (in the
language of `hotloop_ir.matching`) may be given for the whole round, and for the instructions of
source lines that carry a comment `# mark: NAME`.

    @loop(ops=8, guards=3, pattern="...")
    def count() -> int:
        total = 0
        for i in range(ROUNDS):
            total += i  # mark: add
        return total

Cases run in a process of their own (`python shapes.py [CASE...]`), which prints a JSON line
for each.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

import hotloop.api
from hotloop.core.compiler import Compiler
from hotloop_ir.matching import loop_of, match_trace, range_of
from hotloop_ir.op import Effect, Op
from hotloop_ir.ops.control import Jump
from hotloop_ir.trace import Trace, TraceKind

MODULES = ("loops_values", "loops_containers", "loops_objects", "loops_generators")
ROUNDS = 300
THRESHOLD = 20


@dataclass(frozen=True)
class Shape:
    """What is left of one round of a loop."""

    ops: int
    guards: int
    allocations: int
    calls: int

    def within(self, most: Shape) -> bool:
        """Is none of it more than that?"""
        return (
            self.ops <= most.ops
            and self.guards <= most.guards
            and self.allocations <= most.allocations
            and self.calls <= most.calls
        )


@dataclass(frozen=True)
class Case:
    """A function, and what its loop may look like."""

    function: Callable[[], object]
    most: Shape
    pattern: str
    marks: dict[str, str]


@dataclass
class Found:
    """What came out of a case; `problem` is empty if it is as expected."""

    name: str
    shape: Shape | None = None
    problem: str = ""
    traces: list[str] = field(default_factory=list)


CASES: dict[str, Case] = {}
MARK = re.compile(r"# mark: (\w+)")


def loop(
    *,
    ops: int,
    guards: int,
    allocations: int = 0,
    calls: int = 0,
    pattern: str = "",
    **marks: str,
) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Make a case of a function whose last loop goes round ROUNDS times or so."""

    def register(function: Callable[[], object]) -> Callable[[], object]:
        most = Shape(ops, guards, allocations, calls)
        CASES[function.__name__] = Case(function, most, pattern, marks)
        return function

    return register


def shape_of(ops: list[Op[Any]]) -> Shape:
    """Count. The jump at the end is not counted; neither is the check for interrupts a guard."""
    counted = [op for op in ops if not isinstance(op, Jump)]
    effects = [op.effect for op in counted]
    return Shape(
        len(counted),
        effects.count(Effect.GUARD),
        effects.count(Effect.ALLOC),
        effects.count(Effect.CALL),
    )


class Compiled:
    """Collects every trace that is compiled while it is open."""

    def __init__(self) -> None:
        self.traces: list[Trace] = []

    def __enter__(self) -> Compiled:
        self._generate = generate = Compiler.generate
        collected = self.traces

        def keep(compiler: Compiler, trace: Trace, owner: Any) -> Any:
            collected.append(trace)
            return generate(compiler, trace, owner)

        setattr(Compiler, "generate", keep)  # noqa: B010 (mypy)
        return self

    def __exit__(self, *_: object) -> None:
        setattr(Compiler, "generate", self._generate)  # noqa: B010 (mypy)


def offsets_of_mark(code: CodeType, function: Callable[[], object], name: str) -> tuple[int, int]:
    """The first and last offset of the instructions of the lines that carry the mark."""
    lines, start = inspect.getsourcelines(function)
    wanted = {start + i for i, text in enumerate(lines) if name in MARK.findall(text)}
    offsets = [2 * index for index, place in enumerate(code.co_positions()) if place[0] in wanted]
    if not offsets:
        raise AssertionError(f"no line of {code.co_name} carries the mark {name}")
    return min(offsets), max(offsets)


def check(name: str, case: Case) -> Found:
    """Run a case until its loop is compiled, then once more for the result, and compare."""
    found = Found(name)
    code = case.function.__code__  # marking a function as hot gives it another one
    expected = case.function()
    with Compiled() as compiled:
        hot = hotloop.api.jit(threshold=THRESHOLD)(case.function)
        results = [hot() for _ in range(4)]
    found.traces = [f"{trace.kind.value} {trace.name}" for trace in compiled.traces]
    if results != [expected] * 4:
        found.problem = f"results {results}, without hotloop {expected!r}"
        return found
    loops = [one for one in compiled.traces if one.kind is not TraceKind.BRIDGE]
    if not loops:
        found.problem = "nothing was compiled"
        return found
    trace = [one for one in loops if one.name == loops[0].name][-1]  # it may have been renewed
    ops = loop_of(trace)
    found.shape = shape_of(ops)
    if not found.shape.within(case.most):
        found.problem = f"{found.shape}, at most {case.most}\n{_shown(trace)}"
        return found
    try:
        if case.pattern:
            match_trace(trace, case.pattern, ops=ops)
        for mark, pattern in case.marks.items():
            inside = range_of(trace, *offsets_of_mark(code, case.function, mark), code.co_name)
            last = set(ops)
            match_trace(trace, pattern, ops=[op for op in inside if op in last])
    except AssertionError as error:
        found.problem = str(error)
    return found


def _shown(trace: Trace) -> str:
    from hotloop_ir.text.printer import print_trace

    return print_trace(trace)


def main() -> None:
    """Print one JSON line for each case."""
    # The cases import this file by its name, and must find the same registry.
    sys.modules["shapes"] = sys.modules["__main__"]
    sys.path.insert(0, str(Path(__file__).parent))
    only = sys.argv[1:]
    for module in MODULES:
        importlib.import_module(module)
    for name, case in CASES.items():
        if not only or name in only:
            print(json.dumps(asdict(check(name, case))), flush=True)


if __name__ == "__main__":
    main()
