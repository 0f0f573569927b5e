# Threads share functions: one records while another runs the same loops and calls.
import sys, threading
usual = sys.getswitchinterval()
sys.setswitchinterval(1e-6)
class P:
    def __init__(self, x): self.x = x
    def step(self, k): self.x = (self.x * 31 + k) % 10007; return self.x
    def __lt__(self, o): return self.x < o.x
def helper(a, b): return a * 3 + b
def deeper(a, n):
    t = 0
    for i in range(n):
        t += helper(a, i) % 7
    return t
def work(k, out):
    p = P(k)
    d = {}
    t = 0
    for i in range(500):
        t += p.step(i)
        d[i % 17] = d.get(i % 17, 0) + t
        if i % 10 == 0: t += deeper(i, 5)
        if i % 100 == k:
            try:
                raise ValueError(i)
            except ValueError as e: t += e.args[0]
        l = sorted([P(t % 5), P(i % 5)])
        t += l[0].x
    out[k] = (t, sorted(d.items())[:3])
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def rec(k, out):
    s = 0
    for i in range(12): s += fib(10 + i % 3)
    out[k] = s
def gen(n):
    for i in range(n): yield i * 2
def gens(k, out):
    s = 0
    for r in range(40):
        for v in gen(30): s += v
    out[k] = s
for rnd in range(2):
    out = {}
    ts = [threading.Thread(target=f, args=(j * 3 + n, out)) for j in range(3) for n, f in enumerate((work, rec, gens))]
    for t in ts: t.start()
    for t in ts: t.join()
    print(sorted(out.items()))
sys.setswitchinterval(usual)
