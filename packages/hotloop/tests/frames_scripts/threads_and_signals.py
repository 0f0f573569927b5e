"""Many threads and a stream of signals while every bytecode enters and leaves compiled code."""

# mypy: ignore-errors

import signal
import sys
import threading

import frames_chain as chain
import frames_programs as programs
from frames_support import Instrument

SOURCE = """
total = 0
for i in range(300):
    try:
        for j in [i, i + 1]:
            total += j if j % 3 else -j
        if i % 50 == 7:
            raise KeyError(i)
    except KeyError as error:
        total += error.args[0]
    finally:
        total += 1
"""
plain = {}
exec(compile(SOURCE, "<source>", "exec"), plain)
SKIPPED = {"awaiting"}  # asyncio.run wants signals in the main thread
selected = [(f, a) for f, a in programs.PROGRAMS if f.__name__ not in SKIPPED]
expected = [programs.shown(f, a) for f, a in selected]
instrument = Instrument()
code = instrument.code(compile(SOURCE, "<source>", "exec"))
for function in programs.functions():
    function.__code__ = instrument.code(function.__code__)
sys.setswitchinterval(1e-5)
problems, signals = [], []


class Wanted(Exception):
    pass


def work(rounds):
    for _ in range(rounds):
        space = {}
        exec(code, space)
        if space["total"] != plain["total"]:
            problems.append((space["total"], plain["total"]))
        for (function, args), text in zip(selected, expected, strict=True):
            found = programs.shown(function, args)
            if found != text:
                problems.append((text, found))


signal.signal(signal.SIGALRM, lambda number, frame: signals.append(frame.f_lineno))
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
threads = [threading.Thread(target=work, args=(4,)) for _ in range(3)]
for thread in threads:
    thread.start()
work(4)
for thread in threads:
    thread.join()
assert not problems, problems[0]
assert len(signals) > 20


# A handler that raises: the exception is raised once, the frames stay whole.
def interrupt(number, frame):
    raise Wanted


def tried(n):
    seen = []
    for i in range(n):
        try:
            for _ in [i, [i], (i, [i, i])]:
                seen.append(i)
        except Wanted:
            seen.append("wanted")
    return seen


tried.__code__ = instrument.code(tried.__code__)
signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, interrupt)
raised = 0
for _ in range(3000):  # until it has hit often enough, however busy the machine is
    if raised > 50:
        break
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0004)
        seen = tried(400)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except Wanted:
        raised += 1
        continue
    wanted = seen.count("wanted")
    raised += wanted
    numbers = [i for i in seen if i != "wanted"]
    assert numbers == sorted(numbers) and len(numbers) >= 1200 - 3 * wanted, seen
signal.setitimer(signal.ITIMER_REAL, 0)
assert raised > 50, raised

# The same inside chains of inlined frames.
signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, lambda number, frame: signals.append(frame.f_lineno))
signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
made = chain.Chain(instrument)
results = set()


def chained():
    for _ in range(3000):
        results.add(len(chain.outer([0, 1, 2], thing)))


chain.show.__code__ = (lambda where: 1).__code__
thing = chain.Thing()
threads = [threading.Thread(target=chained) for _ in range(3)]
for thread in threads:
    thread.start()
chained()
for thread in threads:
    thread.join()
signal.setitimer(signal.ITIMER_REAL, 0)
# Threads share the alternation of the entry, so any number of extra iterations may happen.
assert all(size >= 6 and size % 2 == 0 for size in results), results
print("ok")
