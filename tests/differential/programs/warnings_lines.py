import warnings
warnings.simplefilter("always")
def helper(i):
    if i % 70 == 69:
        warnings.warn(f"at {i}", stacklevel=2)
    return i
def f(n):
    t = 0
    for i in range(n):
        t += helper(i)
    return t
print(f(200))
