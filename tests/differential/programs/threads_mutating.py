# One thread mutates what another runs
import sys, threading, time
usual = sys.getswitchinterval()
sys.setswitchinterval(1e-6)
class A:
    k = 1
    def f(self): return 1
def g(): return 1
stop = False
flips = 0
def mutate():
    global flips, g
    i = 0
    while not stop:
        time.sleep(0.002)
        i += 1
        A.k = i % 3
        A.f = (lambda s: 1) if i % 2 else (lambda s: 2)
        exec("def g(): return %d" % (1 + i % 2), globals())
        if i % 5 == 0: setattr(A, "n%d" % (i % 50), i)
        flips += 1
def use(n):
    a = A(); t = set(); lo = hi = 0
    for i in range(n):
        v = a.f() + g() + a.k
        if v < 2: lo += 1
        if v > 6: hi += 1
    return lo, hi
m = threading.Thread(target=mutate); m.start()
res = []
ts = [threading.Thread(target=lambda: res.append([use(1000) for _ in range(4)])) for _ in range(3)]
for t in ts: t.start()
for t in ts: t.join()
stop = True
m.join()
print(all(r == (0, 0) for l in res for r in l), flips > 0)
# shared containers
lock = threading.Lock()
shared = []; counts = {}
def add(k):
    for i in range(1000):
        with lock:
            counts[i % 7] = counts.get(i % 7, 0) + 1
        shared.append(k)
ts = [threading.Thread(target=add, args=(k,)) for k in range(5)]
for t in ts: t.start()
for t in ts: t.join()
print(len(shared), sorted(counts.items()), [shared.count(k) for k in range(5)])
# producer consumer, conditions, pool
import queue, concurrent.futures as cf
q = queue.Queue(5); got = []
def prod():
    for i in range(500): q.put(i)
    q.put(None)
def cons():
    s = 0
    while True:
        v = q.get()
        if v is None: break
        s += v
    got.append(s)
ts = [threading.Thread(target=prod), threading.Thread(target=cons)]
for t in ts: t.start()
for t in ts: t.join()
print(got)
def task(n):
    t = 0
    for i in range(n): t += i * n
    return t
with cf.ThreadPoolExecutor(4) as ex:
    print(sum(ex.map(task, range(300))), [f.result() for f in [ex.submit(task, i) for i in (100, 1000)]])
    try: list(ex.map(lambda x: 1 // (x - 50), range(100)))
    except ZeroDivisionError as e: print(repr(e))
loc = threading.local()
def tl(k, out):
    loc.v = 0
    for i in range(800): loc.v += k
    out.append(loc.v)
out = []
ts = [threading.Thread(target=tl, args=(k, out)) for k in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(sorted(out))
sys.setswitchinterval(usual)
