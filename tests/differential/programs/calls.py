def d(a, b=2, *args, c=3, **kw):
    return a + b * 2 + sum(args) + c + sum(kw.values())
def pos(a, b, /, c, *, e=5):
    return a - b + c * e
def f(n):
    t = 0
    extra = (1, 2, 3)
    kw = {"z": 1, "c": 9}
    for i in range(n):
        t += d(i) + d(i, 1) + d(i, b=i) + d(*extra) + d(1, 2, 3, 4, c=i, q=2) + d(i, **kw) + d(*[i, i], **{"c": 1})
        t += pos(i, 1, 2) + pos(i, 1, c=3, e=i)
        if i == 150:
            d.__defaults__ = (7,)
            d.__kwdefaults__ = {"c": 30}
        if i == 170:
            d.__code__ = (lambda a, b=2, *args, c=3, **kw: 1).__code__
        if i == 180:
            try:
                pos(1)
            except TypeError as e:
                print(e)
            try:
                pos(1, 2, 3, 4)
            except TypeError as e:
                print(e)
    return t
print(f(100), f(200), f(50))
class M:
    def a(self, x): return x + 1
    b = staticmethod(a)
def methods(n):
    m = M()
    bound = m.a
    t = 0
    for i in range(n):
        t += bound(i) + m.a(i) + M.a(m, i) + list(map(m.a, [i, 1]))[0] + (lambda q: q + i)(1)
    return t
print(methods(200))
import functools
print(functools.reduce(lambda a, b: a + b, range(200)), sorted(range(50), key=lambda v: -v % 7)[:5])
