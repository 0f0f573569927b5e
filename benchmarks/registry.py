"""The benchmark programs: the one list that everything else here reads.

Rows for programs of pyperformance are here; a program of ours says the same in the comment lines at
the top of its own file, so that adding one takes one file (docs/benchmarking.md). Loops make one
iteration about 0.4 s, and iterations make the whole process about 5 s, of CPU time on CPython 3.11
as Linux distributions build it. Every interpreter that is measured imports this file, also old
ones: it must run on Python 3.9 and import nothing heavy.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from loader import LoadError, Program, load_pyperformance, load_script
from packaged import ROWS
from witness import WITNESSES, Witness

HERE = Path(__file__).resolve().parent
FOLDERS = (HERE / "programs", HERE / "applications")
TWINS = HERE / "twins"


class Kind(Enum):
    """What sort of program it is; the means of a table are over each kind."""

    NUMERIC = "numeric"
    OBJECTS = "objects"
    GENERATORS = "generators"
    APPLICATION = "application"
    LIBRARY = "library-bound"


@dataclass(frozen=True)
class Size:
    """How much a process does, and what must come out of it (empty: not known)."""

    iterations: int
    loops: int = 1
    argument: str = ""
    checksum: str = ""


@dataclass(frozen=True)
class Benchmark:
    """One program. `path` is None if pyperformance has it; nightly ones run only by name."""

    name: str
    kind: Kind
    about: str
    features: tuple[str, ...]
    full: Size
    quick: Size
    path: Path | None = None
    nightly: bool = False
    module: str = ""
    options: tuple[str, ...] = ()

    def load(self, argument: str) -> Program:
        """The program, ready to run in this process; raises `loader.LoadError`."""
        if self.path is None:
            return load_pyperformance(self.module, self.name, self.options)
        return load_script(self.path, argument)

    def size(self, quick: bool) -> Size:
        """The size to measure, or the small one to try whether it runs at all."""
        return self.quick if quick else self.full

    @property
    def witness(self) -> Witness | None:
        """What to take a checksum of besides results and output, if anything."""
        return WITNESSES.get(self.name)

    def twin(self, suffix: str) -> Path | None:
        """The same program in another language: `.c`, or `_numba.py`."""
        path = TWINS / f"{self.name}{suffix}"
        return path if path.exists() else None


class UnknownBenchmark(Exception):
    """A name that is not in the list; the text suggests near ones."""


def header(path: Path) -> dict[str, str]:
    """The `# key: value` lines at the top of a program, up to the first line that is none."""
    found: dict[str, str] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            key, colon, value = line[1:].partition(":")
            if not line.startswith("# ") or not colon:
                break
            found[key.strip()] = value.strip()
    return found


def from_file(path: Path) -> Benchmark | None:
    """The benchmark that a file describes; None if the file does not call itself one.

    Raises LoadError when a line is missing or makes no sense.
    """
    said = header(path)
    if "benchmark" not in said:
        return None
    try:
        return Benchmark(
            name=path.stem,
            kind=Kind(said["benchmark"]),
            about=said["about"],
            features=tuple(said["features"].split(", ")),
            full=Size(int(said["iterations"]), 1, said.get("argument", ""), said["checksum"]),
            quick=Size(2, 1, said.get("quick", ""), said["quick checksum"]),
            path=path,
            nightly="nightly" in said,
        )
    except (KeyError, ValueError) as error:
        raise LoadError(f"{path}: bad benchmark lines at the top: {error}") from None


def _from_package() -> Iterator[Benchmark]:
    for row in ROWS:
        yield Benchmark(
            name=row.name,
            kind=Kind(row.kind),
            about=row.about,
            features=tuple(row.features.split(", ")),
            full=Size(row.iterations, row.loops, "", row.checksum),
            quick=Size(2, 1, "", row.checksum),
            module=row.module,
            options=row.options,
        )


def _all() -> Iterator[Benchmark]:
    yield from _from_package()
    for folder in FOLDERS:
        for path in sorted(folder.glob("*.py")):
            benchmark = from_file(path)
            if benchmark is not None:
                yield benchmark


BENCHMARKS: tuple[Benchmark, ...] = tuple(_all())


def find(name: str) -> Benchmark:
    """The benchmark called `name`; raises UnknownBenchmark."""
    return next(iter(select([name], kinds=False)))


def select(words: Iterable[str], kinds: bool = True) -> list[Benchmark]:
    """The benchmarks of those names or kinds, each once, in the order of the list; all if none.

    Those that are nightly only for their names. Raises UnknownBenchmark.
    """
    names = {benchmark.name for benchmark in BENCHMARKS}
    known = [*names, *(kind.value for kind in Kind)] if kinds else list(names)
    chosen: set[str] = set()
    for word in words:
        if word not in known:
            raise UnknownBenchmark(f"no benchmark {word!r}; {_near(word, known)}")
        chosen.add(word)
    daily = [one for one in BENCHMARKS if one.name in chosen or not one.nightly]
    return [one for one in daily if not chosen or chosen & {one.name, one.kind.value}]


def _near(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    if not near:
        near = sorted(name for name in known if word and (word in name or name in word))[:5]
    return f"did you mean {' or '.join(near)}?" if near else "--list names them all"
