"""Objects that generators and the loops that take their items let go."""

class D:
    def __init__(self, n): self.n = n
    def __del__(self): log.append(self.n)
log = []
def objs(n):
    for i in range(n):
        d = D(i)
        yield d
        if i % 50 == 7: d = None
def use2(n):
    c = 0
    for d in objs(n):
        c += d.n
        log.append(-d.n)
    return c
for _ in range(30):
    r = use2(300)
print(r, len(log), hash(tuple(log)))


def made(n):
    c = 0
    for d in map(D, range(n)):
        c += d.n
        log.append(-d.n)
    return c


log.clear()
for _ in range(30):
    r = made(60)
print(r, len(log), log[:6], log[-6:])
