"""The benchmark programs: the one list that everything else here reads.

Loops make one iteration about 0.4 s, and iterations make the whole process about 5 s, of CPU time
on CPython 3.11 as Linux distributions build it.
"""

import difflib
from dataclasses import dataclass
from enum import Enum

from loader import PROGRAMS, Program, load_pyperformance, load_script
from witness import WITNESSES, Witness


class Kind(Enum):
    """Where a program comes from."""

    PYPERFORMANCE = "pyperformance"
    SCRIPT = "script"


@dataclass(frozen=True)
class Benchmark:
    """One program and how much of it is an iteration and a whole process."""

    name: str
    kind: Kind
    about: str
    loops: int
    iterations: int
    argument: int | None = None

    def load(self) -> Program:
        """The program, ready to run in this process; raises `loader.LoadError`."""
        if self.kind is Kind.PYPERFORMANCE:
            return load_pyperformance(self.name)
        return load_script(PROGRAMS / f"{self.name}.py", self.argument)

    @property
    def witness(self) -> Witness | None:
        """What to take a checksum of besides results and output, if anything."""
        return WITNESSES.get(self.name)


def _packaged(name: str, loops: int, iterations: int, about: str) -> Benchmark:
    return Benchmark(name, Kind.PYPERFORMANCE, about, loops, iterations)


def _script(name: str, argument: int, iterations: int, about: str) -> Benchmark:
    return Benchmark(name, Kind.SCRIPT, about, 1, iterations, argument)


BENCHMARKS: tuple[Benchmark, ...] = (
    _packaged("richards", 10, 12, "operating system simulation: methods, fields, linked lists"),
    _packaged("deltablue", 120, 12, "constraint solver: polymorphic methods, small lists"),
    _packaged("nbody", 5, 12, "planets: float arithmetic on nested lists"),
    _packaged("fannkuch", 1, 13, "permutations: list slices and indexing"),
    _packaged("spectral_norm", 4, 12, "matrix of a formula: ints, floats, comprehensions"),
    _packaged("float", 5, 12, "many small objects with float fields"),
    _packaged("chaos", 7, 12, "fractal from splines: float objects, random numbers"),
    _packaged("raytrace", 1, 14, "ray tracer: vector objects, dispatch"),
    _packaged("hexiom", 75, 12, "board puzzle: lists, sets, search"),
    _script("mandelbrot", 440, 12, "float loop nest without objects"),
    _script("pystone", 200_000, 12, "Dhrystone mix: globals, records, letters"),
    _script("sieve", 3_500_000, 12, "list of booleans, integer loops"),
    _script("fib", 33, 12, "plain recursion"),
)


class UnknownBenchmark(Exception):
    """A name that is not in the list; the text suggests near ones."""


def find(name: str) -> Benchmark:
    """The benchmark called `name`; raises UnknownBenchmark."""
    by_name = {benchmark.name: benchmark for benchmark in BENCHMARKS}
    if name in by_name:
        return by_name[name]
    near = difflib.get_close_matches(name, by_name, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(by_name)}"
    raise UnknownBenchmark(f"no benchmark {name!r}; {hint}")
