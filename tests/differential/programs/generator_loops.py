"""Generators whose items loops take: resumed, filtered, left in their middle, thrown into."""

import sys
import traceback
def walk(t):
    def kids(t):
        for k in t:
            yield k
    n = 1
    for k in kids(t):
        n += walk(k)
    return n
def summer(t):
    return 1 + sum(summer(k) for k in t)
small = [[[], [[]]], [[[], []]], []]
for _ in range(300): r = walk(small), summer(small)
print(r)
# frames and lines
def where(k):
    f = sys._getframe(1); out = []
    while f is not None and len(out) < 4:
        out.append((f.f_code.co_name, f.f_lineno)); f = f.f_back
    return out
def g(n):
    for i in range(n):
        x = i * 2
        yield where(i) if i == n - 1 else x
def consume(n):
    last = None
    for v in g(n):
        last = v
    return last
for _ in range(100): r = consume(30)
print(r)
# generator state seen from inside
def selfish(box, n):
    for i in range(n):
        try:
            next(box[0])
        except ValueError as e:
            yield str(e)
def run_selfish():
    box = [None]; box[0] = selfish(box, 20)
    return [v for v in box[0]][-1]
for _ in range(60): r = run_selfish()
print(r)
# state seen from outside
def it(n):
    y = 0
    for i in range(n):
        y += i
        yield y
def look(n):
    gg = it(n); out = []
    for v in gg:
        if v % 7 == 3:
            out.append((gg.gi_running, gg.gi_frame.f_locals['y'], gg.gi_frame.f_lineno, gg.gi_suspended))
    return out, gg.gi_frame
for _ in range(60): r = look(40)
print(r)
# partial consumption, send, throw, close
def acc():
    t = 0
    try:
        while True:
            v = yield t
            t += v or 1
    finally:
        seen.append(t)
seen = []
def drive(n):
    a = acc(); out = []
    for x in a:
        out.append(x)
        if x > 30: break
        if x % 9 == 8: out.append(a.send(5))
    a.close()
    return out
for _ in range(80): r = drive(1)
print(r, seen[-3:], len(seen))
def thrower():
    i = 0
    while i < 50:
        try:
            yield i
        except KeyError as e:
            yield -i
        i += 1
def drive2():
    a = thrower(); out = []
    for x in a:
        out.append(x)
        if x == 7: out.append(a.throw(KeyError("k")))
    return sum(out), len(out)
for _ in range(80): r = drive2()
print(r)
# generators in generators
def outer(n):
    for i in inner(n):
        if i & 1:
            yield i + 1
def inner(n):
    k = 0
    while k < n:
        k += 1
        if k % 3: yield k
def nested(n):
    return sum(x * y for x in outer(n) for y in inner(4)), [a for a in outer(n)][-2:]
for _ in range(60): r = nested(60)
print(r)
# two interleaved, exceptions out of the body, return values
def fin(n, log):
    try:
        for i in range(n):
            yield i
        return n
    finally:
        log.append(n)
def inter(n):
    log = []
    a, b = fin(n, log), fin(n + 3, log)
    t = 0
    for x in a:
        for y in b:
            t += x * y
            if y % 4 == 3: break
    del a, b
    return t, log
for _ in range(80): r = inter(20)
print(r)
def stopper(n):
    for i in range(n):
        if i == n - 2: raise StopIteration(i)
        yield i
def stops():
    try:
        return sum(stopper(30))
    except RuntimeError as e:
        return str(e), type(e.__cause__).__name__, traceback.format_exc().count("stopper")
for _ in range(80): r = stops()
print(r)

def gen(n):
    i = 0
    while i < n:
        yield i * 2
        i += 1
def evens(xs):
    for x in xs:
        if x % 3:
            yield x
def use(n):
    t = 0
    for v in gen(n):
        t += v
    for v in evens(range(n)):
        t ^= v
    for v in (k * 0.5 for k in range(n)):
        t += v
    return t
for _ in range(60):
    r = use(2000)
print(r)


def bad(n):
    for i in range(n):
        yield 10 // (n - 1 - i)
def use3(n):
    t = 0
    try:
        for v in bad(n):
            t += v
    except ZeroDivisionError:
        return t, traceback.format_exc()
for _ in range(30):
    r = use3(400)
print(r)
