"""Random traces through all stages: the same before and after each pass, and as machine code.

    python tools/fuzz_traces.py FIRST LAST
    python tools/fuzz_traces.py FIRST --seconds N

For each seed:

- a random recorded loop, a bridge into it and another loop taken as a bridge, run by the evaluator
  as recorded and after each pass of the optimizer;
- a random recorded trace, run by the evaluator as recorded, after each pass, and as machine code;
- a random trace of any shape, run by the evaluator and as machine code of both levels.

The seeds run in processes of their own, so that a crash is told with its seed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from random import Random
from time import monotonic

CHUNK = 200


def check_loops(seed: int) -> int:
    """Recorded loops and bridges; how many traces."""
    from hotloop_ir.random_loop import Rolled, random_loop
    from hotloop_optimizer.testing.differential import (
        Uncertain,
        check_bridge,
        check_loop,
        check_variant,
    )

    steps = 1 + seed % 40
    choices, random = Rolled(seed), Random(seed)
    made = random_loop(choices, steps)
    try:
        stages = check_loop(made)
    except Uncertain:
        return 0
    done = 1
    for stage, rarely in zip(stages, (50, 10), strict=False):
        try:
            check_bridge(made, stage, choices)
            check_variant(made, stage, random_loop(Rolled(seed, random, rarely), steps))
            done += 2
        except Uncertain:
            continue
    return done


def check_chain(seed: int) -> int:
    """A recorded trace through all passes and into machine code; how many traces."""
    from hotloop_backend_x86.random_traces import (
        LIMIT,
        observe_evaluator,
        observe_machine,
        random_for,
    )
    from hotloop_ir.evaluate import TraceExit, evaluate
    from hotloop_ir.memory import PlainMemory
    from hotloop_ir.ops.pyobj import UnboxInt
    from hotloop_ir.random_trace import RandomTrace
    from hotloop_ir.text import print_trace
    from hotloop_optimizer.engine import InvalidTrace
    from hotloop_optimizer.testing.differential import stages

    given = random_for(seed, recorded=True)
    expected = observe_evaluator(given, PlainMemory())
    left = evaluate(given.trace, deepcopy(given.inputs), PlainMemory(), limit=LIMIT)
    if expected is None or (isinstance(left, TraceExit) and isinstance(left.op, UnboxInt)):
        return 0  # a number of more than 60 bits, of which an optimised trace may know better
    try:
        traces = stages(given.trace)
    except InvalidTrace:
        return 0
    text = f"on {given.inputs}\n{print_trace(given.trace)}"
    for trace in traces:
        found = observe_evaluator(
            RandomTrace(trace, given.inputs), PlainMemory(), resume=given.trace
        )
        same(expected, found, text + print_trace(trace))
    counted = RandomTrace(traces[-1], given.inputs)
    for level in (0, 1):
        found = observe_machine(counted, level, counted=True, resume=given.trace)
        same(expected, found, f"{text}{print_trace(traces[-1])}at level {level}")
    return 1


def check_machine(seed: int) -> int:
    """A trace of any shape as machine code; how many traces."""
    from hotloop_backend_x86.random_traces import observe_evaluator, observe_machine, random_for
    from hotloop_ir.memory import PlainMemory
    from hotloop_ir.text import print_trace

    given = random_for(seed)
    given.trace.targets.clear()
    expected = observe_evaluator(given, PlainMemory())
    if expected is None:
        return 0
    for level in (0, 1):
        found = observe_machine(given, level)
        same(expected, found, f"on {given.inputs}\n{print_trace(given.trace)}at level {level}")
    return 1


def same(expected: object, found: object, text: str) -> None:
    """Raises AssertionError if two runs could be told apart."""
    assert expected == found, f"{text}\nexpected {expected}\nfound    {found}"


CHECKS: tuple[Callable[[int], int], ...] = (check_loops, check_chain, check_machine)


def child(first: int, last: int) -> None:
    """Check some seeds; a line each, with the number of traces."""
    for seed in range(first, last):
        print(f"seed {seed}", end=" ", flush=True)
        print(sum(check(seed) for check in CHECKS), flush=True)


def run(first: int, last: int) -> tuple[int, list[int]]:
    """Check some seeds in a process; how many traces, and the seeds that failed.

    Raises OSError if the process does not even begin.
    """
    traces = 0
    failed: list[int] = []
    while first < last:
        command = [sys.executable, "-X", "faulthandler", __file__, str(first), str(last), "--child"]
        done = subprocess.run(command, capture_output=True, text=True)
        lines = [line.split() for line in done.stdout.splitlines()]
        traces += sum(int(words[2]) for words in lines if len(words) == 3)
        if done.returncode == 0:
            break
        if not lines:
            raise OSError(done.stderr)
        seed = int(lines[-1][1])
        print(f"FAILED seed {seed}: status {done.returncode}\n{done.stderr[-3000:]}", flush=True)
        failed.append(seed)
        first = seed + 1
    return traces, failed


def main() -> int:
    """Run the command line; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int, nargs="?")
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--child", action="store_true")
    options = parser.parse_args()
    last = options.last or (sys.maxsize if options.seconds else options.first + 1)
    if options.child:
        child(options.first, last)
        return 0
    end = monotonic() + (options.seconds or 1e9)
    seed, traces = options.first, 0
    failed: list[int] = []
    while seed < last and monotonic() < end:
        done, bad = run(seed, min(seed + CHUNK, last))
        traces, failed, seed = traces + done, failed + bad, min(seed + CHUNK, last)
    print(f"seeds {options.first}..{seed}: {traces} traces, failed: {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
