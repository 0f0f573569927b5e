class S:
    __slots__ = ("x", "y", "__weakref__")
    def __init__(self, x, y):
        self.x = x
        self.y = y
    @property
    def total(self):
        return self.x + self.y
    @total.setter
    def total(self, value):
        self.x = value - self.y

class Lazy:
    def __init__(self):
        self.n = 0
    def __getattr__(self, name):
        self.n += 1
        return len(name)
    @classmethod
    def make(cls, k):
        o = cls()
        o.extra = k
        return o
    @staticmethod
    def stat(a, b=2):
        return a * b

def f(n):
    s = S(1, 2)
    t = 0
    for i in range(n):
        s.x += 1
        s.total = s.total + i % 3
        t += s.total
        if i == 150:
            del s.y
            try:
                s.y
            except AttributeError as e:
                print(e)
            s.y = 4.5
    return t

def g(n):
    t = 0
    o = Lazy.make(3)
    for i in range(n):
        t += o.missing + o.extra + Lazy.stat(i) + o.stat(1, 3)
        if i == 100:
            o.missing = 50
    return t, o.n

print(f(100), f(200), g(60), g(200))
