class A:
    k = 1
    def m(self, v):
        return v + self.k
class B(A):
    pass
def f(n, o):
    t = 0
    for i in range(n):
        t += o.m(i) + o.k
        if i == 50:
            A.k = 5
        if i == 90:
            A.m = lambda self, v: v * 2
        if i == 120:
            B.m = lambda self, v: -v
        if i == 150:
            o.k = 100
        if i == 170:
            B.k = property(lambda self: 7)
        if i == 190:
            del B.m
    del A.m
    A.m = lambda self, v: v + self.k
    A.k = 1
    del B.k
    return t
print(f(220, B()))
print(f(220, B()))
