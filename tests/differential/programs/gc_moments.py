# A collection runs finalisers only where CPython could run it: not between a load and its store.
import gc
class C:
    n = 0
class D:
    def __del__(self):
        C.n -= 1
def make():
    for _ in range(3):
        d = D()
        d.me = d
        C.n += 1
def f(n, v):
    t = 0
    for i in range(n):
        d = D()
        d.me = [d]
        C.n = 1 + C.n * v[i % len(v)] + 0
        t += C.n * 0
    return t
gc.set_threshold(3)
print(f(400, [1, 1, 1, 1, 1, 1.0, 1, 1, 1, True, 1, 1]))
gc.collect()
print(C.n)
C.n = 0
print(f(400, [1, 1.0, 1, 1, True, 1]))
gc.collect()
gc.set_threshold(700)
print(C.n)
