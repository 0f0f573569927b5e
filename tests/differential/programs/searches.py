log = []
class Loud:
    def __init__(self, value):
        self.value = value
    def __eq__(self, other):
        log.append(other)
        return self.value == other
    __hash__ = None
class Number(int):
    def __eq__(self, other):
        log.append("number")
        return int.__eq__(self, other)
    __hash__ = int.__hash__
class Raising:
    def __eq__(self, other):
        raise KeyError("asked")
class Shown(list):
    def __iter__(self):
        log.append("iter")
        return iter(())
    def __getitem__(self, key):
        log.append("item")
        return 0
class Dying:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        log.append(self.name)
    def __eq__(self, other):
        return self.name == other
nan = float("nan")
def show(f, *args):
    del log[:]
    try:
        print(f(*args))
    except Exception as e:
        t, lines = e.__traceback__, []
        while t:
            lines.append(t.tb_lineno)
            t = t.tb_next
        print(type(e).__name__, e, lines)
    print(len(log), log[-3:])
def member(n, items, wanted, last):
    out = []
    for i in range(n):
        if i == n - 20:
            items = items + last
        x = wanted[i % len(wanted)]
        out.append(x in items)
        out.append(x not in items)
        out.append(i % 9 in items)
        out.append(x in (1, "b", 2.0, None))
        if x in items:
            out.append(items.index(x))
    return sum(out), out[-20:]
wanted = [1, "a", 2.0, None, True, 1 << 70, "zz", -5, nan, 0, 0.0, 1e20, 10**20]
for items in ([1, "a", 7], [2, 3, "a", None], [10**20, 1 << 70, nan, ""], [], [True, 0.0]):
    show(member, 120, items, wanted, [5, "zz"])
    show(member, 120, tuple(items), wanted, (-5, None))
    show(member, 120, Shown(items), wanted[:6], Shown([1]))
show(member, 100, [1], wanted, [Loud(3)])
show(member, 100, [1, Number(6)], wanted, [Number(8)])
show(member, 100, [Loud(2)], [1, 2, Loud(4), b"x", (), 3j], [2])
show(member, 100, [1, 2], [1, 2], [Raising()])
show(member, 100, [1, 2], [Number(2), 1], [3])
def removing(n, items, extra):
    out = 0
    for i in range(n):
        items.append(i % 7)
        items.append(str(i % 3))
        items.remove(i % 7)
        out += items.index(str(i % 3)) if str(i % 3) in items else 1000
        items.remove(str(i % 3))
        if i == n - 5:
            items[:0] = extra
    items.remove("nowhere")
show(removing, 100, [1, 2, 3], [])
show(removing, 100, [1, 2, 3], [Loud(1), 5])
show(removing, 100, [1, 2, 3], [Raising()])
def finds(n):
    items = list(range(10))
    for i in range(n):
        items.index(i % 10)
        if i == n - 1:
            items.index(10.5)
show(finds, 100)
def dying(n):
    items, out = [1, 2], []
    for i in range(n):
        items.append(Dying(i))
        items.remove(items[-1] if i % 2 else i)
        out.append(len(log))
    return out[-1], len(items)
show(dying, 80)
def made(n):
    out = []
    for i in range(n):
        a, b = list(range(i % 5)), tuple(range(3, -i % 4, -1))
        a.append(sum(a))
        out += a + list(b) + list("ab") + list({i: 1}) + list({i}) + list(frozenset((i,)))
        out += list(tuple("xy") + tuple({1: 2}) + tuple(a)) + list(bytes(2)) + list(range(i, i + 10**18, 10**18))
        out = out[-12:]
    return out
show(made, 100)
