def f(values):
    out = []
    last = None
    for v in values:
        k = 0
        if v is None: k += 1
        if v is not last: k += 2
        if not v: k += 4
        if v and last: k += 8
        if v == last or v != v: k += 16
        out.append(k)
        last = v
    return out
vals = [None, 0, 1, 1.0, "", "a", [], [1], (), True, False, float("nan"), 2 ** 70]
print(f(vals * 12))
def chain(n):
    t = 0
    for i in range(n):
        if 0 <= i % 7 < 5 <= 5: t += 1
        if not (i < 3 or i > n - 3): t += 10
        t += (i % 5 if i % 2 else -i) or 7
    return t
print(chain(300))
def ident(n):
    t = 0
    a = 0
    for i in range(n):
        a = a + 1
        b = a
        t += (a is b) + ((a is i + 1) if a < 257 else 0)
    return t
print(ident(300))
