import sys
def f(n, o):
    l = []
    d = {}
    for i in range(n):
        l = [o, (o, i)]
        d["k"] = o
        p = o
        q = l[1][0]
    return sys.getrefcount(o)
o = object()
print(f(50, o), f(300, o), f(300, o), sys.getrefcount(o))
class C:
    pass
def g(n):
    c = C()
    c.me = [c]
    for i in range(n):
        c.v = i
        c.w = c.me[0]
    del c.w
    c.me = None
    return sys.getrefcount(c)
print(g(50), g(300))
