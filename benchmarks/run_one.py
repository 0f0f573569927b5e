"""Runs one benchmark program in this process and prints a JSON line for each iteration.

    python benchmarks/run_one.py richards --iterations 12 --loops 14

Each line has the CPU time of the iteration (of all threads of the process) and its elapsed time,
in seconds; the last line has the checksum of what the program returned, printed or left behind in
every iteration, and the peak memory. This file is what runs under every interpreter and,
unchanged, under hotloop; it must therefore not import hotloop, and must run on Python 3.9.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import platform
import sys
import time
from pathlib import Path

from loader import LoadError, Program, load_script
from registry import Benchmark, UnknownBenchmark, find


class Digest:
    """A SHA-256 of what the iterations gave, which should each give the same."""

    def __init__(self) -> None:
        self._iterations: list[str] = []
        self._witness = b""

    def add(self, result: object, output: str) -> None:
        """Take one more iteration in: its result, text as it is, and all it printed."""
        text = result if isinstance(result, str) else "" if result is None else repr(result)
        self._iterations.append(_sha(text.encode() + output.encode()))

    def witness(self, value: object) -> None:
        """Take in what the program left behind."""
        self._witness = repr(value).encode()

    def text(self) -> str:
        """The first 16 hexadecimal digits, or a word if iterations differ."""
        if len(set(self._iterations)) > 1:
            return "varies"
        if self._witness:
            return _sha(self._iterations[0].encode() + self._witness)
        return self._iterations[0]


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def peak_memory_kib() -> int:
    """Peak resident memory of this program alone.

    Not getrusage: that keeps the peak of the parent from before the exec.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def run(benchmark: Benchmark, program: Program, iterations: int, loops: int) -> None:
    """Iterate and print."""
    digest = Digest()
    for index in range(iterations):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            wall, cpu = time.perf_counter(), time.process_time()
            result = program.run(loops)
            cpu = time.process_time() - cpu
            wall = time.perf_counter() - wall
        digest.add(result, output.getvalue())
        line = {"iteration": index, "cpu": round(cpu, 6), "wall": round(wall, 6)}
        print(json.dumps(line), flush=True)
    peak = peak_memory_kib()
    if benchmark.witness is not None:
        digest.witness(benchmark.witness(program.namespace))
    last = {
        "name": benchmark.name,
        "loops": loops,
        "checksum": digest.text(),
        "python": platform.python_version(),
        "peak_kib": peak,
    }
    print(json.dumps(last), flush=True)


def main(argv: list[str]) -> int:
    """Parse the command line; 0, or 2 with one line on stderr."""
    parser = argparse.ArgumentParser(description="run one benchmark program in this process")
    parser.add_argument("name")
    parser.add_argument("--iterations", type=int, help="default: a whole process of about 5 s")
    parser.add_argument("--loops", type=int, help="default: an iteration of about 0.4 s")
    parser.add_argument("--argument", help="the words that say how much a program does")
    parser.add_argument("--quick", action="store_true", help="a small input, to try it out")
    parser.add_argument("--twin", help="instead of the program, its twin with this suffix")
    options = parser.parse_args(argv)
    try:
        benchmark = find(options.name)
        size = benchmark.size(options.quick)
        argument = size.argument if options.argument is None else options.argument
        twin = benchmark.twin(options.twin) if options.twin else None
        program = load_script(twin, argument) if twin else benchmark.load(argument)
        run(benchmark, program, options.iterations or size.iterations, options.loops or size.loops)
    except (LoadError, UnknownBenchmark) as error:
        print(f"run_one: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
