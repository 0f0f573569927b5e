def f(n):
    t = 0
    for i in range(n):
        if i == 100:
            x = 5
        if i > 150:
            t += x
            del x
            try:
                t += x
            except UnboundLocalError as e:
                if i < 154: print(e, t)
            x = i
    return t
print(f(120), f(200))
def g(n):
    for i in range(n):
        if i > n:
            y = 1
    try:
        return y
    except UnboundLocalError as e:
        return str(e)
print(g(150))
