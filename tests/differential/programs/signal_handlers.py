# Handlers of signals find the frames, and raise in the hot loop, as under CPython.
import signal, os, time, traceback, sys, threading
def show(e):
    return [(f.name, f.lineno) for f in traceback.extract_tb(e.__traceback__) if f.filename == __file__]
def inner(k): return (k * 7 + 1) % 1000003
def hot():
    k = 0
    while True:
        k = inner(k)
        k = k + 1
def later(t):
    def f():
        time.sleep(t); os.kill(os.getpid(), signal.SIGINT)
    th = threading.Thread(target=f); th.start(); return th
ok = []
first = hot.__code__.co_firstlineno
for r in range(6):
    th = later(0.05)
    t0 = time.time()
    try: hot()
    except KeyboardInterrupt as e:
        s = show(e); ok.append((time.time() - t0 < 5, s[0][0], s[1][0], s[1][1] in (first + 2, first + 3, first + 4), len(s) in (2, 3)))
    th.join()
print(ok)
class Alarm(Exception): pass
def handler(sig, frame):
    names = []
    f = frame
    while f is not None and f.f_code.co_filename == __file__:
        names.append(f.f_code.co_name); f = f.f_back
    if names[-1] != "<module>" or "hot" not in names: print("bad", names)
    raise Alarm(names[-2])
signal.signal(signal.SIGALRM, handler)
for r in range(6):
    signal.setitimer(signal.ITIMER_REAL, 0.04)
    try: hot()
    except Alarm as e: print(e.args)
hits = 0
def count(sig, frame):
    global hits
    hits += 1
signal.signal(signal.SIGALRM, count)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
def compute(n):
    t = 0
    for i in range(n):
        t += inner(i) % 3
        if i % 7 == 0: t += len(str(i))
    return t
a = [compute(5000) for _ in range(8)]
signal.setitimer(signal.ITIMER_REAL, 0)
print(set(a), hits > 0)
signal.signal(signal.SIGUSR1, lambda s, f: sys.exit(3) if f.f_code.co_name in ("hot", "inner") else print("where"))
th = threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGUSR1)); th.start()
try: hot()
except SystemExit as e: print("exit", e.code)
def rec(n): return 0 if n == 0 else 1 + rec(n - 1)
def hotrec():
    while True: rec(50)
th = later(0.1)
try: hotrec()
except KeyboardInterrupt as e: print([x[0] for x in show(e)][:2])
th.join()
def hotgen():
    def g():
        i = 0
        while True: i += 1; yield i
    try:
        for v in g(): pass
    finally: print("fin")
th = later(0.1)
try: hotgen()
except KeyboardInterrupt as e: print([x[0] for x in show(e)][:2])
th.join()
signal.signal(signal.SIGALRM, signal.SIG_DFL)
signal.signal(signal.SIGUSR1, signal.SIG_DFL)
