"""Leaving compiled code at every bytecode, with any operand stack, is invisible."""

# mypy: ignore-errors

import frames_programs as programs
from frames_support import Instrument

plain = programs.run()
instrument = Instrument()
for function in programs.functions():
    function.__code__ = instrument.code(function.__code__)
for _ in range(20):  # long enough for CPython to specialise
    moved = programs.run()
    assert moved == plain, f"{plain}\n-----\n{moved}"
taken = [leave.counter > 0 for leave in instrument.exits]
assert sum(taken) / len(taken) > 0.8 and instrument.taken > 10_000, (sum(taken), len(taken))
print("ok")
