def f(values):
    total = 0
    for value in values:
        total = total + value
        total = total * 1
    return total

print(f([1] * 100))
print(f([1] * 100 + [2.5] * 100))
print(f([True] * 50 + [1] * 50 + [2 ** 80] * 3 + [0.25] * 50))
print(f([1] * 100))
try:
    print(f([1] * 150 + ["s"]))
except TypeError as error:
    print(error, error.__traceback__.tb_next.tb_lineno)
