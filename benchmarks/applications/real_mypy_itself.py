# benchmark: application
# about: mypy checks itself, which takes a minute and more (only if named, with --timeout 900)
# features: visitors, isinstance, a very big object graph
# nightly: only
# argument: mypy
# iterations: 1
# checksum: e7e32497c899f1c2
# quick: simpy
# quick checksum: c9a0fff1eaa8156f
"""mypy 1.15.0 (not compiled) checks a package strictly, by default its own: half a million objects.

python real_mypy_itself.py [PACKAGE]
"""

from __future__ import annotations

import sys

from real_mypy import checker


def main(argv: list[str]) -> None:
    """Print mypy's messages."""
    print(checker(argv[0] if argv else "mypy")())


if __name__ == "__main__":
    main(sys.argv[1:])
