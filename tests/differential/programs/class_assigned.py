class A:
    def __init__(self):
        self.x = 1
    def m(self):
        return self.x
class B(A):
    def m(self):
        return self.x * 10
def f(n):
    o = A()
    t = 0
    for i in range(n):
        o.x += 1
        t += o.m()
        if i == 100:
            o.__class__ = B
        if i == 150:
            o.__dict__ = {"x": 0, "z": 1}
        if i == 180:
            o.__class__ = A
    return t
print(f(90), f(200), f(200))
