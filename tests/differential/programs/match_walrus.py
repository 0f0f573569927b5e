def f(values):
    t = []
    for v in values:
        match v:
            case 0: t.append("zero")
            case int(x) if x > 5: t.append(x)
            case [a, *rest]: t.append((a, len(rest)))
            case {"k": k}: t.append(k)
            case str(): t.append("s")
            case _: t.append(None)
        if (n := len(t)) > 10: t = t[-3:]
    return t, n
print(f([0, 3, 9, [1, 2], {"k": 5}, "q", 2.5] * 30))
