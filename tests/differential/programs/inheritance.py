class Base:
    count = 0
    def __init__(self, n):
        self.n = n
        Base.count += 1
    def area(self):
        return self.n
    def both(self):
        return self.area() + self.n
class Sq(Base):
    def __init__(self, n):
        super().__init__(n)
        self.side = n
    def area(self):
        return super().area() * self.side
class Cube(Sq):
    def area(self):
        return super().area() * self.side
class New:
    def __new__(cls, v):
        o = super().__new__(cls)
        o.v = v
        return o
def f(n):
    t = 0
    kinds = [Base, Sq, Cube]
    for i in range(n):
        o = kinds[i % 3 if i > 60 else 1](i % 10)
        t += o.both() + isinstance(o, Sq) + issubclass(type(o), Base) + New(i).v
    return t, Base.count
print(f(50), f(300))
