"""Builds the wheels of a commit for asv: `asv_build.py CHECKOUT FOLDER`; see asv.conf.json.

Whatever packages the commit has are built, so that commits with fewer of them still work. The
wheels go to a subfolder, because asv refuses several of them in the folder that it gives.
"""

import subprocess
import sys
from pathlib import Path


def main(checkout: str, folder: str) -> None:
    """Build all packages of the checkout into the folder; raises CalledProcessError."""
    members = [str(path.parent) for path in Path(checkout).glob("packages/*/pyproject.toml")]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, *sorted(members)], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
