"""Threads, forks, signals and the end of the process, while hotloop is at work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FORKS = """
import os, sys, threading, time
def work(n):
    t = 0
    for i in range(n):
        t += i % 7 + len(str(i))
    return t
def child(n):
    expected = sum(i % 7 + len(str(i)) for i in range(n))
    pid = os.fork()
    if not pid:
        os._exit(work(n) != expected)
    return os.waitpid(pid, 0)[1]
stop = False
def compiles():
    k = 0
    while not stop:
        k += 1
        names = {}
        exec("def f(n):\\n    t = 0\\n    for i in range(n): t += i\\n    return t", names)
        names["f"](100)
threads = [threading.Thread(target=compiles) for _ in range(2)]
for thread in threads:
    thread.start()
found = []
for k in range(12):
    found.append(child(5000 + k))
    time.sleep(0.01)
stop = True
for thread in threads:
    thread.join()
print(found)
"""

POOLS = """
import multiprocessing as mp
def task(n):
    t = 0
    for i in range(n):
        t += i * i % 13
    return t
if __name__ == "__main__":
    print(task(20000))
    for method in ("fork", "spawn"):
        with mp.get_context(method).Pool(2) as pool:
            print(method, pool.map(task, range(1000, 1040))[-3:])
"""

ENDS = """
import atexit, threading
def work(k):
    t = 0
    for i in range(10 ** 9):
        t += i % (k + 2)
        if i % 1000 == 0:
            exec("def f(n):\\n t = 0\\n for i in range(n): t += i\\n return t\\nf(200)", {})
for k in range(2):
    threading.Thread(target=work, args=(k,), daemon=True).start()
def busy(n):
    t = 0
    for i in range(n):
        t += i
    return t
print(busy(200000))
atexit.register(lambda: print("bye", busy(3000)))
"""

AT_EXIT = """
import atexit
def busy(n):
    t = 0
    for i in range(n):
        t += i % 7
    return t
def end():
    t = 0
    for i in range(6000000):  # seen to be hot when nothing is entered any more
        t += i % 7
    print(t)
atexit.register(end)
print(busy(3000000))
"""

COLLECTOR = """
import gc, threading
stop, off = False, 0
def look():
    global off
    while not stop:
        off += not gc.isenabled()
def make(k):
    names = {}
    exec(f"def f(n):\\n    t = {k}\\n    for i in range(n): t += len([i])\\n    return t", names)
    return names["f"](300)
thread = threading.Thread(target=look)
thread.start()
print(sum(make(k) for k in range(30)))
stop = True
thread.join()
print(off)
gc.disable()
print(sum(make(k) for k in range(5)), gc.isenabled())
"""


@pytest.mark.parametrize("stress", ["", "hot"])
@pytest.mark.parametrize(
    "program",
    [FORKS, POOLS, ENDS, AT_EXIT, COLLECTOR],
    ids=["forks", "pools", "ends", "at exit", "collector"],
)
def test_processes_and_threads(program: str, stress: str, tmp_path: Path) -> None:
    """The same output as under CPython, and an end."""
    script = tmp_path / "program.py"
    script.write_text(program)
    environ = dict(os.environ, HOTLOOP_STRESS=stress) if stress else dict(os.environ)
    found = []
    for command in ([], ["-m", "hotloop", "run"]):
        done = subprocess.run(
            [sys.executable, *command, str(script)],
            capture_output=True,
            text=True,
            timeout=120,
            env=environ,
        )
        found.append((done.stdout, done.stderr, done.returncode))
    assert found[0] == found[1]


INTERRUPTED = """
import os, signal, sys, threading, time
def inner(k):
    return (k * 7 + 1) % 1000003
def endless():
    k = 0
    while True:
        k = inner(k)
def killer():
    time.sleep(float(sys.argv[1]))
    os.kill(os.getpid(), signal.SIGINT)
thread = threading.Thread(target=killer)
thread.start()
names = []
try:
    endless()
except KeyboardInterrupt as error:
    entry = error.__traceback__
    while entry is not None:
        names.append(entry.tb_frame.f_code.co_name)
        entry = entry.tb_next
thread.join()
print(names[:2], len(names) < 4, set(names[2:]) <= {"inner"})
"""


@pytest.mark.parametrize("delay", [0.05, 0.2, 0.35, 0.5, 0.8])
def test_interrupts_reach_the_program(delay: float, tmp_path: Path) -> None:
    """Also while the compiler is brought in, frames are moved, or a loop is compiled."""
    script = tmp_path / "program.py"
    script.write_text(INTERRUPTED)
    done = subprocess.run(
        [sys.executable, "-m", "hotloop", "run", str(script), str(delay)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("['<module>', 'endless'] True True\n", "")
