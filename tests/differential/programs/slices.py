from zlib import crc32
class Index:
    def __init__(self, value):
        self.value = value
    def __index__(self):
        log.append(("index", self.value))
        return self.value
class Mine(list):
    def __getitem__(self, key):
        return ("mine", list.__getitem__(self, key))
    def __iter__(self):
        log.append("iter")
        return list.__iter__(self)
class Plain(list):
    pass
class Mortal:
    dead = 0
    def __init__(self, name, target):
        self.name, self.target = name, target
    def __del__(self):
        Mortal.dead += 1
        log.append((self.name, len(self.target)))
        if self.name % 17 == 0:
            self.target.append(self.name)
        if self.name % 37 == 0:
            Mortal.weight = self.name
    weight = 1
log = []
BIG = 2 ** 70
def reads(n):
    items, pair, text, wide = list(range(11)), tuple(range(9)), "abcdefghi", "aé€\U0001f600b"
    seen = []
    for i in range(n):
        k = i % 27 - 13
        step = (1, -1, 2, -2, 3, True)[i % 6]
        seen.append((items[k::-1], items[::-1], items[k:i % 5], items[:k:step], pair[k::step]))
        seen.append((pair[::-1], pair[:], pair[:] is pair, text[::-1], text[k::step], text[-3:k]))
        seen.append((wide[::-1], wide[::step], wide[k:], text[:], text[:] is text, items[False:True]))
        seen.append((items[i - 5:], [][::-1], ()[::step], ""[::-1], items[-k:None:step]))
        if i % 50 == 49:
            seen.append((items[BIG::-1], items[-BIG:BIG], text[:-BIG:-1], pair[::BIG], pair[::-BIG]))
            seen.append(items[Index(k):Index(7)])
    return crc32(repr(seen).encode()), len(seen), seen[-3:]
print(reads(120), reads(333))
def huge(n):
    items, low, high, out = [1, 2, 3], -2 ** 62, 2 ** 62, 0
    for i in range(n):
        out += len(items[low:high]) + len(items[high::-1]) + len(items[:low * 2:-1])
        out += len(items[-high * 2 + i:high * 2 - 1 - i])
        if i > n - 3:
            low, high = low * 4, high * 4
    return out
print(huge(150))
def zero(n):
    items, step, out = list(range(6)), 2, 0
    for i in range(n):
        if i == n - 1:
            step = 0
        out += len(items[::step])
    return out
def show(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        t = e.__traceback__
        lines = []
        while t:
            lines.append(t.tb_lineno)
            t = t.tb_next
        print(type(e).__name__, e, lines)
show(zero, 100)
def typed(n, last):
    items, b, out = list(range(6)), 3, 0
    for i in range(n):
        if i == n - 2:
            b = last
        out += len(items[b:])
        items[b:] = [i, i]
        items[6:] = items[:6]
        del items[9:]
        items[len(items):] = (0,) * (9 - len(items))
    return out, items
for last in (1, True, None, "x", 1.0, BIG, -BIG, Index(4), -1):
    show(typed, 100, last)
def flips(n):
    perm, total = list(range(9)), 0
    for i in range(n):
        perm.append(perm.pop(i % 9))
        k = perm[0]
        while k:
            perm[:k + 1] = perm[k::-1]
            total += 1
            k = perm[0]
    return total, perm
print(flips(300))
def own(n):
    a = [0, 1]
    for i in range(n):
        a[1:1] = a
        a[i % 3:i % 5] = a
        del a[6:]
        a[:] = a
        a[3:1] = [i]
    return a
print(own(200))
def stores(n, make, given):
    a, out = make(range(10)), []
    for i in range(n):
        k = i % 23 - 11
        a[k:k + 2] = given[i % len(given)]
        del a[k:k // 2]
        while list.__len__(a) < 10:
            a[len(a):] = [str(i), None, 1.5]
        del a[10:], a[-1], a[k % 5]
        out.append(a[1:4])
    return crc32(repr(out).encode()), a
for make in (list, Plain, Mine):
    show(stores, 150, make, ([1, 2], [3], [], [4, 5, 6], (7, 8), (9,)))
show(stores, 150, list, ([1], "ab", {1: 2}, range(3)))
show(stores, 150, list, ([1],) * 130 + (7,))
print(len(log))
def wrong(n, key):
    a = list(range(5))
    for i in range(n):
        j = i % 5 if i < n - 1 else key
        a.append(i)
        del a[j]
    return a
show(wrong, 100, 6)
show(wrong, 100, -7)
show(wrong, 100, None)
show(wrong, 100, True)
show(wrong, 100, slice(1, 3))
def extended(n):
    a = list(range(8))
    for i in range(n):
        a[::2] = a[1::2]
        a[::-1] = a
        if i == n - 1:
            a[::3] = [1]
    return a
show(extended, 100)
def deaths(n):
    log.clear()
    a, out = [], 0
    for i in range(n):
        a[len(a):] = [Mortal(i, a), i, Mortal(i + 1, a)]
        out += Mortal.weight
        if len(a) > 8:
            a[1:4] = [i, Mortal(-i - 1, a)]
            out += Mortal.weight * 3
            del a[2:4]
            out += Mortal.weight * 5 + len(a)
            del a[0]
            out += Mortal.weight * 7 + len(a)
            a[0] = None
            out += Mortal.weight * 11 + len(a)
            a[-3:] = a[:-4:-1]
    result = out, Mortal.dead, len(a), crc32(repr(log).encode()), len(log)
    for x in range(len(a)):
        a[x] = None
    return result
print(deaths(90), deaths(200))
def mixed(n):
    a, log2 = [1.5] * 6, []
    for i in range(n):
        a[1:3] = [i, i * 0.5]
        if i == n - 4:
            a[2] = Mortal(3, log2)
    return a, len(log2), log[-1]
print(mixed(100))
