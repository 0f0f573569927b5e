"""The programs of ``tests/differential`` in stress modes (docs/cli.md): results must not change.

    python tools/stress.py [--modes NAME,...] [PROGRAM]...

Without names: all programs in all modes, which takes hours. A program is named by its file, or by
the stem of one of ``tests/differential/programs``. A line for each few programs, which share a
process; then what differs. ``tests/differential/test_stress.py`` runs a slice.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from time import monotonic

from differential import Mode, differences

FOLDER = Path(__file__).parents[1] / "tests" / "differential" / "programs"

LEFT_OUT = {"guards fail": {"gc_cycles"}, "recordings stop": {"recursion_limit"}}
"""Programs that a mode is not for. With a request for a bridge in nearly every round, what hotloop
frees after it is taken off the collector's count of allocations: collections come too late.
Where recordings stop at the recursion limit, RecursionError comes up to two levels too early
(docs/internals/testing.md, known)."""

EVALUATED = Mode("evaluated", 2, "evaluator", checked=True)

MODES = [
    Mode("bridges at once", 5, "bridges"),
    Mode("guards fail", 5, "guard-every=3"),
    Mode("every guard fails once", 3, "exits=6,seed=1"),
    Mode("one guard fails at random", 3, "guard=5@random"),
    Mode("left at every second round", 3, "deopt-every=2"),
    Mode("recordings stop", 1, "record-stop=12,seed=3"),
    Mode("code is thrown away", 2, "throw-away=2"),
    Mode("collections", 3, "gc"),
    Mode("no code memory", 3, "memory-fails=2"),
    Mode("little code memory", 3, "", (("code_memory_limit", "64K"),)),
    Mode("verified", 3, "guard-every=11", checked=True),
    *[
        Mode(f"without {part}", 3, "guard-every=7", (("passes_off", part),), True)
        for part in ("heap", "peel", "virtuals", "all")
    ],
    EVALUATED,
]

TOGETHER = 6
"""Programs that share a process."""


def all_programs() -> list[str]:
    """The files of the programs."""
    return sorted(str(path) for path in FOLDER.glob("*.py"))


def fit_for(mode: Mode, programs: Sequence[str]) -> list[str]:
    """Those that the mode is for."""
    left_out = LEFT_OUT.get(mode.name, set())
    return [path for path in programs if Path(path).stem not in left_out]


def run_mode(mode: Mode, programs: Sequence[str]) -> list[str]:
    """What differs in a mode, as text; a line is printed for each process."""
    found: list[str] = []
    rest = iter(fit_for(mode, programs))
    while batch := list(islice(rest, TOGETHER)):
        start = monotonic()
        differing, hot = differences(batch, mode)
        found += differing
        entries = sum(outcome.entries for outcome in hot.values())
        names = " ".join(Path(path).stem for path in batch)
        took = f"{monotonic() - start:.0f} s, {entries} entries"
        print(f"{mode.name}: {names}: {len(differing)} differ, {took}", flush=True)
    for text in found:
        print(text, flush=True)
    return found


def named(words: Sequence[str]) -> list[str]:
    """The files that are meant; all of the folder's without words."""
    paths = [path if (path := Path(word)).is_file() else FOLDER / f"{word}.py" for word in words]
    missing = [path.stem for path in paths if not path.is_file()]
    if missing:
        raise SystemExit(f"no such program: {', '.join(missing)}")
    return [str(path) for path in paths] or all_programs()


def main(words: Sequence[str] | None = None) -> int:
    """The command line; 1 if anything differed."""
    names = [mode.name for mode in MODES]
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--modes", default="", help=f"some of: {', '.join(names)}")
    parser.add_argument("programs", nargs="*")
    options = parser.parse_args(words)
    wanted = options.modes.split(",") if options.modes else names
    if unknown := set(wanted) - set(names):
        parser.error(f"no such mode: {', '.join(sorted(unknown))}")
    programs = named(options.programs)
    found = [text for mode in MODES if mode.name in wanted for text in run_mode(mode, programs)]
    print(f"{len(programs)} programs, {len(wanted)} modes, {len(found)} differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
