import sys
import traceback


def catches(table, i):
    a, b, c = i + 1, i + 2, i + 3
    a, b, c = a * b, b * c, a * c
    a, b, c = a + b, b + c, a + c
    try:
        a += table[i % 7]
    except KeyError as error:
        a -= len(traceback.extract_tb(error.__traceback__)) + error.__traceback__.tb_lineno
    return a + b + c


def raises(i):
    a, b, c = i + 1, i + 2, i + 3
    a, b, c = a * b, b * c, a * c
    a, b, c = a + b, b + c, a + c
    return a + b + c + [1, 2, 3][i % 5]


def asks(i):
    a, b, c = i + 1, i + 2, i + 3
    a, b, c = a * b, b * c, a * c
    a, b, c = a + b, b + c, a + c
    match i % 3:
        case 0:
            return a
        case int(value):
            return b + value
    return c


def through(i):
    x, y = i * 2, i * 3
    x, y = x + y, x - y
    x, y = x + y, x - y
    try:
        return raises(i)
    except IndexError as error:
        lines = [(entry.name, entry.lineno) for entry in traceback.extract_tb(error.__traceback__)]
        return x + y + sum(line for _, line in lines) + (sys.exc_info()[1] is error)


def generates(i):
    a, b, c = i + 1, i + 2, i + 3
    a, b, c = a * b, b * c, a * c
    a, b, c = a + b, b + c, a + c
    return sum(x + a for x in (b, c))


def main(n):
    table = {1: 10, 4: 40}
    total = 0
    for i in range(n):
        total += catches(table, i) + asks(i)
        total += through(i) + generates(i)
    return total


for n in (5, 200, 300):
    print(main(n))
