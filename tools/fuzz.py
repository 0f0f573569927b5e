"""Differential fuzzing: random programs under CPython and under hotloop, byte for byte.

    python tools/fuzz.py FIRST LAST [--generator FILE] [--threshold N] [--stress NAME[=N],...]
    python tools/fuzz.py FIRST --seconds N --stress all --keep FOLDER
    python tools/fuzz.py SEED --show            print the program of a seed
    python tools/fuzz.py --program FILE         compare one program, in every stress mode

A generator is a Python file that defines ``make(seed: int) -> str``: the source of a program that
appends text to a list ``OUT``. The one that is used if none is named is ``fuzz_programs``. A file
may also have a ``main`` that passes one (with ``portable`` and ``scale``) to ``fuzz_runtime.cli``.
Every code object of a program gets merge points, so that everything in it is hot after
``--threshold`` rounds; an error of hotloop itself is a difference (``HOTLOOP_STRICT``). A chunk of
seeds runs in one process under either (``fuzz_worlds``), with one prelude if the generator has a
``PRELUDE`` that all programs begin with; a crash, or a program that has used up its time, is
narrowed down to its seed. ``--stress all`` goes round the stress modes, ``--stress random``
combines them.
``--keep`` makes what differs small and writes it to a folder, for ``tests/regress``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from random import Random
from signal import SIGXCPU
from time import monotonic

from fuzz_shrink import shrink
from fuzz_worlds import child, load, together

THRESHOLDS = ("LOOP", "ENTRY", "BRIDGE")
STRESSES = (
    "", "bridges", "guard-every=5", "guard-every=11", "exits=4", "deopt-every=3", "record-stop=15",
    "throw-away=20", "memory-fails=4", "evaluator",
)  # fmt: skip
"""What ``--stress all`` goes round, and what ``--stress random`` combines."""

PASSES = ("", "", "", "bounds", "cse", "dce", "heap", "peel", "rules", "virtuals", "all")
"""What ``--stress random`` may switch off (``HOTLOOP_PASSES_OFF``)."""


def random_modes(seed: int) -> dict[str, str]:
    """Some stress modes at once, thresholds and switches, as knobs.

    Nearly all of the time goes into making traces: where guards fail on purpose, only those that
    fail often get bridges.
    """
    random = Random(seed)
    modes = random.sample([one for one in STRESSES if one], random.randint(0, 3))
    exclusive = [one for one in modes if one.startswith(("guard", "exits", "deopt"))]
    modes = [one for one in modes if one not in exclusive[1:]]
    passes = random.choice(PASSES)
    checked = "1" if random.random() < 0.1 else "0"
    bridge = random.choice((10, 40, 200) if exclusive else (1, 6, 20, 60))
    return {
        "STRESS": ",".join([*modes, f"seed={seed}"]),
        "LOOP_THRESHOLD": str(random.choice((1, 2, 5, 15))),
        "ENTRY_THRESHOLD": str(random.choice((1, 4, 10, 30))),
        "BRIDGE_THRESHOLD": str(bridge),
        "VERIFY": checked,
        "CHECK_REFCOUNTS": checked,
        **({"PASSES_OFF": passes} if passes else {}),
    }


class Comparison:
    """Runs chunks of seeds both ways and says where they differ."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.different: list[int] = []
        self.totals = [0, 0, 0, 0]

    def run(
        self, mode: str, first: int, last: int, program: str = ""
    ) -> tuple[dict[int, str], str]:
        """What a process printed by seed, and how it ended if not well."""
        options = self.options
        command = [sys.executable, "-X", "faulthandler", __file__, str(first), str(last)]
        command += ["--child", mode, "--level", str(options.level)]
        command += ["--generator", options.generator, "--program", program or options.program]
        environ = dict(os.environ, PYTHONHASHSEED="0")
        if mode == "hot":
            environ |= {f"HOTLOOP_{name}": value for name, value in self.knobs(first).items()}
        late = 120 + 20 * (last - first)  # for what waits for ever; else processor time counts
        try:
            done = subprocess.run(command, capture_output=True, env=environ, timeout=late)
            out, err, status = done.stdout, done.stderr, str(done.returncode)
        except subprocess.TimeoutExpired as late:
            out, err, status = late.stdout or b"", late.stderr or b"", "timeout"
        parts: dict[int, str] = {}
        for part in ("\n" + out.decode("utf-8", "replace")).split("\n=== ")[1:]:
            number, _, body = part.partition("\n")
            parts[int(number)] = body.rstrip("\n")
        text = err.decode("utf-8", "replace")
        self.count(text)
        return parts, "" if status == "0" else f"status {status}: {text[-1500:]}"

    def knobs(self, seed: int) -> dict[str, str]:
        """The knobs of the chunk that a seed is in."""
        options = self.options
        chunk = (seed - options.first) // options.chunk
        stress = STRESSES[chunk % len(STRESSES)] if options.stress == "all" else options.stress
        thresholds = {f"{name}_THRESHOLD": str(options.threshold) for name in THRESHOLDS}
        mine = thresholds | {"STRESS": stress, "STRICT": "1", "BUDGET": "1"}
        return mine | random_modes(options.first + chunk) if stress == "random" else mine

    def names(self, seed: int) -> str:
        """:meth:`knobs` for people."""
        return " ".join([f"HOTLOOP_{name}={value}" for name, value in self.knobs(seed).items()])

    def count(self, text: str) -> None:
        """Add up what compiled code did."""
        for line in text.splitlines():
            words = line.split()
            if words[:1] == ["STATS"]:
                for index in range(4):
                    self.totals[index] += int(words[index + 1])

    def chunk(self, first: int, last: int) -> None:
        """Compare some seeds."""
        plain, trouble = self.run("plain", first, last)
        if trouble:
            print(f"CPython, seeds {first}..{last}: {trouble}")
        hot, trouble = self.run("hot", first, last)
        for seed in range(first, last):
            if seed not in hot and trouble:
                self.alone(seed, plain.get(seed, ""))
                if seed + 1 < last:
                    self.chunk(seed + 1, last)
                return
            self.compare(seed, plain.get(seed, ""), hot.get(seed, ""))

    def alone(self, seed: int, plain: str) -> None:
        """Compare a seed at which the process of a chunk has ended."""
        hot, trouble = self.run("hot", seed, seed + 1)
        if not trouble:
            self.compare(seed, plain, hot.get(seed, ""))
            return
        self.different.append(seed)
        print(f"CRASH seed {seed} ({self.names(seed)}): {trouble}", flush=True)
        if f"status {-SIGXCPU}" not in trouble:  # making it small would take hours
            self.keep(seed)

    def for_seconds(self, seconds: float) -> int:
        """Compare chunk after chunk until the time is up; the first seed that was not looked at."""
        end, size = monotonic() + seconds, self.options.chunk
        starts = count(self.options.first, size)

        def work() -> int:
            last: int = self.options.first
            while monotonic() < end:
                first = next(starts)
                last = first + size
                self.chunk(first, last)
            return last

        with ThreadPoolExecutor(self.options.jobs) as pool:
            return max(pool.map(lambda _: work(), range(self.options.jobs)))

    def compare(self, seed: int, plain: str, hot: str) -> None:
        """Compare one seed."""
        if plain == hot:
            return
        self.different.append(seed)
        before, after = plain.split("\n"), hot.split("\n")
        pairs = enumerate(zip(before, after, strict=False))
        line = next((n for n, (a, b) in pairs if a != b), min(len(before), len(after)))
        print(f"DIFFERENT seed {seed} line {line} ({self.names(seed)})")
        for name, lines in (("CPython", before), ("hotloop", after)):
            print(f"  {name} {(lines[line : line + 1] or ['(end)'])[0][:400]}", flush=True)
        self.keep(seed)

    def differs(self, seed: int, source: str) -> bool:
        """Whether a program differs with the knobs of a seed. One that fails at once does not."""
        with tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf-8") as file:
            file.write(source)
            file.flush()
            plain, trouble = self.run("plain", seed, seed + 1, file.name)
            if trouble or not plain.get(seed):
                return False
            hot, trouble = self.run("hot", seed, seed + 1, file.name)
        return bool(trouble) or hot != plain

    def keep(self, seed: int) -> None:
        """Write the program of a seed, made small, to the folder for it."""
        if not self.options.keep:
            return
        make, options = load(self.options), self.options
        source = make(seed)
        if not self.differs(seed, source):
            first = seed - (seed - options.first) % options.chunk
            source = together(make, range(first, seed + 1))
        small = shrink(source, lambda text: self.differs(seed, text), options.questions)
        folder = Path(self.options.keep)
        folder.mkdir(parents=True, exist_ok=True)
        note = "differs" if small != source else "differs only in its chunk"
        path = folder / f"seed{seed}.py"
        path.write_text(f"# seed {seed} {note}: {self.names(seed)}\n{small}", "utf-8")
        print(f"  kept in {path} ({len(small.splitlines())} lines)", flush=True)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("first", type=int, nargs="?", default=0)
    parser.add_argument("last", type=int, nargs="?")
    parser.add_argument("--generator", default=str(Path(__file__).with_name("fuzz_programs.py")))
    parser.add_argument("--program", default="")
    parser.add_argument("--threshold", type=int, default=1)
    parser.add_argument("--stress", default="")
    parser.add_argument("--level", type=int, default=0)
    parser.add_argument("--chunk", type=int, default=25)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--keep", default="")
    parser.add_argument("--questions", type=int, default=300, help="most runs to make one small")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--child", choices=("plain", "hot"))
    options = parser.parse_args()
    if options.program and not options.child:
        options.chunk, options.stress, options.last = 1, "all", len(STRESSES)
    options.last = options.first + 1 if options.last is None else options.last
    return options


def main() -> int:
    """Run the command line; 1 if anything differed."""
    options = arguments()
    if options.show:
        print(load(options)(options.first))
        return 0
    if options.child:
        child(options)
        return 0
    work = Comparison(options)
    if options.seconds:
        options.last = work.for_seconds(options.seconds)
    else:
        starts = range(options.first, options.last, options.chunk)
        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(lambda a: work.chunk(a, min(a + options.chunk, options.last)), starts))
    loops, bridges, entries, internal = work.totals
    print(
        f"seeds {options.last - options.first} different {len(work.different)}: "
        f"{sorted(work.different)}; loops {loops} bridges {bridges} entries {entries} "
        f"internal errors {internal}"
    )
    return 1 if work.different or internal or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
