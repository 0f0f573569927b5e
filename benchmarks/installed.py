"""The third-party packages that benchmark programs are made of: where they are, how they get there.

They are pinned, and lie in a folder of their own that every interpreter is lent, so that all run
the same pure Python code and none of it mixes with what hotloop itself is developed with.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = HERE / ".packages"
STAMP = PACKAGES / "installed-from.txt"
PURE, OTHER = HERE / "requirements-pure.txt", HERE / "requirements.txt"


class InstallError(Exception):
    """pip failed; the text is its last line."""


def install() -> None:
    """Put every package into the folder. Raises InstallError.

    Nothing is done if the folder was made from the same lists.
    """
    wanted = PURE.read_text() + OTHER.read_text()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    pip += ["--no-deps", "--no-compile", "--upgrade", "--target", str(PACKAGES)]
    pure = ["--platform", "any", "--only-binary=:all:"]
    for options in ([*pure, "-r", str(PURE)], ["-r", str(OTHER)]):
        done = subprocess.run([*pip, *options], capture_output=True, text=True)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["pip failed"]
            raise InstallError(lines[-1])
    STAMP.write_text(wanted)


def main() -> int:
    """Install; 1 with one line on stderr if pip fails."""
    try:
        install()
    except InstallError as error:
        print(f"installed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
