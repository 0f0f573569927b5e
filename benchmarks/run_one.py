"""Runs one benchmark program in this process and prints a JSON line for each iteration.

    python benchmarks/run_one.py richards --iterations 12 --loops 14

Each line has the CPU time of the iteration (of all threads of the process) and its elapsed time,
in seconds; the last line has the checksum of all that the program returned, printed or left
behind, and the peak memory. This file is what runs under CPython and, unchanged, under hotloop;
it must therefore not import hotloop.
"""

import argparse
import contextlib
import hashlib
import io
import json
import platform
import sys
import time
from pathlib import Path

from loader import LoadError
from registry import Benchmark, UnknownBenchmark, find


class Digest:
    """A running SHA-256 of results, by their repr."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, value: object) -> None:
        """Take one more result in."""
        self._hash.update(repr(value).encode())
        self._hash.update(b"\0")

    def text(self) -> str:
        """The first 16 hexadecimal digits."""
        return self._hash.hexdigest()[:16]


def peak_memory_kib() -> int:
    """Peak resident memory of this program alone.

    Not getrusage: that keeps the peak of the parent from before the exec.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def run(benchmark: Benchmark, iterations: int, loops: int) -> None:
    """Load, iterate, print."""
    program = benchmark.load()
    digest = Digest()
    for index in range(iterations):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            wall, cpu = time.perf_counter(), time.process_time()
            result = program.run(loops)
            cpu = time.process_time() - cpu
            wall = time.perf_counter() - wall
        digest.add(result)
        digest.add(output.getvalue())
        line = {"iteration": index, "cpu": round(cpu, 6), "wall": round(wall, 6)}
        print(json.dumps(line), flush=True)
    if benchmark.witness is not None:
        digest.add(benchmark.witness(program.namespace))
    last = {
        "name": benchmark.name,
        "loops": loops,
        "checksum": digest.text(),
        "python": platform.python_version(),
        "peak_kib": peak_memory_kib(),
    }
    print(json.dumps(last), flush=True)


def main(argv: list[str]) -> int:
    """Parse the command line; 0, or 2 with one line on stderr."""
    parser = argparse.ArgumentParser(description="run one benchmark program in this process")
    parser.add_argument("name")
    parser.add_argument("--iterations", type=int, help="default: a whole process of about 5 s")
    parser.add_argument("--loops", type=int, help="default: an iteration of about 0.4 s")
    options = parser.parse_args(argv)
    try:
        benchmark = find(options.name)
        run(
            benchmark,
            benchmark.iterations if options.iterations is None else options.iterations,
            benchmark.loops if options.loops is None else options.loops,
        )
    except (LoadError, UnknownBenchmark) as error:
        print(f"run_one: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
