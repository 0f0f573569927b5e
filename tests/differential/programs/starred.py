import sys
def spread(*a, k=1): return len(a)
def f(n, ts):
    out = []
    for i in range(n):
        try:
            t = ts[i % len(ts)]
            out.append(spread(i, *t, k=i))
        except TypeError as e:
            out.append(str(e))
    return out
def g(n, ts):
    out = []
    for i in range(n):
        try:
            t = ts[i % len(ts)]
            out.append([i, *t])
        except TypeError as e:
            out.append(str(e))
    return out
class It:
    def __iter__(self): return iter((1,2))
class Seq:
    def __len__(self): return 1
    def __getitem__(self, i):
        if i: raise IndexError
        return 2
class Bad:
    def __iter__(self): raise TypeError("own")
class NoIt:
    __iter__ = None
kinds = [(1, 2), [3], "ab", {4: 5}, {6}, range(2), It(), Seq(), None, 5, Bad(), NoIt(), (1,), 2.5]
import random
r = random.Random(1)
for fn in (f, g):
    print(fn(30, kinds))
    for k in range(6):
        r.shuffle(kinds)
        print(fn(60, kinds))
    print(fn(60, [(1,), None]), fn(60, [[1], 5, [2]]), fn(50, [None]))

def h(n, ts):
    out = []
    for i in range(n):
        try:
            t = ts[i % len(ts)]
            out.append(len({"k": i, **t}))
        except (TypeError, AttributeError) as e:
            out.append(repr(e))
    return out
from collections import Counter, OrderedDict, UserDict, defaultdict
from types import MappingProxyType
class Keys:
    def keys(self): return "ab"
    def __getitem__(self, key): return key
class Lost(Keys):
    def keys(self): raise AttributeError("own")
class Sub(dict):
    def keys(self): return ["never"]
class Own(dict):
    def __iter__(self): raise AttributeError("own")
    def keys(self): return ["never", 1]
    def __getitem__(self, key): return 4
class Key:
    def __hash__(self): return hash("k")
    def __eq__(self, other): return True
maps = [{1: 2}, Counter("ab"), OrderedDict(a=1), UserDict(b=2), defaultdict(int), MappingProxyType({1: 1}),
        Keys(), Lost(), Sub(a=1), Own(b=2), None, 5, [(1, 2)], (), "", {Key(): 1}, [("a", 1), ("b", 2)]]
print(h(40, maps))
for k in range(6):
    r.shuffle(maps)
    print(h(60, maps))
print(h(60, [{1: 2}, [(3, 4)]]), h(60, [Counter("a"), None, {}]), h(50, [[]]), h(50, [[(1, 2)]]))
