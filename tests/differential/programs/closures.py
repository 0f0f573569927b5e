def counter():
    count = 0
    def step(by=1):
        nonlocal count
        count += by
        return count
    return step

def f(n):
    a, b = counter(), counter()
    for i in range(n):
        a()
        if i % 3 == 0:
            b(a() % 5)
    return a(0), b(0)

print([f(100) for _ in range(4)])

def adders(n):
    fs = [lambda x, k=k: x + k for k in range(5)]
    late = [lambda x: x + k for k in range(5)]
    t = 0
    for i in range(n):
        t += fs[i % 5](i) - late[i % 5](1)
    return t

print(adders(200))

def unbound(n):
    def inner():
        return later
    t = 0
    for i in range(n):
        if i == 120:
            del_it = True
            try:
                inner()
            except NameError as e:
                print(type(e).__name__, e)
        if i == 121:
            later = 5
        if i > 121:
            t += inner()
    return t
print(unbound(200))
