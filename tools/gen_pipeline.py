"""Keep the texts of ``docs/internals/pipeline.md`` true: run its program and write down each stage.

    python tools/gen_pipeline.py [--check]

The page has fenced blocks, each after a comment ``<!-- text: NAME -->``. The block `program` is the
source; the others are made from it. ``--check`` writes nothing and exits with 1 if the page and the
stages differ in what is the same on every machine (:func:`stable`). This file must not know how a
stage works: it only asks for text.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "internals" / "pipeline.md"
_BLOCK = re.compile(r"(<!-- text: (\w+) -->\n+```\w*\n)(.*?)(\n```)", re.DOTALL)
_CHILD = Path(__file__).with_name("pipeline_stages.py")
_ENVIRONMENT = {"HOTLOOP_BRIDGE_THRESHOLD": "1000000", "PYTHONDONTWRITEBYTECODE": "1"}
_OPCODE = re.compile(r"(?:= )?\b(icmp|mul|add|getelementptr|store|load|extractvalue|call|br|phi)\b")


def blocks(page: str) -> dict[str, str]:
    """The texts of a page by name."""
    return {name: text for _, name, text, _ in _BLOCK.findall(page)}


def stages(program: str) -> dict[str, str]:
    """Run the program of the page in a process of its own; the text of each stage by name."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTLOOP")}
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "total.py"
        script.write_text(program + "\n")
        log = Path(folder) / "log"
        done = subprocess.run(
            [sys.executable, str(_CHILD), script.name],
            env={**kept, **_ENVIRONMENT, "HOTLOOP_LOG": f"trace,opt:{log}"},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=100,
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        texts: dict[str, str] = json.loads(done.stdout)
        lines = log.read_text().splitlines()
    for channel in ("trace", "opt"):
        prefix = f"[{channel}]   "
        found = [line.removeprefix(prefix) for line in lines if line.startswith(prefix)]
        texts[channel] = "\n".join(found)
    return texts


def stable(name: str, text: str) -> object:
    """What must be the same everywhere: all of it, but of LLVM and machine code the shape."""
    if name == "llvm":
        return [found[1] for line in text.splitlines() if (found := _OPCODE.search(line))]
    if name == "machine":
        return [line for line in text.splitlines() if line.startswith(";")]
    return text


def updated(page: str, texts: dict[str, str]) -> str:
    """The page with the texts of the stages in it. Raises KeyError for a block of no stage."""

    def replace(found: re.Match[str]) -> str:
        head, name, old, tail = found.groups()
        if name == "program" or stable(name, old) == stable(name, texts[name]):
            return found[0]
        return f"{head}{texts[name]}{tail}"

    return _BLOCK.sub(replace, page)


def main() -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    page = PAGE.read_text()
    fresh = updated(page, stages(blocks(page)["program"]))
    if parser.parse_args().check:
        return int(page != fresh)
    PAGE.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
