"""Is a commit slower than another? What `make pr` runs: asv continuous with our settings.

    python tools/asv_compare.py [BASE [HEAD]]        default: main HEAD

Both commits are built and measured on this machine, a few programs (others by BENCH_PROGRAMS), and
compared by hotloop's time over CPython's. Status 0 if HEAD is no slower, else asv's: 1 if it is, 2
if it fails or answers wrong. The history is left alone: asv's results go to a folder of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from asv_site import ROOT, Json

# Those that vary little from run to run. The same code measured twice on a busy machine differed by
# up to 15 % with three processes of each side (others, awfy_json for one, by 20 % and more).
PROGRAMS = "deltablue,raytrace,nbody,fib,pystone,sieve"
ROUNDS = 3
FACTOR = 1.25


def commit(name: str) -> str | None:
    """The hash of the commit that git knows by that name."""
    command = ["git", "-C", str(ROOT), "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def settings(results: Path) -> Json:
    """asv.conf.json for a file elsewhere, with the results in another folder."""
    text = (ROOT / "asv.conf.json").read_text().replace("{conf_dir}", str(ROOT))
    config: Json = json.loads(text)
    for key in ("repo", "benchmark_dir", "env_dir", "html_dir"):
        config[key] = str(ROOT / config[key])
    # A checkout of a pull request has no branch main of its own.
    return config | {"results_dir": str(results), "branches": ["HEAD"]}


def compare(base: str, head: str) -> int:
    """Measure both and show what changed; asv's status."""
    environment = {"BENCH_PROGRAMS": PROGRAMS, "BENCH_ROUNDS": str(ROUNDS), **os.environ}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "asv.conf.json"
        file.write_text(json.dumps(settings(Path(folder) / "results")))
        command = [sys.executable, "-m", "asv", "continuous", "--config", str(file)]
        command += ["--factor", str(FACTOR), "--bench", "Relative", base, head]
        return subprocess.run(command, env=environment).returncode


def main(argv: Sequence[str]) -> int:
    """The command line; mistakes are told in one line on stderr."""
    if len(argv) > 2 or any(word.startswith("-") for word in argv):
        print(__doc__)
        return 2
    names = [*argv, *("main", "HEAD")[len(argv) :]]
    commits = [commit(name) for name in names]
    for name, found in zip(names, commits, strict=True):
        if found is None:
            print(f"asv_compare: there is no commit {name!r}", file=sys.stderr)
            return 2
    base, head = (found or "" for found in commits)
    if base == head:
        print(f"{names[0]} and {names[1]} are the same commit: nothing to compare")
        return 0
    return compare(base, head)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
