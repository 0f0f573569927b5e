def g(x):
    return x if x != 150 else x + 0.5

def f(n):
    out = []
    for i in range(n):
        out.append((i, [i, i + 1, {"k": (i, g(i), [g(i + 1), -i])}], f"{i}:{g(i)}"))
        if len(out) > 5:
            out = out[-3:]
    return out

print(f(100))
print(f(155))
print(f(300))

def h(a, n):
    t = 0
    for i in range(n):
        t += a[0] + (a[1] * (a[2] - (a[3] + (a[0] * (i + a[1])))))
    return t

print(h([1, 2, 3, 4], 200), h([1, 2.5, 3, 4], 200), h((1, 2, 3, 2 ** 64), 50))
