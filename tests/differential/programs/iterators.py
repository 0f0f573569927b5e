class It:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        self.n -= 1
        if self.n < 0: raise StopIteration
        if self.n == 777: raise ValueError("bad")
        return self.n
def f(it):
    t = 0
    for x in it:
        t += x
    return t
print(f(It(100)), f(range(100)), f([1] * 100), f((2,) * 50), f({1: 2, 3: 4}), f(It(100)), f(iter([5] * 70)), f(range(0, -300, -3)))
try:
    f(It(900))
except ValueError as e:
    print(e)
def z(n):
    t = 0
    for i, (a, b) in enumerate(zip(range(n), [3] * n)):
        t += i * a + b
    for k, v in {j: j * 2 for j in range(n)}.items():
        t += k - v
    for c in reversed(range(n)):
        t ^= c
    it = iter(range(n))
    for x in it:
        t += x + next(it, 0)
    return t
print(z(100), z(151))
def resize(n):
    d = {i: i for i in range(5)}
    t = 0
    for r in range(n):
        try:
            for k in d:
                t += k
                if r == 60: d[100] = 1
        except RuntimeError as e:
            print(e)
            d.pop(100)
    return t
print(resize(100))
