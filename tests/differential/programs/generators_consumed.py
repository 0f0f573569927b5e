"""Generators that builtins consume: to the end, in part, raising, closed, and the order of deaths."""
log = []


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append(f"del {self.name}")


def opens(n, stop=99):
    own = Dies(f"own{n}")
    try:
        for j in range(n):
            if j == stop:
                raise KeyError(j)
            yield j
    except GeneratorExit:
        log.append("exit")
        raise
    finally:
        log.append(f"closed {n}")
    return own


def chain(n):
    got = yield from opens(n)
    yield got.name


def told(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:
        lines, entry = [], error.__traceback__.tb_next
        while entry is not None:
            lines.append((entry.tb_frame.f_code.co_name, entry.tb_lineno))
            entry = entry.tb_next
        return repr(error), lines, repr(error.__context__), repr(error.__cause__)


def whole(i):
    return (
        sum(opens(i)), list(opens(i)), tuple(opens(i)), sorted(-j for j in opens(i)),
        max(opens(i), default=None), min((j % 3 for j in opens(i)), default=None),
        {j for j in opens(i)}, dict((j, j) for j in opens(i)), "".join(str(j) for j in opens(i)),
        len(set(chain(i))), [*opens(i)], sum(a * b for a in opens(2) for b in opens(i)),
        bytes(opens(i)), list(enumerate(opens(i))), list(map(float, opens(i))),
    )  # fmt: skip


def in_part(i):
    found = any(j > 1 for j in opens(i)), all(j < 2 for j in opens(i)), 2 in opens(i)
    found += (list(zip(opens(i), range(2))), list(zip(range(2), opens(i))), next(opens(i), None))
    first, *rest = opens(3)
    gen = opens(i)
    found += (first, rest, any(j == 1 for j in gen), list(gen), list(gen))
    try:
        a, b = opens(i)
    except ValueError as error:
        found += (str(error),)
    gen = (Dies(f"item{j}").name for j in opens(i))
    found += (next(gen, None),)
    gen = None
    return found


def raising(i):
    def by_type():
        return sum(opens(2), "")

    def stopped():
        return sum(next(iter(())) for _ in opens(i + 1))

    def itself():
        gen = (next(gen) for _ in opens(2))
        return list(gen)

    def closed():
        gen = opens(3)
        next(gen)
        gen.close()
        return sum(gen), list(gen)

    def thrown():
        gen = opens(3)
        next(gen)
        return gen.throw(OSError(i))

    functions = by_type, stopped, itself, closed, thrown
    found = [told(function) for function in functions]
    found.append(told(sum, opens(i + 1, i)))
    found.append(told(lambda: any(j > 9 for j in opens(i + 1, i))))
    found.append(told(lambda: max(opens(i + 1, i), key=lambda j: 1 // j)))
    return found


def hot(function, n):
    seen = []
    for i in range(n):
        one = function(i % 5)
        if one not in seen:
            seen.append(one)
    return seen


for function in whole, in_part, raising:
    for _ in range(2):
        for one in hot(function, 45):
            print(one)
        print(len(log), log[:60], log[-60:])
        log.clear()
