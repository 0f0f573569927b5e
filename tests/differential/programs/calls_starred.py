import traceback
def add(*a):
    return sum(a)
class P:
    def __init__(self, *a): self.a = a
def bad():
    yield 1
    raise KeyError("x")
def f(n):
    t = 0
    errs = set()
    for i in range(n):
        t += add(*(x + i for x in (1, 2)))
        t += len(P(*{i, i+1}).a)
        t += max(*{i: 1, -1: 2}.keys())
        try:
            if i % 7 == 0:
                add(*bad())
            if i % 7 == 1:
                add(*5)
            if i % 7 == 2:
                add(*map(int, "1x"))
            if i % 7 == 3 and i < 20:
                print(*(c for c in "ab"), sep="-")
        except Exception as e:
            errs.add((str(e), len(traceback.extract_tb(e.__traceback__)), e.__traceback__.tb_lineno))
    return t, sorted(errs)
for k in (5, 300):
    print(f(k))
