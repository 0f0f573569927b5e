"""A frame moved at its n-th line event, for every n, does what it would have done."""

# mypy: ignore-errors

import threading

import frames_programs as programs
from frames_support import Instrument

from hotloop.frames.moving import Mover

instrument = Instrument()
mover = Mover(instrument.runtime)
rewritten = {}
for function in programs.functions():
    instrument.code(function.__code__)
    # The last pair kept is that of the outer code; nested code is moved in its own right.
    rewritten[function.__code__] = instrument.keep[-1][0]
expected = [programs.shown(*program) for program in programs.PROGRAMS]
at_line = mover._at_line
passed = wanted_at = 0


def counted(thread, frame):
    global passed
    if frame.get("f_code") in codes:
        passed += 1
        if passed >= wanted_at:
            at_line(thread, frame)


mover._at_line = counted
total = 0
for wanted_at in range(1, 40):
    for (function, arguments), text in zip(programs.PROGRAMS, expected, strict=True):
        new = rewritten[function.__code__]
        old = new.original
        # The instrumented code was made from a copy with other nested code: same offsets.
        new.original = function.__code__
        codes, passed, before = {id(function.__code__)}, 0, mover.moved
        mover._arm(instrument.runtime.thread_of(threading.get_ident()), new)
        found = programs.shown(function, arguments)
        mover._disarm(instrument.runtime.thread_of(threading.get_ident()))
        new.original = old
        total += mover.moved - before
        assert found == text, f"{wanted_at} {function}\n{text}\n{found}"
assert total > 150, total
print("ok")
