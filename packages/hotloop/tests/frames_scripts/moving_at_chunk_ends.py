"""A thread's own frames are looked at wherever they end in a chunk of its stack of frames.

A call whose frame does not fit gets a new chunk, which is unmapped when the call returns.
"""

# mypy: ignore-errors

from threading import get_ident

from frames_support import Instrument

from hotloop.frames.moving import Mover

instrument = Instrument()
mover = Mover(instrument.runtime)
thread = instrument.runtime.thread_of(get_ident())


def look(depth):
    found = [frame for frame in thread.frames() if frame.get("f_code") == id(descend.__code__)]
    assert len(found) == depth, (len(found), depth)
    # Only where a chunk ends is no room for the two values that a merge point pushes.
    return sum(not mover._room(thread, frame) for frame in found)


def descend(depth, deepest):
    full = look(depth)
    return max(full, descend(depth + 1, deepest) if depth < deepest else 0)


fullest = 0
for padding in range(40):
    locals_ = ", ".join(f"a{index}" for index in range(padding + 1))
    space = {"descend": descend}
    exec(f"def padded():\n {locals_.replace(',', ' =')} = 0\n return descend(1, 150)", space)
    fullest = max(fullest, space["padded"]())
assert 0 < fullest < 5, fullest
print("ok")
