import gc
gc.disable()
class P:
    __slots__ = ("a", "b")
    def __init__(self, a, b):
        self.a = a; self.b = b
class Q:
    def __init__(self, a, b):
        self.a = a; self.b = b
log = []
class D:
    def __init__(self, k): self.k = k
    def __del__(self): log.append(self.k)
def f1(n, o):
    for i in range(n):
        l = [o, (o, i)]
    return len(l)
def f2(n, o):
    for i in range(n):
        l = [o, (o, i)]
        if i % 7 == 3:
            o = D(i)
    return len(l)
def f3(n, o):
    p = None
    for i in range(n):
        p = P(o, p if i % 9 else None)
        q = Q(p, o)
        if i % 5 == 2:
            o = D(-i)
    return q.a.a is o
def f4(n, o):
    s = 0
    for i in range(n):
        d = D(i)
        t = (d, o, [d, i])
        u, v, w = t
        s += w[1]
        if i % 11 == 5:
            t = u = v = w = None
            d = o
    return s
def g(a, b):
    t = (a, b)
    p = P(a, t)
    return p.a
def f5(n, o):
    for i in range(n):
        x = g(o, i)
        y = g(D(i), o)
        z = g(i, D(-i))
        if i % 13 == 1:
            o = y
    return x is o, z
def h(k, o):
    p = P(o, k)
    q = (p, o)
    if k == 0:
        return p
    r = h(k - 1, D(k))
    return q[0] if k % 2 else r
def f6(n, o):
    for i in range(n):
        x = h(i % 5, o)
        if i % 17 == 2:
            o = D(i)
    return x.b
def f7(n, o):
    it = 0
    for a in [D(i) for i in range(n)]:
        b = (a, 1)
        c = [a, b]
        e = {"k": c}
        for q in c:
            e = (e, q)
            if it % 4 == 1:
                e = None
            it += 1
    return it
def f8(n, o):
    i = 0
    while i < n:
        a = D(i)
        b = [a]
        b.append(b) if i % 50 == 9 else b.append(a)
        c = lambda: a
        i += 1
        if i % 6 == 0:
            a = c() if i % 12 else None
    return i
import gc
log.clear(); r = f1(3, D('o')); print('f1', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f1(20, D('o')); print('f1', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f1(60, D('o')); print('f1', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f1(60, D('o')); print('f1', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f2(3, D('o')); print('f2', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f2(20, D('o')); print('f2', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f2(60, D('o')); print('f2', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f2(60, D('o')); print('f2', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f3(3, D('o')); print('f3', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f3(20, D('o')); print('f3', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f3(60, D('o')); print('f3', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f3(60, D('o')); print('f3', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f4(3, D('o')); print('f4', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f4(20, D('o')); print('f4', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f4(60, D('o')); print('f4', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f4(60, D('o')); print('f4', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f5(3, D('o')); print('f5', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f5(20, D('o')); print('f5', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f5(60, D('o')); print('f5', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f5(60, D('o')); print('f5', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f6(3, D('o')); print('f6', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f6(20, D('o')); print('f6', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f6(60, D('o')); print('f6', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f6(60, D('o')); print('f6', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f8(3, D('o')); print('f8', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f8(20, D('o')); print('f8', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f8(60, D('o')); print('f8', r if not isinstance(r, tuple) else len(r), len(log), log)
log.clear(); r = f8(60, D('o')); print('f8', r if not isinstance(r, tuple) else len(r), len(log), log)
class InDict:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("dies", self.name)
def in_dict(n):
    holder = InDict("holder")
    vars(holder)["held"] = None
    for i in range(n):
        holder.held = InDict(i) if i % 40 == 0 else None
        if i % 80 == 1:
            holder.__dict__.clear()
            holder.name = "cleared"
    return holder.held
print(in_dict(400))
class Dies:
    def __init__(self, v):
        self.v = v
    def __del__(self):
        OUT.append(self.v)
OUT = []
class SlotsBase:
    __slots__ = ("p", "q")
class Slots(SlotsBase):
    __slots__ = ("r",)
    def __init__(self, p, q, r):
        self.r = r
        self.q = q
        self.p = p
def with_slots(n):
    t = 0
    for it in range(n):
        b = Slots(Dies(it), Dies(it * 10), Dies(it * 100))
        t += len([b])
        b = None
        OUT.append("x")
    return t
print(with_slots(12), OUT); OUT.clear()
class Parts:
    def __init__(self, p, q, r):
        self.p = self.q = self.r = None
        self.r = r
        self.q = q
        self.p = p
def with_parts(n):
    t = 0
    for it in range(n):
        b = Parts(Dies(it), (Dies(it * 10), Dies(it*1000)), [Dies(it * 100), Dies(it*200)])
        t += len([b])
        b = None
        OUT.append("x")
    return t
print(with_parts(12), OUT); OUT.clear()
def lengths(n):
    t = 0
    for it in range(n):
        t += len((Dies(it), Dies(-it)))
        t += len([Dies(it), [Dies(-it), Dies(-it-1)]])
        OUT.append("x")
    return t
print(lengths(12), OUT); OUT.clear()
def of_each_kind(n):
    t = 0
    for it in range(n):
        d = {"a": Dies(it), "b": Dies(-it)}
        t += len(d)
        d = None
        OUT.append("x")
        s = slice(Dies(it), Dies(-it), Dies(it*10))
        s = None
        OUT.append("y")
        m = Dies(it).__init__
        m = None
        OUT.append("z")
        a, b = Dies(it), Dies(-it)
        a, b = b, a
        a = b = None
        a, b = [Dies(it), Dies(-it)]
    return t
print(of_each_kind(12), OUT); OUT.clear()
def shared(n):
    k = it = 0
    try:
        for it in range(n):
            a = Dies(it)
            l = [a, Dies(-it)]
            d = [Dies(it + 100), l, a]
            del a, l
            OUT.append("x")
            k = d, d[0]
            del d
            OUT.append("y")
            k = k[1]
    finally:
        OUT.append("f")
    return it
print(shared(12), OUT); OUT.clear()
