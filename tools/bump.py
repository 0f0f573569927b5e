"""Releases one package: a new version, its change fragments folded into its changelog.

    python tools/bump.py optimizer minor

Edits packages/<p>/src/*/__about__.py and CHANGELOG.md, removes the fragments, and prints the tag to
make. It commits nothing and publishes nothing. A package whose range excludes the new version is
named, because its range must be widened by hand, with thought.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

from check_repo import FOLDERS, distribution_name, module_name, sibling_ranges, version_of

PARTS = ("major", "minor", "patch")
ROOT = Path(__file__).resolve().parent.parent


class BumpError(Exception):
    """The release cannot be made; the text says why."""


def next_version(version: str, part: str) -> str:
    """The version after `version` when `part` is raised: 0.1.3, minor -> 0.2.0."""
    numbers = [int(number) for number in version.split(".")]
    index = PARTS.index(part)
    raised = [*numbers[:index], numbers[index] + 1, *([0] * (2 - index))]
    return ".".join(str(number) for number in raised)


def fold_fragments(package: Path, version: str) -> None:
    """Move the fragments of a package into its changelog; raises BumpError if there are none."""
    if not list((package / "changelog.d").glob("*.md")):
        raise BumpError(
            f"{package.name} has no changelog fragments, so there is nothing to release"
        )
    command = [sys.executable, "-m", "towncrier", "build", "--yes", "--version", version]
    done = subprocess.run([*command, "--dir", str(package)], capture_output=True, text=True)
    if done.returncode != 0:
        raise BumpError(f"towncrier failed: {done.stderr.strip() or done.stdout.strip()}")


def write_version(root: Path, folder: str, version: str) -> None:
    """Put the version into the package's __about__.py."""
    about = root / "packages" / folder / "src" / module_name(folder) / "__about__.py"
    text = re.sub(
        r'^__version__ = ".*"$', f'__version__ = "{version}"', about.read_text(), flags=re.M
    )
    about.write_text(text)


def bump(root: Path, folder: str, part: str) -> str:
    """Release one package; returns the name of the tag to make."""
    version = next_version(version_of(root, folder), part)
    fold_fragments(root / "packages" / folder, version)
    write_version(root, folder, version)
    return f"{distribution_name(folder)}-v{version}"


def main(argv: list[str]) -> int:
    """0, or 1 with one line on stderr."""
    parser = argparse.ArgumentParser(description="release one package")
    parser.add_argument("package", choices=FOLDERS)
    parser.add_argument("part", choices=PARTS)
    options = parser.parse_args(argv)
    try:
        tag = bump(ROOT, options.package, options.part)
    except BumpError as error:
        print(f"bump: {error}", file=sys.stderr)
        return 1
    for problem in sibling_ranges(ROOT):
        print(f"to widen: {problem}", file=sys.stderr)
    print(tag)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
