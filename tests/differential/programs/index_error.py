import traceback

def f(items, n):
    total = 0
    i = 0
    try:
        while i < n:
            total += items[i]
            i += 1
    except IndexError as error:
        print(type(error).__name__, error, i, total)
        traceback.print_exc()
    return total

print(f(list(range(200)), 200))
print(f(list(range(200)), 201))
print(f((1, 2, 3) * 50, 500))
print(f([1] * 300, 300))
