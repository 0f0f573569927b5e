def f(n, a):
    for i in range(n):
        a = a * 3 + i
        if a > 2 ** 70:
            a %= 1000003
        a -= 2 ** 62 if i % 50 == 49 else 0
    return a

for start in (0, 1, -5, 2 ** 62, 2 ** 63 - 1, -2 ** 63):
    print(f(200, start))

def edge(n):
    a, b = 2 ** 63 - 100, -2 ** 63 + 100
    for i in range(n):
        a += 1
        b -= 1
    return a, b, a - b, -b, abs(b), a << 1, a >> 3, a ^ b

print(edge(300))
