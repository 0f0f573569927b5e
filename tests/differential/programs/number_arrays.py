"""Items of array.array, bytearray and bytes, and numbers that replace numbers in place."""

from array import array


def attempt(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def fill(numbers, values):
    for index in range(len(numbers)):
        numbers[index] = values[index % len(values)]
    return numbers


def add_up(numbers, rounds):
    total = 0
    for turn in range(rounds):
        total += numbers[turn % len(numbers)] - numbers[-1]
    return total


def swap(numbers, rounds):
    last = len(numbers) - 1
    for turn in range(rounds):
        i, j = turn % last, (turn * 7) % last
        numbers[i], numbers[j] = numbers[j], numbers[i]
        numbers[last] = numbers[i]
    return numbers


LIMITS = {"b": 7, "B": 8, "h": 15, "H": 16, "i": 31, "I": 32, "l": 63, "L": 64, "q": 63, "Q": 64}

for code, bits in LIMITS.items():
    signed = code.islower()
    low, high = (-(1 << bits), (1 << bits) - 1) if signed else (0, (1 << bits) - 1)
    numbers = array(code, [0] * 100)
    print(code, fill(numbers, [low, high, 5, True, 100])[:6], numbers.tolist()[:6])
    print(add_up(numbers, 200), type(numbers[1]), swap(numbers, 150).tolist()[-8:])
    for value in (high + 1, low - 1, 1.5, None, "a", 1 << 70):
        print(attempt(fill, numbers, [1, 2, 3] * 20 + [value]), sum(numbers) % 1000)

for code in "df":
    numbers = array(code, [0.0] * 100)
    values = [1.5, -0.0, float("inf"), 1e300, 3, True, 2**53 + 1, 2**60, float("nan"), 0.1]
    print(fill(numbers, values)[:12])
    print(add_up(array(code, [0.1, 0.2, 0.3]), 200), swap(numbers, 150)[-8:])
    print(attempt(fill, numbers, [1.0] * 60 + ["x"]))
    print(attempt(fill, numbers, [1.0] * 60 + [1 << 2000]))
    print(repr(numbers[0]), numbers.typecode)

data = bytearray(300)
print(fill(data, [0, 255, 7, True])[:8], add_up(data, 400), swap(data, 350)[-5:])
print(attempt(fill, data, [1] * 50 + [256]), attempt(fill, data, [1] * 50 + [-1]))
print(attempt(fill, data, [1] * 50 + [1.0]), attempt(fill, data, [1] * 50 + [None]))
print(add_up(b"hello world", 300), attempt(fill, b"hello", [1]), attempt(add_up, b"", 3))


class Bytes(bytearray):
    def __getitem__(self, index):
        return 1000 + bytearray.__getitem__(self, index)


class Doubles(array):
    pass


print(add_up(Bytes(b"abcdef"), 300), add_up(Doubles("d", [1.5, 2.5, 9.25]), 300))


def out_of_range(numbers, rounds):
    seen = []
    for index in range(rounds):
        try:
            numbers[index] = index % 100
            seen.append(numbers[index - len(numbers)])
        except IndexError as error:
            seen.append(str(error))
    return seen[-3:], numbers[:3]


print(out_of_range(bytearray(90), 120), out_of_range(array("i", [7] * 90), 120))
print(out_of_range(array("d", [7] * 90), 120))


def resized(numbers, rounds):
    total = 0
    for index in range(rounds):
        total += numbers[index % len(numbers)]
        if index % 11 == 5:
            numbers.append(index % 50)
        if index % 17 == 3:
            numbers.pop()
    return total, len(numbers)


print(resized(bytearray(b"abc"), 300), resized(array("h", [1, 2, 3]), 300))
print(resized(array("d", [1, 2, 3]), 300))


def through_a_view(numbers, rounds):
    view = memoryview(numbers)
    total = 0
    for index in range(rounds):
        numbers[index % len(numbers)] = index % 99
        view[0] = 17 if view.format in "Bbhil" else 17.5
        total += numbers[0]
        view[1] = numbers[0]
        total += numbers[1] * 3
    view.release()
    return total, numbers[:3]


print(through_a_view(bytearray(5), 200), through_a_view(array("i", [1, 2, 3]), 200))
print(through_a_view(array("d", [1, 2, 3]), 200))


def kinds(rounds):
    """The container changes while the loop is hot."""
    total = 0
    chosen = [array("d", [1.5] * 4), [2] * 4, bytearray(4), array("i", [3] * 4), (4,) * 4]
    for index in range(rounds):
        numbers = chosen[0 if index < rounds // 2 else index % 5]
        total += numbers[index % 4]
        if index % 5 != 4:
            numbers[index % 4] = index % 50
    return total, chosen


print(kinds(400))


class Counter:
    def __init__(self):
        self.whole = 0
        self.real = 0.0
        self.other = 300


def count(counter, rounds, step):
    """Old numbers that others hold must not change."""
    kept = []
    for index in range(rounds):
        counter.whole += step
        counter.real += 0.5
        if index % 10 == 0:
            kept.append((counter.whole, counter.real, counter.other))
        counter.other = counter.other + step
        counter.other -= 1
    return kept[:3], kept[-3:], sum(k[0] for k in kept), counter.whole, counter.real


for step in (1, 300, -7, 1 << 29, 1 << 45, -(1 << 58), 1 << 62):
    print(count(Counter(), 150, step))


def in_lists(rounds):
    constant = 1000.5
    numbers = [constant, 0.0, 1000, 257, constant]
    alias = numbers[0]
    for index in range(rounds):
        numbers[1] += numbers[0]
        numbers[0] = numbers[0] + 1.0
        numbers[2] += 1000
        numbers[3] -= 3
        same = numbers[3]
        numbers[4] = numbers[0]
        numbers[0] -= 0.25
    return numbers, alias, constant, same, numbers[3] is same


print(in_lists(200))


def closure(rounds):
    total, real = 1000, 0.0

    def step():
        nonlocal total, real
        total += 1
        real = real + 0.5
        return total

    seen = [step() for _ in range(rounds)]
    return seen[0], seen[5], seen[-1], sum(seen), real


print(closure(200))
