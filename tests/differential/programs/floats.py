inf, nan = float("inf"), float("nan")
def f(values):
    t = 0.0
    c = 0
    for v in values:
        t = t * 0.5 + v
        c += (v < t) + (v == v) + (t != t)
        if v > 1e300:
            t = -0.0
    return repr(t), c
print(f([1.5] * 100), f([1.5, -0.0, 2] * 60), f([1.0] * 60 + [inf, 1.0, nan, 2.0] * 10), f([-0.0] * 50))
def g(n):
    x = 0.1
    for i in range(n):
        x = x * x + i / (i + 1) - x // 1 + x % 0.7
        x = abs(x) ** 0.5 if x else -0.0
        x = float(int(x * 1000)) / 1000
    return x.hex()
print(g(100), g(300))
def z(n):
    t = 0.0
    for i in range(n):
        try:
            t += 1.0 / (i - 150)
        except ZeroDivisionError as e:
            t += 0.5
            print(e)
        try:
            t = t * 1e200 if i == 180 else t
            t = t ** 3 if i == 181 else t
        except OverflowError as e:
            print(e.args)
            t = 1.0
    return t.hex()
print(z(100), z(220))
def signs(n):
    """The sign of a nan: which constant an operation on constants makes."""
    import math
    t = 0.0
    for i in range(n):
        a = 1e999
        b = a - a
        c = -b
        t += math.copysign(1.0, b) + 10 * math.copysign(1.0, c) + 100 * math.copysign(1.0, a * 0.0)
    return t
print(signs(1), signs(300))
