"""Runs a program until it is compiled, then some more between signals (twins/count_instructions.c).

    python benchmarks/region.py NAME SIZE...

Its functions are marked for hotloop one by one: the thread that looks for hot code by itself would
get in the way of single steps. What is printed goes to a buffer.
"""

from __future__ import annotations

import contextlib
import io
import signal
import sys
import threading
import time
from types import FunctionType

import hotloop
from registry import find

WARM_SECONDS = 1.0
TURN_SECONDS = 0.02
THRESHOLD = 30


def main(argv: list[str]) -> None:
    """Warm up with the sizes to be counted, wait for better code, count."""
    name, *sizes = argv
    namespace = find(name).load(sizes[0]).namespace
    for value in list(namespace.values()):
        if isinstance(value, FunctionType):
            hotloop.jit(threshold=THRESHOLD)(value)
    run = namespace["main"]
    me = threading.get_ident()
    with contextlib.redirect_stdout(io.StringIO()):
        end = time.process_time() + WARM_SECONDS
        while time.process_time() < end:
            for size in sizes:
                turn = time.process_time() + TURN_SECONDS
                while time.process_time() < turn:
                    run([size])
        for size in sizes:
            signal.pthread_kill(me, signal.SIGUSR1)
            run([size])
            signal.pthread_kill(me, signal.SIGUSR1)


if __name__ == "__main__":
    main(sys.argv[1:])
