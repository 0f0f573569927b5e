class V:
    def __init__(self, x):
        self.x = x
    def __add__(self, o):
        if not isinstance(o, V):
            return NotImplemented
        return V(self.x + o.x)
    def __radd__(self, o):
        return V(self.x + o)
    def __mul__(self, k):
        return V(self.x * k)
    def __neg__(self):
        return V(-self.x)
    def __eq__(self, o):
        return self.x == o.x
    def __lt__(self, o):
        return self.x < o.x
    def __hash__(self):
        return hash(self.x)
    def __getitem__(self, i):
        if i > 3:
            raise IndexError(i)
        return self.x + i
    def __setitem__(self, i, v):
        self.x += v
    def __len__(self):
        return 4
    def __contains__(self, v):
        return v == self.x
    def __call__(self, a, *, b=1):
        return a + b + self.x
    def __bool__(self):
        return self.x % 2 == 1
    def __iadd__(self, o):
        self.x += 1
        return self
    def __repr__(self):
        return f"V({self.x})"

def f(n):
    a, b, t = V(1), V(2), 0
    for i in range(n):
        c = a + b * 2
        c = 3 + c
        c = -c
        c += 1
        a[0] = 1
        t += c[1] + len(c) + (5 in c) + c(1, b=i) + (a < b) + (a == c) + (1 if a else 2) + sum(b)
        if i % 97 == 96:
            try:
                a + "s"
            except TypeError as e:
                print(e)
    return t, a, b

print(f(80), f(300))
