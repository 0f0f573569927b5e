# RecursionError comes at the very depth it comes at under CPython.
import sys
best = [0]
def plain(n):
    best[0] = n
    return plain(n + 1) + 1
class M:
    def __init__(self):
        self.n = 0
    def method(self):
        self.n += 1
        return self.method() + 1
    def other(self, k):
        best[0] = k
        return self.third(k + 1)
    def third(self, k):
        best[0] = k
        return self.other(k + 1) + 1
    @property
    def prop(self):
        self.n += 1
        return self.prop + 1
    def __add__(self, o):
        self.n += 1
        return self + o
def ping(n):
    best[0] = n
    return pong(n + 1)
def pong(n):
    best[0] = n
    return ping(n + 1) * 2
def chain(n):
    best[0] = n
    return link1(n)
def link1(n):
    return link2(n) + 1
def link2(n):
    return chain(n + 1)
def looping(n):
    best[0] = n
    t = 0
    for i in range(2):
        t += looping(n + 1)
    return t
def counted(n, limit):
    return 0 if n == limit else counted(n + 1, limit) + 1
def catching(n):
    try:
        best[0] = n
        return catching(n + 1)
    except RecursionError:
        return n
def callback(n):
    best[0] = n
    return max([n], key=lambda x: callback(x + 1))
def args(*a, **k):
    best[0] = a[0]
    return args(a[0] + 1, **k)
class Init:
    def __init__(self, n):
        best[0] = n
        Init(n + 1)
def gen(n):
    best[0] = n
    yield from gen(n + 1)
def closure(n):
    def inner():
        best[0] = n
        return closure(n + 1)
    return inner() + 1
def compre(n):
    best[0] = n
    return [compre(n + 1) for _ in range(1)]
def depth_of(f, *a):
    try:
        f(*a)
    except RecursionError as e:
        return str(e)
    return "none"
def deeper(k, f, *a):
    return depth_of(f, *a) if k == 0 else deeper(k - 1, f, *a)
for limit in (120, 257, 1000):
    sys.setrecursionlimit(limit)
    for r in range(4):
        out = []
        for f in (plain, ping, chain, looping, closure):
            depth_of(f, 0)
            out.append(best[0])
        for f in (catching, callback, compre, Init):
            depth_of(f, 0)
            out.append(best[0])
        depth_of(args, 0)
        out.append(best[0])
        m = M()
        out.append((depth_of(m.method), m.n))
        m = M()
        depth_of(m.other, 0)
        out.append(best[0])
        m = M()
        depth_of(lambda: m.prop)
        out.append(m.n)
        m = M()
        depth_of(lambda: m + 1)
        out.append(m.n)
        depth_of(lambda: list(gen(0)))
        out.append(best[0])
        out.append(deeper(r + 5, plain, 0))
        out.append(best[0])
        print(limit, r, out)
        for n in range(limit - 12, limit):
            try:
                print(counted(0, n), end=" ")
            except RecursionError:
                print("no", n, end=" ")
        print()
