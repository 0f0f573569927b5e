class P:
    def __init__(self, v):
        self.v = v

def c(p, i):
    return p.v + i

def b(p, i):
    x = i * 2
    return c(p, x) - x

def a(p, i):
    y = i + 1
    return b(p, y) + y

def f(ps):
    total = 0
    for i, p in enumerate(ps):
        total += a(p, i)
    return total

print(f([P(1)] * 200))
print(f([P(1)] * 100 + [P(2.5)] + [P(3)] * 100))
try:
    f([P(1)] * 150 + [P("x")])
except TypeError as error:
    tb = error.__traceback__
    while tb:
        print(tb.tb_frame.f_code.co_name, tb.tb_lineno)
        tb = tb.tb_next
