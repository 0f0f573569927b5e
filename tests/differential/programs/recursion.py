import sys

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

def ack(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ack(m - 1, 1)
    return ack(m - 1, ack(m, n - 1))

def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)

def hanoi(n, a, b, c):
    return 0 if n == 0 else hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a)

print(fib(15), ack(2, 6), deep(600), hanoi(8, "a", "b", "c"))

def forever(n):
    return forever(n + 1) + 1

for _ in range(3):
    try:
        forever(0)
    except RecursionError as e:
        print(e)

def mutual_a(n):
    return n if n <= 0 else mutual_b(n - 1) + 1
def mutual_b(n):
    return n if n <= 0 else mutual_a(n - 2) * 2 % 1000
print([mutual_a(k) for k in range(0, 200, 20)])
def raising(n):
    if n == 0:
        raise ValueError("bottom")
    return raising(n - 1)
for k in range(5):
    try:
        raising(60)
    except ValueError as e:
        d = 0
        tb = e.__traceback__
        while tb:
            d += 1
            tb = tb.tb_next
        print(e, d)
