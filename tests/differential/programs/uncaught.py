def f(d, n):
    for i in range(n):
        d[i % 7] += i
    return d[99]

f({k: 0 for k in range(7)}, 300)
