import math
from collections import deque
class Plain(list):
    pass
class Other(list):
    pass
class Own(list):
    def append(self, item):
        list.append(self, (item, "own"))
class Text(str):
    pass
def show(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        t, lines = e.__traceback__, []
        while t:
            lines.append(t.tb_lineno)
            t = t.tb_next
        print(type(e).__name__, e, lines)
def work(n, items):
    add, pop, ins, get = items.append, items.pop, items.insert, {0: "zero", 1: None}.get
    out = 0
    for i in range(n):
        add(i)
        add(i + 1)
        ins(i % 3, pop(i % len(items)))
        if len(items) > 20:
            out += pop() + pop(0) + pop(-2)
        if get(i % 3) is None:
            out += 1
    return out, items
for make in (list, Plain, Other, list):
    show(work, 120, make())
show(lambda n: work(n, Own())[0], 10)
def many(n):
    lists = [[] for _ in range(5)]
    adders = [l.append for l in lists]
    for i in range(n):
        adders[i % 5](i)
        for add in adders:
            add(-i)
    return [sum(l) for l in lists], len(lists[0])
print(many(150))
def kinds(n):
    l, d, s, q, p = [], {}, set(), deque(maxlen=5), Plain()
    calls = [l.append, s.add, q.append, p.append, d.get, "a1b".find, math.sqrt, l.count, [7].index, abs]
    out = []
    for i in range(n):
        f = calls[(i // 40) % 9]
        try:
            out.append(f("1" if i // 40 % 9 == 5 else 7))
        except TypeError as e:
            out.append(str(e))
    return out[::17], l[-3:], len(s), q, len(p)
print(kinds(400))
def texts(n):
    text, found = "some text with some words", []
    starts, find, split, join, upper = text.startswith, text.find, text.split, "-".join, Text("x").upper
    sqrt, fk, hexed = math.sqrt, dict.fromkeys, bytes([1]).hex
    for i in range(n):
        found.append((starts("some"), find("w", i % 9), len(split()), join(["a", str(i)]), upper()))
        found.append((sqrt(i), fk("ab", i), hexed(), split(maxsplit=1)[0]))
    return found[-2:], len(found)
print(texts(150))
def wrong(n, last):
    items = [1, 2, 3]
    pop, add, index = items.pop, items.append, items.index
    for i in range(n):
        add(i)
        if i == n - 1:
            last(add, pop, index)
        pop(0)
    return items
show(wrong, 100, lambda add, pop, index: add())
show(wrong, 100, lambda add, pop, index: add(1, 2))
show(wrong, 100, lambda add, pop, index: pop("x"))
show(wrong, 100, lambda add, pop, index: [pop() for _ in range(3)])
def empty(n):
    items = [0] * n
    pop = items.pop
    while True:
        pop()
show(empty, 120)
def empty_first(n):
    items = [0] * n
    pop = items.pop
    for i in range(n + 1):
        pop(0)
show(empty_first, 120)
def absent(n):
    items = list(range(9))
    index, remove, count, extend = items.index, items.remove, items.count, items.extend
    for i in range(n):
        extend((i % 9, 50))
        index(i % 9)
        remove(50)
        count(3)
    index("no")
show(absent, 100)
def changed(n):
    items = Plain()
    add = items.append
    for i in range(n):
        add(i)
        if i == n // 2:
            Plain.append = lambda self, x: None
        if i == n // 2 + 20:
            items.__class__ = Other
        items.append(-1)
        if i % 7 == 0:
            add = items.append
    del Plain.append
    return len(items), sum(items)
show(changed, 200)
class Dying:
    def __init__(self, log):
        self.log = log
    def __del__(self):
        self.log.append(len(self.log))
def dying(n):
    log, items = [], []
    add, pop = items.append, items.pop
    for i in range(n):
        add(Dying(log))
        if i % 3 == 2:
            pop(0)
            pop()
        add(None)
        if i % 5 == 1:
            items = []
            add, pop = items.append, items.pop
            items += [1, 2]
    del items, add, pop
    return len(log), sum(log)
print(dying(150))
def owner_dies(n):
    out = 0
    for i in range(n):
        add = [i].append
        add(i)
        out += len(add.__self__)
    return out
print(owner_dies(100))
