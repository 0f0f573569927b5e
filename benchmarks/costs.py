"""What hotloop costs where it does not help: its import, merge points, entering and leaving code.

    python benchmarks/costs.py

Prints a JSON object: `import_seconds`, `merge_point_seconds` (for one round of a loop that is
counted and never compiled), `entry_exit_seconds` (for a call that enters compiled code, goes round
twice and leaves). Each is the best of several, with the plain function's time taken off.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from types import FunctionType

ROUNDS, CALLS, REPEATS = 200_000, 20_000, 7
NEVER = 10**9


def looping(limit: int) -> int:
    """A loop that does next to nothing."""
    i = 0
    while i < limit:
        i += 1
    return i


def copy_of(function: Callable[[int], int]) -> Callable[[int], int]:
    """A function of its own with the same code."""
    assert isinstance(function, FunctionType)
    return FunctionType(function.__code__.replace(), function.__globals__, "copy")


def best(run: Callable[[], object]) -> float:
    """The shortest CPU time of several runs."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def import_seconds() -> float:
    """CPU time that a process needs more to have a working hotloop."""

    def spent(program: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", program], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    setup = "import hotloop; hotloop.jit(lambda: None)"
    return min(spent(setup) for _ in range(REPEATS)) - min(spent("pass") for _ in range(REPEATS))


def merge_point_seconds() -> float:
    """For one round of a loop that is counted and never compiled."""
    import hotloop

    counted = hotloop.jit(threshold=NEVER)(copy_of(looping))
    plain = copy_of(looping)
    return (best(lambda: counted(ROUNDS)) - best(lambda: plain(ROUNDS))) / ROUNDS


def repeated(function: Callable[[int], int], limit: int) -> None:
    """Many short calls."""
    for _ in range(CALLS):
        function(limit)


def entry_exit_seconds() -> float:
    """For a call that enters a compiled loop, goes round twice and leaves."""
    import hotloop

    hot = hotloop.jit(threshold=50)(copy_of(looping))
    hot(1000)
    plain = copy_of(looping)
    return (best(lambda: repeated(hot, 2)) - best(lambda: repeated(plain, 2))) / CALLS


def main() -> None:
    """Measure and print."""
    figures = {
        "import_seconds": import_seconds(),
        "merge_point_seconds": merge_point_seconds(),
        "entry_exit_seconds": entry_exit_seconds(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
