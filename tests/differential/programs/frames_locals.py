# f_locals of frames whose loops are compiled, and of inlined ones.
import sys
look = sys._getframe
def names(depth):
    f = look(depth)
    return {k: v for k, v in sorted(f.f_locals.items())}
def peek(depth):
    return names(depth + 1)
def asks(depth):
    return peek(depth + 1)
def inner(i, out):
    k = i * 2
    m = [i]
    if i % 10 == 3:
        out.append((asks(1), asks(2)["t"], asks(2)["i"]))
    k += 1
    return k
def outer(n):
    t = 0
    out = []
    for i in range(n):
        t += inner(i, out)
    return t, len(out), [(a["k"], a["m"], a["i"], t_, i_) for a, t_, i_ in out][-3:]
for r in range(3):
    print(outer(40))
def cb(n):
    t = 0
    got = []
    for i in range(n):
        t += i
        got += map(lambda v: asks(1)["t"], [i]) if i % 9 == 4 else []
        got += sorted([i], key=lambda v: look(1).f_locals["t"]) if i % 9 == 5 else []
        if i % 9 == 6:
            got.append(max([1, 2], key=lambda v: names(2)["t"] * v))
            got.append(len(names(1)))
    return got
for r in range(3):
    print(cb(40))
def lines(n):
    found = []
    for i in range(n):
        x = i
        y = sorted([1], key=lambda v: found.append(look(1).f_lineno) or v)
        z = [
            i,
            sorted([2],
                   key=lambda v: found.append((look(1).f_lineno, look(1).f_locals.get("x"))) or v),
        ]
    return found[-6:]
for r in range(3):
    print(lines(30))
