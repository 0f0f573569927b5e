import sys
def look():
    f = sys._getframe(1)
    return f.f_code.co_name, sorted(f.f_locals), f.f_lineno, f.f_back.f_code.co_name
def f(n):
    t = 0
    for i in range(n):
        t += i
        if i % 60 == 59:
            print(look(), sorted(locals()), eval("t + i"))
    return t
print(f(200))
def g(n):
    for i in range(n):
        x = vars()
        if i == 100:
            exec("i = 5")
    return x["i"], i
print(g(150))
