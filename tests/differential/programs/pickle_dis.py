import pickle, dis, inspect
def f(n):
    t = 0
    for i in range(n):
        t += i
    return t
print(f(300))
print(pickle.loads(pickle.dumps(f))(10), f.__code__.co_varnames, f.__code__.co_argcount, f.__code__.co_name)
print(inspect.signature(f), f.__code__.co_firstlineno)
def g(x):
    return f(x) + 1
print(sum(g(i) for i in range(100)))
