def divide(a, b):
    return a // b

def level(a, b):
    return divide(a,
                  b) + 1

def f(n):
    total = 0
    for i in range(n):
        total += level(100, n - 50 - i)
    return total

import traceback
for n in (40, 49, 200, 300):
    try:
        print(f(n))
    except ZeroDivisionError:
        traceback.print_exc()
raise SystemExit(f(20) % 7)
