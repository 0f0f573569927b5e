import builtins
def f(n):
    t = 0
    for i in range(n):
        t += len("abc") + abs(-i) + max(i, 3)
        if i == 80:
            builtins.len = lambda x: 100
        if i == 120:
            globals()["abs"] = lambda x: 1
        if i == 160:
            del globals()["abs"]
            builtins.len = original
    return t
original = len
print(f(200), f(200))
import math
def g(n):
    t = 0.0
    for i in range(n):
        t += math.sqrt(i)
        if i == 100:
            math.sqrt = lambda x: 1.0
    math.sqrt = keep
    return round(t, 6)
keep = math.sqrt
print(g(200), g(200))
