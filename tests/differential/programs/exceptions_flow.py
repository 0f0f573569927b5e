class E(Exception):
    pass
def thrower(i):
    if i % 10 == 3:
        raise E(i)
    return i
def middle(i):
    try:
        return thrower(i)
    finally:
        middle.n += 1
middle.n = 0
def f(n):
    t = 0
    for i in range(n):
        try:
            t += middle(i)
        except E as e:
            t -= e.args[0]
    return t
print(f(100), f(250), middle.n)
import sys
def info(n):
    out = []
    for i in range(n):
        try:
            1 / (i % 50)
        except ZeroDivisionError:
            out.append(sys.exc_info()[0].__name__)
            try:
                [][i]
            except IndexError as e:
                out.append(repr(e.__context__))
        out.append(sys.exc_info()[0])
    return len(out), out[:4], out[-3:]
print(info(200))
def star(n):
    t = 0
    for i in range(n):
        try:
            if i % 40 == 39:
                raise ExceptionGroup("g", [ValueError(i), KeyError(i)])
        except* ValueError as g:
            t += len(g.exceptions)
        except* KeyError:
            t += 100
    return t
print(star(100))
def assertion(n):
    for i in range(n):
        assert i < 150, i
try:
    assertion(300)
except AssertionError as e:
    print("assert", e)
