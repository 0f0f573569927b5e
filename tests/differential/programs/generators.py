def gen(n):
    got = 0
    for i in range(n):
        got = (yield i * 2 + (got or 0))

def consume(n):
    t = 0
    for x in gen(n):
        t += x
    return t

def sender(n):
    g = gen(n)
    t = next(g)
    try:
        while True:
            t += g.send(t % 5)
    except StopIteration:
        return t

def early(n):
    out = []
    def inner():
        try:
            for i in range(n):
                yield i
        finally:
            out.append("closed")
    for x in inner():
        if x == n // 2:
            break
    return x, out

def delegate(n):
    yield from gen(n)
    return 7

print(consume(200), sender(200), early(200))
print(sum(delegate(150)), sum(x * y for x in range(20) for y in range(20) if x != y))
def exc(n):
    g = early_gen(n)
    t = 0
    for i in range(n):
        try:
            t += next(g) if i % 50 != 49 else g.throw(ValueError(i))
        except ValueError as e:
            t += 1000
            g = early_gen(n)
    return t
def early_gen(n):
    for i in range(n):
        try:
            yield i
        except ValueError:
            raise
print(exc(220))
