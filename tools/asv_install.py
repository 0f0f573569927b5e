"""Installs the wheels of a commit for asv: `asv_install.py FOLDER`; see asv.conf.json.

What else the packages need is pinned in asv.conf.json, so that the history is comparable.
"""

import subprocess
import sys
from pathlib import Path


def main(folder: str) -> None:
    """Install all wheels of the folder over what is there; raises CalledProcessError."""
    wheels = sorted(str(path) for path in Path(folder).glob("*.whl"))
    options = ["--force-reinstall", "--no-deps", "--no-index"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, *wheels], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
