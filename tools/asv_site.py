"""Keeps asv's results in one small file a machine, and publishes them as a site without internet.

    python tools/asv_site.py pack                what asv measured goes into benchmarks/history/
    python tools/asv_site.py publish [FOLDER]    the site from benchmarks/history/, into build/site

asv's own files repeat names and requirements for every commit; ours has a list of values for each.
The published pages load ten files from other servers; these are replaced by benchmarks/site/vendor.
"""

from __future__ import annotations

import datetime
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench-results"
HISTORY = ROOT / "benchmarks" / "history"
SITE = ROOT / "benchmarks" / "site"
DIGITS = 5
# File names of the servers that asv's page loads from -> ours, where they differ.
RENAMED = {
    "jquery-3.3.1.min.js": "jquery.min.js",
    "jquery.flot.min.js": "jquery.flot.js",
    "jquery.flot.time.min.js": "jquery.flot.time.js",
    "jquery.flot.selection.min.js": "jquery.flot.selection.js",
    "jquery.flot.categories.min.js": "jquery.flot.categories.js",
}
# asv by itself sees only the first parents of merges, which are not the commits of main here.
ASV = """
from asv.plugins.git import Git

run = Git._run_git

def with_all_parents(self, words, *rest, **named):
    return run(self, [word for word in words if word != "--first-parent"], *rest, **named)

Git._run_git = with_all_parents
from asv.main import main

main()
"""
EXTERNAL = re.compile(r'(src|href)="https://[^"]*/([^"/]+\.(?:js|css))"([^>]*)>')

Json = dict[str, Any]
Params = list[list[str]]  # the values of each parameter


class SiteError(Exception):
    """Something is missing; the text says what in one line."""


def read(path: Path) -> Json:
    """A JSON object. Raises SiteError."""
    try:
        data: Json = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise SiteError(f"cannot read {path}: {error}") from None
    return data


def shortened(value: object) -> object:
    """Numbers to five digits, also in lists; None for asv's NaN, which is no JSON."""
    if isinstance(value, list):
        return [shortened(one) for one in value]
    if value != value:
        return None
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def pack_commit(data: Json, lists: list[Params]) -> Json:
    """One of asv's result files, without what is the same in all.

    Each figure has its values and, as a place in `lists`, the parameters they belong to.
    """
    column, params = (data["result_columns"].index(one) for one in ("result", "params"))
    values = {}
    for name, row in sorted(data["results"].items()):
        if row and row[column] is not None and any(one is not None for one in row[column]):
            if row[params] not in lists:
                lists.append(row[params])
            values[name] = [lists.index(row[params]), shortened(row[column])]
    kept = {key: data[key] for key in ("date", "env_name", "params", "python", "requirements")}
    if kept["env_name"].startswith("existing"):  # the path of a python is nobody's business
        kept |= {"env_name": "existing-py3.11", "python": "3.11"}
        kept["params"] = {**kept["params"], "python": "3.11"}
    return {**kept, "values": values}


def pack() -> list[Path]:
    """Add asv's results to our files; the files that were written. Raises SiteError."""
    if not RESULTS.is_dir():
        raise SiteError(f"asv has measured nothing: {RESULTS} does not exist")
    described = read(RESULTS / "benchmarks.json")
    written = []
    for folder in sorted(path.parent for path in RESULTS.glob("*/machine.json")):
        path = HISTORY / f"{folder.name}.json"
        packed = read(path) if path.exists() else {"commits": {}, "params": [], "benchmarks": {}}
        packed["machine"] = read(folder / "machine.json")
        for name, about in described.items():
            if isinstance(about, dict):
                kept = {key: one for key, one in about.items() if key != "code"}
                packed["benchmarks"][name] = kept
        packed["asv"] = described["version"]
        for file in sorted(folder.glob("*.json")):
            if file.name != "machine.json":
                data = read(file)
                packed["commits"][data["commit_hash"]] = pack_commit(data, packed["params"])
        describe_all(packed)
        HISTORY.mkdir(exist_ok=True)
        path.write_text(json.dumps(packed, separators=(",", ":"), sort_keys=True) + "\n")
        written.append(path)
    return written


def united(before: Params, now: Params) -> Params:
    """Parameters with the values of both: some programs may have been left out this time."""
    if len(before) != len(now):
        return now
    return [
        [*old, *(value for value in new if value not in old)]
        for old, new in zip(before, now, strict=True)
    ]


def describe_all(packed: Json) -> None:
    """Let every figure's description have all parameters that any commit has values for."""
    for commit in packed["commits"].values():
        for name, (place, _) in commit["values"].items():
            about = packed["benchmarks"].get(name)
            if about is not None:
                about["params"] = united(about["params"], packed["params"][place])


def unpack(path: Path, results: Path) -> int:
    """Write asv's files again from one of ours; how many commits there are."""
    packed = read(path)
    folder = results / path.stem
    folder.mkdir(parents=True)
    (folder / "machine.json").write_text(json.dumps(packed["machine"]))
    described = {name: {**about, "code": ""} for name, about in packed["benchmarks"].items()}
    described["version"] = packed["asv"]
    (results / "benchmarks.json").write_text(json.dumps(described))
    for commit, kept in packed["commits"].items():
        data = {key: one for key, one in kept.items() if key != "values"}
        data |= {"commit_hash": commit, "version": 2, "env_vars": {}, "durations": {}}
        data["result_columns"] = ["result", "params", "version"]
        data["results"] = {
            name: [values, packed["params"][place], described[name]["version"]]
            for name, (place, values) in kept["values"].items()
            if name in described
        }
        file = folder / f"{commit[:8]}-{kept['env_name']}.json"
        file.write_text(json.dumps(data))
    return len(packed["commits"])


def with_vendored(page: str) -> str:
    """The page with our copies in the place of other servers'. Raises SiteError."""

    def ours(match: re.Match[str]) -> str:
        name = RENAMED.get(match[2], match[2])
        if not (SITE / "vendor" / name).is_file():
            raise SiteError(f"benchmarks/site/vendor has no {name}")
        close = ' onerror="js_load_failure()">' if name.endswith(".js") else ">"
        return f'{match[1]}="vendor/{name}"{close}'

    return EXTERNAL.sub(ours, page)


def publish(target: Path) -> int:
    """Make the site; the number of commits in it. Raises SiteError."""
    packed = sorted(HISTORY.glob("*.json"))
    if not packed:
        raise SiteError(f"nothing to publish: {HISTORY} has no results (make asv)")
    if target.exists():
        shutil.rmtree(target)
    history = target / "history"
    with tempfile.TemporaryDirectory() as name:
        results = Path(name) / "results"
        counts = [unpack(path, results) for path in packed]
        config = read(ROOT / "asv.conf.json")
        places = {"repo": ROOT, "results_dir": results, "html_dir": history}
        config |= {key: str(place) for key, place in places.items()}
        config |= {"env_dir": str(Path(name) / "env"), "branches": ["HEAD"]}
        file = Path(name) / "asv.conf.json"
        file.write_text(json.dumps(config))
        command = [sys.executable, "-c", ASV, "publish", "--config", str(file)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SiteError(f"asv publish failed: {(done.stdout + done.stderr).strip()[-500:]}")
    page = history / "index.html"
    page.write_text(with_vendored(page.read_text()))
    shutil.copytree(SITE / "vendor", history / "vendor")
    front = (SITE / "front.html").read_text()
    last = max(commit["date"] for path in packed for commit in read(path)["commits"].values())
    front = front.replace("@commits@", str(sum(counts))).replace("@last@", day(last))
    (target / "index.html").write_text(front)
    return sum(counts)


def day(milliseconds: int) -> str:
    """A date as people write it."""
    when = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC)
    return when.strftime("of %d %B %Y")


def main(argv: list[str]) -> int:
    """The command line; 1 with one line on stderr if something is missing."""
    try:
        if argv[:1] == ["pack"]:
            for path in pack():
                print(path.relative_to(ROOT))
        elif argv[:1] == ["publish"]:
            target = Path(argv[1]) if argv[1:] else ROOT / "build" / "site"
            print(f"{publish(target)} commits in {target}/index.html")
        else:
            print(__doc__)
            return 2
    except SiteError as error:
        print(f"asv_site: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
