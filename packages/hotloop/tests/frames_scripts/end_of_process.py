"""Code with live merge points runs until the very end of the process without a crash."""

# mypy: ignore-errors

import atexit
import sys
import threading
import time

import frames_programs as programs
from frames_support import Instrument

instrument = Instrument()
atexit.register(instrument.runtime.stop)  # after this the compiled code may be freed
for function in programs.functions():
    function.__code__ = instrument.code(function.__code__)


def late(self, loops=programs.loops, write=sys.stdout.write):
    for _ in range(50):
        assert loops(7)[0] is not None
    write("")


class Late:
    __del__ = late


late.__code__ = instrument.code(late.__code__)


def forever(loops=programs.loops):
    while True:
        loops(7)


forever.__code__ = instrument.code(forever.__code__)
threading.Thread(target=forever, daemon=True).start()
atexit.register(late, None)
sys.late = Late()
builtins_late = Late()
time.sleep(0.1)
print("ok")
