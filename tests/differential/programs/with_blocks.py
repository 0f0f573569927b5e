class Manager:
    entered = left = 0
    def __init__(self, eat):
        self.eat = eat
    def __enter__(self):
        Manager.entered += 1
        return self
    def __exit__(self, kind, value, tb):
        Manager.left += 1
        return self.eat and kind is ValueError

def f(n, eat):
    count = 0
    m = Manager(eat)
    for i in range(n):
        with m as got:
            count += got.eat
            if i % 70 == 69:
                raise ValueError(i)
            count += 1
    return count

print(f(300, True), Manager.entered, Manager.left)
try:
    f(300, False)
except ValueError as error:
    print(error, Manager.entered, Manager.left)

import contextlib
@contextlib.contextmanager
def ctx(log):
    log.append("in")
    try:
        yield len(log)
    finally:
        log.append("out")

def g(n):
    log = []
    t = 0
    for i in range(n):
        with ctx(log) as k:
            t += k
    return t, len(log)

print(g(120))
