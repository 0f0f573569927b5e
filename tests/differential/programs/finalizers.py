import weakref
log = []
class D:
    def __init__(self, k):
        self.k = k
    def __del__(self):
        log.append(self.k)
def f(n):
    keep = None
    for i in range(n):
        d = D(i)
        keep = d if i % 50 == 0 else keep
        d = D(-i)
        if i % 40 == 39:
            log.append("mark")
            d = None
            log.append("after")
    log.append("end")
f(120)
print(log[:20], log[-20:], len(log))
log.clear()
def g(n):
    refs = []
    for i in range(n):
        o = D(i)
        refs.append(weakref.ref(o, lambda r, i=i: log.append(("ref", i))))
        pair = (o, [o])
        del o
        pair = None
        log.append(("made", i))
    return [r() for r in refs].count(None)
print(g(100), log[:9], log[-9:])
class Changes:
    def __del__(self):
        global K
        K += 1
K = 0
def h(n):
    t = 0
    for i in range(n):
        c = Changes()
        t += K
        c = 5
        t += K * 1000
    return t
print(h(150))
