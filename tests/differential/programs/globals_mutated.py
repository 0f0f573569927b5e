G = 3
def h(x):
    return x + G
def f(n):
    global G, h
    t = 0
    for i in range(n):
        t += h(G) + G
        if i == 60:
            G = 10
        if i == 100:
            G = 2.5
        if i == 140:
            globals()["h"] = lambda x: x * 2
        if i == 180:
            G = "s"
            try:
                t += G
            except TypeError as e:
                print(e)
            del globals()["G"]
            try:
                G
            except NameError as e:
                print(e)
            G = 1
    return t
print(f(200))
print(f(200))
