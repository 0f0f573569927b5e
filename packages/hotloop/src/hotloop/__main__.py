"""The ``hotloop`` command and ``python -m hotloop``. Must not import anything heavy.

Its frame is on the stack of the user's program, hidden: nothing but a call belongs here.
"""

import sys

from hotloop.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    status = main()
    if status:
        sys.exit(status)
