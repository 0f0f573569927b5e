def f(n):
    l, d, s, t = [], {}, set(), ()
    for i in range(n):
        l.append(i)
        d[i % 10] = d.get(i % 10, 0) + i
        s.add(i % 7)
        t = (i, t[0] if t else None)
        if len(l) > 20:
            del l[:5]
            l.insert(0, l.pop())
        if i % 3 in d and "x" not in d:
            d.setdefault("k%d" % (i % 4), []).append(i)
        if len(d) > 12:
            d.pop("k1", None)
    return l, d, s, t
print(f(100), f(230))
def grow(n):
    d = {0: 0}
    try:
        for k in d:
            for j in range(n):
                d[j] = j
    except RuntimeError as e:
        print(e)
    l = [1]
    for x in l:
        if len(l) < n:
            l.append(x + 1)
    return len(d), sum(l)
print(grow(100))
def slices(n):
    l = list(range(20))
    t = 0
    for i in range(n):
        t += sum(l[i % 5:15:2]) + l[-1] + l[::-1][0]
        l[2:4] = [i, i + 1, i + 2][: 2 + (i == 150)]
        a, *b, c = l
        t += a + len(b) + c
        x, y = divmod(t, 1000003)
        t = y
    return t, len(l)
print(slices(100), slices(220))
