# Every operation here has an effect that is seen if it happens twice, or not at all.
log = []
class Noisy:
    def __init__(self, k):
        self.k = k
    def __bool__(self):
        log.append(("bool", self.k))
        return self.k % 3 != 0
    def __contains__(self, x):
        log.append(("in", x))
        return x % 2 == 0
    def __len__(self):
        log.append("len")
        return self.k % 5
    def __eq__(self, other):
        log.append("eq")
        return self.k == other
    def __getitem__(self, i):
        log.append(("get", i))
        return i
    def __setitem__(self, i, v):
        log.append(("set", i, v))
    def __iadd__(self, v):
        self.k += v
        return self
    def __getattr__(self, name):
        log.append(("attr", name))
        return 7
    def __format__(self, spec):
        log.append(("format", spec))
        return "f"
    def __str__(self):
        log.append("str")
        return "s"
    def __neg__(self):
        log.append("neg")
        return -self.k
    def __hash__(self):
        log.append("hash")
        return self.k
class Steps:
    def __init__(self):
        self.n = 0
    def __iter__(self):
        return self
    def __next__(self):
        self.n += 1
        log.append(("next", self.n))
        if self.n % 7 == 0:
            raise StopIteration
        return self.n
def gen():
    for i in range(50):
        log.append(("gen", i))
        yield i
def f(n):
    t = 0
    steps = Steps()
    it = iter(gen())
    stack = list(range(500))
    d = {}
    x = Noisy(1)
    for i in range(n):
        x.k = i
        if x:
            t += 1
        if not x:
            t += 2
        t += (i in x) + (i not in x)
        t += len(x) + (x == i) + x[i] - (-x)
        x[i] = t
        x += 1
        t += x.missing
        t += len(f"{x}{x!s:>3}{x:4}")
        d[x] = i
        for s in steps:
            t += s
        t += next(it, 0)
        t += stack.pop() + stack.pop(0)
        stack.append(i)
        log.append(i)
        y = x and 5 or 6
        t += y if isinstance(y, int) else 1
        t += len({i, x, 3}) + len({x: 1, i: 2})
        t += len(sorted([x.k, i, 3], key=lambda q: log.append("key") or -q))
        stack.extend(x for x in (1, 2))
        print(t, len(log))
    return t
print(f(12), len(log), hash(str(log)))
print(f(20), len(log), hash(str(log)))
