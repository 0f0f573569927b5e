"""The third-party packages that benchmarks are made of: where they are, how they get there.

They are pinned, and lie in folders of their own that interpreters are lent, so that all run the
same pure Python code and none of it mixes with what hotloop itself is developed with.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


class InstallError(Exception):
    """pip failed; the text is its last line."""


@dataclass(frozen=True)
class Packages:
    """A folder of packages, and the requirement files they come from, with options for pip."""

    folder: Path
    lists: tuple[tuple[str, tuple[str, ...]], ...]

    def install(self) -> None:
        """Put every package into the folder. Raises InstallError.

        Nothing is done if the folder was made from the same lists.
        """
        wanted = "".join((HERE / name).read_text() for name, _ in self.lists)
        stamp = self.folder / "installed-from.txt"
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
        pip += ["--no-deps", "--no-compile", "--upgrade", "--target", str(self.folder)]
        for name, options in self.lists:
            command = [*pip, *options, "-r", str(HERE / name)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                lines = done.stderr.strip().splitlines() or ["pip failed"]
                raise InstallError(lines[-1])
        stamp.write_text(wanted)


_WHEELS = "--only-binary=:all:"
PROGRAMS = Packages(
    HERE / ".packages",
    (("requirements-pure.txt", ("--platform", "any", _WHEELS)), ("requirements.txt", ())),
)
NUMBA = Packages(HERE / ".peers" / "numba", (("requirements-numba.txt", (_WHEELS,)),))
PYSTON = Packages(
    HERE / ".peers" / "pyston_lite",
    (
        (
            "requirements-pyston.txt",
            (_WHEELS, "--python-version", "3.10", "--platform", "manylinux2014_x86_64"),
        ),
    ),
)


def main() -> int:
    """Install what programs are made of; 1 with one line on stderr if pip fails."""
    try:
        PROGRAMS.install()
    except InstallError as error:
        print(f"installed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
