def f(n, a, b):
    t = 0
    for i in range(n):
        t += a // (i % 7 - 3.5) if i % 31 == 30 else a // b + a % b
        t ^= (a << (i % 70)) & 0xFFFFFFFFFFFF
        t |= a >> (i % 40)
        t -= ~i & 255
        t += divmod(-i - 1, b)[1] + pow(i, 2) + i ** 3 % 7
        t = int(t) % (2 ** 61 - 1)
        a, b = b + 1, a - 1 if a != 1 else 5
        if b == 0: b = 3
    return t
for a, b in ((7, 3), (-7, 3), (2 ** 62, -5), (2 ** 64, 7), (-1, -1)):
    print(f(150, a, b))
def shift(n):
    out = 0
    for i in range(n):
        try:
            out += 1 << (100 - i)
        except ValueError as e:
            out += 1
    return out % 1000003
print(shift(90), shift(130))
def bools(n):
    t = 0
    f = False
    for i in range(n):
        f = not f
        t += f + (f & True) + (f ^ (i > 3)) + True
    return t, f
print(bools(201))
